# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The car drives by the published steering alone: simulator, node and test are three processes.

If anything between the camera's pixels and the wheels is wrong (a colour order, a crop, a sign, a
stamp), the car does not stay in its lane.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from nav_msgs.msg import Odometry

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.autopilot import as_policy, load_autopilot
from featuremap_ros.demo.crash import CRASH_FAULTS
from featuremap_ros.demo.race import START_NS
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.track import Pose, Track
from featuremap_ros.demo.world import World

SEED = 31
"""Of a track that the pilot has not seen: it learnt on those from 10000 on."""

LAPS = 3.0
PATIENCE = 240.0
STRETCH = 100
"""Messages of odometry in two seconds."""


@pytest.fixture(scope='module')
def demo_file(repository: Path) -> Path:
    """Return the parameters of the demo's car."""
    return repository / 'featuremap_ros' / 'config' / 'demo.param.yaml'


@pytest.fixture
def start_pilot(start_node, demo_file) -> Callable[..., Any]:
    """Return what starts the overlay node on the simulator's camera."""

    def start(**parameters: Any) -> Any:
        return start_node(
            {'use_sim_time': True, **parameters},
            {'image': '/camera/image_raw'},
            more=['--params-file', str(demo_file)],
        )

    return start


@pytest.fixture
def drive(peer, start_simulator, start_pilot) -> Callable[..., SimpleNamespace]:
    """Return what lets a pilot drive until the simulator ends by itself."""

    def run(pilot: dict[str, Any], **world: Any) -> SimpleNamespace:
        # The simulator waits for the pilot, and so for our ears as well.
        simulator = start_simulator(lockstep=True, **world)
        odometry = peer.listen(Odometry, '/odom')
        node = start_pilot(**pilot)
        ended = simulator.process.poll
        try:
            peer.until(lambda: ended() is not None, timeout=PATIENCE, what='the end of the drive')
        finally:
            node.stop()
        peer.spin(0.2)
        odometry.unsubscribe()
        stamps = [m.header.stamp.sec * 1_000_000_000 + m.header.stamp.nanosec for m in odometry]
        places = [(m.pose.pose.position.x, m.pose.pose.position.y) for m in odometry]
        return SimpleNamespace(
            stamps=np.array(stamps),
            places=np.array(places),
            sent=np.array(odometry.sent),
            code=ended(),
            log=simulator.log,
        )

    return run


def laterals(track: Track, places: np.ndarray) -> np.ndarray:
    """Return the distance from the centre line at each place (m), + is left."""
    return np.array([track.locate(Pose(x, y, 0.0)).lateral for x, y in places])


def test_three_laps_on_an_unseen_track(drive):
    """In the lane all the way, faster than real time, and exactly as without ROS."""
    driven = drive({}, seed=SEED, laps=LAPS)
    track = Track.random(SEED)
    away = np.abs(laterals(track, driven.places))
    assert driven.code == 0, driven.log
    assert 'never left the lane' in driven.log
    simulated = (driven.stamps[-1] - driven.stamps[0]) / 1e9
    assert simulated > LAPS * track.length / 1.35
    assert len(away) > 0.9 * 50 * simulated
    assert away.max() < track.lane_width / 2
    assert np.percentile(away, 95) < 0.08
    # Other work on this machine may hold it up, but not all the way.
    speed = (driven.stamps[STRETCH:] - driven.stamps[:-STRETCH]) / (
        driven.sent[STRETCH:] - driven.sent[:-STRETCH]
    )
    assert speed.max() > 1.5
    # The same network in this process, on the pictures before they were messages.
    policy, alone = as_policy(load_autopilot()), Simulator(World(SEED), start_ns=START_NS)
    expected = {}
    while alone.state.stamp_ns < START_NS + 8_000_000_000:
        expected[alone.state.stamp_ns] = alone.state.pose.x, alone.state.pose.y
        alone.step(policy(alone.frame()))
    common = [i for i, stamp in enumerate(driven.stamps) if int(stamp) in expected]
    assert len(common) > 70
    np.testing.assert_allclose(
        driven.places[common], [expected[int(driven.stamps[i])] for i in common], atol=1e-4
    )


@pytest.mark.parametrize(
    ('wrong', 'right'),
    [('positive: left', 'positive: right'), ('color: bgr', 'color: rgb')],
    ids=['mirrored', 'swapped'],
)
def test_a_wrong_profile_leaves_the_lane(drive, repository, tmp_path, wrong, right):
    """Mirrored steering or swapped colours: nothing else is changed."""
    text = (repository / 'featuremap_ros' / 'profiles' / 'demo.yaml').read_text()
    assert text.count(right) == 1
    profile = tmp_path / 'wrong.yaml'
    profile.write_text(text.replace(right, wrong))
    with pilot_path() as model:
        driven = drive({'model': model, 'profile': profile}, seed=SEED, laps=LAPS)
    assert driven.code == 1, driven.log
    # The way is the simulator's own: the last places may be lost when it ends at full speed.
    assert re.search(r'leaves the lane to the (left|right), [\d.]+ m after', driven.log), (
        driven.log
    )
    laps = float(re.search(r'Done: ([\d.]+) laps.* left the lane$', driven.log, re.M)[1])
    assert laps < 0.7


def test_the_crash(drive):
    """The false line leads the car out of its lane, to the right and where it lies."""
    driven = drive({}, scenario='crash', laps=LAPS)
    assert driven.code == 1, driven.log
    told = re.search(r'leaves the lane to the right, ([\d.]+) m after the start', driven.log)
    assert told, driven.log
    end = CRASH_FAULTS.start + CRASH_FAULTS.length
    assert CRASH_FAULTS.start < float(told[1]) < end
