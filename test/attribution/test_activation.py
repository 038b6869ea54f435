# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Feature maps, reduced to one picture."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.activation import channel_of, reduce_channels
from featuremap_ros.errors import UnsupportedError


@pytest.fixture
def activation():
    """Return a stack of five small maps."""
    return np.random.default_rng(1).normal(size=(6, 9, 5)).astype(np.float32)


def test_reductions_agree_with_plain_sums(activation):
    """Each reduction against its formula, cell by cell."""
    for row in range(6):
        for column in range(9):
            cell = [float(v) for v in activation[row, column]]
            expected = {
                'mean': sum(cell) / 5,
                'max': max(cell),
                'energy': (sum(v * v for v in cell) / 5) ** 0.5,
                'channel:3': cell[3],
            }
            for how, value in expected.items():
                assert reduce_channels(activation, how)[row, column] == pytest.approx(
                    value, abs=1e-6
                )


def test_a_channel_that_is_not_there_is_refused(activation):
    """The message gives the range."""
    with pytest.raises(UnsupportedError, match=r'Channel 5 asked for, the layer has 0 to 4'):
        reduce_channels(activation, 'channel:5')


@pytest.mark.parametrize('name', ['median', 'channel', 'channel:-1', 'channel:N'])
def test_an_unknown_reduction_is_refused(name):
    """The message lists the choices."""
    with pytest.raises(UnsupportedError, match=r'expected one of mean, max, energy, channel:N'):
        channel_of(name)
