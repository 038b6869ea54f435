# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How decisions, moments and overlays are said in words."""

from __future__ import annotations

import pytest

from featuremap_ros.report.wording import moment_in_words, steering_in_words, view_in_words
from featuremap_ros.why.moments import Decision, WorstMoment

RACE = (
    Decision(0, 0.5, confidence=0.9, driver=0.5),
    Decision(1, -0.25, confidence=0.4, driver=0.75),
)


@pytest.mark.parametrize(
    ('value', 'degrees', 'words'),
    [
        (0.5, 24.0, '12.0° left'),
        (-0.5, 24.0, '12.0° right'),
        (0.002, 24.0, 'straight on'),
        (-0.254, None, '0.25 right'),
        (0.001, None, 'straight on'),
    ],
)
def test_steering(value, degrees, words):
    """In degrees where the limit of the wheels is known; + is left."""
    assert steering_in_words(value, degrees) == words


@pytest.mark.parametrize(
    ('reason', 'words'),
    [
        ('disagreement', 'disagreement: pilot 5.0° right, driver 15.0° left'),
        ('jump', 'jump from 10.0° left to 5.0° right within a frame'),
        ('low confidence', 'confidence of only 0.40 in 5.0° right'),
    ],
)
def test_moments(reason, words):
    """With what makes them bad."""
    assert moment_in_words(WorstMoment(1, reason, 0.5), RACE, 20.0) == words


def test_views():
    """With as much as is known."""
    assert view_in_words('conv', 'channel:3') == 'conv: channel 3.'
    assert view_in_words('conv', 'mean') == 'conv: mean of all channels.'
    assert view_in_words('conv', 'max', channels=24, cells=(16, 6), field=(74.4, 70)) == (
        'conv: strongest of all 24 channels, 16 x 6 cells, each sees 74 x 70 px of the picture.'
    )
