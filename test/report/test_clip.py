# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small videos: their size, their times, and how they are made smaller still."""

from __future__ import annotations

import signal

import av
import numpy as np
import pytest

from featuremap_ros.errors import SinkError, SourceError
from featuremap_ros.report.clip import ClipWriter, shrink, shrink_to


def noise(number, shape):
    """Return a picture that cannot be compressed well."""
    return np.random.default_rng(number).integers(0, 255, (*shape, 3), dtype=np.uint8)


def write(path, *, shape=(96, 128), ticks=range(0, 90_000, 3000)):
    """Write a noisy video and return its path."""
    with ClipWriter(path, shape=shape) as clip:
        for number, tick in enumerate(ticks):
            clip.write(noise(number, shape), tick)
    return path


def contents(path):
    """Return width, height, and when each picture is shown (ticks)."""
    with av.open(str(path)) as video:
        pictures = list(video.decode(video=0))
        assert video.streams.video[0].codec_context.name == 'h264'
        ticks = [round(p.pts * p.time_base * 90_000) for p in pictures]
        return pictures[0].width, pictures[0].height, ticks


def test_large_pictures_become_small_and_small_ones_stay(tmp_path):
    """640 pixels is the most, and sides are even, as H.264 wants them."""
    sizes = {(720, 1280): (640, 360), (333, 1000): (640, 214), (47, 63): (64, 48)}
    for shape, size in sizes.items():
        path = write(tmp_path / 'a.mp4', shape=shape, ticks=[0, 3000])
        assert contents(path)[:2] == size


def test_every_picture_is_shown_at_its_own_time(tmp_path):
    """However uneven the times are; and a copy keeps them."""
    ticks = [0, 1500, 1501, 90_000, 95_000]
    path = write(tmp_path / 'a.mp4', ticks=ticks)
    assert contents(path)[2] == ticks
    assert shrink(path, tmp_path / 'b.mp4', width=64) == ticks
    assert contents(tmp_path / 'b.mp4') == (64, 48, ticks)


def test_a_picture_of_another_size_is_scaled(tmp_path):
    """A camera that changes its mind does not end the video."""
    with ClipWriter(tmp_path / 'a.mp4', shape=(96, 128)) as clip:
        clip.write(noise(0, (96, 128)), 0)
        clip.write(noise(1, (480, 640)), 3000)
    assert contents(tmp_path / 'a.mp4') == (128, 96, [0, 3000])


def test_the_same_pictures_give_the_same_bytes(tmp_path):
    """Nothing of the clock or the machine is in a clip."""
    assert write(tmp_path / 'a.mp4').read_bytes() == write(tmp_path / 'b.mp4').read_bytes()


def test_videos_that_fit_are_left_alone(tmp_path):
    """The room is for all of them together."""
    paths = [write(tmp_path / f'{n}.mp4') for n in range(2)]
    clips = [path.read_bytes() for path in paths]
    assert shrink_to(sum(map(len, clips)), paths) == clips


def test_videos_that_do_not_fit_are_made_smaller(tmp_path):
    """By their bit rate and width, with every picture still there."""
    paths = [write(tmp_path / f'{n}.mp4', shape=(240, 320)) for n in range(2)]
    whole = sum(path.stat().st_size for path in paths)
    clips = shrink_to(whole // 3, paths)
    assert sum(map(len, clips)) <= whole // 3
    (tmp_path / 'small.mp4').write_bytes(clips[1])
    assert contents(tmp_path / 'small.mp4')[2] == contents(paths[1])[2]


def test_a_race_that_is_too_long_is_refused(tmp_path):
    """The message says what helps."""
    with pytest.raises(SinkError, match=r'--every'):
        shrink_to(1000, [write(tmp_path / 'a.mp4')])


def test_what_is_no_video_is_refused(tmp_path):
    """With its path."""
    (tmp_path / 'a.mp4').write_text('no video')
    with pytest.raises(SourceError, match=r'a\.mp4 cannot be read'):
        shrink(tmp_path / 'a.mp4', tmp_path / 'b.mp4')
    with pytest.raises(SinkError, match='cannot be written'):
        ClipWriter(tmp_path / 'missing' / 'a.mp4', shape=(48, 64))


def test_a_full_disk_is_explained(tmp_path):
    """The error names the file; nothing hangs and nothing else is raised on the way out."""
    resource = pytest.importorskip('resource')
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(SinkError, match=r'a\.mp4 cannot be written any further'):
            write(tmp_path / 'a.mp4')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
