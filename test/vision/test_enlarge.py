# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures that are made wide enough."""

from __future__ import annotations

import numpy as np

from featuremap_ros.vision.affine import Affine, Rect
from featuremap_ros.vision.enlarge import enlarged


def test_a_small_picture_is_enlarged_in_proportion():
    """What covered the whole picture covers the whole of the new one."""
    image = np.zeros((30, 40, 3), np.uint8)
    image[:, 20:] = 255
    large, to_large = enlarged(image, 100)
    assert large.shape == (75, 100, 3)
    assert to_large.rect(Rect(-0.5, -0.5, 39.5, 29.5)) == Rect(-0.5, -0.5, 99.5, 74.5)
    assert large[:, :45].max() < 20 < 235 < large[:, 55:].min()


def test_a_wide_picture_stays_as_it_is():
    """Nothing is copied."""
    image = np.zeros((30, 40, 3), np.uint8)
    same, to_same = enlarged(image, 40)
    assert same is image
    assert to_same == Affine()
