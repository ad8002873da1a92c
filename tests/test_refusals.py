import sys

import pytest

from mmlesson import refusals


@pytest.fixture
def toolbox(tmp_path, monkeypatch):
    """Return a function that writes a toolbox, and makes it importable as ``refusing``."""
    (tmp_path / 'refusing').mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(refusals, 'TOOLBOXES', ('refusing',))
    yield (tmp_path / 'refusing/__init__.py').write_text
    sys.modules.pop('refusing', None)


def test_refusal_of_a_version_is_an_import_error_that_says_what_to_do(toolbox):
    toolbox("assert False, 'Please install mmcv<2.2.'")
    with pytest.raises(ImportError, match=r'mmcv<2\.2\. Or add .mmlesson\.compat. to') as caught:
        import refusing  # noqa: F401
    assert caught.value.name == 'refusing'
    assert isinstance(caught.value.__cause__, AssertionError)


def test_other_imports_and_errors_are_left_as_they_are(toolbox, monkeypatch):
    toolbox('raise ValueError("no refusal")')
    with pytest.raises(ValueError, match='no refusal'):
        import refusing
    toolbox('answer = 42\nassert answer')
    import refusing

    assert refusing.answer == 42
    monkeypatch.setattr(refusals, 'TOOLBOXES', ())
    sys.modules.pop('refusing')
    toolbox('assert False')
    with pytest.raises(AssertionError):
        import refusing


def test_finder_is_installed_once():
    refusals.install()
    refusals.install()
    assert sum(isinstance(finder, refusals._Finder) for finder in sys.meta_path) == 1
