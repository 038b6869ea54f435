# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said of inputs that no race holds."""

from __future__ import annotations

import pytest

from featuremap_ros.pilot.feeding import constants_in_words, why_not_fed
from featuremap_ros.pilot.network import Network, TensorSpec

CAMERA = TensorSpec('img_in', (120, 160, 3))


def network(*extra: TensorSpec) -> Network:
    """Return a network without layers."""
    return Network(
        origin='test',
        inputs=(CAMERA, *extra),
        outputs=(TensorSpec('steering', (1,)),),
        layers=(),
    )


def test_of_the_picture_alone_nothing_is_said() -> None:
    """Most networks have no other input."""
    assert constants_in_words(network(), {}) == constants_in_words(network(), None) == []


@pytest.mark.parametrize(
    ('values', 'said'),
    [
        ((0.0, 9.81), 'is fed 0, 9.81 with every frame, as the profile says'),
        ((0.5,) * 9, 'is fed 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, ... (9 values) with'),
    ],
)
def test_constants_are_named(values: tuple[float, ...], said: str) -> None:
    """As the profile gives them, a few of many."""
    about = network(TensorSpec('imu_in', (len(values),)))
    (line,) = constants_in_words(about, {'imu_in': values})
    assert line.startswith(f'input imu_in {said}')
    assert 'is not read from the race' in line


def test_without_a_profile_it_says_what_is_needed() -> None:
    """The name and the shape are those of the model."""
    (line,) = constants_in_words(network(TensorSpec('imu_in', (6,))), None)
    assert line.startswith('input imu_in (6,) is not fed from the race')
    assert '"extra_inputs"' in line


def test_a_second_picture_is_said_to_be_one() -> None:
    """Only one camera can be fed, and a single value fills the other."""
    about = network(TensorSpec('img2', (120, 160, 3)))
    picture, fed = constants_in_words(about, {'img2': (0.5,)})
    assert picture.startswith('input img2 has the shape of a picture, (120, 160, 3): only one')
    assert fed.startswith('input img2 is fed 0.5, everywhere with every frame')


@pytest.mark.parametrize(
    ('shape', 'said'),
    [
        ((1, 120, 160, 3), 'Models of several pictures (rnn, 3d) cannot be fed.'),
        ((3, 120, 160), 'put Permute((3, 1, 2)) in front of the model and save it again.'),
        ((120, 160, 4), 'A camera has no picture of 4 channels (alpha, depth) to feed it.'),
        ((7,), 'That is no picture.'),
    ],
)
def test_what_is_no_picture_of_the_camera_is_explained(shape: tuple[int, ...], said: str) -> None:
    """Each for its own reason."""
    why = why_not_fed(TensorSpec('img', shape))
    assert why is not None
    assert why.startswith(f"the first input of the model, 'img', has the shape {shape}: a profile")
    assert why.endswith(said)


@pytest.mark.parametrize('shape', [(120, 160, 3), (1, 8, 1), (None, None, 3)])
def test_one_picture_can_be_fed(shape: tuple[int | None, ...]) -> None:
    """Of any size, in grey or in colours."""
    assert why_not_fed(TensorSpec('img', shape)) is None
