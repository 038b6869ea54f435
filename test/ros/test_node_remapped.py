# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A node whose commands reach a car: what must not change while it drives."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [('model', '', 'demo pilot would drive'), ('use_sim_time', True, 'replayed bag would drive')],
)
def test_neither_the_demo_pilot_nor_a_bag_gets_hold_of_the_car(
    start_node, car, peer, name, value, reason
):
    """Steering is remapped to the car, so both changes are refused and the pilot stays."""
    node = start_node(car, {'~/steering': '/drive'})
    (result,) = peer.set_parameters(**{name: value})
    assert not result.successful
    assert reason in result.reason
    assert node.stop() == 0
