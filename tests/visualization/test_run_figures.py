from __future__ import annotations

from mmlesson.visualization.figures import catalogue
from mmlesson.visualization.run_figures import RunFigures


def figures_into(folder, formats=()):
    warnings = []
    return RunFigures(folder, formats, 2, warnings.append), warnings


def test_figures_are_png_and_svg_on_request(finished, tmp_path):
    figures, warnings = figures_into(tmp_path / 'out', ['svg', 'html'])
    assert figures.draw('confusion_matrix', finished('mlp/mlp_xor.py'), step=3)
    (done,) = figures.finish()
    assert (done.step, warnings) == (3, [])
    assert {file.name for file in (tmp_path / 'out').iterdir()} == {
        *('confusion_matrix.png', 'confusion_matrix.svg'),
    }


def test_only_a_requested_figure_that_does_not_apply_is_a_warning(finished, tmp_path):
    figures, warnings = figures_into(tmp_path)
    context = finished('mlp/mlp_xor.py')
    assert not figures.draw('saliency', context, step=0, optional=True)
    assert warnings == []
    assert not figures.draw('saliency', context, step=0)
    assert 'The figure saliency was not drawn: NotApplicableError: it needs images' in warnings[0]


def test_any_error_of_a_figure_is_a_warning(finished, tmp_path, monkeypatch):
    def fail(context):
        raise ZeroDivisionError('no ink')

    monkeypatch.setitem(catalogue.FIGURES, 'neurons', fail)
    figures, warnings = figures_into(tmp_path)
    figures.draw('neurons', finished('mlp/mlp_xor.py'), step=0)
    assert warnings == ['The figure neurons was not drawn: ZeroDivisionError: no ink']
