# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Large images between processes with the shipped Fast DDS profile and those without.

The discovery range is SUBNET, ROS's default: other ranges hide a profile that cannot be found.
"""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')
rmw = pytest.importorskip('rclpy.utilities').get_rmw_implementation_identifier()
if rmw != 'rmw_fastrtps_cpp':
    pytest.skip(f'the profile is for Fast DDS, this is {rmw}', allow_module_level=True)

from geometry_msgs.msg import TwistStamped
from ros_process import environment
from ros_wire import NODE
from sensor_msgs.msg import Image

from featuremap_ros.ros.fastdds import profile_environment

PROGRAM = Path(__file__).parent / 'support' / 'ros_images.py'
IMAGES = 30
VGA, FULL_HD = '640x480', '1920x1080'
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')


@pytest.fixture(scope='module')
def profile(repository, tmp_path_factory):
    """Return the variable that chooses the shipped profile for this distribution."""
    path = repository / 'featuremap_ros' / 'config' / 'fastdds.xml'
    assert path.is_file()
    return profile_environment(path, {}, folder=tmp_path_factory.mktemp('anywhere'))


@pytest.fixture(scope='module')
def start(domain, repository):
    """Return what starts a sender or a receiver."""

    def popen(*arguments, **variables):
        env = environment(domain, repository, ROS_AUTOMATIC_DISCOVERY_RANGE='SUBNET')
        for name in PROFILE_VARIABLES:
            env.pop(name, None)
        return subprocess.Popen(
            [sys.executable, str(PROGRAM), *map(str, arguments)],
            env={**env, **variables},
            stdout=subprocess.PIPE,
            text=True,
        )

    return popen


def received(receiver):
    """Return how many images of each size a receiver got."""
    output, _ = receiver.communicate(timeout=60)
    return json.loads(output)


@pytest.mark.parametrize('reliability', ['reliable', 'best_effort'])
def test_images_with_the_profile_reach_a_process_without(start, profile, reliability):
    """The node's overlays in somebody's RViz, or in their rqt."""
    receiver = start('receive', 2 * IMAGES, reliability)
    sender = start('send', IMAGES, reliability, VGA, FULL_HD, **profile)
    counts = received(receiver)
    assert counts[VGA] >= IMAGES - 2
    assert counts[FULL_HD] >= IMAGES - 2
    assert sender.wait(30) == 0


def test_images_without_the_profile_reach_a_process_with_it(start, profile):
    """Somebody's reliable camera, and the node, which subscribes likewise."""
    receiver = start('receive', 2 * IMAGES, 'reliable', **profile)
    sender = start('send', IMAGES, 'reliable', VGA, FULL_HD)
    counts = received(receiver)
    assert counts[VGA] >= IMAGES - 2
    # What a foreign process cannot send in time no setting of ours brings back.
    assert counts[FULL_HD] >= IMAGES // 2
    assert sender.wait(30) == 0


def test_a_camera_without_the_profile_drives_the_node_with_it(
    start, start_node, car, profile, peer
):
    """Full HD from a foreign camera through the node, whose overlay comes out as well."""
    start_node(
        {**car, 'max_age': 2.0},
        {'image': '/camera/image_raw'},
        ROS_AUTOMATIC_DISCOVERY_RANGE='SUBNET',
        **profile,
    )
    steering = peer.listen(TwistStamped, f'{NODE}/steering')
    overlays = peer.listen(Image, peer.views()['views'][0]['topics']['overlay'])
    sender = start('send', 2 * IMAGES, 'reliable', FULL_HD)
    peer.until(lambda: sender.poll() is not None, timeout=60, what='the sender to end')
    driven = sum(command.twist.linear.x > 0 for command in steering)
    assert driven >= IMAGES // 2
    assert len(overlays) >= IMAGES // 2
    assert {(overlay.width, overlay.height) for overlay in overlays} == {(1920, 1080)}
