import hashlib

import numpy as np
import pytest
import torch
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset
from torch.utils.data import Subset

from mmlesson.datasets import Digits, Moons, check_splits, describe_split
from mmlesson.errors import ArgumentError

pytestmark = pytest.mark.usefixtures('frozen_objects')


class Annotated(BaseDataset):
    """Two samples, as an mmengine dataset holds them."""

    first = 'a.png'

    def load_data_list(self):
        return [{'img_path': self.first}, {'img_path': 'b.png'}]


def other_annotated():
    dataset = Annotated(lazy_init=True)
    dataset.first = 'c.png'
    dataset.full_init()
    return dataset


# --- describe_split -----------------------------------------------------------------------------


def test_description_of_an_array_dataset_is_complete():
    dataset = Moons('val')
    facts = describe_split(dataset)
    assert set(facts) == {'name', 'source', 'size', 'sha256', 'indices', 'classes'}
    assert (facts['name'], facts['size']) == ('val', len(dataset))
    assert facts['source'] == dataset.source_sha256
    assert facts['classes'] == list(dataset.classes)
    assert facts['indices'].dtype == torch.int64
    packed = facts['indices'].numpy().astype('<i8').tobytes()
    assert facts['sha256'] == hashlib.sha256(packed).hexdigest()


def test_description_survives_a_checkpoint(tmp_path):
    facts = describe_split(Moons('test'))
    torch.save(facts, tmp_path / 'c.pth')
    loaded = torch.load(tmp_path / 'c.pth', weights_only=True)
    assert torch.equal(loaded.pop('indices'), facts.pop('indices'))
    assert loaded == facts


def test_description_of_an_mmengine_dataset_hashes_its_annotations():
    dataset = Annotated(metainfo={'classes': ('x', 'y')})
    facts = describe_split(dataset)
    assert (facts['size'], facts['source'], facts['indices']) == (2, None, None)
    assert facts['sha256'] == hashlib.sha256(dataset.data_bytes.tobytes()).hexdigest()
    assert facts['classes'] == ['x', 'y']


@pytest.mark.parametrize(
    'dataset', [[1, 2], Annotated(lazy_init=True), Annotated(serialize_data=False)]
)
def test_description_of_unknown_data_is_none(dataset):
    assert set(describe_split(dataset).values()) == {None}


def test_repeated_dataset_is_described_by_the_dataset():
    dataset = Annotated()
    assert describe_split(RepeatDataset(dataset, 2)) == describe_split(dataset)


def test_subset_is_described_by_its_samples():
    whole = Digits()
    facts = describe_split(Subset(whole, [5, 2, 5]))
    rows = whole.splits['train'].indices
    assert facts['indices'].tolist() == [rows[2], rows[5]]
    assert (facts['size'], facts['source']) == (2, whole.source_sha256)
    packed = np.array([rows[2], rows[5]], '<i8').tobytes()
    assert facts['sha256'] == hashlib.sha256(packed).hexdigest()


def test_subset_of_unknown_data_is_unknown():
    assert set(describe_split(Subset([1, 2], [0])).values()) == {None}


def test_subset_by_mmpretrains_name_is_described_by_its_samples():
    whole = Digits()
    facts = describe_split(whole.get_subset([2, 5]))
    assert facts['indices'].tolist() == whole.splits['train'].indices[[2, 5]].tolist()


def test_joined_datasets_are_described_each():
    facts = describe_split(ConcatDataset([Annotated(), other_annotated()]))
    assert facts['size'] == 4
    assert [part['sha256'] for part in facts['parts']] == [
        describe_split(Annotated())['sha256'],
        describe_split(other_annotated())['sha256'],
    ]


# --- check_splits -------------------------------------------------------------------------------


def facts_of(split, **kwargs):
    return describe_split(Digits(split, **kwargs))


def check(train, test, name='test', **options):
    return check_splits({'train': train, name: test}, **options)


def test_own_splits_have_no_conflict():
    splits = {name: facts_of(name) for name in ('train', 'val', 'test')}
    assert check_splits(splits) == []


@pytest.mark.parametrize('name', ['val', 'test'])
def test_training_data_in_another_split_is_refused(name):
    message = rf'{name} data \(train split, 1078 samples\) holds 1078 .*allow_split_conflicts=True'
    with pytest.raises(ArgumentError, match=message):
        check(facts_of('train'), facts_of('train'), name)


def test_allowed_conflict_is_a_warning():
    (warning,) = check(facts_of('train'), facts_of('train'), allow=True)
    assert 'holds 1078 samples of the training data' in warning


def test_another_split_seed_is_refused_with_the_exact_overlap():
    train, test = facts_of('train'), facts_of('test', split_seed=1)
    shared = len(set(train['indices'].tolist()) & set(test['indices'].tolist()))
    with pytest.raises(ArgumentError, match=f'holds {shared} samples.*Keep split_seed and split'):
        check(train, test)


def test_flat_and_image_digits_are_one_source():
    with pytest.raises(ArgumentError, match='holds 1078'):
        check(facts_of('train'), facts_of('train', image=False))


def test_other_sources_with_equal_indices_are_disjoint():
    assert check(describe_split(Moons()), describe_split(Moons(data_seed=1))) == []


def test_equal_annotations_are_refused_and_others_are_not():
    train = describe_split(Annotated())
    assert check(train, describe_split(other_annotated())) == []
    with pytest.raises(ArgumentError, match=r"holds 2 samples.*use split='test' or other files"):
        check(train, describe_split(Annotated()))


def test_subsets_are_compared_by_their_samples():
    whole = Annotated()
    first, second = (describe_split(Subset(whole, [index])) for index in (0, 1))
    assert check(first, second) == []
    for train, test in ((first, first), (first, describe_split(whole))):
        with pytest.raises(ArgumentError, match='holds 1 samples'):
            check(train, test)


def test_joined_datasets_share_what_a_part_shares():
    both = describe_split(ConcatDataset([Annotated(), other_annotated()]))
    alone = describe_split(other_annotated())
    for train, test in ((both, alone), (alone, both)):
        with pytest.raises(ArgumentError, match='holds 2 samples'):
            check(train, test)


def test_samples_shared_by_validation_and_test_are_a_warning():
    splits = {'train': facts_of('train'), 'val': facts_of('val'), 'test': facts_of('val')}
    (warning,) = check_splits(splits)
    assert warning.startswith('val and test share 362 samples')


def test_unknown_data_is_never_refused():
    unknown = describe_split([1])
    sized = {**unknown, 'size': 5}
    for known in (describe_split(Moons()), describe_split(Annotated()), unknown, sized, {}):
        for one, other in ((unknown, known), (known, unknown)):
            assert check(one, other) == []


@pytest.mark.parametrize(
    ('ours', 'theirs', 'message'),
    [
        ('a aa b', 'a b', r"3 classes and val has 2, .* class 1 on: 'aa' in train, 'b' in val"),
        ('a b', 'b a', "class 0 on: 'a' in train, 'b' in val"),
        ('a b c', 'a b', "class 2 on: 'c' in train, None in val"),
    ],
)
def test_other_classes_are_refused(ours, theirs, message):
    train, val = ({'classes': names.split()} for names in (ours, theirs))
    with pytest.raises(ArgumentError, match=message):
        check(train, val, 'val')
    assert len(check(train, val, 'val', allow=True)) == 1


def test_classes_are_compared_where_both_are_known():
    for train, val in (({'classes': ['a']}, {}), ({'classes': None}, {'classes': ['b']})):
        assert check(train, val, 'val') == []
