# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small videos: their size, their times, and what keeps them from being written."""

from __future__ import annotations

import signal

from noise import contents, noise, write_noise
import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.report.clip import ClipWriter
from featuremap_ros.report.shrinking import shrink


def test_large_pictures_become_small_and_small_ones_stay(tmp_path):
    """640 pixels is the most, and sides are even, as H.264 wants them."""
    sizes = {(720, 1280): (640, 360), (333, 1000): (640, 214), (47, 63): (64, 48)}
    for shape, size in sizes.items():
        path = write_noise(tmp_path / 'a.mp4', shape=shape, ticks=[0, 3000])
        assert contents(path)[:2] == size


def test_every_picture_is_shown_at_its_own_time(tmp_path):
    """However uneven the times are; and a copy keeps them."""
    ticks = [0, 1500, 1501, 90_000, 95_000]
    path = write_noise(tmp_path / 'a.mp4', ticks=ticks)
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
    assert (
        write_noise(tmp_path / 'a.mp4').read_bytes()
        == write_noise(tmp_path / 'b.mp4').read_bytes()
    )


def test_a_full_disk_is_explained(tmp_path):
    """The error names the file; nothing hangs and nothing else is raised on the way out."""
    resource = pytest.importorskip('resource')
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(SinkError, match=r'a\.mp4 cannot be written any further'):
            write_noise(tmp_path / 'a.mp4')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_folder_that_is_missing_is_explained(tmp_path):
    """Before anything is encoded."""
    with pytest.raises(SinkError, match=r'a\.mp4 cannot be written'):
        ClipWriter(tmp_path / 'missing' / 'a.mp4', shape=(48, 64))
