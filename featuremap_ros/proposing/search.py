# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Search the way to feed a network in which it drives most like the driver of the race."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot.heads import Head
from featuremap_ros.proposing.candidates import beside, COLOURS, heads_of, name_of
from featuremap_ros.proposing.course import Course, UNITS
from featuremap_ros.proposing.fit import Driver, Fit, fit, MARGIN, mirrored, not_told_apart
from featuremap_ros.proposing.trial import Trial
from featuremap_ros.trust.bootstrap import mean_interval
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import Crop, InputSpec

# Frames on which all combinations are tried.
_FIRST_FRAMES = 40
# Share of the error of a car that always steers the same. The best of a hundred ways to feed an
# untrained network comes to 0.84 by chance.
_FOLLOWS = 0.7
# A network that steers half as much as the driver is as near in radians as in shares, where full
# steering is 0.5 rad: radians are believed only where they are much nearer.
_OTHER_UNIT = 0.5
# How often the best is moved to a better neighbour before it is taken as it is.
_MOVES = 3
RESOLUTION = 1 / 24
"""Of the picture's height: crops that differ by less are not expected to be told apart."""
# How common an order of colours is.
_ORDER = {name: place for place, name in enumerate((*COLOURS, 'gray'))}
SIDES = ('top', 'bottom', 'left', 'right')
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
        crops: By name, what was tried.
        driver: What it was compared with.
        unit: What the network seems to steer in, see ``Course.unit``.
    """

    spec: InputSpec
    head: Head
    fit: Fit
    idle: NDArray[np.float64]
    mirrored: NDArray[np.float64]
    errors: Mapping[str, Mapping[str, NDArray[np.float64]]]
    best: Mapping[str, str]
    crops: Mapping[str, Crop]
    driver: Driver
    unit: str

    @property
    def follows(self) -> bool:
        """Whether the network drives like the driver, beyond what chance explains."""
        better = mean_interval(self.idle - self.fit.errors)
        return better is not None and better[0] > MARGIN and self.near

    @property
    def near(self) -> bool:
        """Whether it does on these frames, be it by chance."""
        return self.fit.error <= _FOLLOWS * float(self.idle.mean())


def search(course: Course, *, start: InputSpec, choices: Choices, count: int) -> Search | None:
    """Try all combinations on a few frames, then the neighbours of the best one on many.

    Args:
        course: The network, and the race with its driver.
        start: Everything that the choices leave open.
        choices: What is tried.
        count: Frames of the second pass, spread over the race.

    Returns:
        ``None`` where no frame has a driver, or the driver never moves the wheel.
    """
    specs = _all(start, choices)
    usual = next((key for key, spec in specs.items() if spec == start), next(iter(specs)))
    few = list(course.frames(min(count, _FIRST_FRAMES)))
    first = course.drive(few, specs)
    if first is None:
        return None
    trial, driver = first
    heads = heads_of(course.engine.network, trial.outputs(next(iter(specs.values()))))
    course, best, head = _nearest(course, trial, driver, specs, heads)
    refined = _refined(course, few, specs[best], heads[head])
    crops = dict(choices.crops)
    beside_it = beside(refined, cropped_size(refined, start), RESOLUTION)
    for crop in (refined, without_slivers(refined, start), *beside_it):
        crops.setdefault(name_of(crop), crop)
    specs = _all(start, replace(choices, crops=crops))
    settled = _settled(course, specs, heads, (name_of(refined), *best[1:]), usual, count)
    return None if settled is None else _result(course, settled, specs, heads, crops)


def _nearest(
    course: Course,
    trial: Trial,
    driver: Driver,
    specs: Mapping[Key, InputSpec],
    heads: Mapping[str, Head],
) -> tuple[Course, Key, str]:
    """Return what drives most like the driver, and in which unit."""

    def nearest(course: Course) -> tuple[float, Key, str]:
        return min(
            (fit(course.steered(trial, spec, one), driver).error, key, name)
            for key, spec in specs.items()
            for name, one in heads.items()
        )

    error, best, head = nearest(course)
    for unit in UNITS if course.limit and driver.full else ():
        other = replace(course, unit=unit)
        found, key, name = nearest(other)
        if found < _OTHER_UNIT * error and heads[name].kind == 'regression':
            return other, key, name
    return course, best, head


@dataclass(frozen=True, slots=True)
class _Settled:
    """The second pass: how the best and its neighbours did on many frames."""

    best: Key
    head: str
    fits: Mapping[tuple[Key, str], Fit]
    trial: Trial
    driver: Driver


def _settled(
    course: Course,
    specs: Mapping[Key, InputSpec],
    heads: Mapping[str, Head],
    best: Key,
    usual: Key,
    count: int,
) -> _Settled | None:
    """Compare the best with its neighbours, until it stays the best."""
    found, head = None, ''
    # Once more than it moves: what is said of every entry needs the neighbours of where it ends.
    for moves in range(_MOVES + 1):
        near = {key: spec for key, spec in specs.items() if _differ(key, best) <= 1}
        driven = course.drive(course.frames(count), near)
        if driven is None:
            return None
        trial, driver = driven
        fits = {
            (key, name): fit(course.steered(trial, spec, heads[name]), driver)
            for key, spec in near.items()
            for name in heads
        }
        # More frames may move the choice, and then its neighbours are others.
        before = best
        if moves < _MOVES:
            best, head = _preferred(fits, usual)
            best = simplest(best, {key: fits[key, head].error for key in near}, specs)
        found = _Settled(best, head, fits, trial, driver)
        if best == before:
            break
    return found


def _result(
    course: Course,
    settled: _Settled,
    specs: Mapping[Key, InputSpec],
    heads: Mapping[str, Head],
    crops: Mapping[str, Crop],
) -> Search:
    """Return what the second pass says of every entry."""
    best, head, fits, driver = settled.best, settled.head, settled.fits, settled.driver
    found = fits[best, head]
    errors = {
        entry: {
            key[place]: fits[key, name].errors
            for key, name in fits
            if name == head and _differ(key, best) <= (key[place] != best[place])
        }
        for place, entry in enumerate((CROP, COLOUR, SCALE))
    }
    errors[HEAD] = {name: fits[best, name].errors for name in heads}
    steered = course.steered(settled.trial, specs[best], heads[head])
    return Search(
        specs[best],
        heads[head],
        found,
        driver.idle,
        mirrored(steered, driver, found.slope).errors,
        errors,
        {CROP: best[0], COLOUR: best[1], SCALE: best[2], HEAD: head},
        crops,
        driver,
        course.unit,
    )


def _all(start: InputSpec, choices: Choices) -> dict[Key, InputSpec]:
    """Return every way to feed the network."""
    return {
        (crop, colour, scale): replace(
            start, crop=choices.crops[crop], color=colour, normalisation=scale
        )
        for crop, colour, scale in product(choices.crops, choices.colours, choices.scales)
    }


def cropped_size(crop: Crop, spec: InputSpec) -> tuple[int, int]:
    """Return (width, height) of what a crop is cut out of."""
    return spec.size if crop.mode == 'mask' else spec.camera or spec.size


def _refined(
    course: Course, frames: Sequence[tuple[Image, float]], spec: InputSpec, head: Head
) -> Crop:
    """Move the edges of a crop as long as the network drives more like the driver."""
    crop = spec.crop
    size = cropped_size(crop, spec)
    for step in (2 * RESOLUTION, RESOLUTION, RESOLUTION / 2):
        for _ in range(_MOVES):
            tried = {one: replace(spec, crop=one) for one in (crop, *beside(crop, size, step))}
            driven = course.drive(frames, tried)
            if driven is None:
                return crop
            trial, driver = driven
            errors = {
                one: fit(course.steered(trial, fed, head), driver).error
                for one, fed in tried.items()
            }
            before, crop = crop, min(errors, key=lambda one: errors[one])
            if crop == before:
                break
    return crop


def _preferred(fits: Mapping[tuple[Key, str], Fit], usual: Key) -> tuple[Key, str]:
    """Choose the best; of those that cannot be told from it, the one nearest to the usual."""
    best = min(fits, key=lambda one: fits[one].error)
    others = {str(one): fits[one].errors for one in fits if one != best}
    alike = not_told_apart(fits[best].errors, others)
    equal = [one for one in fits if one == best or str(one) in alike]
    return min(equal, key=lambda one: (_differ(one[0], usual), _ORDER[one[0][1]], fits[one].error))


def simplest(best: Key, errors: Mapping[Key, float], specs: Mapping[Key, InputSpec]) -> Key:
    """Choose the simplest crop of those that are not known apart from the best one.

    It must drive more like the best than like the best of those that are known apart.

    Args:
        best: What drives most like the driver.
        errors: Distance from the driver; of ``best`` and its neighbours.
        specs: What the network is fed, by key.
    """
    spec = specs[best]
    same = [key for key in errors if key[1:] == best[1:]]
    near = [key for key in same if close(specs[key].crop, spec.crop, spec)]
    apart = min((errors[key] for key in same if key not in near), default=errors[best])
    most = max(errors[best], (errors[best] + apart) / 2)
    good = [key for key in near if errors[key] <= most]
    return min(good, key=lambda key: (_cuts(specs[key].crop), errors[key]))


def slack(crop: Crop, spec: InputSpec) -> int:
    """Return how far crops must differ on a side to be known apart (pixels).

    Args:
        crop: One of them.
        spec: What the network is fed.
    """
    return max(round(2 * RESOLUTION * cropped_size(crop, spec)[1]), 1)


def close(one: Crop, best: Crop, spec: InputSpec) -> bool:
    """Whether a crop differs only a little from the best one on each side."""
    apart = max(abs(getattr(one, side) - getattr(best, side)) for side in SIDES)
    alike = one.mode == best.mode or not _cuts(one)
    return alike and apart <= slack(best, spec)


def without_slivers(crop: Crop, spec: InputSpec) -> Crop:
    """Return a crop without the sides at which it is not known to cut anything."""
    least = slack(crop, spec)
    top, bottom, left, right = (
        cut if cut > least else 0 for cut in (getattr(crop, side) for side in SIDES)
    )
    return replace(crop, top=top, bottom=bottom, left=left, right=right)


def _cuts(crop: Crop) -> int:
    """Return at how many sides a crop cuts."""
    return sum(getattr(crop, side) > 0 for side in SIDES)


def _differ(one: Key, other: Key) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))
