# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the node says of a rate that its observer cannot keep up with."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from diagnostic_msgs.msg import DiagnosticStatus
from ros_wire import NODE, uniform
from sensor_msgs.msg import Image


def test_a_rate_that_cannot_be_met_is_said(start_node, peer, car, networks):
    """With what takes how long; and no more once nobody watches."""
    start_node({**car, 'model': networks.slow, 'methods': ['saliency'], 'slow_rate': 30.0})
    camera, picture = peer.camera(), uniform((200, 90, 40))
    heard = peer.listen(Image, f'{NODE}/saliency/steering')

    def missed():
        (status,) = peer.statuses(': observer')
        return 'saliency.steering' in status.message and status

    _, status = peer.drive_until(camera, picture, missed)
    heard.unsubscribe()
    assert status.level == DiagnosticStatus.WARN
    assert status.message.startswith('slow_rate 30 Hz cannot be met: a round takes')

    def resting():
        (status,) = peer.statuses(': observer')
        return status.message == 'Nobody watches' and status

    _, status = peer.drive_until(camera, picture, resting)
    assert status.level == DiagnosticStatus.OK
