# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The mirror residual of networks whose symmetry is known."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.mirror import mirror_residual


def test_a_symmetric_network_has_none(rng):
    """Weights of opposite sign on both sides; what is added on top is the bias, twice."""
    half = rng.normal(size=(4, 5, 3))
    weights = np.concatenate([half, -half[:, ::-1]], axis=1)
    pixels = rng.integers(0, 256, (4, 10, 3), dtype=np.uint8)
    pixels.setflags(write=False)

    def score(batch):
        return (batch * weights).sum(axis=(1, 2, 3))

    assert mirror_residual(pixels, score) == pytest.approx(0, abs=1e-9)
    assert mirror_residual(pixels, lambda batch: score(batch) + 0.1) == pytest.approx(0.2)


def test_a_preferred_side_shows(rng):
    """A network that counts the left half only sees both halves, one after the other."""
    pixels = rng.integers(0, 256, (4, 10, 3), dtype=np.uint8)
    residual = mirror_residual(pixels, lambda batch: batch[:, :, :5].mean(axis=(1, 2, 3)))
    assert residual == pytest.approx(2 * pixels.mean())
