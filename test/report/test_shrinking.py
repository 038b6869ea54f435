# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Videos that are made smaller still."""

from __future__ import annotations

import av
from noise import contents, write_noise
import numpy as np
import pytest

from featuremap_ros.errors import SinkError, SourceError
from featuremap_ros.report.shrinking import refuse_too_long, shrink, shrink_to


def test_videos_that_fit_are_left_alone(tmp_path):
    """The room is for all of them together."""
    paths = [write_noise(tmp_path / f'{n}.mp4') for n in range(2)]
    clips = [path.read_bytes() for path in paths]
    assert shrink_to(sum(map(len, clips)), paths) == clips


def test_videos_that_do_not_fit_are_made_smaller(tmp_path):
    """By their bit rate and width, with every picture still there."""
    paths = [write_noise(tmp_path / f'{n}.mp4', shape=(240, 320)) for n in range(2)]
    whole = sum(path.stat().st_size for path in paths)
    clips = shrink_to(whole // 3, paths)
    assert sum(map(len, clips)) <= whole // 3
    (tmp_path / 'small.mp4').write_bytes(clips[1])
    assert contents(tmp_path / 'small.mp4')[2] == contents(paths[1])[2]


def test_a_race_that_is_too_long_is_refused(tmp_path):
    """The message says what helps."""
    path = write_noise(tmp_path / 'a.mp4')
    with pytest.raises(SinkError, match=r'--every'):
        shrink_to(1000, [path])
    with pytest.raises(SinkError, match=r'1 videos of 30 pictures are too much'):
        refuse_too_long(1000, [path])
    refuse_too_long(10_000, [path])


def test_a_video_without_times_is_refused(tmp_path):
    """A bare H.264 stream plays, but nobody knows at which pace."""
    path = tmp_path / 'a.mp4'
    with av.open(str(path), 'w', format='h264') as video:
        stream = video.add_stream('libx264', rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
        picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format='rgb24')
        video.mux([*stream.encode(picture), *stream.encode(None)])
    with pytest.raises(SourceError, match=r'a\.mp4 does not say when'):
        shrink(path, tmp_path / 'b.mp4')


def test_what_is_no_video_is_refused(tmp_path):
    """With its path."""
    (tmp_path / 'a.mp4').write_text('no video')
    with pytest.raises(SourceError, match=r'a\.mp4 cannot be read'):
        shrink(tmp_path / 'a.mp4', tmp_path / 'b.mp4')
