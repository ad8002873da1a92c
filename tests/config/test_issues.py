from mmlesson.config import ConfigError, Issue

FIRST = Issue('model.widht', "MLP has no argument 'widht'.", 'a.py:3')
SECOND = Issue('train_cfg', 'must be a dict, got 3.')


def test_issue_is_a_line_with_its_source_if_that_is_known():
    assert str(FIRST) == "a.py:3: model.widht: MLP has no argument 'widht'."
    assert str(SECOND) == 'train_cfg: must be a dict, got 3.'


def test_single_issue_is_one_line():
    assert str(ConfigError([FIRST], 'a.py')) == str(FIRST)


def test_several_issues_are_counted_and_listed():
    error = ConfigError([FIRST, SECOND], 'a.py')
    assert str(error) == f'2 mistakes in a.py:\n  {FIRST}\n  {SECOND}'
    assert error.issues == [FIRST, SECOND]


def test_config_without_a_file_is_called_the_config():
    assert str(ConfigError([FIRST, SECOND])).startswith('2 mistakes in the config:')


def test_line_is_bounded_whatever_is_in_it():
    long = 'x' * 10**6
    assert len(str(Issue(long, long, long))) < 1000


def test_of_many_issues_the_first_are_listed_and_the_others_counted():
    error = ConfigError([SECOND] * 3000)
    lines = str(error).splitlines()
    assert lines[0] == '3000 mistakes in the config:'
    assert len(lines) == 1 + 25 + 1
    assert lines[-1] == '  and 2975 more.'
    assert len(error.issues) == 3000
