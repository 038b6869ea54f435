# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which moments a report looks at."""

from __future__ import annotations

import pytest

from featuremap_ros.errors import SourceError, UnsupportedError
from featuremap_ros.report.choosing import choose_moments
from featuremap_ros.why.moments import Decision

START = 1_750_000_000_000_000_000
TENTH = 100_000_000


def race(steering, driver=None):
    """Return decisions ten a second."""
    return [
        Decision(START + i * TENTH, value, None, None if driver is None else driver[i])
        for i, value in enumerate(steering)
    ]


def seconds(moments):
    """Return when they are."""
    return [round((moment.stamp_ns - START) / 1e9, 3) for moment in moments]


def jumps(*at):
    """Return steering of four seconds that jumps at some moments, the first one most."""
    steering = [0.0] * 40
    for size, when in enumerate(reversed(at), start=1):
        steering[when] = 0.1 * size
    return steering


def test_what_was_asked_for_comes_first():
    """In its order, by seconds or stamp, once; then the worst, with a second between."""
    asked = ['2.04', str(START + 5 * TENTH), '0.52']
    chosen = choose_moments(race(jumps(22, 38)), asked, 1)
    assert seconds(chosen) == [2.0, 0.5, 3.8]
    assert [moment.reason for moment in chosen] == ['asked', 'asked', 'jump']


def test_asking_takes_nothing_from_the_worst():
    """As many as were wanted are found beside what was asked for."""
    chosen = choose_moments(race(jumps(15, 25, 38, 3)), ['2'], 2)
    assert seconds(chosen) == [2.0, 3.8, 0.3]


def test_a_pilot_that_agrees_with_the_driver_is_no_bad_moment():
    """After a crash the recorded driver is the pilot; rounding is no disagreement."""
    steering = [0.2] * 40
    rounded = [0.2 + 1e-6] * 40
    assert choose_moments(race(steering, rounded), [], 5) == []
    assert seconds(choose_moments(race(steering, [0.2] * 30 + [0.6] * 10), [], 5)) == [3.0]


@pytest.mark.parametrize(
    ('asked', 'count', 'error', 'message'),
    [
        (['noon'], 1, SourceError, "got 'noon'"),
        (['77'], 1, SourceError, '77 lies outside the race: expected 0 to 0.100 seconds'),
        ([], -1, UnsupportedError, 'must not be negative: got -1'),
    ],
)
def test_what_makes_no_sense_is_refused(asked, count, error, message):
    """With what was given."""
    with pytest.raises(error, match=message):
        choose_moments(race([0.0, 0.1]), asked, count)
