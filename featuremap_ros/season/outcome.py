# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What became of one race."""

from __future__ import annotations

from dataclasses import dataclass

RENDERED, BEFORE, FAILED, STOPPED, NOT_BEGUN = STATES = (
    'rendered',
    'rendered before',
    'failed',
    'stopped',
    'not begun',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one race.

    Attributes:
        name: Its folder.
        source: Where it is.
        state: One of ``STATES``.
        reason: Why it failed.
        frames: Frames rendered.
        frames_skipped: Frames that could not be used.
        seconds: What rendering took.
        driver: How far the pilot was from the driver, where one was recorded.
    """

    name: str
    source: str
    state: str
    reason: str = ''
    frames: int = 0
    frames_skipped: int = 0
    seconds: float = 0.0
    driver: str = ''

    @property
    def done(self) -> bool:
        """Whether the race is there, as a whole."""
        return self.state in (RENDERED, BEFORE)
