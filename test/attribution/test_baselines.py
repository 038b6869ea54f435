# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What hidden parts are replaced by."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.baselines import baseline, BASELINES
from featuremap_ros.errors import UnknownNameError

PIXELS = np.random.default_rng(1).integers(0, 256, (40, 70, 3), dtype=np.uint8)


def test_grey_is_half_of_the_range():
    """Whatever the picture."""
    assert (baseline('grey', PIXELS) == 128).all()


def test_mean_is_the_colour_of_the_picture():
    """One colour for all pixels, channel by channel."""
    found = baseline('mean', PIXELS)
    for channel in range(3):
        mean = sum(int(v) for v in PIXELS[..., channel].ravel()) / (40 * 70)
        assert np.unique(found[..., channel]) == [round(mean)]


def test_blur_keeps_the_light_and_loses_the_detail():
    """The mean stays, the contrast goes."""
    found = baseline('blur', PIXELS)
    assert found.mean() == pytest.approx(PIXELS.mean(), abs=2)
    assert found.std() < PIXELS.std() / 5


@pytest.mark.parametrize('name', BASELINES)
def test_every_baseline_suits_every_network(name):
    """The same shape and type, one channel too; the picture is not written to."""
    for pixels in (PIXELS, PIXELS[..., :1].copy()):
        before = pixels.copy()
        found = baseline(name, pixels)
        assert (found.shape, found.dtype) == (pixels.shape, np.uint8)
        assert np.array_equal(pixels, before)


def test_an_unknown_baseline_is_refused():
    """The choices are listed."""
    with pytest.raises(UnknownNameError, match=r"'black'.*grey, mean, blur"):
        baseline('black', PIXELS)
