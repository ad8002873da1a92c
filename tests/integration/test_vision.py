"""Lessons of vision tasks, made small: they train, select, resume and draw."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from mmengine.hooks import Hook
from paths import CONFIGS
from PIL import Image
from torch.utils.data import DataLoader

from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.apis.analysis.report import report_page
from mmlesson.apis.deployment.export import export_model
from mmlesson.apis.deployment.onnx_inferencer import OnnxInferencer
from mmlesson.apis.experiments.jobs import Job
from mmlesson.apis.experiments.sweep import SweepRun, row_of
from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.datasets import DigitCanvas
from mmlesson.engine.hooks import PredictionHook, VisualizationHook
from mmlesson.engine.signals import Interrupted
from mmlesson.registry import MODELS
from mmlesson.runs.claims import Claim, check_claim
from mmlesson.runs.run import Run
from mmlesson.tasks import TASKS, flat_result, task_of
from mmlesson.visualization.figures import vision
from mmlesson.visualization.figures.catalogue import FIGURES
from mmlesson.visualization.figures.context import FigureContext, NotApplicableError, Samples

LESSONS = {
    'localize_digit': 'localization/accuracy',
    'segment_digits': 'segmentation/mIoU',
    'keypoints_digit': 'keypoints/PCK',
    'detect_digits': 'detection/AP',
    'instances_digits': 'detection/segm_AP',
}
SAME = ('weights_sha256', 'val', 'test', 'epochs', 'iterations', 'best', 'stop', 'status')
SMALL = {
    'train_dataloader__dataset__num_samples': 64,
    'val_dataloader__dataset__num_samples': 10,
    'test_dataloader__dataset__num_samples': 10,
    'model__backbone__channels': (4, 8),
    'train_cfg__max_epochs': 2,
}


@pytest.fixture(scope='module')
def known():
    """Return the runners of lessons that have been trained."""
    return {}


@pytest.fixture
def trained(build, known, tmp_path_factory):
    """Return a function that trains a lesson, once, and gives its runner, which nobody changes."""

    def give(lesson):
        if lesson not in known:
            folder = tmp_path_factory.mktemp(lesson) / 'run'
            runner = build(f'vision/{lesson}.py', str(folder), **SMALL)
            runner.train()
            known[lesson] = runner
        return known[lesson]

    return give


def summary_of(runner):
    return json.loads((Path(runner.work_dir) / 'summary.json').read_text())


@pytest.mark.parametrize(('lesson', 'monitor'), LESSONS.items(), ids=LESSONS)
def test_metric_of_the_task_is_reported_and_selects_the_best(trained, lesson, monitor):
    runner = trained(lesson)
    summary = summary_of(runner)
    assert task_of(runner.model).monitor == monitor
    assert {monitor, 'loss'} <= summary['val'].keys()
    assert {monitor, 'loss'} <= summary['test'].keys()
    assert summary['best']['metric'] == monitor
    assert 'loss' in summary['train']


def test_metrics_of_a_task_are_those_of_its_lesson(trained):
    lessons = {task_of(trained(name).model) for name in LESSONS}
    assert lessons == {task for task in TASKS if not task.has_classes}


@pytest.mark.parametrize('lesson', ['detect_digits', 'instances_digits'])
def test_resume_within_an_epoch_finishes_as_uninterrupted(build, trained, lesson):
    class CutAt(Hook):
        def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
            if runner.iter + 1 == 3:
                signal.raise_signal(signal.SIGTERM)

    cut = build(f'vision/{lesson}.py', 'cut', **SMALL)
    cut.register_hook(CutAt())
    with pytest.raises(Interrupted):
        cut.train()
    again = build(f'vision/{lesson}.py', 'cut', **SMALL, resume=True)
    again.train()
    resumed, whole = summary_of(again), summary_of(trained(lesson))
    assert {key: resumed[key] for key in SAME} == {key: whole[key] for key in SAME}


@pytest.mark.parametrize('lesson', LESSONS)
def test_claims_are_of_metrics_that_a_run_has(trained, lesson):
    runner = trained(lesson)
    (claim,) = map(Claim.from_config, runner.cfg.expect)
    outcome = check_claim(claim, [summary_of(runner)])
    assert not outcome.holds  # after a few steps of a small model
    assert float(outcome.observed) < claim.value


def test_early_stopping_follows_the_metric_of_the_task(build):
    rule = {'type': 'EarlyStoppingHook', 'monitor': 'detection/AP', 'patience': 1}
    runner = build(
        'vision/detect_digits.py',
        **{**SMALL, 'train_cfg__max_epochs': 6},
        custom_hooks=[{**rule, 'min_delta': 99}],
    )
    runner.train()
    summary = summary_of(runner)
    assert summary['status'] == 'early_stopped'
    assert summary['epochs'] == 2
    assert 'detection/AP' in summary['stop']['message']


def test_sweep_has_the_metrics_of_the_task(trained):
    runner = trained('detect_digits')
    summary = summary_of(runner)
    row = row_of(
        SweepRun({}, None, Job(CONFIGS / 'vision/detect_digits.py', Path(runner.work_dir), 0)),
        summary,
    )
    assert row['test detection/AP50'] == summary['test']['detection/AP50']
    assert row['val best detection/AP'] == summary['best']['value']


def test_figures_that_apply_are_drawn_without_a_warning(build, capfd):
    drawing = {'type': 'VisualizationHook', 'figures': 'auto', 'films': ['heat_maps']}
    runner = build('vision/segment_digits.py', **SMALL, default_hooks__visualization=drawing)
    runner.train()
    drawn = {file.stem for file in (Path(runner.work_dir) / 'figures').glob('*.png')}
    assert drawn == {'learning_curves', 'predictions', 'heat_maps', 'feature_maps'}
    assert (Path(runner.work_dir) / 'figures' / 'heat_maps_film.html').exists()
    assert 'WARNING' not in capfd.readouterr().out


def test_maps_have_the_names_of_the_keypoints_of_the_dataset(build):
    drawing = {'type': 'VisualizationHook', 'figures': ['heat_maps']}
    runner = build('vision/keypoints_digit.py', **SMALL, default_hooks__visualization=drawing)
    runner.train()
    names = ('top', 'bottom', 'left', 'right', 'centre')
    (hook,) = (hook for hook in runner.hooks if isinstance(hook, VisualizationHook))
    run = Run(Path(runner.work_dir))
    for context in (hook._context(runner), read_figure_context(run)):
        assert vision.map_names(context, 5) == list(names)
    assert Inferencer(run.folder).keypoints == names


FOUND = {
    'localize_digit': {'pred_label', 'pred_class', 'pred_score', 'bbox'},
    'segment_digits': {'pred_label', 'pred_class', 'pixels'},
    'keypoints_digit': {'keypoints', 'keypoint_scores'},
    'detect_digits': {'pred_label', 'pred_class', 'pred_score', 'bbox'},
    'instances_digits': {
        *('pred_label', 'pred_class', 'pred_score', 'bbox'),
        *('pixels', 'segmentation'),
    },
}


@pytest.mark.parametrize('lesson', FOUND)
def test_images_are_predicted_as_in_the_test(trained, lesson, tmp_path):
    runner = trained(lesson)
    dataset = runner.test_dataloader.dataset
    files = [tmp_path / f'{number}.png' for number in range(len(dataset))]
    for file, image in zip(files, dataset._inputs[:, 0].numpy(), strict=True):
        Image.fromarray(image).save(file)
    drawn = tmp_path / 'drawn'
    results = Inferencer(runner.work_dir)(list(map(str, files)), show_dir=drawn, min_score=0.01)
    batch = dataset.__getitems__(list(range(len(dataset))))
    model = runner.bare_model.eval()
    expected = [flat_result(one) for one in model.test_step(batch)]
    for prediction, found in zip(results['predictions'], expected, strict=True):
        assert (prediction['height'], prediction['width']) == (48, 48)
        objects = prediction['objects']
        if 'sem_seg' in found:
            shown = {one['pred_label'] + 1: one['pixels'] for one in objects}
            assert shown == {int(c): int((found['sem_seg'] == c).sum()) for c in shown}
            continue
        for name in ('bbox', 'keypoints'):
            if objects and name in objects[0]:
                array = found['bboxes' if name == 'bbox' else name]
                assert np.allclose([one[name] for one in objects], array, atol=1e-3)
    assert {frozenset(one) for p in results['predictions'] for one in p['objects']} <= {
        frozenset(FOUND[lesson])
    }
    assert [file.name for file in results['visualization']] == ['predictions_1.png']


@pytest.mark.parametrize('lesson', FOUND)
def test_export_finds_in_images_what_the_run_finds(trained, lesson, tmp_path):
    runner = trained(lesson)
    report = export_model(runner.work_dir, 'onnx', tmp_path / 'model.onnx')
    exported = OnnxInferencer(report.file)
    results = task_of(runner.model).results
    assert report.output == ', '.join(results)
    assert exported.description.outputs.keys() == set(results)
    images = runner.test_dataloader.dataset._inputs.numpy()
    found = exported(images, batch_size=3, min_score=0.02)['predictions']
    expected = Inferencer(runner.work_dir)(images, min_score=0.02)['predictions']
    for one, other in zip(found, expected, strict=True):
        assert [list(part) for part in one['objects']] == [list(p) for p in other['objects']]
        for name in ('bbox', 'keypoints'):
            values = [[part.get(name, []) for part in image['objects']] for image in (one, other)]
            assert np.allclose(*values, atol=1e-3)


def test_predictions_of_a_test_are_drawn(build, tmp_path):
    runner = build('vision/detect_digits.py', **SMALL)
    runner.register_hook(PredictionHook(str(tmp_path / 'drawn')))
    runner.train()  # and test
    assert [file.name for file in (tmp_path / 'drawn').iterdir()] == ['predictions_1.png']


def test_report_has_the_figures_and_metrics_of_the_task(build):
    drawing = {'type': 'VisualizationHook', 'figures': 'auto'}
    runner = build('vision/detect_digits.py', **SMALL, default_hooks__visualization=drawing)
    runner.train()
    page = report_page(Run(Path(runner.work_dir)))
    for text in ('detection/AP50', 'the area below a curve is the average precision'):
        assert text in page


def test_figures_of_classes_do_not_apply():
    loader = DataLoader(DigitCanvas('val', num_samples=4), collate_fn=lambda batch: batch)
    head = {'type': 'mmlesson.CenterHead', 'num_classes': 10}
    backbone = {'type': 'mmlesson.FeatureMaps', 'channels': (4, 8)}
    model = MODELS.build({'type': 'TaskModel', 'backbone': backbone, 'head': head}).eval()
    samples = Samples.of(loader)
    assert samples.labels['bboxes'].shape == (4, 4, 4)
    context = FigureContext(model, Path(), 'x', {'train': samples, 'val': samples})
    for name in ('confusion_matrix', 'class_bars', 'mistakes', 'saliency', 'hidden_space'):
        with pytest.raises(NotApplicableError, match='needs a classifier, and the task is detect'):
            FIGURES[name](context)
    assert set(FIGURES['feature_maps'](context)) == {'feature_maps'}
