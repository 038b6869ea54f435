# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The images of the last seconds."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.ros.history import History, Seen
from featuremap_ros.vision.frame import Frame

SECOND = 10**9
BYTES = 4 * 4 * 3


def fill(history, stamps, *, seconds=10.0, most_bytes=10**6):
    """Add small images with these stamps (s)."""
    for stamp in stamps:
        frame = Frame(np.zeros((4, 4, 3), np.uint8), round(stamp * SECOND))
        seen = Seen(frame, Steering(0.0, None, None, None, {}))
        history.add(seen, seconds=seconds, most_bytes=most_bytes)


def stamps_of(incident):
    """Return the stamps (s) of what was put aside."""
    return [seen.frame.stamp_ns / SECOND for seen in incident.seen]


def test_images_are_kept_for_some_seconds():
    """Older ones are forgotten."""
    history = History()
    fill(history, range(10), seconds=3)
    assert stamps_of(history.incident()) == [6, 7, 8, 9]


def test_their_memory_is_limited():
    """What does not fit is thinned out, so that the oldest is still as old as it may be."""
    history = History()
    fill(history, np.arange(0, 60.1, 0.5), seconds=10, most_bytes=7 * BYTES)
    incident = stamps_of(history.incident())
    assert incident[-2:] == [59.5, 60]
    assert 50 <= incident[0] <= 52
    assert len(incident) in (6, 7)
    assert all(np.diff(incident[:-2]) == 2)


def test_two_are_kept_in_any_case():
    """The newest and the one before it."""
    history = History()
    fill(history, range(11), most_bytes=1, seconds=0)
    assert stamps_of(history.incident()) == [9, 10]


def test_time_that_jumps_back_begins_anew():
    """A looping bag has no image from its last round."""
    history = History()
    fill(history, [5, 6, 1])
    assert stamps_of(history.incident()) == [1]
    assert history.newest()[1] is None


def test_the_nearest_image_is_found_by_its_stamp():
    """Outside of what is kept there is none."""
    history = History()
    with pytest.raises(UnsupportedError, match='No image has been driven on yet'):
        history.at(0)
    fill(history, [1, 2, 3])
    assert history.at(0).frame.stamp_ns == 3 * SECOND
    assert history.at(round(1.8 * SECOND)).frame.stamp_ns == 2 * SECOND
    with pytest.raises(UnsupportedError, match=r'holds 3 images from 1000000000 to 3000000000'):
        history.at(4 * SECOND)


def test_what_follows_at_once_belongs_to_the_same_incident():
    """A later one takes its place; it stays until it is let go, which touches no later one."""
    history = History()
    assert not history.keep('too early')
    fill(history, [1, 2], seconds=2)
    assert history.keep('first')
    fill(history, [2.5], seconds=2)
    assert not history.keep('second')
    fill(history, [3.5], seconds=2)
    assert history.keep('third')
    third = history.incident()
    assert (third.reason, stamps_of(third)) == ('third', [2, 2.5, 3.5])
    fill(history, [9], seconds=2)
    assert history.keep('fourth')
    history.forget(third)
    fourth = history.incident()
    assert fourth.reason == 'fourth'
    history.forget(fourth)
    assert history.incident().reason == 'it was asked for'
