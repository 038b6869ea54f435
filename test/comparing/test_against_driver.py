# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pilot beside the driver whose race it sees."""

from __future__ import annotations

import csv
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest
from rosbags.rosbag2 import Writer
from rosbags.typesys import get_typestore, Stores

from featuremap_ros.comparing.against_driver import AgainstDriver, driver_beside
from featuremap_ros.errors import SourceError
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.rendering.renderer import Renderer
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.output_folder import prepare_output
from featuremap_ros.streams.source import open_source
from featuremap_ros.view import View
from featuremap_ros.vision.annotate import draw_driver, DRIVER
from featuremap_ros.vision.frame import Frame

FRAMES = 60
LIMIT = 0.4
NS = 10**9


@pytest.fixture(scope='module')
def pilot(tiny_model, tiny_profile):
    """Return the tiny pilot, whose wheels turn by 0.4 rad."""
    return Pilot.load(tiny_model, profile=tiny_profile)


@pytest.fixture(scope='module')
def race(tmp_path_factory):
    """Return a folder of two seconds of pictures."""
    folder = tmp_path_factory.mktemp('race')
    rng = np.random.default_rng(0)
    for i in range(FRAMES):
        image = rng.integers(0, 60, (240, 320, 3), dtype=np.uint8)
        image[:, 5 * i : 5 * i + 40] = 220
        cv2.imwrite(str(folder / f'{i}.png'), image)
    return folder


def steered(pilot, race):
    """Return stamps and angles (rad, + left) of the pilot, as a forward pass says."""
    with open_source(race) as source:
        return [(frame.stamp_ns, pilot.forward(frame).steering.angle) for frame in source]


def render(race, pilot, out, track, **options):
    """Render one view beside a driver."""
    views = [View(layer='conv_1', scale='fixed', gauge=True)]
    with open_source(race) as source:
        return Renderer(
            source, Pipeline(pilot, views), prepare_output(out), driver=track, **options
        ).run()


def test_the_summary_holds_the_error_over_the_joined_frames(pilot, race, tmp_path):
    """The driver steers 0.1 rad further right throughout, and was not recorded at the end."""
    pilots = steered(pilot, race)[:40]
    track = DriverTrack('/drive', *zip(*((s, a - 0.1) for s, a in pilots), strict=True))
    track = replace(track, within_ns=10**7)
    found = render(race, pilot, tmp_path / 'out', track)['driver']
    assert (found['topic'], found['unit'], found['frames']) == ('/drive', 'rad', 40)
    for name in ('mean', 'rms', 'p95', 'bias'):
        assert found[name] == pytest.approx(0.1, abs=1e-5)
    assert found['correlation'] == pytest.approx(1)
    assert '5.7 to the left' in found['in_words']
    chart = cv2.imread(str(tmp_path / 'out' / 'driver.png'))
    assert chart.shape[2] == 3
    with (tmp_path / 'out' / 'steering.csv').open() as file:
        angles = [row['driver_angle'] for row in csv.DictReader(file)]
    assert [float(a) for a in angles[:40]] == pytest.approx([a - 0.1 for _, a in pilots])
    assert set(angles[40:]) == {''}


def test_the_video_shows_both_needles(pilot, race, tmp_path):
    """The driver's is green, on the driver's side of the dial."""
    track = DriverTrack('/drive', (0, 2 * NS), (LIMIT, LIMIT), within_ns=NS)
    render(race, pilot, tmp_path / 'out', track)
    with av.open(str(tmp_path / 'out' / 'conv_1.mp4')) as video:
        picture = next(video.decode(video=0)).to_ndarray(format='rgb24').astype(int)
    dial = picture[: round(1.2 * 0.14 * 240), 320 - round(2.4 * 0.14 * 240) :]
    green = np.nonzero((np.abs(dial - DRIVER) < 70).all(axis=2))
    assert len(green[1]) > 10
    assert green[1].mean() < dial.shape[1] / 2


def test_the_worst_moments_are_explained(pilot, race, tmp_path):
    """A folder each, worst first, a second apart, with the reason in words."""
    pilots = dict(steered(pilot, race))
    stamps = list(pilots)
    off = {stamps[10]: 0.3, stamps[11]: 0.29, stamps[50]: 0.2}
    angles = tuple(angle + off.get(stamp, 0) for stamp, angle in pilots.items())
    track = DriverTrack('/drive', tuple(stamps), angles)
    worst = render(race, pilot, tmp_path / 'out', track, explain_worst=2)['driver']['worst']
    assert [moment['stamp_ns'] for moment in worst] == [stamps[10], stamps[50]]
    assert [moment['size'] for moment in worst] == pytest.approx([0.375, 0.25], abs=1e-3)
    for moment in worst:
        names = {path.name for path in (tmp_path / 'out' / moment['folder']).iterdir()}
        assert {'why.png', 'all.png', 'explain.json'} <= names
        assert 'steers' in moment['why']


def test_without_the_limit_of_the_wheels_shares_are_compared(pilot):
    """A tub holds shares of full steering; angles cannot be compared then, and that is said."""
    profile = replace(pilot.profile, max_steering_angle=None)
    steering = Steering(-0.5, None, None, None, {})
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 0)
    shares = AgainstDriver(DriverTrack('user/angle', (0,), (0.3,), in_shares=True), profile)
    assert shares.take(frame, steering) == 0.3
    assert shares.angle(0.3) is None
    found = shares.summary()
    assert found['unit'] == 'share of full steering'
    assert found['bias'] == pytest.approx(0.2)  # the tiny pilot's head is + = right
    angles = AgainstDriver(DriverTrack('/drive', (0,), (0.3,)), profile)
    assert angles.take(frame, steering) is None
    assert '--max-steering-angle' in angles.summary()['reason']


def test_a_driver_far_from_every_frame_is_no_error(pilot, race, tmp_path):
    """The render is whole; the summary says why there are no figures."""
    track = DriverTrack('/drive', (NS * 10**6,), (0.1,))
    found = render(race, pilot, tmp_path / 'out', track, explain_worst=1)['driver']
    assert found['frames'] == 0
    assert 'near any frame' in found['reason']
    assert found['worst'] == []
    assert not (tmp_path / 'out' / 'driver.png').exists()


def test_the_angle_is_said_in_degrees_where_it_is_known(pilot):
    """And as a share of full steering elsewhere; both needles have a colour."""
    track = DriverTrack('/drive', (0,), (0.1,))
    said = (
        (LIMIT, -0.5, 'driver 11 deg right'),
        (LIMIT, 0.001, 'driver straight'),
        (None, 0.5, 'driver 0.50 left'),
        (None, 0.001, 'driver straight'),
    )
    for limit, share, text in said:
        beside = AgainstDriver(track, replace(pilot.profile, max_steering_angle=limit))
        drawn, expected = np.zeros((2, 480, 640, 3), np.uint8)
        # The tiny pilot's head is + = right.
        beside.draw(drawn, share, Steering(-0.25, None, None, None, {}))
        draw_driver(expected, share, text, pilot=0.25)
        assert np.array_equal(drawn, expected)


def test_a_driver_that_cannot_be_read_is_left_out_unless_asked_for(tmp_path, caplog):
    """A race is worth rendering without one."""
    store = get_typestore(Stores.ROS2_JAZZY)
    with Writer(tmp_path / 'bag', version=9) as writer:
        for topic, kind, data in (
            ('/camera', 'sensor_msgs/msg/Image', _image(store)),
            ('/steering', 'std_msgs/msg/Float64', b'cut'),
        ):
            writer.write(writer.add_connection(topic, kind, typestore=store), 0, data)
    with open_source(tmp_path / 'bag') as source:
        assert driver_beside(source, None, LIMIT) is None
        assert 'a message on /steering is no std_msgs/msg/Float64' in caplog.text
        with pytest.raises(SourceError, match='/steering is no'):
            driver_beside(source, '/steering', LIMIT)


def _image(store):
    """Return a message with one grey pixel."""
    types = store.types
    stamp = types['builtin_interfaces/msg/Time'](sec=0, nanosec=0)
    image = types['sensor_msgs/msg/Image'](
        header=types['std_msgs/msg/Header'](stamp=stamp, frame_id='camera'),
        height=1,
        width=1,
        encoding='mono8',
        is_bigendian=0,
        step=1,
        data=np.full(1, 128, np.uint8),
    )
    return store.serialize_cdr(image, image.__msgtype__)
