# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C between two frames, while a frame takes long, and while files are closed."""

from __future__ import annotations

import signal

import pytest

from featuremap_ros.cli.interrupt import interrupt_between_frames
from featuremap_ros.cli.report_input import progress_bar


def press():
    """Press Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def stopped(presses, done):
    """Press while a frame is under way, then while files are closed; note what came to its end."""
    with interrupt_between_frames(done.append) as progress:
        try:
            for _ in range(presses):
                press()
            done.append('frame')
            progress(1)
        finally:
            press()
            press()
            done.append('closed')


@pytest.mark.parametrize(
    ('presses', 'ended'), [(1, ['frame', 1, 'closed']), (2, ['closed'])], ids=['one', 'two']
)
def test_one_waits_for_the_frame_and_none_disturbs_the_closing(presses, ended):
    """The second ends a frame that takes long; whoever presses on loses nothing."""
    done = []
    with pytest.raises(KeyboardInterrupt):
        stopped(presses, done)
    assert done == ended
    with pytest.raises(KeyboardInterrupt):
        press()


def driven():
    """Press behind the last frame of a phase."""
    with progress_bar(1, 'driving') as progress:
        progress(1)
        press()


def test_none_is_lost_behind_the_last_frame():
    """A report goes on for minutes after the last frame was driven."""
    with pytest.raises(KeyboardInterrupt):
        driven()
