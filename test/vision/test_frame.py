# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera image."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import BadFrameError
from featuremap_ros.vision.frame import Frame


@pytest.mark.parametrize('kind', ['float32', 'float64', 'int64', 'bool'])
def test_pictures_of_other_numbers_are_refused_at_once(kind):
    """The message says what is wanted; of floats how to get there, too."""
    with pytest.raises(BadFrameError, match=f'uint8.*0 to 255: got {kind} .4, 6, 3') as refused:
        Frame(np.zeros((4, 6, 3), kind), 0)
    assert ('astype(np.uint8)' in str(refused.value)) == kind.startswith('float')


@pytest.mark.parametrize('shape', [(4, 6), (4, 6, 1), (4, 6, 4), (1, 4, 6, 3), (0, 6, 3)])
def test_pictures_of_other_shapes_are_refused_at_once(shape):
    """Before a network or OpenCV meets them; of a grey one the message says how it gets RGB."""
    with pytest.raises(BadFrameError, match=r'height, width, 3.*got uint8') as refused:
        Frame(np.zeros(shape, np.uint8), 0)
    assert ('np.repeat' in str(refused.value)) == (len(shape) == 2)


def test_a_frame_can_be_looked_for():
    """In lists and sets; each is equal to itself alone, since comparing pictures takes long."""
    one, other = (Frame(np.zeros((4, 6, 3), np.uint8), 0) for _ in range(2))
    assert other not in [one]
    assert {one, other, one} == {other, one}
