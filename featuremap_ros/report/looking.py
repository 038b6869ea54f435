# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A closer look at the worst moments of a race: why, every method, and the filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from featuremap_ros.concurrency import read_ahead
from featuremap_ros.errors import (
    BadFrameError,
    MissingDependencyError,
    NotFiniteError,
    UnsupportedError,
)
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.explanation import Explanation
from featuremap_ros.explaining.painting import paint_explanation
from featuremap_ros.judging.filters import filtering_layers, FilterSurvey
from featuremap_ros.judging.reach import prove
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.report.markup import PICTURE_WIDTH
from featuremap_ros.report.trusting import Trust
from featuremap_ros.streams.source import Source
from featuremap_ros.trust.filter_chart import draw_filters
from featuremap_ros.trust.filter_verdict import LayerVerdict
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.vision.grid import draw_grid, GridStyle
from featuremap_ros.why.ask import ask_why
from featuremap_ros.why.moments import WorstMoment
from featuremap_ros.why.picture import draw_panels

_GRID = GridStyle(max_size=(960, 720))


@dataclass(frozen=True, slots=True)
class Look:
    """A picture and what to say below it.

    Attributes:
        name: Of a method or a layer.
        image: RGB, uint8 (H, W, 3).
        notes: Sentences.
    """

    name: str
    image: Image
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A moment that was looked at.

    Attributes:
        moment: Which.
        rank: Among the worst, from 1.
        decided: The steering in words, as it was and with the boxes hidden.
        sentence: Why, in words.
        boxes: How many have to be hidden.
        before: The frame with what to hide, RGB.
        after: The frame with that hidden.
        methods: Each method's map.
        refused: Why a method was left out, by its name.
        grids: All channels of each shown layer.
    """

    moment: WorstMoment
    rank: int
    decided: tuple[str, str]
    sentence: str
    boxes: int
    before: Image
    after: Image
    methods: tuple[Look, ...]
    refused: dict[str, str]
    grids: tuple[Look, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the filters did over the race.

    Attributes:
        verdicts: By layer.
        charts: A heat map of filters and time, by layer.
        no_proof: Of which layers it is not known which filters are provably dead, and why; empty
            if it is known of all.
    """

    verdicts: dict[str, LayerVerdict]
    charts: dict[str, Image]
    no_proof: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that needs the camera's pictures and the network once more.

    Attributes:
        scenes: The worst moments, worst first.
        filters: Of all layers that filter.
        trust: In the methods; ``None`` if it was not measured.
    """

    scenes: tuple[Scene, ...]
    filters: Filters
    trust: Trust | None = None


def look_closer(
    explainer: Explainer,
    source: Source,
    moments: Sequence[WorstMoment],
    layers: Sequence[str],
    *,
    methods: Sequence[str] = (),
    progress: Callable[[int], object] = lambda _: None,
) -> Findings:
    """Go through the race once more.

    Args:
        explainer: Of the pilot.
        source: The same frames as before.
        moments: What to explain, worst first.
        layers: Whose channels are shown.
        methods: Their names.
        progress: Called with 1 after every frame.

    Raises:
        UnknownNameError: There is no such method.
        SourceError: The source cannot be read again.
    """
    pilot = explainer.pilot
    for name in methods:
        explainer.method(name)
    survey = FilterSurvey(pilot, filtering_layers(pilot.network))
    wanted = {moment.stamp_ns: (moment, rank) for rank, moment in enumerate(moments, start=1)}
    scenes: dict[int, Scene] = {}
    with closing(read_ahead(source)) as frames:
        for frame in frames:
            try:
                survey.watch(frame)
            except (BadFrameError, NotFiniteError):
                continue
            if frame.stamp_ns in wanted:
                moment, rank = wanted.pop(frame.stamp_ns)
                scenes[rank] = _scene(explainer, frame, moment, rank, methods, layers)
            progress(1)
    return Findings(
        tuple(scenes[rank] for rank in sorted(scenes)),
        _filters(pilot, survey),
    )


def _scene(
    explainer: Explainer,
    frame: Frame,
    moment: WorstMoment,
    rank: int,
    methods: Sequence[str],
    layers: Sequence[str],
) -> Scene:
    """Ask everything about one frame."""
    pilot = explainer.pilot
    why = ask_why(pilot, frame)
    before, after = draw_panels(why, pilot.profile.input.color, least_width=PICTURE_WIDTH)
    looks: list[Look] = []
    refused: dict[str, str] = {}
    for name in methods:
        try:
            found = explainer.explain(frame, name)
        except (MissingDependencyError, NotFiniteError, UnsupportedError) as error:
            refused[name] = str(error)
            continue
        image = paint_explanation(frame.image, found, least_width=PICTURE_WIDTH)
        looks.append(Look(name, image, _notes(explainer, found)))
    activations = pilot.forward(frame, layers).activations
    return Scene(
        moment=moment,
        rank=rank,
        decided=(why.before.in_words(why.left_before), why.after.in_words(why.left_after)),
        sentence=why.sentence,
        boxes=len(why.boxes),
        before=before,
        after=after,
        methods=tuple(looks),
        refused=refused,
        grids=tuple(Look(layer, draw_grid(activations[layer], _GRID)) for layer in layers),
    )


def _notes(explainer: Explainer, found: Explanation) -> tuple[str, ...]:
    """Return the question that a method answers, and what it says of this answer."""
    return (explainer.method(found.method).question, *found.notes)


def _filters(pilot: Pilot, survey: FilterSurvey) -> Filters:
    """Judge the filters."""
    proof = prove(pilot)
    verdicts = survey.verdicts(proof.dead)
    charts = {
        name: draw_filters(
            name, verdict, survey.timelines[name].means, survey.timelines[name].seconds
        )
        for name, verdict in verdicts.items()
    }
    return Filters(verdicts=verdicts, charts=charts, no_proof=proof.note(survey.layers))
