# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said of inputs that no race holds."""

from __future__ import annotations

import pytest

from featuremap_ros.pilot.feeding import constants_in_words
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
