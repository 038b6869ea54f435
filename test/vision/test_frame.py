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
