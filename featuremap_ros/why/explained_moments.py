# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Moments of a race explained: why, and with every method that is quick, a folder each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from featuremap_ros.errors import SinkError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.folder import write_explanations
from featuremap_ros.streams.selection import NS
from featuremap_ros.streams.source import Source
from featuremap_ros.streams.write import write_png
from featuremap_ros.vision.frame import Frame
from featuremap_ros.why.ask import ask_why
from featuremap_ros.why.moments import WorstMoment
from featuremap_ros.why.picture import draw_why

WHY = 'why.png'


def explain_moments(
    explainer: Explainer,
    source: Source,
    moments: Sequence[WorstMoment],
    folder: Path,
    *,
    progress: Callable[[int], object] = lambda _: None,
) -> list[dict[str, Any]]:
    """Explain moments; the race is read once more.

    Args:
        explainer: Of the pilot.
        source: The race.
        moments: Of the race.
        folder: Gets a folder for each moment: ``worst_00`` is the first of them.
        progress: Called with 0 after every moment.

    Returns:
        What was found, in the order of the moments.

    Raises:
        SinkError: A file cannot be written.
    """
    wanted = {moment.stamp_ns: number for number, moment in enumerate(moments)}
    found: dict[int, dict[str, Any]] = {}
    begin_ns: int | None = None
    for frame in source if wanted else ():
        begin_ns = frame.stamp_ns if begin_ns is None else begin_ns
        number = wanted.pop(frame.stamp_ns, None)
        if number is not None:
            place = folder / f'worst_{number:02d}'
            found[number] = {
                'stamp_ns': frame.stamp_ns,
                'size': round(moments[number].size, 4),
                'folder': place.name,
                'why': _explain(explainer, frame, place, (frame.stamp_ns - begin_ns) / NS),
            }
            progress(0)
        if not wanted:
            break
    return [found[number] for number in sorted(found)]


def _explain(explainer: Explainer, frame: Frame, place: Path, at: float) -> str:
    """Explain one frame; return why it steers like that."""
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise SinkError(f'{place} cannot be made: {error.strerror}.') from error
    quick = [name for name in explainer.methods if explainer.method(name).cheap]
    write_explanations(explainer, frame, place, quick, at=at)
    why = ask_why(explainer.pilot, frame)
    write_png(place / WHY, draw_why(why, explainer.pilot.profile.input.color))
    return why.sentence
