# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The order of numbered files."""

from __future__ import annotations

from pathlib import Path
import random

import pytest

from featuremap_ros.streams.natural import natural_key


@pytest.mark.parametrize(
    'names',
    [
        ['frame1.png', 'frame2.png', 'frame10.png', 'frame11.png'],
        ['1.png', '2.png', '10.png', 'a.png'],
        ['bag_0.mcap', 'bag_9.mcap', 'bag_10.mcap'],
        ['run1_frame9.jpg', 'run1_frame10.jpg', 'run2_frame1.jpg'],
        ['A1.png', 'a2.png', 'B1.png'],
        ['01.png', '1.png', '2.png'],
    ],
)
def test_runs_of_digits_count_as_numbers(names):
    """Whatever the order of listing, the order of frames is the same."""
    paths = [Path('/somewhere', name) for name in names]
    mixed = random.Random(0).sample(paths, len(paths))
    assert sorted(mixed, key=natural_key) == paths
