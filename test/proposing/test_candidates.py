# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is tried."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.proposing.candidates import (
    beside,
    crops,
    heads_of,
    named_steering,
    named_throttle,
)
from featuremap_ros.vision.preprocess import Crop, InputSpec, Preprocessor


def outputs(*tensors):
    """Return a network with outputs of given names and sizes."""
    return Network('test', (), tuple(TensorSpec(name, (size,)) for name, size in tensors), ())


def test_crops_keep_the_shape_of_the_input_and_leave_something():
    """Among them the one that makes the picture as wide as the input."""
    found = crops((320, 240), (160, 80), [Crop(top=300), Crop(top=7, bottom=2)])
    assert found['none'] == Crop()
    assert found['top 80'] == Crop(top=80)
    assert found['top 7 bottom 2'] == Crop(top=7, bottom=2)
    assert 'top 300' not in found
    image = np.zeros((240, 320, 3), np.uint8)
    for crop in found.values():
        assert Preprocessor(InputSpec((160, 80), crop=crop))(image).tensor.shape == (1, 80, 160, 3)


def test_rows_are_masked_where_the_camera_has_the_size_of_the_input():
    """As donkeycar does."""
    assert crops((160, 120), (160, 120))['top 45 masked'] == Crop(top=45, mode='mask')
    assert not any('masked' in name for name in crops((320, 240), (160, 120)))


def test_a_crop_is_moved_by_a_step_on_one_side():
    """Never beyond the picture, nor to a sliver."""
    found = beside(Crop(top=100, left=5), (320, 240), 1 / 12)
    assert Crop(top=80, left=5) in found
    assert Crop(top=120, left=5) in found
    assert Crop(top=100, left=0) in found
    assert Crop(top=100, left=5, right=20) in found
    assert len(found) == len(set(found)) == 6
    assert Crop(top=200) not in beside(Crop(top=180), (320, 240), 1 / 12)


def test_a_picture_among_the_outputs_is_nothing_to_steer_by():
    """However many numbers it holds; (1, 2) are two numbers nevertheless."""
    tensors = (TensorSpec('mask', (58, 78, 2)), TensorSpec('two', (1, 2)))
    seen = {'mask': [np.zeros(58 * 78 * 2, np.float32)], 'two': [np.zeros(2, np.float32)]}
    assert list(heads_of(Network('test', (), tensors, ()), seen)) == ['two:0', 'two:1']


def test_an_output_that_is_not_finite_is_named():
    """A profile would not make it drive."""
    with pytest.raises(NotFiniteError, match=r"Output 'angle' of the model is NaN"):
        heads_of(outputs(('angle', 1)), {'angle': [np.full(1, np.nan, np.float32)]})


def test_outputs_are_read_by_what_they_are():
    """Probabilities are bins or classes, two numbers are two heads."""
    network = outputs(('n_outputs0', 1), ('angle_out', 15), ('five', 5), ('two', 2))
    rng = np.random.default_rng(0)

    def softmax(size):
        raw = rng.random((4, size)).astype(np.float32)
        return list(raw / raw.sum(axis=1, keepdims=True))

    found = heads_of(
        network,
        {
            'n_outputs0': list(rng.random((4, 1), np.float32)),
            'angle_out': softmax(15),
            'five': softmax(5),
            'two': list(rng.random((4, 2), np.float32)),
        },
    )
    assert {name: head.kind for name, head in found.items()} == {
        'n_outputs0': 'regression',
        'angle_out': 'bins',
        'five': 'classes',
        'two:0': 'regression',
        'two:1': 'regression',
    }
    assert found['five'].values == (-1, -0.5, 0, 0.5, 1)
    assert found['two:1'].component == 1
    assert named_steering(found) == ['n_outputs0', 'angle_out']
    assert named_throttle(outputs(('a', 1), ('n_outputs1', 1))).name == 'n_outputs1'
    assert named_throttle(outputs(('a', 1), ('b', 1))) is None
