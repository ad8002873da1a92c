"""Which arguments a class takes: its own, and its parents' behind ``**kwargs``."""

from __future__ import annotations

from mmengine.hooks import CheckpointHook
from mmengine.optim import AmpOptimWrapper, LinearLR
from torch import nn
from torch.optim import SGD

from mmlesson.config.signatures import signature_of


class Parent:
    def __init__(self, width, depth=2):
        self.width, self.depth = width, depth


class HandsOn(Parent):
    def __init__(self, gain: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain = gain


class LooksInside(Parent):
    def __init__(self, **kwargs):
        self.secret = kwargs.pop('secret', None)
        super().__init__(**kwargs)


class Module(nn.Module):
    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size


def test_kwargs_handed_to_the_parent_are_the_parents_arguments():
    signature = signature_of(HandsOn)
    assert list(signature.parameters) == ['gain', 'width', 'depth']
    assert not signature.is_open
    assert signature.required() == []  # whether the child hands ``width`` on cannot be told
    assert signature.annotations['gain'] is float


def test_class_that_reads_kwargs_accepts_any_argument():
    assert signature_of(LooksInside).is_open


def test_module_of_torch_takes_nothing_more():
    signature = signature_of(Module)
    assert (list(signature.parameters), signature.is_open) == (['size'], False)
    assert signature.required() == ['size']


def test_function_has_no_self():
    def collate(batch, *, pad=0):
        return batch, pad

    assert list(signature_of(collate).parameters) == ['batch', 'pad']


def test_signatures_of_the_openmmlab_classes_are_complete():
    assert {'start_factor', 'param_name', 'begin', 'by_epoch'} <= set(
        signature_of(LinearLR).parameters
    )
    assert {'loss_scale', 'clip_grad', 'optimizer'} <= set(signature_of(AmpOptimWrapper).parameters)
    assert not signature_of(SGD).is_open
    assert not signature_of(LinearLR).is_open
    assert 'save_best' in signature_of(CheckpointHook).parameters
