# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Find out how a network was fed by who drives most like the driver of the race."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.heads import Head
from featuremap_ros.proposing.candidates import COLOURS, heads_of
from featuremap_ros.proposing.fit import Driver, Fit, fit, MARGIN, mirrored, not_told_apart
from featuremap_ros.proposing.trial import Trial
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.source import Source
from featuremap_ros.trust.bootstrap import mean_interval
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.preprocess import Crop, InputSpec

FIRST_FRAMES = 40
# The best of a hundred ways to feed an untrained network comes to 0.88 by chance.
_FOLLOWS = 0.7
_MOVES = 3
# How common an order of colours is.
_ORDER = {name: place for place, name in enumerate((*COLOURS, 'gray'))}
Key: TypeAlias = tuple[str, str, str]
"""Names of crop, order of colours and scale."""

COLOUR, SCALE, CROP, HEAD = (
    'input.color',
    'input.normalisation',
    'input.crop',
    'heads.steering',
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What is tried.

    Attributes:
        crops: By what to call them.
        colours: Orders of colours.
        scales: Normalisations.
    """

    crops: Mapping[str, Crop]
    colours: tuple[str, ...]
    scales: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What was found.

    Attributes:
        spec: What the network is best fed.
        head: What is best read.
        fit: How well that agrees with the driver.
        idle: Errors of a car that always steers the same, float64 (n,).
        mirrored: Errors with the sides swapped, float64 (n,).
        errors: By entry of the profile and choice: errors of each choice with the others as they
            are best, float64 (n,).
        best: By entry: which of the choices is the best.
        driver: What it was compared with.
    """

    spec: InputSpec
    head: Head
    fit: Fit
    idle: NDArray[np.float64]
    mirrored: NDArray[np.float64]
    errors: Mapping[str, Mapping[str, NDArray[np.float64]]]
    best: Mapping[str, str]
    driver: Driver

    @property
    def follows(self) -> bool:
        """Whether the network drives like the driver, and not by chance a little like him."""
        sure = mean_interval(self.idle - self.fit.errors)[0] > MARGIN
        return sure and self.fit.error <= _FOLLOWS * float(self.idle.mean())


def search(
    engine: Engine,
    source: Source,
    track: DriverTrack,
    *,
    start: InputSpec,
    choices: Choices,
    limit: float | None,
    count: int,
    progress: Callable[[int], None],
) -> Search | None:
    """Try everything with everything on a few frames, then the neighbours of the best on many.

    Args:
        engine: The network.
        source: The race.
        track: What its driver did.
        start: What no choice is about.
        choices: What is tried.
        limit: Of the wheels (rad), if it is known.
        count: Frames of the second pass, spread over the race.
        progress: Told the number of frames done.

    Returns:
        ``None`` where no frame has a driver, or he never moves the wheel.
    """
    specs = {
        (crop, colour, scale): replace(
            start, crop=choices.crops[crop], color=colour, normalisation=scale
        )
        for crop, colour, scale in product(choices.crops, choices.colours, choices.scales)
    }
    usual = next((key for key, spec in specs.items() if spec == start), next(iter(specs)))
    first = _drive(engine, source, track, specs, limit, min(count, FIRST_FRAMES), progress)
    if first is None:
        return None
    trial, driver = first
    heads = heads_of(engine.network, trial.outputs(next(iter(specs.values()))))
    _, best, head = min(
        (fit(trial.steered(spec, one), driver).error, key, name)
        for key, spec in specs.items()
        for name, one in heads.items()
    )
    # More frames may move the choice, and then its neighbours are others.
    for _ in range(_MOVES):
        near = {key: spec for key, spec in specs.items() if _differ(key, best) <= 1}
        second = _drive(engine, source, track, near, limit, count, progress)
        if second is None:
            return None
        trial, driver = second
        fits = {
            (key, name): fit(trial.steered(spec, heads[name]), driver)
            for key, spec in near.items()
            for name in heads
        }
        before = best
        best, head = _preferred(fits, usual)
        if best == before:
            break
    errors = {
        entry: {
            key[place]: fits[key, head].errors
            for key in near
            if _differ(key, best) <= (key[place] != best[place])
        }
        for place, entry in enumerate((CROP, COLOUR, SCALE))
    }
    errors[HEAD] = {name: fits[best, name].errors for name in heads}
    found = fits[best, head]
    steered = trial.steered(specs[best], heads[head])
    return Search(
        specs[best],
        heads[head],
        found,
        driver.idle,
        mirrored(steered, driver, found.slope).errors,
        errors,
        {CROP: best[0], COLOUR: best[1], SCALE: best[2], HEAD: head},
        driver,
    )


def _preferred(fits: Mapping[tuple[Key, str], Fit], usual: Key) -> tuple[Key, str]:
    """Choose the best; of those that cannot be told from it, the one nearest to the usual."""
    best = min(fits, key=lambda one: fits[one].error)
    others = {str(one): fits[one].errors for one in fits if one != best}
    alike = not_told_apart(fits[best].errors, others)
    equal = [one for one in fits if one == best or str(one) in alike]
    return min(equal, key=lambda one: (_differ(one[0], usual), _ORDER[one[0][1]], fits[one].error))


def _differ(one: Key, other: Key) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _drive(
    engine: Engine,
    source: Source,
    track: DriverTrack,
    specs: Mapping[Key, InputSpec],
    limit: float | None,
    count: int,
    progress: Callable[[int], None],
) -> tuple[Trial, Driver] | None:
    """Drive frames that have a driver in many ways."""
    trial = Trial(engine, list(specs.values()))
    steered = []
    for frame, angle in _driven(source.sample(count), track, limit):
        progress(1)
        if trial.feed(frame.image):
            steered.append(angle)
    driver = Driver(np.array(steered), 1.0 if track.comparable(limit) else None)
    if not steered or driver.idle.max() < MARGIN:
        return None
    return trial, driver


def _driven(
    frames: Iterator[Frame], track: DriverTrack, limit: float | None
) -> Iterator[tuple[Frame, float]]:
    """Yield the frames at which the driver's steering is known."""
    for frame in frames:
        if track.comparable(limit):
            steered = track.share_of(frame, limit)
        else:
            steered = track.at(frame.stamp_ns if frame.log_ns is None else frame.log_ns)
        if steered is not None:
            yield frame, steered
