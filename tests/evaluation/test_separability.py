"""Separators and proofs, against inequalities that anybody can check."""

from __future__ import annotations

import numpy as np
import pytest

from mmlesson.evaluation.separability import CommonPoint, Separator, separate

XOR = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])


def test_xor_has_the_middle_of_the_square_in_common():
    proof = separate(XOR, np.array([0, 0, 1, 1]))
    assert isinstance(proof, CommonPoint)
    np.testing.assert_allclose(proof.point, [0.5, 0.5], atol=1e-9)
    np.testing.assert_allclose(proof.weights, 0.5, atol=1e-9)
    assert proof.gap < 1e-9


def test_separator_separates_with_its_margin():
    rng = np.random.default_rng(0)
    inputs = np.vstack([rng.normal(size=(30, 3)) - 4, rng.normal(size=(30, 3)) + 4])
    labels = np.repeat([0, 1], 30)
    found = separate(inputs, labels)
    assert isinstance(found, Separator)
    signed = np.where(labels == 1, 1, -1)[:, None] * np.hstack([inputs, np.ones((60, 1))])
    assert np.linalg.norm(found.weight) == pytest.approx(1)
    assert (signed @ found.weight).min() == pytest.approx(found.margin)
    assert found.margin > 0
    assert found.radius == pytest.approx(np.linalg.norm(signed, axis=1).max())
    assert found.bound == pytest.approx((found.radius / found.margin) ** 2)


def test_common_point_is_a_mean_of_either_class():
    rng = np.random.default_rng(1)
    inputs, labels = rng.normal(size=(50, 2)), np.repeat([0, 1], 25)
    proof = separate(inputs, labels)
    assert isinstance(proof, CommonPoint)
    assert (proof.weights >= 0).all()
    for label in (0, 1):
        own = labels == label
        assert proof.weights[own].sum() == pytest.approx(1)
        mean = proof.weights[own] @ inputs[own]
        np.testing.assert_allclose(mean, proof.point, atol=1e-8)


@pytest.mark.parametrize('offset', [0.0, 1000.0])
@pytest.mark.parametrize('scale', [1e-9, 1e-4, 1.0, 1e4, 1e9])
def test_unit_and_origin_of_the_features_have_no_effect(scale, offset):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 40)
    apart = rng.normal(size=(80, 2)) + np.where(labels == 1, 2.5, -2.5)[:, None]
    mixed = rng.normal(size=(80, 2)) + 0.5 * labels[:, None]
    found = separate((apart + offset) * scale, labels)
    assert isinstance(found, Separator)
    scores = (apart + offset) * scale @ found.weight[:2] + found.weight[2]
    assert (np.where(labels == 1, scores, -scores) > 0).all()
    proof = separate((mixed + offset) * scale, labels)
    assert isinstance(proof, CommonPoint)
    assert proof.gap <= 1e-11 * (1 + offset) * scale


def test_single_class_is_refused():
    with pytest.raises(ValueError, match='labels 0 and 1, both present'):
        separate(XOR, np.zeros(4, int))
