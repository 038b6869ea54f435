# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How old an image is when its decision could be published."""

from __future__ import annotations

from dataclasses import dataclass
import time

from featuremap_ros.ros.arrival import Arrival
from featuremap_ros.ros.settings import SteeringSettings

_YEAR_S = 365.25 * 86400
# No camera's network or driver takes so long.
_LONG_AGO_S = 10.0


@dataclass(frozen=True, slots=True)
class Age:
    """How old an image is.

    Attributes:
        seconds: Since its stamp, on the node's clock, or since its arrival; negative if the stamp
            lies in the future.
        on_arrival: What ``seconds`` was when the image came in.
        stamped: Whether there is a stamp at all.
    """

    seconds: float
    on_arrival: float
    stamped: bool = True

    @classmethod
    def measure(cls, arrival: Arrival, *, clock_ns: int, source: str) -> Age:
        """Measure an image's age.

        Args:
            arrival: The image.
            clock_ns: The node's clock now (ns).
            source: ``'stamp'`` or ``'arrival'``.
        """
        if source == 'arrival':
            return cls((time.monotonic_ns() - arrival.steady_ns) / 1e9, 0.0)
        stamp_ns = arrival.stamp_ns
        now, then = ((clock - stamp_ns) / 1e9 for clock in (clock_ns, arrival.clock_ns))
        return cls(now, then, stamped=stamp_ns != 0)

    def may_steer(self, settings: SteeringSettings) -> bool:
        """Whether a decision from this image may be published."""
        return -settings.max_age <= self.seconds <= settings.max_age

    def complaint(self, settings: SteeringSettings, *, sim_time: bool) -> str:
        """Say why images are too old to steer as soon as they come in; empty if they are not.

        Args:
            settings: With ``max_age``.
            sim_time: Whether the node follows ``/clock``.
        """
        if -settings.max_age <= self.on_arrival <= settings.max_age:
            return ''
        if not self.stamped:
            return (
                'The images have no time stamp (0), so nobody can tell how old they are: no '
                'steering is published. Let the camera set the stamp, or see the parameter '
                'age_from.'
            )
        side = 'behind' if self.on_arrival > 0 else 'ahead of'
        clock = '/clock' if sim_time else "this node's clock"
        advice = (
            'Is /clock published, and by the same bag or simulator as the images?'
            if sim_time
            else 'Synchronise the clocks of camera and computer; for a bag set use_sim_time and '
            'play it with --clock; if the camera cannot be set, see the parameter age_from.'
        )
        return (
            f'The stamps of the images are {_duration(abs(self.on_arrival))} {side} {clock} when '
            f'they arrive, and max_age is {settings.max_age} s: no steering is published. {advice}'
        )


def replay_warning(arrival: Arrival, settings: SteeringSettings, *, sim_time: bool) -> str:
    """Warn that images seem to come from a bag, where no other check would notice.

    Ages that begin at the arrival make a recording as fresh as a camera.

    Args:
        arrival: An image.
        settings: With ``age_from``.
        sim_time: Whether the node follows ``/clock``.

    Returns:
        Empty if there is nothing to say.
    """
    behind = (arrival.clock_ns - arrival.stamp_ns) / 1e9
    if settings.age_from != 'arrival' or sim_time or behind < _LONG_AGO_S:
        return ''
    return (
        f"age_from is 'arrival', and the stamps of the images are {_duration(behind)} behind this "
        "node's clock: if they come from a bag, a recording steers as if it were now. Play it "
        'with --clock and set use_sim_time; if they come from a camera without a clock, all is '
        'well.'
    )


def _duration(seconds: float) -> str:
    """Return a length of time in words."""
    if seconds < 120:
        return f'{seconds:.2f} s'
    if seconds < _YEAR_S:
        return f'{seconds / 3600:.1f} h'
    return f'{seconds / _YEAR_S:.1f} years'
