"""Planes to show points in, against scikit-learn's PCA and the geometry of a line."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from mmlesson.errors import ArgumentError
from mmlesson.visualization import fit_projection

WEIGHT, BIAS = np.array([3.0, 0.0, -4.0, 0.0, 0.0]), 2.0  # |w| = 5


@pytest.fixture
def points():
    generator = np.random.default_rng(0)
    return generator.normal(1.0, [0.1, 3.0, 0.2, 1.0, 0.5], (60, 5))


def test_plane_without_a_boundary_is_that_of_a_pca(points):
    plane, pca = fit_projection(points), PCA(2).fit(points)
    np.testing.assert_allclose(np.abs(plane(points)), np.abs(pca.transform(points)), atol=1e-9)
    np.testing.assert_allclose(plane.shares(points), 100 * pca.explained_variance_ratio_)


def test_plane_of_a_boundary_shows_the_distance_from_it_and_a_pca_of_the_rest(points):
    plane = fit_projection(points, (WEIGHT, BIAS))
    drawn = plane(points)
    distance = (points @ WEIGHT + BIAS) / 5
    np.testing.assert_allclose(drawn[:, 0], distance, atol=1e-12)
    rest = (
        PCA(1)
        .fit(points - np.outer(distance, WEIGHT / 5))
        .transform(points - np.outer(distance, WEIGHT / 5))
    )
    np.testing.assert_allclose(np.abs(drawn[:, 1]), np.abs(rest[:, 0]), atol=1e-9)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    total = points.var(0).sum()
    np.testing.assert_allclose(
        plane.shares(points), [100 * distance.var() / total, 100 * rest.var() / total]
    )


def test_plane_of_a_new_boundary_keeps_the_axis_along_it(points):
    plane = fit_projection(points, (WEIGHT, BIAS))
    other = np.array([0.0, 0.0, 0.0, 0.0, 2.0])
    turned = plane.facing((other, -1.0))
    np.testing.assert_allclose(turned(points)[:, 0], points[:, 4] - 0.5, atol=1e-12)
    kept = plane.directions[1].copy()
    kept[4] = 0
    np.testing.assert_allclose(turned.directions[1], kept / np.linalg.norm(kept), atol=1e-12)
    assert turned.facing(None) is turned
    assert turned.facing((np.zeros(5), 1.0)) is turned


def test_axis_across_the_new_boundary_is_empty(points):
    plane = fit_projection(points, (WEIGHT, BIAS))
    turned = plane.facing((plane.directions[1], 0.0))
    np.testing.assert_array_equal(turned(points)[:, 1], np.zeros(60))


def test_points_at_the_same_position_are_drawn_at_their_distance():
    points = np.full((4, 3), 2.0)
    plane = fit_projection(points, (np.array([0.0, 2.0, 0.0]), 1.0))
    np.testing.assert_allclose(plane(points), [[2.5, 0.0]] * 4, atol=1e-12)
    np.testing.assert_array_equal(plane.shares(points), [0, 0])


def test_two_units_are_their_own_plane_whatever_the_boundary():
    points = np.random.default_rng(1).normal(size=(9, 2))
    plane = fit_projection(points, (np.array([1.0, 2.0]), 0.5))
    np.testing.assert_array_equal(plane(points), points)
    assert plane.facing((np.array([1.0, 2.0]), 0.5)) is plane


def test_boundary_of_another_space_is_refused(points):
    with pytest.raises(
        ArgumentError, match=r'boundary must have the shape \(D\), D = 5, got \(4,\)'
    ):
        fit_projection(points, (np.ones(4), 0.0))
    with pytest.raises(ArgumentError, match=r'Projection.boundary must have the shape \(5\)'):
        fit_projection(points).facing((np.ones(4), 0.0))
