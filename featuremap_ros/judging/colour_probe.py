# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Drive the first frames of a race twice, with red and blue as they are and swapped."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import BadFrameError, NotFiniteError
from featuremap_ros.pilot.pilot import ForwardPass, Pilot
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.trust.colour_order import colour_order, ColourOrder, ENOUGH_FRAMES, Verdict
from featuremap_ros.vision.frame import Frame

FRAMES = 200


class ColourProbe:
    """Finds out whether a camera's colours come in the order the network was trained on.

    Every frame costs one more way through the network; where nothing can tell the orders apart,
    none.

    Attributes:
        left: How many frames it still wants to see.
    """

    def __init__(
        self, pilot: Pilot, *, driver: DriverTrack | None = None, count: int = FRAMES
    ) -> None:
        """Begin without frames.

        Args:
            pilot: The network.
            driver: What the driver did; used where the profile knows the limit of the wheels.
            count: Frames to look at, from the first.
        """
        self.left = count
        self._pilot = pilot
        self._target = find_target('steering', pilot.profile.heads, pilot.network)
        self._limit = pilot.profile.max_steering_angle
        self._driver = driver if driver and driver.comparable(self._limit) else None
        self._confidences: list[tuple[float, float]] = []
        self._errors: list[tuple[float, float]] = []

    def add(self, frame: Frame, forward: ForwardPass) -> None:
        """Look at a frame; without effect once there were enough.

        Args:
            frame: The camera's picture.
            forward: Its way through the network.
        """
        if not self.left:
            return
        steering = forward.steering
        if steering.confidence is None and self._driver is None:
            self.left = 0
            return
        self.left -= 1
        swapped = self._pilot.preprocess.swapped(frame.image, forward.model_input)
        try:
            other = self._pilot.feed(swapped).steering
        except NotFiniteError:
            return
        if steering.confidence is not None and other.confidence is not None:
            self._confidences.append((steering.confidence, other.confidence))
        share = None if self._driver is None else self._driver.share_of(frame, self._limit)
        if share is not None:
            as_is, as_swapped = (
                abs(self._target.value(one.heads) - share) for one in (steering, other)
            )
            self._errors.append((as_is, as_swapped))

    def order(self) -> ColourOrder:
        """Return what the frames so far say."""
        return colour_order(errors=_columns(self._errors), confidences=_columns(self._confidences))


def probe_colours(
    pilot: Pilot,
    frames: Iterable[Frame],
    *,
    driver: DriverTrack | None = None,
    count: int = FRAMES,
) -> ColourOrder:
    """Drive frames twice, with red and blue as they are and swapped.

    Args:
        pilot: The network.
        frames: In order of time; bad ones are passed over.
        driver: What the driver did; used where the profile knows the limit of the wheels.
        count: Frames to look at, from the first.
    """
    probe = ColourProbe(pilot, driver=driver, count=count)
    for frame in islice(frames, count):
        with suppress(BadFrameError, NotFiniteError):
            probe.add(frame, pilot.forward(frame))
        if not probe.left:
            break
    return probe.order()


def say(order: ColourOrder, why_no_driver: str = '') -> str:
    """Say what was found, in one line.

    Args:
        order: What was found.
        why_no_driver: Said where nothing was compared with a driver.
    """
    if not order.evidence:
        text = 'colours: undecided, the model gives no confidence'
        return f'{text} and there is no driver to compare with {why_no_driver}'.rstrip()
    best = order.evidence[0]
    name, unit = 'confidence', ''
    if best.kind == 'error':
        name, unit = "distance from the driver's steering", ' of full steering'
    verdicts = {
        Verdict.RIGHT: 'right',
        Verdict.SWAPPED: 'SWAPPED: red and blue look exchanged, check "color" in the profile',
        Verdict.UNDECIDED: 'undecided',
    }
    better = ''
    if best.interval is not None:
        low, high = best.interval
        better = f'; better by {low:+.3f} to {high:+.3f}, decided beyond {best.margin:g}'
    enough = best.frames >= ENOUGH_FRAMES
    counted = 'frames' if enough else f'of the {ENOUGH_FRAMES} frames that are needed'
    return (
        f'colours: {verdicts[order.verdict]} ({name} {best.as_is:.3f}{unit} as they are, '
        f'{best.swapped:.3f} swapped{better}; {best.frames} {counted})'
    )


def order_as_data(order: ColourOrder) -> dict[str, Any]:
    """Return what was found as plain data."""
    return {
        'verdict': order.verdict.value,
        'evidence': [{**asdict(one), 'verdict': one.verdict.value} for one in order.evidence],
    }


def _columns(
    pairs: list[tuple[float, float]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return two arrays from a list of pairs."""
    if not pairs:
        return None
    as_is, swapped = np.array(pairs, np.float64).T
    return as_is, swapped
