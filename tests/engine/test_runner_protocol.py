from mmlesson.engine import LessonRunner
from mmlesson.engine.runner_protocol import LessonRunnerLike, RunnerLike


def members(protocol):
    declared = {*protocol.__annotations__, *vars(protocol)}
    return {
        name
        for name in declared
        if not name.startswith('__')
        and name not in ('_abc_impl', '_is_protocol', '_is_runtime_protocol')
    }


def test_lesson_runner_has_all_that_the_protocols_declare(build):
    runner = build('mlp/mlp_xor.py')
    names = {*members(RunnerLike), *members(LessonRunnerLike)}
    has = {*dir(LessonRunner), *vars(runner)}
    assert names - has == set()
    assert {'train_loop', 'logger', 'status', 'bare_model'} <= names
