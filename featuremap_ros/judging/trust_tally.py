# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Trust over a race: what is kept of every frame, and what follows from all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
import statistics
from typing import Any

import numpy as np

from featuremap_ros.trust.bootstrap import mean_interval
from featuremap_ros.trust.faithfulness import Curve, Curves, Faithfulness, STEPS
from featuremap_ros.trust.shift import Shift


@dataclass(slots=True)
class Mean:
    """Values of a race that have a mean, and frames on which there was none.

    Attributes:
        values: In order of time.
        weights: Of each value.
        undefined: Frames without a value.
    """

    values: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    undefined: int = 0

    def add(self, value: float | None, weight: float = 1.0) -> None:
        """Take one frame."""
        if value is None:
            self.undefined += 1
        else:
            self.values.append(value)
            self.weights.append(weight)

    @property
    def mean(self) -> float | None:
        """Weighted, of all values; ``None`` without any."""
        return float(np.average(self.values, weights=self.weights)) if self.values else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the mean, with 95 % confidence; ``None`` of too few values, see ``FEWEST``."""
        return mean_interval(np.array(self.values), np.array(self.weights))

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            'frames': len(self.values),
            'undefined': self.undefined,
            'mean': self.mean,
            'interval': self.interval,
        }


class MeanCurves:
    """Weighted mean of the deletion and insertion curves of a race."""

    def __init__(self) -> None:
        """Begin without curves."""
        self._weight = 0.0
        self._sums = np.zeros((2, STEPS + 1))

    def add(self, curves: Curves, weight: float) -> None:
        """Take one frame."""
        self._weight += weight
        self._sums += weight * np.stack([curves.deletion, curves.insertion])

    @property
    def deletion(self) -> Curve:
        """Float64 (n + 1,); NaN without any."""
        return np.asarray(self._sums[0] / (self._weight or np.nan))

    @property
    def insertion(self) -> Curve:
        """Float64 (n + 1,); NaN without any."""
        return np.asarray(self._sums[1] / (self._weight or np.nan))

    def to_json(self) -> dict[str, Any]:
        """Return plain data; empty curves without any."""
        if not self._weight:
            return {'deletion': [], 'insertion': []}
        return {'deletion': self.deletion.tolist(), 'insertion': self.insertion.tolist()}


class FaithfulnessTally:
    """One method against one baseline.

    Attributes:
        trust: Score above chance.
        score: Of deletion and insertion.
        chance: The same for random orders.
        curves: Of the method.
        chance_curves: Of random orders.
    """

    def __init__(self) -> None:
        """Begin without frames."""
        self.trust, self.score, self.chance = Mean(), Mean(), Mean()
        self.curves, self.chance_curves = MeanCurves(), MeanCurves()

    def add(self, found: Faithfulness | None, weight: float) -> None:
        """Take one frame.

        Args:
            found: On this frame; ``None`` where it is undefined.
            weight: Of the frame; see ``Contest.weight``.
        """
        if found is None:
            self.trust.add(None)
            return
        self.trust.add(found.trust, weight)
        self.score.add(found.curves.score, weight)
        self.chance.add(found.chance.score, weight)
        self.curves.add(found.curves, weight)
        self.chance_curves.add(found.chance, weight)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            'trust': self.trust.to_json(),
            'score': self.score.mean,
            'chance': self.chance.mean,
            'curves': self.curves.to_json(),
            'chance_curves': self.chance_curves.to_json(),
        }


class ShiftTally:
    """The shift test of one method: mean size of the changes, in the target's unit.

    Attributes:
        salient: Where only the salient pixels moved.
        rest: Where only the others moved.
        everything: Where all moved.
        area: Share of the picture that counted as salient.
    """

    def __init__(self) -> None:
        """Begin without frames."""
        self.salient, self.rest, self.everything, self.area = Mean(), Mean(), Mean(), Mean()

    def add(self, found: Shift | None) -> None:
        """Take one frame."""
        if found is None:
            self.area.add(None)
            return
        # Whichever way they go.
        self.salient.add(float(np.abs(found.salient).mean()))
        self.rest.add(float(np.abs(found.rest).mean()))
        self.everything.add(float(np.abs(found.everything).mean()))
        self.area.add(found.area)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            'frames': len(self.area.values),
            'undefined': self.area.undefined,
            'salient': self.salient.mean,
            'rest': self.rest.mean,
            'everything': self.everything.mean,
            'area': self.area.mean,
        }


class SubjectTally:
    """Everything about one method and layer.

    Attributes:
        faithfulness: By baseline.
        shift: The shift test.
        flicker: From frame to frame.
        seconds: To compute each map (s).
        faults: Why a map could not be computed on a frame, by stamp (ns).
        refused: Why the method was given up; empty if it was not.
    """

    def __init__(self, baselines: Sequence[str]) -> None:
        """Begin without frames."""
        self.faithfulness = {name: FaithfulnessTally() for name in baselines}
        self.shift = ShiftTally()
        self.flicker = Mean()
        self.seconds: list[float] = []
        self.faults: dict[int, str] = {}
        self.refused = ''

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            'refused': self.refused,
            'faults': [{'stamp_ns': s, 'reason': reason} for s, reason in self.faults.items()],
            'seconds_per_map': statistics.median(self.seconds) if self.seconds else None,
            'faithfulness': {name: tally.to_json() for name, tally in self.faithfulness.items()},
            'shift': self.shift.to_json(),
            'flicker': self.flicker.to_json(),
        }
