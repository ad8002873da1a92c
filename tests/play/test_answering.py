from types import SimpleNamespace

import gradio as gr
import pytest

from mmlesson.errors import UserError
from mmlesson.play.answering import answering
from mmlesson.play.mistakes import PageError, SupersededError
from mmlesson.play.texts import texts

REQUEST = SimpleNamespace(session_hash='abc')


def test_handler_gets_the_visitor():
    assert list(
        answering(lambda visitor, value: iter([visitor, value]), texts('en'))(REQUEST, 1)
    ) == ['abc', 1]


def test_mistake_becomes_a_message():
    def handler(visitor):
        raise UserError('too wide')
        yield

    with pytest.raises(gr.Error, match='too wide') as caught:
        list(answering(handler, texts('en'))(REQUEST))
    assert not caught.value.print_exception


@pytest.mark.parametrize(
    ('language', 'message'),
    [
        ('en', 'Learning rate must be a number in [0, 1], got 9.'),
        ('zh', '学习率必须是 [0, 1] 内的数，实际为 9。'),
    ],
)
def test_mistake_is_in_the_language_of_the_page(language, message):
    def handler(visitor):
        raise PageError('number', field='lr', least=0, most=1, got='9')
        yield

    with pytest.raises(gr.Error) as caught:
        list(answering(handler, texts(language))(REQUEST))
    assert caught.value.message == message


def test_training_that_another_one_replaces_leaves_the_page_as_it_is():
    def handler(visitor):
        raise SupersededError
        yield

    assert list(answering(handler, texts('en'))(REQUEST)) == [gr.skip()]


def test_handler_without_an_answer_leaves_the_page_as_it_is():
    assert list(answering(lambda visitor: iter([]), texts('en'))(REQUEST)) == [gr.skip()]


def test_markup_in_a_message_is_shown_and_has_no_effect():
    def handler(visitor):
        raise UserError("got '<img src=x>' & more")
        yield

    with pytest.raises(gr.Error) as caught:
        list(answering(handler, texts('en'))(REQUEST))
    assert caught.value.message == "got '&lt;img src=x&gt;' &amp; more"
