"""Inferencer and predict.py: what comes out for files, arrays and mistakes."""

from __future__ import annotations

import csv
import itertools
import os
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from forked import run_forked
from mmengine.config import Config
from paths import ROOT
from PIL import Image
from sklearn.datasets import load_digits

from mmlesson.apis import Inferencer
from mmlesson.apis.inference.input_formats import ArrayFormat, format_of
from mmlesson.config import load_config
from mmlesson.datasets import Digits
from mmlesson.datasets.image_files import InputError
from mmlesson.engine.build import build_runner
from mmlesson.errors import ArgumentError, UserError

RAW = load_digits().images.astype(np.uint8)  # (1797, 8, 8), 0 to 16


def trained_run(folder: Path, lesson: str, **options) -> Path:
    config = load_config(ROOT / 'configs' / lesson)
    config.merge_from_dict({'work_dir': str(folder), 'device': 'cpu', 'log_level': 'WARNING'})
    config.merge_from_dict({'default_hooks.visualization': None, **options})
    build_runner(config).train()
    return folder


@pytest.fixture(scope='module')
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('digits') / 'run'
    return trained_run(folder, 'cnn/cnn_digits.py', **{'train_cfg.max_epochs': 2})


@pytest.fixture(scope='module')
def toy_run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('xor') / 'run'
    return trained_run(folder, 'mlp/mlp_xor.py', **{'train_cfg.max_epochs': 1})


@pytest.fixture(scope='module')
def inferencer(run) -> Inferencer:
    return Inferencer(run, device='cpu')


@pytest.fixture(scope='module')
def test_split() -> Digits:
    return Digits('test')


def scores(results) -> np.ndarray:
    return np.array([one['pred_scores'] for one in results['predictions']])


def stretched(raw: np.ndarray) -> np.ndarray:
    """Return raw values as a viewer shows them, 0 to 255."""
    return np.rint(raw * (255 / 16)).astype(np.uint8)


def save(picture: np.ndarray, file: Path) -> Path:
    Image.fromarray(picture).save(file)
    return file


# -- as the runner's test -------------------------------------------------------------------------


def test_predictions_are_those_of_the_runners_test(run, inferencer, test_split):
    config = load_config(ROOT / 'configs/cnn/cnn_digits.py')
    best = next(run.glob('best_*.pth'))
    config.merge_from_dict({'work_dir': str(run / 'test'), 'device': 'cpu', 'log_level': 'WARNING'})
    config.load_from = str(best)
    runner = build_runner(config)
    metrics = runner.test()
    with torch.no_grad():
        outputs = [row for batch in runner.test_dataloader for row in runner.model.test_step(batch)]

    results = inferencer(RAW[test_split.splits['test'].indices])
    labels = torch.tensor([one['pred_label'] for one in results['predictions']])
    truth = test_split._labels
    assert 100 * float((labels == truth).double().mean()) == pytest.approx(metrics['accuracy/top1'])
    picked = scores(results)[np.arange(len(truth)), truth]
    assert -np.log(picked).mean() == pytest.approx(metrics['loss'], rel=1e-5)
    np.testing.assert_array_equal(scores(results), [row['pred_score'].numpy() for row in outputs])


def test_best_checkpoint_is_used_or_else_the_last(run, tmp_path):
    import shutil

    copy = shutil.copytree(run, tmp_path / 'copy')
    given = Inferencer(ROOT / 'configs/cnn/cnn_digits.py', next(run.glob('best_*.pth')), 'cpu')
    assert np.array_equal(scores(given(RAW[:3])), scores(Inferencer(copy, device='cpu')(RAW[:3])))
    (copy / 'summary.json').unlink()
    for best in copy.glob('best_*.pth'):
        best.unlink()
    last = Inferencer(ROOT / 'configs/cnn/cnn_digits.py', run / 'epoch_2.pth', 'cpu')
    assert np.array_equal(scores(Inferencer(copy, device='cpu')(RAW[:3])), scores(last(RAW[:3])))


# -- one sample in many forms ---------------------------------------------------------------------


def test_result_has_class_name_and_probabilities(inferencer):
    (one,) = inferencer(RAW[0])['predictions']
    assert set(one) == {'source', 'pred_label', 'pred_class', 'pred_score', 'pred_scores'}
    assert one['pred_class'] == str(one['pred_label'])
    assert one['pred_scores'][one['pred_label']] == one['pred_score'] == max(one['pred_scores'])
    assert sum(one['pred_scores']) == pytest.approx(1)
    assert inferencer.classes == tuple('0123456789')


@pytest.mark.parametrize(
    'form',
    {
        'raw (H, W)': lambda: RAW[5],
        'raw (C, H, W)': lambda: RAW[5][None],
        'raw (1, C, H, W)': lambda: RAW[5][None, None],
        'int64': lambda: RAW[5].astype(np.int64),
        'float in 0..1': lambda: RAW[5] / 16,
        'tensor': lambda: torch.from_numpy(RAW[5]),
        'float tensor': lambda: torch.from_numpy(RAW[5]).float() / 16,
        'list': lambda: [RAW[5]],
    }.items(),
    ids=lambda pair: pair[0],
)
def test_array_in_any_form_has_the_same_prediction(inferencer, form):
    expected = scores(inferencer(RAW[:10]))[5]
    np.testing.assert_allclose(scores(inferencer(form[1]()))[0], expected, rtol=1e-5, atol=1e-8)


def enlarged(raw: np.ndarray) -> np.ndarray:
    """Return a bitmap whose 4 x 4 blocks hold as many dots as the raw value says."""
    dots = np.arange(16).reshape(4, 4)
    blocks = (raw[:, :, None, None] > dots).transpose(0, 2, 1, 3)
    return 255 * blocks.reshape(32, 32).astype(np.uint8)


@pytest.mark.parametrize(
    ('picture', 'notes'),
    [
        (stretched, []),
        (lambda raw: raw, ['images of values up to 16 only hold values as Digits']),
        (
            lambda raw: np.repeat(stretched(raw)[..., None], 3, 2),
            ['images in other colours are turned grey'],
        ),
        (
            lambda raw: np.kron(stretched(raw), np.ones((7, 5), np.uint8)),
            ['images of other sizes are resized to 8 x 8'],
        ),
        (enlarged, ['images of other sizes are resized to 8 x 8']),
        (lambda raw: np.rint(raw * (65535 / 16)).astype(np.uint16), []),
    ],
    ids=['stretched', 'raw', 'colour', 'larger', 'scan', '16 bits'],
)
def test_image_files_have_the_predictions_of_the_arrays(inferencer, tmp_path, picture, notes):
    files = [save(picture(raw), tmp_path / f'{i}.png') for i, raw in enumerate(RAW[:12])]
    results = inferencer([str(file) for file in files])
    np.testing.assert_array_equal(scores(results), scores(inferencer(RAW[:12])))
    assert results['notes'] == notes  # once, not twelve times
    assert [one['source'] for one in results['predictions']] == list(map(str, files))


def test_array_files_and_folders_have_the_predictions_of_the_arrays(inferencer, tmp_path):
    (tmp_path / 'a').mkdir()
    np.save(tmp_path / 'a/1.npy', RAW[:3])
    np.savez(tmp_path / '2.npz', images=RAW[3:5], labels=np.arange(2))
    save(stretched(RAW[5]), tmp_path / '3.png')
    (tmp_path / '.hidden').write_text('not a picture')
    results = inferencer(tmp_path)
    order = [3, 4, 5, 0, 1, 2]
    # a batch of other samples may round the last bit differently
    np.testing.assert_allclose(scores(results), scores(inferencer(RAW[:6]))[order], rtol=1e-5)
    assert results['failed'] == []
    assert results['predictions'][1]['source'] == f'{tmp_path / "2.npz"}:images[1]'


def test_batch_size_has_no_effect_on_predictions(inferencer):
    whole = scores(inferencer(RAW[:7]))
    for batch_size in (1, 3):
        np.testing.assert_allclose(
            scores(inferencer(RAW[:7], batch_size=batch_size)), whole, rtol=1e-5, atol=1e-8
        )


def test_vectors_are_predicted(toy_run):
    inferencer = Inferencer(toy_run, device='cpu')
    results = inferencer([np.array([1.0, -1.0]), torch.tensor([[1.0, 1.0], [-1.0, -1.0]])])
    assert scores(results).shape == (3, 2)
    with torch.no_grad():
        logits = inferencer.model(torch.tensor([[1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]]))
    np.testing.assert_allclose(scores(results), logits.softmax(1), rtol=1e-6)


def test_lenet_of_mmpretrain_takes_a_batch_of_one(run, tmp_path):
    checkpoint = tmp_path / 'lenet.pth'
    config = load_config(ROOT / 'configs/cnn/cnn_digits.py')
    config.model = {
        'type': 'Classifier',
        'backbone': {'type': 'mmpretrain.LeNet5', 'num_classes': 3},
    }
    from mmlesson.apis.analysis.build import build_model

    meta = {'dataset': 'Digits', 'input_shape': (1, 32, 32), 'classes': ['a', 'b', 'c']}
    model = build_model(config)
    torch.save({'state_dict': model.state_dict(), 'meta': {'dataset_meta': meta}}, checkpoint)
    results = Inferencer(config, checkpoint, 'cpu')(np.zeros((2, 32, 32), np.uint8), batch_size=1)
    assert scores(results).shape == (2, 3)
    assert results['predictions'][0]['pred_class'] in 'abc'


# -- mistakes -------------------------------------------------------------------------------------


def test_unreadable_files_are_listed_and_others_are_predicted(inferencer, tmp_path):
    good = save(stretched(RAW[0]), tmp_path / 'good.png')
    cut = tmp_path / 'cut.png'
    cut.write_bytes(good.read_bytes()[:60])
    (tmp_path / 'text.png').write_text('no picture')
    np.save(tmp_path / 'wrong.npy', np.zeros((2, 5, 5), np.uint8))
    np.save(tmp_path / 'pickle.npy', np.array([{}], dtype=object), allow_pickle=True)
    results = inferencer([tmp_path, tmp_path / 'missing.png'], batch_size=1)
    assert [one['source'] for one in results['predictions']] == [str(good)]
    reasons = {Path(one['source']).name: one['reason'] for one in results['failed']}
    assert set(reasons) == {'cut.png', 'text.png', 'wrong.npy', 'pickle.npy', 'missing.png'}
    assert 'no image that can be read' in reasons['text.png']
    assert 'must have the shape (1, 8, 8)' in reasons['wrong.npy']
    assert 'allow_pickle=False' in reasons['pickle.npy']
    assert 'no such file' in reasons['missing.png']
    assert inferencer(RAW[0])['failed'] == []  # of this call alone


def test_array_files_that_are_damaged_or_empty_are_listed(inferencer, tmp_path):
    np.savez_compressed(tmp_path / 'whole.npz', inputs=RAW[:2])
    np.save(tmp_path / 'whole.npy', RAW[:2])
    (tmp_path / 'upper.NPY').write_bytes((tmp_path / 'whole.npy').read_bytes())
    whole = (tmp_path / 'whole.npz').read_bytes()
    (tmp_path / 'cut.npz').write_bytes(whole[:-30])  # no directory at its end
    (tmp_path / 'flipped.npz').write_bytes(whole[:60] + bytes(40) + whole[100:])
    head = (tmp_path / 'whole.npy').read_bytes().replace(b"'shape'", b"'")
    (tmp_path / 'head.npy').write_bytes(head)
    np.save(tmp_path / 'none.npy', RAW[:0])
    np.savez(tmp_path / 'none.npz')
    results = inferencer(tmp_path)
    assert len(results['predictions']) == 6
    reasons = {Path(one['source']).name: one['reason'] for one in results['failed']}
    damaged, empty = {'cut.npz', 'flipped.npz', 'head.npy'}, {'none.npy', 'none.npz'}
    assert set(reasons) == damaged | empty
    assert all(reasons[name].startswith('it cannot be read: ') for name in damaged)
    assert all(reasons[name] == 'it holds no sample.' for name in empty)


@pytest.mark.parametrize('hidden', [0, 255])
def test_transparent_pixels_are_black_for_any_colour(inferencer, tmp_path, hidden):
    ink = stretched(RAW[0])
    picture = np.full((8, 8, 4), 255, np.uint8)
    picture[..., 3] = ink  # a white digit on nothing
    picture[ink == 0, :3] = hidden
    results = inferencer(save(picture, tmp_path / 'clear.png'))
    np.testing.assert_array_equal(scores(results), scores(inferencer(RAW[0])))
    assert 'what is transparent in images is taken for black' in results['notes']
    picture[..., :3], picture[..., 3] = ink[..., None], 255
    results = inferencer(save(picture, tmp_path / 'opaque.png'))
    np.testing.assert_array_equal(scores(results), scores(inferencer(RAW[0])))
    assert results['notes'] == ['images in other colours are turned grey']


@pytest.mark.parametrize(
    ('array', 'message'),
    [
        (np.zeros((3, 9, 9), np.uint8), r'shape \(1, 8, 8\) of a sample of Digits, .* \(3, 9, 9\)'),
        (RAW[0].astype(np.float64), 'whole numbers 0 to 16, or floats 0 to 1; got float64 0 to 15'),
        (np.full((8, 8), 255, np.uint8), 'got uint8 255 to 255'),
        (np.full((8, 8), np.nan), 'NaN or infinity'),
        (np.full((8, 8), 'a'), 'must hold numbers'),
    ],
)
def test_array_of_the_wrong_shape_is_refused_with_the_expected_shape(inferencer, array, message):
    with pytest.raises(InputError, match=message):
        inferencer(array)


def test_each_page_has_a_hundred_images(inferencer, tmp_path):
    results = inferencer(RAW[:101], show_dir=tmp_path)
    pages = [tmp_path / 'predictions_1.png', tmp_path / 'predictions_2.png']
    assert results['visualization'] == pages
    assert sorted(tmp_path.iterdir()) == pages
    heights = []
    for page in pages:
        with Image.open(page) as picture:
            heights.append(picture.size[1])
    assert heights[0] > 7 * heights[1]  # ten rows and a title; one row and a title


def test_other_mistakes_are_named(run, toy_run, inferencer, tmp_path):
    with pytest.raises(ArgumentError, match=r'takes files, folders, .* got int'):
        inferencer(3)
    with pytest.raises(UserError, match='There are no inputs'):
        inferencer([])
    with pytest.raises(ArgumentError, match='batch_size must be an int >= 1, got 0'):
        inferencer(RAW[0], batch_size=0)
    with pytest.raises(UserError, match='inputs of this model are vectors'):
        Inferencer(toy_run, device='cpu')(np.zeros(2), show_dir=tmp_path)
    (tmp_path / 'predictions_1.png').touch()
    with pytest.raises(UserError, match='holds drawings already'):
        inferencer(RAW[0], show_dir=tmp_path)
    with pytest.raises(UserError, match=r'show_dir must be a folder, got .* which is a file'):
        inferencer(RAW[0], show_dir=tmp_path / 'predictions_1.png')
    with pytest.raises(ArgumentError, match='checkpoint must be given with a config'):
        Inferencer(ROOT / 'configs/cnn/cnn_digits.py')
    with pytest.raises(UserError, match='which is no folder'):
        Inferencer(tmp_path / 'nothing')
    with pytest.raises(UserError, match='holds no checkpoint'):
        Inferencer(tmp_path)
    (tmp_path / 'best_x.pth').touch()
    with pytest.raises(UserError, match='holds no config'):
        Inferencer(tmp_path)


def test_checkpoint_without_dataset_meta_is_refused(run, tmp_path):
    torch.save(torch.load(run / 'epoch_2.pth', weights_only=True)['state_dict'], tmp_path / 'w.pth')
    with pytest.raises(UserError, match='does not contain the shape of its training data'):
        Inferencer(ROOT / 'configs/cnn/cnn_digits.py', tmp_path / 'w.pth', 'cpu')


def test_image_for_a_model_of_vectors_is_refused(tmp_path):
    file = save(np.zeros((8, 8), np.uint8), tmp_path / 'x.png')
    with pytest.raises(InputError, match=r'cannot be made into a sample of XOR, .* \(2,\)'):
        ArrayFormat('XOR', (2,)).read(file)


def test_colour_format_keeps_the_order_of_channels(tmp_path):
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[0, 1] = (255, 51, 0)
    sample = ArrayFormat('Colours', (3, 2, 3), 1 / 255).read(save(picture, tmp_path / 'x.png'))
    assert sample.shape == (3, 2, 3)
    np.testing.assert_allclose(sample[:, 0, 1], [1.0, 0.2, 0.0], rtol=1e-6)


# -- inputs of another kind among good ones -------------------------------------------------------


def test_odd_images_are_listed_and_the_others_done(inferencer, tmp_path):
    good = save(stretched(RAW[0]), tmp_path / 'good.png')
    Image.new('LAB', (8, 8)).save(tmp_path / 'lab.tif')
    Image.fromarray(np.full((8, 8), np.nan, np.float32)).save(tmp_path / 'nan.tif')
    Image.fromarray(np.full((8, 8), 2**20, np.int32)).save(tmp_path / 'wide.tif')
    os.mkfifo(tmp_path / 'pipe.png')
    results = inferencer([tmp_path, tmp_path / 'pipe.png'])
    assert [one['source'] for one in results['predictions']] == [str(good)]
    names = {Path(one['source']).name for one in results['failed']}
    assert names == {'lab.tif', 'nan.tif', 'wide.tif', 'pipe.png'}


PIPELINE = [{'type': 'LoadImageFromFile'}, {'type': 'ResizeEdge', 'scale': 8}]
FOREIGN = {'type': 'CustomDataset', 'data_prefix': 'x', 'pipeline': PIPELINE}


def foreign_config(dataset, scope='mmpretrain'):
    return Config({'default_scope': scope, 'test_dataloader': {'dataset': dataset}})


@pytest.mark.parametrize(
    ('dataset', 'scope'),
    [
        (FOREIGN, 'mmpretrain'),
        ({**FOREIGN, 'type': 'mmpretrain.CustomDataset'}, 'mmlesson'),
        ({'type': 'RepeatDataset', 'times': 2, 'dataset': FOREIGN}, 'mmpretrain'),
        ({'type': 'ConcatDataset', 'datasets': [FOREIGN]}, 'mmpretrain'),
    ],
)
def test_pipeline_is_built_in_the_scope_that_training_builds_it_in(dataset, scope):
    formatted = format_of(foreign_config(dataset, scope), {})
    kinds = [type(transform).__module__ for transform in formatted._compose.transforms]
    assert kinds[1].startswith('mmpretrain.')


@pytest.fixture(scope='module')
def folder_run(tmp_path_factory):
    """A run on colour images that a pipeline of mmpretrain reads, of 16 x 16."""
    folder = tmp_path_factory.mktemp('folder')
    for split, name in itertools.product(('train', 'val'), 'ab'):
        (folder / split / name).mkdir(parents=True)
        for number in range(4):
            picture = np.full((16, 16, 3), 200 * (name == 'a') + number, np.uint8)
            save(picture, folder / split / name / f'{number}.png')
    pipeline = [{'type': 'LoadImageFromFile'}, {'type': 'mmpretrain.PackInputs'}]
    data = {'_delete_': True, 'type': 'mmpretrain.CustomDataset', 'pipeline': pipeline}
    splits = {'train': 'train', 'val': 'val', 'test': 'val'}
    options = {
        f'{name}_dataloader.dataset': {**deepcopy(data), 'data_prefix': str(folder / split)}
        for name, split in splits.items()
    }
    model = {
        'model.data_preprocessor.channels': None,
        'model.backbone.in_channels': 3,
        'model.backbone.image_size': (16, 16),
        'model.head.num_classes': 2,
        'train_cfg.max_epochs': 1,
    }
    return trained_run(folder / 'run', 'cnn/cnn_digits.py', **options, **model)


def test_image_of_a_size_that_the_model_does_not_take_is_listed(folder_run, tmp_path):
    for name, size in (('1', 16), ('2', 20), ('3', 16)):
        save(np.full((size, 16, 3), 200, np.uint8), tmp_path / f'{name}.png')
    show_dir = tmp_path / 'drawn'
    results = Inferencer(folder_run, device='cpu')(tmp_path, show_dir=show_dir)
    assert [Path(one['source']).name for one in results['predictions']] == ['1.png', '3.png']
    (failed,) = results['failed']
    assert Path(failed['source']).name == '2.png'
    assert 'takes no sample of shape (3, 20, 16)' in failed['reason']
    assert results['visualization'] == [show_dir / 'predictions_1.png']


def test_text_file_for_a_foreign_dataset_gives_one_line_and_no_output(folder_run, tmp_path):
    (tmp_path / 'wine.csv').write_text('a,b\n1,2\n')
    out = tmp_path / 'out.csv'
    done = run_forked(
        *('tools/deployment/predict.py', folder_run, tmp_path / 'wine.csv'),
        *('--out', out, '--device', 'cpu'),
    )
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if 'checkpoint' not in line]
    assert line.startswith('error: 1 of 1 inputs could not be read: ')
    assert 'wine.csv: it is a table, but the model was not trained on a table.' in line
    assert not out.exists()


# -- the tool -------------------------------------------------------------------------------------


def test_tool_writes_csv_and_drawings_lists_what_failed_and_exits_with_one(
    run, inferencer, tmp_path
):
    files = [save(stretched(raw), tmp_path / f'{i}.png') for i, raw in enumerate(RAW[:2])]
    bad = tmp_path / 'bad.png'
    bad.write_text('no picture')
    out, drawn = tmp_path / 'preds.csv', tmp_path / 'drawn'
    done = run_forked(
        *('tools/deployment/predict.py', run, files[0], bad, files[1]),
        *('--out', out, '--show-dir', drawn, '--device', 'cpu'),
    )
    assert done.returncode == 1
    assert f'error: 1 of 3 inputs could not be read: {bad}: it is no image' in done.stderr
    assert 'Traceback' not in done.stderr
    with out.open(newline='') as file:
        head, *rows = csv.reader(file)
    names = ['source', 'pred_label', 'pred_class', 'pred_score']
    assert head == [*names, *(f'score_{i}' for i in range(10))]
    expected = inferencer(RAW[:2])['predictions']
    for row, one, file in zip(rows, expected, files, strict=True):
        assert row[:3] == [str(file), str(one['pred_label']), one['pred_class']]
        np.testing.assert_allclose(
            np.array(row[3:], float), [one['pred_score'], *one['pred_scores']], rtol=1e-6
        )
    with Image.open(drawn / 'predictions_1.png') as page:
        assert page.size[0] > 100


def test_perceptron_gives_classes_without_probabilities(train, tmp_path):
    train('perceptron/perceptron_digits.py', 'perceptron', train_cfg__max_epochs=2)
    inferencer = Inferencer(tmp_path / 'perceptron', device='cpu')
    (found,) = inferencer(np.zeros((1, 1, 8, 8), np.float32))['predictions']
    assert found['pred_score'] is None
    assert found['pred_scores'] is None
    assert 0 <= found['pred_label'] < 10


def test_table_for_a_model_of_images_is_refused_in_one_line(inferencer, tmp_path):
    file = tmp_path / 't.csv'
    file.write_text('a,b\n1,2\n')
    failed = inferencer([str(file)])['failed']
    reason = 'it is a table, but the model was not trained on a table.'
    assert failed == [{'source': str(file), 'reason': reason}]
