# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames that could not be used."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import BadFrameError, NotFiniteError
from featuremap_ros.streams.skipped import BadFrame, KEPT, SkippedFrames, told
from featuremap_ros.vision.frame import Frame


def test_the_first_are_kept_and_all_are_counted(caplog):
    """Hours of bad frames take no more memory than a minute of them, and one line of the log."""
    skipped = SkippedFrames()
    for number in range(3 * KEPT):
        skipped.note(number, f'broken {number}')
    assert skipped.total == 3 * KEPT
    assert len(skipped) == len(list(skipped)) == KEPT
    assert skipped[0] == BadFrame(0, 'broken 0')
    assert skipped[-1] == BadFrame(KEPT - 1, f'broken {KEPT - 1}')
    assert skipped[1:3] == [BadFrame(1, 'broken 1'), BadFrame(2, 'broken 2')]
    (said,) = caplog.messages
    assert 'broken 0' in said


def test_times_count_from_the_beginning_of_the_race(caplog):
    """Stamps of a race count from 1970."""
    skipped = SkippedFrames()
    for stamp_ns in (1_750_000_000_000_000_000, 1_750_000_001_500_000_000):
        skipped.begin(stamp_ns)
    skipped.note(1_750_000_001_500_000_000, 'broken')
    (said,) = caplog.messages
    assert said.startswith('The frame at 1.500 s cannot be used')


def test_frames_that_cannot_be_used_are_passed_over():
    """Each is noted with its stamp, and other errors go on."""
    frames = [Frame(np.zeros((2, 2, 3), np.uint8), stamp_ns) for stamp_ns in range(4)]

    def use(frame):
        if frame.stamp_ns == 0:
            raise BadFrameError('small')
        if frame.stamp_ns == 2:
            raise NotFiniteError('wild')
        return -frame.stamp_ns

    skipped = SkippedFrames()
    assert list(skipped.sift(frames, use)) == [(frames[1], -1), (frames[3], -3)]
    assert list(skipped) == [BadFrame(0, 'small'), BadFrame(2, 'wild')]
    with pytest.raises(ZeroDivisionError):
        list(skipped.sift(frames, lambda frame: 1 // frame.stamp_ns))


def test_another_iteration_begins_with_none():
    """Both the frames and their number are forgotten."""
    skipped = SkippedFrames()
    skipped.note(1, 'broken')
    skipped.clear()
    assert (skipped.total, list(skipped)) == (0, [])


def test_reasons_for_people_are_few():
    """Ten thousand pictures that are missing have as many reasons."""
    assert told(['b', 'a', 'b']) == ['a', 'b']
    assert told(f'{number:02}' for number in range(40))[3:] == ['03', '04', 'and 35 other reasons']
