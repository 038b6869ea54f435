# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is proposed, in words."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.proposing.entry import value_in_words


@pytest.mark.parametrize(
    ('value', 'words'),
    [
        (None, '-'),
        ('rgb', 'rgb'),
        (0.42, '0.42'),
        ([1280, 720], '[1280, 720]'),
        ([-1.0, -0.5, 0.0, 0.5, 1.0], '[-1, -0.5, 0, 0.5, 1]'),
        (np.linspace(-1, 1, 15).tolist(), '15 values, evenly from -1 to 1'),
        ([-1.0, -1 / 3, 0.0, 0.1, 1 / 3, 1.0], '[-1, -0.333, 0, 0.1, 0.333, 1]'),
    ],
)
def test_values_are_short(value, words):
    """No sixteen digits, and no fifteen numbers where two say the same."""
    assert value_in_words(value) == words
