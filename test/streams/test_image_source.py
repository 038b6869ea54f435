# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames out of picture files."""

from __future__ import annotations

import logging

import cv2
import numpy as np
import pytest

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.source import open_source


def draw(folder, names, suffix='.png'):
    """Write pictures whose red value is their position in the list."""
    for number, name in enumerate(names):
        image = np.zeros((6, 8, 3), np.uint8)
        image[..., 2] = number
        cv2.imwrite(str(folder / f'{name}{suffix}'), image)
    return folder


def numbers(frames):
    """Tell the pictures' positions from their red."""
    return [int(frame.image[0, 0, 0]) for frame in frames]


def test_natural_order_and_times(tmp_path):
    """frame2 comes before frame10; picture n is at n / fps."""
    draw(tmp_path, ['frame1', 'frame2', 'frame10', 'frame100'])
    (tmp_path / 'notes.txt').write_text('no picture')
    (tmp_path / '._frame3.png').write_bytes(b'what another system leaves')
    with open_source(tmp_path, fps=20) as source:
        frames = list(source)
        assert numbers(frames) == [0, 1, 2, 3]
        assert [frame.stamp_ns for frame in frames] == [0, 50_000_000, 100_000_000, 150_000_000]
        assert all(frame.log_ns is None and frame.frame_id == '' for frame in frames)
        assert source.frame_count == 4
        assert '4 images' in source.describe
        assert source.warnings == []
        assert numbers(source) == [0, 1, 2, 3], 'a second time'


def test_the_rate_is_30_unless_told(tmp_path):
    """Stamps do not drift: picture 90 is at 3 s."""
    draw(tmp_path, range(91))
    with open_source(tmp_path) as source:
        assert [frame.stamp_ns for frame in source][::30] == [0, 10**9, 2 * 10**9, 3 * 10**9]


@pytest.mark.parametrize('suffix', ['.jpg', '.JPEG', '.bmp', '.ppm', '.tiff', '.webp'])
def test_one_picture(tmp_path, suffix):
    """A picture by itself is a race of one frame."""
    draw(tmp_path, ['one'], suffix.lower())
    path = (tmp_path / f'one{suffix.lower()}').rename(tmp_path / f'one{suffix}')
    with open_source(path) as source:
        (frame,) = source
        assert frame.image.shape == (6, 8, 3)
        assert source.frame_count == 1


def test_start_duration_every_and_samples(tmp_path):
    """The part is chosen by the times."""
    draw(tmp_path, range(50))
    with open_source(tmp_path, fps=10, start=1, duration=3, every=7) as source:
        assert numbers(source) == [10, 17, 24, 31, 38]
        assert source.frame_count == 5
        assert numbers(source.sample(3)) == [10, 24, 38]
        assert numbers(source.sample(99)) == [10, 17, 24, 31, 38]


def test_bad_pictures_are_counted_and_skipped(tmp_path, caplog):
    """A picture that cannot be decoded costs one frame and leaves its time empty."""
    draw(tmp_path, range(5))
    (tmp_path / '2.png').write_bytes(b'junk')
    (tmp_path / '3.png').unlink()
    (tmp_path / '3.png').mkdir()
    with caplog.at_level(logging.WARNING), open_source(tmp_path, fps=10) as source:
        assert [frame.stamp_ns for frame in source] == [0, 10**8, 4 * 10**8]
        assert [bad.stamp_ns for bad in source.skipped] == [2 * 10**8, 3 * 10**8]
        assert source.skipped.total == 2
        assert source.skipped[0].reason.startswith('2.png: The compressed image cannot be')
        assert source.skipped[1].reason.startswith('3.png cannot be read: Is a directory')
        assert numbers(source.sample(5)) == [0, 1, 4]
    assert sum('left out' in record.message for record in caplog.records) == 1


@pytest.mark.parametrize('fps', [0, -1, float('nan'), float('inf')])
def test_impossible_rates_are_refused(tmp_path, fps):
    """The error names the rate."""
    with pytest.raises(SourceError, match=f'fps must be above 0 .* got {fps}'):
        open_source(draw(tmp_path, range(2)), fps=fps)


def test_a_rate_that_no_stamp_can_follow_is_refused(tmp_path):
    """A picture in thirty thousand years has a time that no bag can hold."""
    draw(tmp_path, range(2))
    with pytest.raises(SourceError, match=r'fps must be 9\.3e-10 or more'):
        open_source(tmp_path, fps=1e-12)
    with open_source(tmp_path, fps=1e-9) as source:
        assert [frame.stamp_ns for frame in source] == [0, 10**18]


def test_a_part_behind_the_end_is_an_error(tmp_path):
    """The error names the length."""
    with pytest.raises(SourceError, match=r'No picture lies in .* lasts 0\.5 s at 10 pictures'):
        open_source(draw(tmp_path, range(5)), fps=10, start=3)


def test_a_real_race(shared_data):
    """61 frames of a real race in full size, in the order of their numbers."""
    with open_source(shared_data / 'axionaut' / 'frames', fps=15) as source:
        assert source.frame_count == 61
        first, last = source.sample(2)
        assert first.image.shape == last.image.shape == (1080, 1920, 3)
        assert last.stamp_ns == 4 * 10**9
