# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A race becomes a recording."""

from __future__ import annotations

import av
import numpy as np
import pytest

from featuremap_ros.demo.race import write_race
from featuremap_ros.errors import SourceError
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.report.driving import drive
from featuremap_ros.streams.driver_in_bag import read_driver_track
from featuremap_ros.streams.source import open_source
from featuremap_ros.view import View


def test_every_frame_is_in_every_clip_at_its_time(made):
    """Decisions, times and clips go together."""
    recording = made.recording
    assert [clip.name for clip in recording.clips] == ['conv_2', 'conv_1', 'camera']
    assert len(recording.decisions) == len(recording.seconds) == 240
    assert recording.seconds == pytest.approx(np.arange(240) / 30, abs=1e-4)
    for clip in recording.clips:
        with av.open(str(clip.path)) as video:
            times = [float(picture.pts * picture.time_base) for picture in video.decode(video=0)]
        assert times == pytest.approx(recording.seconds, abs=1e-6)


def test_the_recording_says_what_it_is(made):
    """Model, profile, limit, views with their scale, stages with two figures each."""
    recording = made.recording
    assert recording.title == 'grey'
    assert recording.model.startswith('tiny.keras (Keras')
    assert recording.profile == 'tiny'
    assert recording.degrees == pytest.approx(np.degrees(0.4))
    assert recording.clips[0].range[0] < recording.clips[0].range[1]
    assert 'mean of all 6 channels' in recording.clips[0].about
    assert set(recording.stages) == {'drive', 'paint conv_1', 'paint conv_2'}
    assert all(0 < median <= p95 for median, p95 in recording.stages.values())
    assert recording.driver == ''
    assert all(decision.driver is None for decision in recording.decisions)


def test_the_driver_of_a_bag_is_beside_the_pilot(tiny_pilot, tmp_path):
    """In the same unit and with the same sign."""
    race = write_race(tmp_path / 'race', seconds=1)
    track = read_driver_track(race)
    with open_source(race) as source:
        recording = drive(source, Pipeline(tiny_pilot, []), tmp_path, driver=track)
    assert recording.driver == '/drive'
    driven = [decision.driver for decision in recording.decisions]
    assert len(driven) == 20
    assert driven == pytest.approx([track.at(d.stamp_ns) / 0.4 for d in recording.decisions])


def test_steering_is_positive_to_the_left(made, tiny_pilot, grey_race):
    """The tiny profile's own numbers are positive to the right."""
    with open_source(grey_race) as source:
        first = next(iter(source))
    value = tiny_pilot.forward(first).steering.value
    assert value != 0
    assert made.recording.decisions[0].steering == pytest.approx(-value)


def test_bad_frames_are_counted_and_a_race_of_them_is_refused(grey_race, tiny_pilot, tmp_path):
    """One damaged picture is passed over; nothing but damage is an error."""
    race = tmp_path / 'race'
    race.mkdir()
    (race / '0.png').write_bytes((grey_race / '000.png').read_bytes())
    (race / '1.png').write_bytes(b'no picture')
    pipeline = Pipeline(tiny_pilot, [View(layer='conv_1')])
    with open_source(race) as source:
        recording = drive(source, pipeline, tmp_path)
    assert len(recording.decisions) == len(recording.skipped) == recording.frames_skipped == 1
    (race / '0.png').write_bytes(b'no picture')
    with open_source(race) as source, pytest.raises(SourceError, match='No frame of'):
        drive(source, pipeline, tmp_path)
