# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How a network's outputs read as steering and throttle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotFiniteError, ProfileError

KINDS = ('regression', 'bins', 'classes')
SIDES = ('left', 'right')

_Output = TypeVar('_Output')


@dataclass(frozen=True, slots=True)
class Head:
    """One quantity that the network decides.

    Attributes:
        output: Name of the network's output, or its index.
        kind: ``'regression'`` reads a number, ``'bins'`` and ``'classes'`` take the value of the
            likeliest entry of a softmax.
        component: Which entry of the output a regression reads.
        values: Value of every bin or class.
        range: A regression is clamped to it.
        positive: The side that a positive value steers to; only for steering.
    """

    output: str | int
    kind: str = 'regression'
    component: int = 0
    values: tuple[float, ...] = ()
    range: tuple[float, float] = (-1.0, 1.0)
    positive: str = 'right'

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        if self.kind not in KINDS:
            msg = f'Unknown head kind {self.kind!r}: expected one of {", ".join(KINDS)}.'
            raise ProfileError(msg)
        if self.positive not in SIDES:
            msg = f'"positive" is the side a positive value steers to: got {self.positive!r}.'
            raise ProfileError(f'{msg} Expected left or right.')
        if self.kind != 'regression' and len(self.values) < 2:
            msg = (
                f'Head {self.output!r} of kind {self.kind!r} needs "values", one for every entry.'
            )
            raise ProfileError(msg)
        low, high = self.range
        if self.component < 0 or not -math.inf < low < high < math.inf:
            msg = (
                f'Head {self.output!r} needs a component of at least 0 and a finite range that '
                f'rises: got component {self.component}, range [{low}, {high}].'
            )
            raise ProfileError(msg)
        if not all(map(math.isfinite, self.values)):
            msg = f'Head {self.output!r} needs finite values: got {list(self.values)}.'
            raise ProfileError(msg)

    @property
    def left(self) -> float:
        """Factor that turns this head's values into + = left."""
        return 1.0 if self.positive == 'left' else -1.0

    @property
    def size(self) -> int:
        """Entries that the output must have; a regression needs at least this many."""
        return len(self.values) if self.values else self.component + 1

    def decide(self, output: NDArray[np.float32]) -> tuple[float, float | None]:
        """Return what the car would do, and how sure the network is.

        Args:
            output: The raw output, flat or with leading axes of size 1.

        Returns:
            The value, clamped to ``range`` or picked from ``values``; and the probability of the
            picked entry, ``None`` for a regression.
        """
        return self._decide(output.reshape(-1).tolist())

    def _decide(self, numbers: list[float]) -> tuple[float, float | None]:
        """Return what ``decide`` returns, from Python's own numbers."""
        if self.kind == 'regression':
            low, high = self.range
            return min(max(numbers[self.component], low), high), None
        likeliest = max(numbers)
        return self.values[numbers.index(likeliest)], likeliest

    def expectation(self, output: NDArray[np.float32]) -> float:
        """Return the mean value under the network's probabilities, unclamped for a regression.

        Args:
            output: The raw output, flat or with leading axes of size 1.
        """
        flat = output.reshape(-1).astype(np.float64)
        if self.kind == 'regression':
            return float(flat[self.component])
        return float(flat @ np.asarray(self.values))


@dataclass(frozen=True, slots=True)
class Steering:
    """What the network decided on one frame.

    Attributes:
        value: Steering in the model's own convention and units.
        angle: Steering angle (rad), + = left; ``None`` while the car's limit is not known.
        throttle: In the model's own units; ``None`` without a throttle head.
        confidence: Probability of the chosen steering bin or class; ``None`` for a regression.
        heads: Every raw output by name, flat float32.
    """

    value: float
    angle: float | None
    throttle: float | None
    confidence: float | None
    heads: Mapping[str, NDArray[np.float32]]

    def in_words(self, left: float) -> str:
        """Return it in words: ``'14 degrees left'``; ``'0.50 left'`` without an angle.

        Args:
            left: The same in the model's units, + = left.
        """
        side = 'left' if left > 0 else 'right'
        if self.angle is None:
            return f'{abs(left):.2f} {side}' if round(abs(left), 2) else 'straight on'
        degrees = round(math.degrees(abs(self.angle)))
        return f'{degrees} degree{"s" * (degrees != 1)} {side}' if degrees else 'straight on'


def head_output(head: Head, outputs: Mapping[str, _Output]) -> _Output:
    """Pick the output that a head reads, by name or by index."""
    if isinstance(head.output, int):
        return list(outputs.values())[head.output]
    return outputs[head.output]


def decode(
    heads: Mapping[str, Head],
    outputs: Mapping[str, NDArray[np.float32]],
    max_steering_angle: float | None,
) -> Steering:
    """Read a network's outputs.

    Args:
        heads: By quantity; ``'steering'`` is there, ``'throttle'`` may be.
        outputs: By output name, in the network's order.
        max_steering_angle: Angle of the wheels (rad) where the steering head reads 1.

    Raises:
        NotFiniteError: An output holds NaN or infinity.
    """
    # The car waits for this: NumPy takes longer to begin than a few dozen numbers need.
    flat: dict[str, NDArray[np.float32]] = {}
    numbers: dict[str, list[float]] = {}
    for name, output in outputs.items():
        flat[name] = output.reshape(-1)
        numbers[name] = values = flat[name].tolist()
        if not math.isfinite(sum(values)):
            shown = ', '.join(f'{value:g}' for value in values[:4])
            msg = (
                f'The network returned a value that is not finite on output {name!r}: {shown} ...'
            )
            raise NotFiniteError(msg)
    steering = heads['steering']
    value, confidence = steering._decide(head_output(steering, numbers))
    throttle = None
    if 'throttle' in heads:
        throttle, _ = heads['throttle']._decide(head_output(heads['throttle'], numbers))
    angle = None if max_steering_angle is None else steering.left * value * max_steering_angle
    return Steering(value, angle, throttle, confidence, flat)


def parse_head(quantity: str, data: Any) -> Head:
    """Build a head from a profile's entry.

    ``values: {low: -1.0, step: 0.25, count: 9}`` is short for evenly spaced values.

    Raises:
        ProfileError: An entry is missing or unknown.
    """
    known = ('output', 'kind', 'component', 'values', 'range', 'positive')
    if not isinstance(data, Mapping) or 'output' not in data or set(data) - set(known):
        msg = (
            f'Head {quantity!r} must be a mapping with "output" and any of {known}: got {data!r}.'
        )
        raise ProfileError(msg)
    entry = dict(data)
    values = entry.get('values', ())
    try:
        if isinstance(values, Mapping):
            values = [values['low'] + values['step'] * i for i in range(int(values['count']))]
        entry['values'] = tuple(float(v) for v in values)
        if 'range' in entry:
            low, high = entry['range']
            entry['range'] = (float(low), float(high))
    except (KeyError, TypeError, ValueError) as error:
        msg = f'Head {quantity!r}: "values" and "range" must be numbers: got {data!r}.'
        raise ProfileError(msg) from error
    return Head(**entry)
