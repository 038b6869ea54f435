# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driving thread when the unforeseen happens."""

from __future__ import annotations

from dataclasses import replace
import time
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from ros_networks import LIMIT
from ros_wire import image, uniform

from featuremap_ros.judging.colour_probe import ColourProbe
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.ros.arrival import Arrival
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.history import History
from featuremap_ros.ros.mailbox import Mailbox
from featuremap_ros.ros.observer.judged import Judged
from featuremap_ros.ros.settings import Settings
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.ros.worker import Worker


class Host:
    """Remembers what was reported."""

    def __init__(self):
        self.said = []

    def now_ns(self):
        """Return the time (ns)."""
        return time.time_ns()

    def follows_clock(self):
        """Say that time is the computer's."""
        return False

    def warn(self, text):
        """Remember a lasting fault."""
        self.said.append(text)

    def complain(self, kind, text):
        """Remember a passing fault."""
        self.said.append(f'{kind}: {text}')


class Weary(Pipeline):
    """Drives on black pictures only after a break, and breaks down over white ones."""

    def drive(self, frame, wanted=()):
        """Drive as usual, or not."""
        if frame.image.max() == 0:
            time.sleep(0.3)
        if frame.image.min() == 255:
            raise ZeroDivisionError('white')
        return super().drive(frame, wanted)


@pytest.fixture(scope='module')
def pilot(networks):
    """Return the quick network."""
    return Pilot.load(networks.quick, profile=networks.profile, max_steering_angle=LIMIT)


@pytest.fixture(scope='module')
def sure(tmp_path_factory):
    """Return a classifier that is sure of itself on red pictures, and of nothing on others."""
    layers, folder = backends.keras().layers, tmp_path_factory.mktemp('sure')
    picture = layers.Input((48, 64, 3), name='image')
    seen = layers.Conv2D(1, 1, use_bias=False, name='red')(picture)
    sides = layers.Dense(2, use_bias=False, activation='softmax', name='sides')
    network = backends.keras().Model(picture, sides(layers.GlobalAveragePooling2D()(seen)))
    network.get_layer('red').set_weights([np.array([[[[0.1], [0], [0]]]], np.float32)])
    network.get_layer('sides').set_weights([np.array([[1, 0]], np.float32)])
    network.save(folder / 'sure.keras')
    (folder / 'sure.yaml').write_text(
        'name: sure\n'
        'description: Drives left on red.\n'
        'input: {size: [64, 48], interpolation: linear, normalisation: none}\n'
        'heads:\n'
        '  steering: {output: 0, kind: classes, values: [-1.0, 1.0], positive: right}\n'
    )
    return Pilot.load(folder / 'sure.keras', profile=folder / 'sure.yaml')


@pytest.fixture
def bench(pilot):
    """Return a worker at work, with everything it touches."""
    bench = SimpleNamespace(
        host=Host(),
        mailbox=Mailbox(),
        statistics=Statistics(),
        history=History(),
        judged=Judged(),
        commands=[],
        angles=[],
    )
    bench.driving = Driving(
        Settings.read({}).source,
        pilot,
        Weary(pilot, []),
        {},
        Settings.read({}),
        ColourProbe(pilot),
    )
    bench.worker = Worker(
        host=bench.host,
        mailbox=bench.mailbox,
        steering=SimpleNamespace(
            publish=lambda header, command: bench.commands.append((header, command)),
            publish_angle=bench.angles.append,
        ),
        views=SimpleNamespace(picture=lambda *_: None, found=lambda *_: None),
        statistics=bench.statistics,
        history=bench.history,
        judged=bench.judged,
        driving=bench.driving,
    )
    bench.worker.start()

    def send(color, **options):
        bench.sent += 1
        bench.mailbox.put(Arrival.now(image(uniform(color), **options), time.time_ns()))
        until = time.monotonic() + 5
        while ended() < bench.sent:
            assert time.monotonic() < until, 'the worker never came to an end'
            time.sleep(0.005)

    def ended():
        bench.counts = bench.statistics.snapshot().counts
        return sum(
            bench.counts.get(name, 0) for name in ('driven', 'bad frames', 'not finite', 'faults')
        )

    bench.sent, bench.send = 0, send
    yield bench
    bench.mailbox.close()
    bench.worker.join(5)
    assert not bench.worker.is_alive()


def test_an_unexpected_error_costs_one_image(bench):
    """It is reported with its traceback, and the next image drives."""
    bench.send((255, 255, 255))
    bench.send((200, 0, 0))
    assert bench.counts['faults'] == 1
    assert len(bench.commands) == 1
    (said,) = bench.host.said
    assert said.startswith("faults: Image skipped: ZeroDivisionError('white')")
    assert 'Traceback' in said
    assert bench.statistics.snapshot().last_error == "ZeroDivisionError('white')"


def test_images_of_unknown_scale_are_warned_of_once(bench):
    """Each is stretched on its own, which a pilot does not survive in silence."""
    bench.send((200, 0, 0))
    assert bench.host.said == []
    bench.send((90, 0, 0), encoding='16UC1')
    bench.send((120, 0, 0), encoding='16UC1')
    assert bench.counts['driven'] == 3
    (said,) = bench.host.said
    assert said.startswith('The images of the camera are 16UC1, readings of unknown range')


def test_a_decision_that_came_too_late_is_not_published(bench):
    """The image was fresh when it came in, and the network took its time."""
    bench.send((0, 0, 0))
    assert bench.commands == []
    assert bench.angles == []
    assert bench.counts['too old'] == 1
    (said,) = bench.host.said
    assert said.startswith('too old: No steering: the image was 0.')


def test_a_command_and_its_angle_are_of_the_same_decision(bench):
    """The command goes first, under the header of the image."""
    bench.send((255, 0, 0), frame_id='camera')
    ((header, command),) = bench.commands
    assert header.frame_id == 'camera'
    assert bench.angles == [command]
    assert command.angle == pytest.approx(-LIMIT)


def test_without_a_limit_there_is_no_command(bench, pilot):
    """An angle that nobody knows is not published."""
    profile = replace(pilot.profile, max_steering_angle=None)
    unlimited = Pilot(pilot._engine, profile)
    bench.worker.swap(replace(bench.driving, pilot=unlimited, pipeline=Pipeline(unlimited, [])))
    bench.send((9, 9, 9))
    assert bench.counts['driven'] == 1
    assert bench.commands == []
    assert bench.angles == []


def test_a_jump_of_the_steering_puts_the_images_before_it_aside(bench):
    """The jump itself is the last of them; what follows at once belongs to it."""
    for color in ((20, 0, 0), (30, 0, 0), (200, 0, 0), (10, 0, 0)):
        bench.send(color)
    assert bench.counts['jumps'] == 1
    incident = bench.history.incident()
    assert 'jumped by 33% of its range' in incident.reason
    assert [seen.frame.image[0, 0, 0] for seen in incident.seen] == [20, 30, 200]


@pytest.mark.parametrize(('color', 'swapped'), [((200, 0, 0), False), ((0, 0, 200), True)])
def test_the_colours_of_the_first_images_are_judged(bench, sure, color, swapped):
    """A pilot that is sure of itself on red alone tells which order it gets."""
    probe = ColourProbe(sure, count=25)
    bench.worker.swap(
        replace(bench.driving, pilot=sure, pipeline=Pipeline(sure, []), colours=probe)
    )
    for _ in range(25):
        assert bench.judged.colours is None
        bench.send(color)
    # An image counts as driven before it is probed; the next one begins when that is done.
    bench.send(color)
    (evidence,) = bench.judged.colours.evidence
    assert evidence.frames == 25
    assert bench.judged.colours.verdict.value == ('swapped' if swapped else 'right')
    assert any('SWAPPED' in said for said in bench.host.said) is swapped
    bench.send(color)
    assert bench.judged.colours.evidence == (evidence,)


def test_a_replay_that_looks_fresh_is_warned_of_once(bench):
    """With ages from the arrival a recording steers; it does, and it is said."""
    settings = Settings.read({'age_from': 'arrival'})
    bench.worker.swap(replace(bench.driving, settings=settings))
    long_ago = time.time_ns() - 3600 * 10**9
    for i in range(3):
        bench.send((9, 9, 9), stamp_ns=long_ago + i)
    assert len(bench.commands) == 3
    (said,) = bench.host.said
    assert "age_from is 'arrival'" in said


@pytest.mark.parametrize('stamp_ns', [0, -5 * 10**9])
def test_images_without_a_stamp_are_kept_by_the_time_of_their_arrival(bench, stamp_ns):
    """With one time for all, the history would keep the first images and never another."""
    settings = Settings.read({'age_from': 'arrival'})
    bench.worker.swap(replace(bench.driving, settings=settings))
    before_ns = time.time_ns()
    for _ in range(3):
        bench.send((9, 9, 9), stamp_ns=stamp_ns)
    times = [seen.frame.stamp_ns for seen in bench.history.incident().seen]
    assert before_ns < times[0] < times[1] < times[2] < time.time_ns()
    assert {command[0].stamp.sec for command in bench.commands} == {stamp_ns // 10**9}


def test_a_clock_is_blamed_only_if_it_stays_off(bench):
    """Images that were late for once are no reason to look for chrony."""
    second = 10**9
    for _ in range(3):
        for _ in range(9):
            bench.send((9, 9, 9), stamp_ns=time.time_ns() - second)
        bench.send((9, 9, 9))
    assert bench.host.said == []
    for _ in range(20):
        bench.send((9, 9, 9), stamp_ns=time.time_ns() - second)
    (said,) = bench.host.said
    assert 'behind this node' in said
    assert len(bench.commands) == 3
