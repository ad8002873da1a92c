import numpy as np

from mmlesson.upstream import numpy_names


def test_removed_names_are_defined_and_others_kept(monkeypatch):
    for name in numpy_names.REMOVED:
        monkeypatch.delitem(vars(np), name, raising=False)
    monkeypatch.setitem(vars(np), 'Inf', 'the name of an older NumPy')
    numpy_names.install()
    assert np.Inf == 'the name of an older NumPy'
    assert np.float is float
    assert np.int0 is np.intp
    assert np.bool8 is np.bool_
    assert np.isnan(np.NAN)
