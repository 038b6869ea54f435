# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The memory of every method stays what it is: live views run for hours."""

from __future__ import annotations

import gc
from pathlib import Path
import resource

import numpy as np
import pytest

from featuremap_ros.explaining.painting import paint_explanation
from featuremap_ros.explaining.pictures import draw_pictures
from featuremap_ros.vision.frame import Frame

FRAMES, WARM = 2000, 400
MOST_BYTES_PER_FRAME = 2000
"""Less than a map of the tiny network's 24 x 32 pixels in float32."""
OPTIONS = {
    'activation': {},
    'visualbackprop': {},
    'gradcam': {},
    'hirescam': {},
    'saliency': {},
    'smoothgrad': {'copies': 2},
    'integrated_gradients': {'steps': 1, 'most_steps': 1},
    'occlusion': {'patch': 16, 'step': 16},
}
STATISTICS = Path('/proc/self/statm')


def resident_bytes():
    """Return the memory that this process has in use."""
    gc.collect()
    return int(STATISTICS.read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize('method', [*OPTIONS, 'grid'])
def test_it_does_not_grow_over_two_thousand_frames(tiny, method):
    """Maps, gradients, pictures: nothing of a frame is kept."""
    if not STATISTICS.exists():
        pytest.skip('the size of this process is not known on this system')
    images = np.random.default_rng(2).integers(0, 256, (20, 48, 64, 3), dtype=np.uint8)

    def look(number):
        # As a camera sends them: each a new picture.
        frame = Frame(images[number % 20].copy(), number)
        if method == 'grid':
            list(draw_pictures(tiny, frame, 'grid', max_size=(64, 64)))
        else:
            paint_explanation(frame.image, tiny.explain(frame, method, **OPTIONS[method]))

    for number in range(WARM):
        look(number)
    before = resident_bytes()
    for number in range(WARM, FRAMES):
        look(number)
    assert resident_bytes() - before < MOST_BYTES_PER_FRAME * (FRAMES - WARM)
