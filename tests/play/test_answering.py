from types import SimpleNamespace

import gradio as gr
import pytest

from mmlesson.errors import UserError
from mmlesson.play.answering import answering

REQUEST = SimpleNamespace(session_hash='abc')


def test_handler_gets_the_visitor():
    assert list(answering(lambda visitor, value: iter([visitor, value]))(REQUEST, 1)) == ['abc', 1]


def test_mistake_becomes_a_message():
    def handler(visitor):
        raise UserError('too wide')
        yield

    with pytest.raises(gr.Error, match='too wide') as caught:
        list(answering(handler)(REQUEST))
    assert not caught.value.print_exception
