# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames that could not be decoded: counted with the reason, said once."""

from __future__ import annotations

from dataclasses import dataclass
import logging

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A frame that was left out.

    Attributes:
        stamp_ns: When it was recorded, as far as that is known (ns).
        reason: Why it could not be used.
    """

    stamp_ns: int
    reason: str


def note_bad_frame(skipped: list[BadFrame], stamp_ns: int, reason: object) -> None:
    """Add a frame to those left out; the first is logged.

    Args:
        skipped: The list to add to.
        stamp_ns: When the frame was recorded (ns).
        reason: Why it could not be used.
    """
    if not skipped:
        logger.warning(
            'The frame at %.3f s cannot be used and is left out, as others like it will be: %s',
            stamp_ns / 1e9,
            reason,
        )
    skipped.append(BadFrame(stamp_ns, str(reason)))
