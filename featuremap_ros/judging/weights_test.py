# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Do maps depend on what the network has learned? What is left of them with shuffled weights.

The model parameter randomisation test of Adebayo et al., https://arxiv.org/abs/1810.03292: the
weights are shuffled from the outputs downwards, and the maps of the trained network are compared
with those of each network on the way. A map that stays shows the picture, or how the network is
built, and would look as convincing for a network that has learned nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
import math
from typing import Any, NoReturn

import numpy as np

from featuremap_ros.errors import MissingDependencyError, NotFiniteError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.judging.subject import map_of, Subject, taps_of
from featuremap_ros.judging.trust_tally import Mean
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.tflite.shuffling import WeightShuffler
from featuremap_ros.trust.correlation import rank_correlation
from featuremap_ros.vision.raw_map import RawMap

STEPS = 6
"""Networks on the way at most, the one with all weights shuffled among them."""
FOLLOWS, STAYS = 0.5, 0.8
"""Rank correlations: what is left is below the first, or above the second, for sure."""

_Maps = dict[Subject, RawMap]


@dataclass(slots=True)
class WeightsTally:
    """One method and layer.

    Attributes:
        blind: Layers with weights on which the map cannot depend, since it looks at no output.
        left: Rank correlation of the map's strength, whichever side it speaks for, with that of
            networks all of whose weights are shuffled.
        signed: The same with the signs; only of maps that have some.
        between: Of the strengths of two shuffled networks with each other.
        untouched: How many layers can be shuffled before one on which the map can depend.
        way: Of the strength, by larger numbers of shuffled layers.
        refused: Why the test does not apply; empty if it does.
    """

    blind: tuple[str, ...] = ()
    left: Mean = field(default_factory=Mean)
    signed: Mean = field(default_factory=Mean)
    between: Mean = field(default_factory=Mean)
    untouched: int = 0
    way: dict[int, Mean] = field(default_factory=dict)
    refused: str = ''

    @property
    def verdict(self) -> str:
        """For people."""
        if self.refused:
            return 'not applicable'
        if self.left.mean is None:
            return 'undefined'
        if self.left.interval is None:
            return 'too few frames'
        low, high = self.left.interval
        if high < FOLLOWS:
            return 'follows the weights'
        return 'barely depends on them' if low > STAYS else 'depends on them in part'

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            'verdict': self.verdict,
            'refused': self.refused,
            'blind_to': list(self.blind),
            'left': self.left.to_json(),
            'left_with_signs': self.signed.to_json() if self.signed.values else None,
            'two_shuffled_networks': self.between.to_json(),
            'way': {count: mean.to_json() for count, mean in self.way.items()},
        }


class WeightsTest:
    """Compares maps of a pilot with those of pilots whose weights are shuffled.

    Every frame meets networks of its own, so that the interval over the frames is one over
    networks, too.

    Attributes:
        layers: Names of the layers with weights, the one next to the outputs first.
        counts: How many of them are shuffled in the networks on the way; all in the last.
        tallies: By subject.
    """

    def __init__(self, explainer: Explainer, subjects: Sequence[Subject]) -> None:
        """Find the weights.

        Args:
            explainer: Computes the maps of the trained pilot, which stays as it is.
            subjects: What is judged.

        Raises:
            UnsupportedError: The pilot is quantised, has no weights, or is not computed by LiteRT.
        """
        model = explainer.pilot.litert_model
        if model is None:
            msg = 'Only weights that LiteRT computes with can be shuffled; TensorFlow drives here.'
            raise UnsupportedError(msg)
        self._shuffler = WeightShuffler(model)
        self._explainer = explainer
        self._frames = 0
        self.layers = self._shuffler.layers
        total = len(self.layers)
        steps = min(STEPS, total)
        self.counts = tuple(math.ceil(total * step / steps) for step in range(1, steps + 1))
        self.tallies = {subject: self._tally(subject) for subject in subjects}

    def judge(self, moment: Moment, maps: Mapping[Subject, RawMap]) -> None:
        """Compare the maps of a frame.

        Args:
            moment: The frame and the number that is explained.
            maps: Of the trained pilot.
        """
        frame, total = self._frames, self.counts[-1]
        self._frames += 1
        for count in self.counts[:-1]:
            touched = [one for one in self._alive(maps) if count in self.tallies[one].way]
            found = self._maps(moment, touched, count, (frame, 0))
            for subject in touched:
                now = found.get(subject)
                self.tallies[subject].way[count].add(_alike(maps[subject], now))
        first, second = (
            self._maps(moment, self._alive(maps), total, (frame, draw)) for draw in (0, 1)
        )
        for subject in self._alive(maps):
            tally, trained = self.tallies[subject], maps[subject]
            pair = (first.get(subject), second.get(subject))
            left = _mean(_alike(trained, now) for now in pair)
            tally.left.add(left)
            tally.way[total].add(left)
            tally.between.add(_alike(*pair))
            if trained.signed:
                tally.signed.add(_mean(_signs_alike(trained, now) for now in pair))

    def _tally(self, subject: Subject) -> WeightsTally:
        """Begin a tally, with the networks on the way that can change the map."""
        seen = frozenset(self.layers)
        if subject.layer is not None and not self._explainer.method(subject.method).headed:
            seen = self._shuffler.below(subject.layer)
        tally = WeightsTally(tuple(name for name in self.layers if name not in seen))
        leading = takewhile(lambda name: name not in seen, self.layers)
        tally.untouched = len(list(leading))
        tally.way = {count: Mean() for count in self.counts if count > tally.untouched}
        if not seen:
            tally.refused = f'No weights lie at or below {subject.layer!r}.'
        return tally

    def _alive(self, maps: Mapping[Subject, RawMap]) -> list[Subject]:
        return [subject for subject in maps if not self.tallies[subject].refused]

    def _maps(
        self, moment: Moment, subjects: Sequence[Subject], count: int, seed: Sequence[int]
    ) -> _Maps:
        """Compute maps of a pilot with shuffled weights; those that are not finite are missing."""
        if not subjects:
            return {}
        trained = self._explainer
        pilot = Pilot(
            LiteRTEngine(self._shuffler.shuffled(count, seed)),
            trained.pilot.profile,
            read_model=_only_converted,
        )
        explainer = Explainer(pilot, tuple(trained.methods.values()))
        try:
            forward = pilot.feed(moment.forward.model_input, taps_of(explainer, subjects))
        except NotFiniteError:
            return {}
        about = Moment(pilot, moment.frame, moment.target, forward, explainer.gradients)
        found = {subject: self._map(explainer, subject, about) for subject in subjects}
        return {subject: raw for subject, raw in found.items() if raw is not None}

    def _map(self, explainer: Explainer, subject: Subject, moment: Moment) -> RawMap | None:
        """Compute a map; ``None`` if it is not finite, or the test does not apply."""
        try:
            return map_of(explainer, subject, moment)
        except NotFiniteError:
            return None
        except (UnsupportedError, MissingDependencyError) as error:
            self.tallies[subject].refused = str(error)
            return None


def _only_converted() -> NoReturn:
    msg = 'Only the converted model is shuffled, which TensorFlow cannot differentiate.'
    raise UnsupportedError(msg)


def _alike(a: RawMap | None, b: RawMap | None) -> float | None:
    """Return the rank correlation of where two maps are strong, whichever side they speak for."""
    if a is None or b is None:
        return None
    return rank_correlation(*(np.abs(m.values) if m.signed else m.values for m in (a, b)))


def _signs_alike(a: RawMap, b: RawMap | None) -> float | None:
    return None if b is None else rank_correlation(a.values, b.values)


def _mean(values: Iterable[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
