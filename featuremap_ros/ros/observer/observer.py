# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is too expensive for the thread that drives: maps, judgements, explanations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from featuremap_ros.errors import (
    FeatureMapError,
    MissingDependencyError,
    SinkError,
    UnsupportedError,
)
from featuremap_ros.explaining.folder import everything, write_explanations
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.judging.filters import filtering_layers, FilterSurvey
from featuremap_ros.judging.one_map import contest_of, faithfulness_of
from featuremap_ros.judging.reach import Proof, prove
from featuremap_ros.judging.trust_tally import Mean
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Drive, Pipeline
from featuremap_ros.ros.loader import load_profiled
from featuremap_ros.ros.observer.messages import (
    AskWhy,
    Done,
    Explain,
    Judgement,
    Keep,
    KeptAll,
    Look,
    Looked,
    Reply,
    Request,
    Setup,
)
from featuremap_ros.ros.settings import PilotSource
from featuremap_ros.streams.bag_sink import BagSink
from featuremap_ros.streams.write import write_json, write_png
from featuremap_ros.trust.faithfulness import Contest
from featuremap_ros.trust.flicker import flicker
from featuremap_ros.view import View
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.why.as_data import why_as_data
from featuremap_ros.why.ask import ask_why
from featuremap_ros.why.picture import draw_why

BASELINES = ('blur', 'mean')
"""What hides pixels when maps are judged; one alone can favour a method that uses it."""

CAMERA = '/camera/image_raw'
RECORDING = 'frames.mcap'


@dataclass(slots=True)
class _Tally:
    """What is known of one view."""

    trust: dict[str, Mean] = field(default_factory=lambda: {name: Mean() for name in BASELINES})
    newest: Judgement | None = None


class Observer:
    """Answers one request after the other, with a pilot of its own."""

    def __init__(self) -> None:
        """Know nothing yet: the first request must be a ``Setup``."""
        self._source: PilotSource | None = None
        self._pilot: Pilot | None = None
        self._pipeline: Pipeline | None = None
        self._filters: FilterSurvey | None = None
        self._proof = Proof({}, {})
        self._tallies: dict[str, _Tally] = {}
        self._recording: BagSink | None = None

    def answer(self, request: Request) -> Reply:
        """Do what is asked for.

        Args:
            request: See ``messages``.

        Raises:
            FeatureMapError: It cannot be done.
        """
        if isinstance(request, Setup):
            return self._set_up(request)
        if isinstance(request, Look):
            return self._look(request)
        if isinstance(request, Explain):
            return self._explain(request)
        if isinstance(request, AskWhy):
            return self._why(request)
        if isinstance(request, Keep):
            return self._keep(request)
        return self._close_recording(request)

    def _set_up(self, setup: Setup) -> Done:
        """Load the pilot, unless it is the same, and prepare the views."""
        if self._pilot is None or setup.source != self._source:
            self._pilot = load_profiled(setup.source, setup.max_steering_angle, threads=1)
            self._source, self._filters, self._tallies = setup.source, None, {}
            self._proof = prove(self._pilot)
        pipeline = Pipeline(self._pilot, setup.views)
        # A view that is shown otherwise is believed as before.
        self._tallies = {token: self._tallies.get(token, _Tally()) for token in pipeline.views}
        watched = dict.fromkeys((*filtering_layers(self._pilot.network), *setup.layers))
        if self._filters is None or self._filters.layers != tuple(watched):
            self._filters = FilterSurvey(self._pilot, tuple(watched))
        self._pipeline = pipeline
        return Done()

    def _ready(self) -> tuple[Pipeline, FilterSurvey]:
        """Return the pipeline, and the survey of the filters."""
        if self._pipeline is None or self._filters is None:
            msg = 'The observer was asked before it was set up.'
            raise UnsupportedError(msg)
        return self._pipeline, self._filters

    def _look(self, look: Look) -> Looked:
        """Paint what is wanted, judge what is to be judged, watch the filters."""
        pipeline, survey = self._ready()
        drive = pipeline.drive(look.frame, (*look.wanted, *look.judged))
        overlays, refused = {}, {}
        maps: dict[str, RawMap] = {}
        for token in look.wanted:
            try:
                maps[token] = pipeline.raw(drive, token)
            except (UnsupportedError, MissingDependencyError) as error:
                refused[token] = str(error)
                continue
            newest = self._tallies[token].newest
            remark = newest.remark if newest and look.remarks else ''
            overlays[token] = pipeline.paint(drive, token, remark=remark)
        verdicts = {}
        if look.filters:
            survey.watch(look.frame)
            verdicts = survey.verdicts(self._proof.dead)
        return Looked(
            overlays=overlays,
            maps=maps,
            refused=refused,
            judgements=self._judge(look, drive),
            filters=verdicts,
        )

    def _judge(self, look: Look, drive: Drive) -> Mapping[str, Judgement]:
        """Judge maps of a frame, one contest for all views of the same target."""
        pipeline, _ = self._ready()
        before = None
        if look.before is not None and look.judged:
            before = pipeline.drive(look.before, look.judged)
        contests: dict[tuple[str, str], Contest] = {}
        return {
            token: self._judged(pipeline.views[token], drive, before, contests)
            for token in look.judged
        }

    def _judged(
        self,
        view: View,
        drive: Drive,
        before: Drive | None,
        contests: dict[tuple[str, str], Contest],
    ) -> Judgement:
        """Judge one map."""
        pipeline, _ = self._ready()
        explainer, tally = pipeline.explainer, self._tallies[view.token]
        target = explainer.target(view.target if view.about.headed else 'steering')
        try:
            raw = pipeline.raw(drive, view.token)
            earlier = None if before is None else pipeline.raw(before, view.token)
        except FeatureMapError as error:
            return Judgement(name=view.name, refused=str(error))
        moment = Moment(pipeline.pilot, drive.frame, target, drive.forward, explainer.gradients)
        trust: dict[str, float | None] = {}
        for baseline, mean in tally.trust.items():
            key = (target.name, baseline)
            if key not in contests:
                contests[key] = contest_of(moment, moment.hidden(baseline))
            contest = contests[key]
            found = faithfulness_of(raw, contest)
            trust[baseline] = None if found is None else found.trust
            mean.add(trust[baseline], contest.weight)
        changes: dict[str, Any] = {}
        if earlier is not None and before is not None:
            now, then = drive.forward, before.forward
            changes = {
                'flicker': flicker(earlier.values, raw.values),
                'camera_flicker': flicker(then.model_input.pixels, now.model_input.pixels),
                'steering_change': abs(
                    target.value(now.steering.heads) - target.value(then.steering.heads)
                ),
            }
        tally.newest = Judgement(
            name=view.name,
            trust=trust,
            mean={name: mean.mean for name, mean in tally.trust.items()},
            frames={name: len(mean.values) for name, mean in tally.trust.items()},
            undefined={name: mean.undefined for name, mean in tally.trust.items()},
            **changes,
        )
        return tally.newest

    def _explain(self, request: Explain) -> Done:
        """Write everything that can be said about a frame."""
        pipeline, _ = self._ready()
        explainer = pipeline.explainer
        folder = _made(request.folder)
        data = write_explanations(explainer, request.frame, folder, everything(explainer))
        left_out = f'; left out: {", ".join(data["refused"])}' if data['refused'] else ''
        return Done(f'{len(data["findings"])} findings in {folder}{left_out}')

    def _why(self, request: AskWhy) -> Done:
        """Write the counterfactual of a frame."""
        pipeline, _ = self._ready()
        folder = _made(request.folder)
        why = ask_why(pipeline.pilot, request.frame)
        write_png(folder / 'why.png', draw_why(why, pipeline.pilot.profile.input.color))
        write_json(folder / 'why.json', {'stamp_ns': request.frame.stamp_ns, **why_as_data(why)})
        return Done(f'{why.sentence} ({folder})')

    def _keep(self, request: Keep) -> Done:
        """Write one frame of a recording."""
        if self._recording is None:
            path = _made(request.folder) / RECORDING
            self._recording = BagSink(path, images='jpeg', quality=95)
        self._recording.write_image(CAMERA, request.frame.image, request.frame)
        self._recording.write_steering(request.frame, request.angle, throttle=request.throttle)
        return Done()

    def _close_recording(self, _: KeptAll) -> Done:
        """Close the recording."""
        if self._recording is None:
            return Done()
        recording, self._recording = self._recording, None
        recording.close()
        return Done(str(recording.path))


def _made(folder: str) -> Path:
    """Make a folder."""
    try:
        Path(folder).mkdir(parents=True)
    except OSError as error:
        msg = f'{folder} cannot be made: {error.strerror}. Set the parameter folder.'
        raise SinkError(msg) from error
    return Path(folder)
