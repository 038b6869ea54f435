# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the node refuses to start with, and how it says so."""

from __future__ import annotations

from importlib.util import find_spec
import os
import subprocess
import sys

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from sensor_msgs.msg import Image


@pytest.fixture
def refuse(start_node, car):
    """Return what starts the node with other parameters and returns its last words."""

    def start(changes, remaps=None, more=None):
        parameters = {k: v for k, v in {**car, **changes}.items() if v is not None}
        node = start_node(parameters, remaps, more=more, ready=False)
        assert node.wait() == 1, node.log
        assert 'Traceback' not in node.log
        return node.log

    return start


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'model': '/no/such/model.h5'}, ['/no/such/model.h5']),
        ({'profile': 'donkycar'}, ['Unknown profile', "Did you mean 'donkeycar'"]),
        ({'profile': 'donkeycar'}, ['does not fit', '(48, 64, 3)', '(120, 160, 3)']),
        ({'layers': ['secnd']}, ["Unknown layer 'secnd'", 'Did you mean', 'second']),
        ({'wheelbase': None}, ['twist_stamped needs wheelbase', 'always be 0']),
        ({'speed': None, 'steering.message': 'twist'}, ['twist needs speed', 'speed_scale']),
        ({'max_steering_angle': None}, ['max_steering_angle', "profile 'colours'"]),
        ({'speed_scale': 1.0}, ['both set']),
        ({'max_age': 1}, ['max_age is a double', 'write 1.0']),
        ({'overlay.default.range': [0, 2]}, ['overlay.default.range', 'write it like [0.0, 1.0]']),
        ({'methods': ['hirescan']}, ["Unknown method 'hirescan'", "Did you mean 'hirescam'"]),
        ({'methods': ['occlusion/secnd']}, ["Unknown target 'secnd'"]),
        ({'speed': 1e9}, ['speed out of range']),
        ({'image_transport': 'jpeg'}, ['image_transport', 'raw, compressed']),
        ({'steering.message': 'servo'}, ['steering.message', 'twist_stamped']),
        ({'overlay.default.mode': 'multiply'}, ['overlay.default.mode', 'alpha, add, seed']),
        ({'overlay.default.reduce': 'channel:99'}, ['Channel 99']),
        (
            {'qos_overrides./image.subscription.reliability': 'maybe'},
            ['reliability', 'best_effort, reliable'],
        ),
    ],
    ids=lambda value: next(iter(value), '') if isinstance(value, dict) else '',
)
def test_a_fault_ends_the_node_with_its_reason(refuse, changes, words):
    """Exit code 1, one message, no traceback."""
    log = refuse(changes)
    assert 'overlay_node: ' in log
    for word in words:
        assert word in log


@pytest.mark.skipif(
    find_spec('ackermann_msgs') is not None, reason='ackermann_msgs is installed here'
)
def test_ackermann_that_is_not_installed_is_refused(refuse):
    """The message says how to get it and what else there is."""
    log = refuse({'steering.message': 'ackermann'})
    assert 'ros-$ROS_DISTRO-ackermann-msgs' in log
    assert 'twist_stamped' in log


def test_a_replay_does_not_reach_the_car(refuse):
    """With sim time, remapped steering is refused."""
    log = refuse({'use_sim_time': True}, {'~/steering': '/drive'})
    assert 'a replayed bag would drive the car' in log
    assert '/drive' in log


def test_nor_does_the_steering_angle(refuse):
    """Some cars take the angle alone."""
    log = refuse({'use_sim_time': True}, {'~/steering_angle': '/commands/servo/position'})
    assert 'a replayed bag would drive the car' in log


def test_the_demo_pilot_does_not_reach_the_car(refuse):
    """Whoever forgets the model does not get a stranger at the wheel."""
    log = refuse({'model': None, 'profile': None}, {'~/steering': '/drive'})
    assert 'the demo pilot would drive the car' in log


def test_without_arguments_the_demo_pilot_drives_with_a_warning(start_node):
    """Nothing is known of a car then, so no command is published."""
    node = start_node({})
    assert 'No model is given: the demo pilot drives' in node.log
    assert 'profile demo' in node.log
    if find_spec('ackermann_msgs') is None:
        assert 'Steering: no commands' in node.log
    assert node.stop() == 0


def test_a_replay_needs_to_know_nothing_of_the_car(start_node, networks):
    """Pictures of a race can be looked at without its car's wheelbase."""
    node = start_node({'model': networks.quick, 'profile': networks.profile, 'use_sim_time': True})
    assert 'No steering commands.' in node.log
    assert 'Steering: no commands' in node.log
    assert node.stop() == 0


def test_a_simulator_may_be_driven(start_node, car):
    """If somebody says that the clock is one's."""
    node = start_node(
        {**car, 'use_sim_time': True, 'steering.in_simulation': True}, {'~/steering': '/drive'}
    )
    assert 'Steering: /drive (twist_stamped)' in node.log
    assert node.stop() == 0


def test_only_overlays_need_to_know_nothing_of_the_car(start_node, networks):
    """Without commands there is no angle, speed or wheelbase to give."""
    node = start_node(
        {'model': networks.quick, 'profile': networks.profile, 'steering.message': 'none'}
    )
    assert 'Steering: no commands' in node.log
    assert 'Steering angle: none, without max_steering_angle' in node.log
    assert '/featuremap/steering_angle' not in node.log
    assert node.stop() == 0


def test_a_pilot_without_a_limit_can_be_changed_to_with_a_profile_of_ones_own(
    start_node, peer, networks, tmp_path
):
    """What is refused says so, as the limit itself is fixed while the node runs."""
    node = start_node({'wheelbase': 0.3, 'speed': 1.0})
    model = str(networks.quick)
    peer.set_parameters(atomically=True, model=model, profile=str(networks.profile))
    node.wait_for('set model and profile at once')
    assert peer.parameter('model') == ''
    own = tmp_path / 'own.yaml'
    own.write_text(networks.profile.read_text() + '\nmax_steering_angle: 0.3\n')
    answers = peer.set_parameters(atomically=True, model=model, profile=str(own))
    assert answers[0].successful, answers[0].reason
    node.wait_for('steers up to 0.300 rad')
    assert node.stop() == 0


def test_another_publisher_of_the_nodes_pictures_is_warned_of_once(start_node, peer):
    """A rendered bag that is played beside it, for one."""
    node = start_node({})
    rival = peer.node.create_publisher(Image, '/featuremap/overlay/conv1', 1)
    text = '/featuremap/overlay/conv1: /peer publishes there as well'
    peer.until(lambda: text in node.log, timeout=30, what='a warning')
    peer.spin(2.2)
    assert node.log.count('publishes there as well') == 1
    peer.node.destroy_publisher(rival)
    assert node.stop() == 0


def test_a_misspelt_parameter_is_named(start_node, car):
    """ROS itself would say nothing, and the car would drive on with the default."""
    node = start_node({**car, 'max_agee': 0.1})
    assert "Unknown parameter 'max_agee' has no effect. Did you mean 'max_age'?" in node.log
    assert node.stop() == 0


def test_parameters_come_from_a_file(start_node, networks, repository, tmp_path):
    """The shipped file with two changes runs; a broken file is refused."""
    shipped = (repository / 'featuremap_ros/config/overlay.param.yaml').read_text()
    mine = tmp_path / 'my.param.yaml'
    mine.write_text(
        shipped.replace("model: ''", f'model: {networks.quick}')
        .replace("profile: ''", f'profile: {networks.profile}')
        .replace('message: auto', 'message: none')
    )
    node = start_node({}, more=['--params-file', str(mine)])
    assert 'quick.tflite' in node.log
    assert node.stop() == 0
    mine.write_text('/**: [\n')
    node = start_node({}, more=['--params-file', str(mine)], ready=False)
    assert node.wait() == 1
    assert 'overlay_node: ' in node.log
    assert 'Traceback' not in node.log


def test_without_ros_the_message_says_what_to_install(repository):
    """One line instead of a traceback."""
    script = (
        "import sys; sys.modules['rclpy'] = None\n"
        'from featuremap_ros.ros.node import main\n'
        'sys.exit(main())\n'
    )
    ended = subprocess.run(
        [sys.executable, '-c', script],
        env={**os.environ, 'PYTHONPATH': str(repository)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert 'found no rclpy' in ended.stderr
    assert "pip install '.[ros]'" in ended.stderr
    assert 'Traceback' not in ended.stderr


@pytest.mark.parametrize('given', [['pilot.keras'], ['-p', 'model:=pilot.keras']])
def test_without_ros_args_nothing_is_driven(start_node, given):
    """The demo pilot would drive in place of the model that was meant."""
    node = start_node({}, more=['--', *given], ready=False)
    assert node.wait() == 1, node.log
    assert node.log.startswith(f'overlay_node: {" ".join(given)} is not understood')
    assert '--ros-args -p' in node.log


def test_a_home_that_cannot_be_written_is_no_riddle(start_node, car, tmp_path):
    """ROS alone does not say what to set."""
    (tmp_path / 'file').touch()
    home = str(tmp_path / 'file' / 'home')
    node = start_node(car, ready=False, HOME=home, ROS_HOME='', ROS_LOG_DIR='')
    assert node.wait() == 1
    assert 'Set ROS_LOG_DIR to a folder that can be written' in node.log
    assert 'Traceback' not in node.log
