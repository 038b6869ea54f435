# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What filters turned on for, on a race in which that is known."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import SourceError, UnknownNameError, UnsupportedError
from featuremap_ros.explaining.patches import top_patches
from featuremap_ros.vision.frame import Frame

SECOND = 10**9
SPOTS = ((30, 40), (70, 90), (40, 100), (56, 20))


@pytest.fixture(scope='module')
def pilot(keras, make_pilot):
    """Return a network whose first channel sees red and whose second sees nothing."""
    layers = keras.layers
    x = keras.Input((24, 32, 3), name='image')
    y = layers.Conv2D(2, 5, strides=2, activation='relu', name='conv')(x)
    model = keras.Model(x, layers.Dense(1, name='steering')(layers.Flatten()(y)))
    kernel = np.zeros((5, 5, 3, 2), np.float32)
    kernel[..., 0, 0], kernel[..., 1:, 0] = 1, -0.5
    kernel[..., 1] = -1
    model.get_layer('conv').set_weights([kernel, np.zeros(2, np.float32)])
    return make_pilot(
        model,
        'input: {size: [32, 24], crop: {top: 6}, normalisation: /255}\n'
        'heads: {steering: {output: steering}}\n',
    )


def race():
    """Return frames of 128 x 102 with a red spot, ever stronger, each at another place."""
    frames = []
    for number, (row, column) in enumerate(SPOTS):
        image = np.full((102, 128, 3), 60, np.uint8)
        image[row - 5 : row + 6, column - 5 : column + 6, 0] = 100 + 50 * number
        frames.append(Frame(image, number * SECOND))
    return frames


def test_the_patches_show_what_the_filter_sees(pilot):
    """Strongest first; the spot lies in the receptive field, and in its picture."""
    red, nothing = top_patches(pilot, race(), 'conv', count=3, height=40)
    assert [patch.stamp_ns for patch in red] == [3 * SECOND, 2 * SECOND, SECOND]
    assert [patch.activation for patch in red] == sorted(
        (patch.activation for patch in red), reverse=True
    )
    frames = {frame.stamp_ns: frame for frame in race()}
    for patch in red:
        maps = pilot.forward(frames[patch.stamp_ns], ('conv',)).activations['conv']
        assert patch.activation == maps[..., 0].max()
    assert nothing == []
    for patch in red:
        row, column = SPOTS[patch.stamp_ns // SECOND]
        assert patch.rect.left < column < patch.rect.right
        assert patch.rect.top < row < patch.rect.bottom
        # Five of the network's pixels, which are 4 x 4 of the camera's.
        assert (patch.rect.width, patch.rect.height) == pytest.approx((20, 20))
        assert patch.image.shape == (40, 40, 3)
        strongest = np.argwhere(patch.image[..., 0] > 90).mean(axis=0)
        expected = (2 * (row - patch.rect.top), 2 * (column - patch.rect.left))
        assert strongest == pytest.approx(expected, abs=4)


def test_moments_that_are_alike_count_once(pilot):
    """Frames nearer than asked for are passed over."""
    red, _ = top_patches(pilot, race(), 'conv', apart=1.5)
    assert [patch.stamp_ns for patch in red] == [3 * SECOND, SECOND]


def test_frames_that_cannot_be_used_are_passed_over(pilot):
    """In both rounds alike."""
    frames = race()
    tiny = Frame(np.zeros((4, 4, 3), np.uint8), 9 * SECOND)
    red, _ = top_patches(pilot, [tiny, *frames[:2], tiny, *frames[2:]], 'conv')
    assert [patch.stamp_ns for patch in red] == [n * SECOND for n in (3, 2, 1, 0)]


def test_what_reaches_out_of_the_picture_is_grey(keras, make_pilot):
    """With 'same' padding the outermost cells see beyond the border."""
    layers = keras.layers
    x = keras.Input((24, 32, 3), name='image')
    y = layers.Conv2D(1, 9, padding='same', kernel_initializer='ones', name='conv')(x)
    pilot = make_pilot(keras.Model(x, layers.Dense(1, name='steering')(layers.Flatten()(y))))
    image = np.zeros((24, 32, 3), np.uint8)
    image[:3, :3] = 255
    ((patch,),) = top_patches(pilot, [Frame(image, 0)], 'conv', height=90)
    assert (patch.rect.left, patch.rect.top) < (0, 0)
    assert (patch.image[:10, :10] == 60).all()
    assert (patch.image == 255).any()


def test_what_is_not_there_is_refused(pilot):
    """Layers, frames, settings."""
    with pytest.raises(UnknownNameError, match=r"layer 'conv_2'"):
        top_patches(pilot, race(), 'conv_2')
    with pytest.raises(SourceError, match=r'Not a single frame'):
        top_patches(pilot, [], 'conv')
    for setting in ({'count': 0}, {'apart': -1.0}, {'height': 2}):
        with pytest.raises(UnsupportedError, match=r'Patches need a count of 1 or more'):
            top_patches(pilot, race(), 'conv', **setting)
