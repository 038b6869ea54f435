# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that take numbers: what is none of those allowed is wrong usage."""

from __future__ import annotations

import argparse
from collections.abc import Callable
import math

# A little less than a right angle (rad): as far as a profile lets wheels turn.
_ACROSS = 1.57


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads whole numbers, for argparse.

    Args:
        least: The smallest that is allowed.
        most: The largest; any if not given.
    """

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            expected = f'{least} or more' if most is None else f'{least} to {most}'
            raise argparse.ArgumentTypeError(f'{text!r} must be {expected}, and whole')
        return value

    return read


def number(
    unit: str, *, least: float = 0.0, least_itself: bool = True, most: float = math.inf
) -> Callable[[str], float]:
    """Return what reads finite numbers, for argparse.

    Args:
        unit: For the message.
        least: The end of what is allowed.
        least_itself: Whether it is allowed, too.
        most: The largest that is allowed, if it is finite.
    """
    low = f'{least:g} or more' if least_itself else f'above {least:g}'
    high = f'at most {most:g}' if math.isfinite(most) else 'finite'

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        allowed = least <= value <= most and math.isfinite(value)
        if not allowed or (value == least and not least_itself):
            raise argparse.ArgumentTypeError(f'{text!r} must be {low} and {high} ({unit})')
        return value

    return read


steering_angle = number('rad, of the wheels', least_itself=False, most=_ACROSS)
