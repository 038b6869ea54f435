# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is judged: a method, on a layer where it takes one, and its map of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.vision.raw_map import RawMap


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: a method, on a layer where it takes one."""

    method: str
    layer: str | None = None

    @property
    def name(self) -> str:
        """For people and files."""
        return self.method if self.layer is None else f'{self.method}/{self.layer}'


def subjects_of(
    explainer: Explainer, methods: Sequence[str], layers: Sequence[str]
) -> tuple[Subject, ...]:
    """Pair methods and layers.

    Args:
        explainer: Knows the methods and the pilot.
        methods: Names of methods; those without layers count once.
        layers: Names of spatial layers.

    Raises:
        UnknownNameError: There is no such method or layer.
        UnsupportedError: A layer has no place in the picture.
    """
    for layer in layers:
        explainer.pilot.network.registered(layer)
    return tuple(
        dict.fromkeys(
            Subject(name, layer)
            for name in methods
            for layer in (layers if explainer.method(name).layered else (None,))
        )
    )


def taps_of(explainer: Explainer, subjects: Iterable[Subject]) -> tuple[str, ...]:
    """Return the layers that subjects read, to be computed in one forward pass."""
    taps = (tap for one in subjects for tap in explainer.taps(one.method, one.layer))
    return tuple(dict.fromkeys(taps))


def map_of(explainer: Explainer, subject: Subject, moment: Moment) -> RawMap:
    """Compute a map of a frame that was driven on.

    Args:
        explainer: Of the pilot that drove.
        subject: Method and layer.
        moment: The frame and the number that is explained.

    Raises:
        UnsupportedError: The method cannot be computed for this pilot.
        MissingDependencyError: It needs what is not installed.
        NotFiniteError: The map holds NaN or infinity.
    """
    headed = explainer.method(subject.method).headed
    return explainer.explain(
        moment.frame,
        subject.method,
        layer=subject.layer,
        target=moment.target.name if headed else None,
        forward=moment.forward,
    ).raw
