# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure on frames of a race how far each method's maps can be believed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import time

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.errors import (
    BadFrameError,
    MissingDependencyError,
    NotFiniteError,
    ProfileError,
    UnsupportedError,
)
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.judging.one_map import contest_of, heat_of
from featuremap_ros.judging.race_pictures import percentile_of, RacePicture
from featuremap_ros.judging.subject import map_of, Subject, taps_of
from featuremap_ros.judging.trust_tally import Mean, SubjectTally
from featuremap_ros.judging.weights_test import WeightsTest
from featuremap_ros.pilot.heads import head_output
from featuremap_ros.pilot.pilot import ForwardPass
from featuremap_ros.pilot.targets import Target
from featuremap_ros.trust.flicker import flicker
from featuremap_ros.trust.mirror import mirror_residual
from featuremap_ros.trust.shift import salient_mask, shift_test
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.raw_map import RawMap

DECIDED = 'decided'
"""Target: the probability of the class that the network decides for on each frame."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One frame with its maps, in their own cells."""

    moment: Moment
    maps: Mapping[Subject, RawMap]


class TrustSurvey:
    """Judges maps of one pilot; the thread is the pilot's own.

    Attributes:
        explainer: Computes the maps.
        target: Name of the explained number.
        baselines: Names.
        tallies: By subject.
        weights: Whether the maps depend on what the network learned; ``None`` if nobody asked.
        camera_flicker: Of the network's picture from frame to frame.
        steering_change: Size of the change of the target from frame to frame.
        mirror: Mirror residuals; only of the steering.
        frames: Frames judged.
    """

    def __init__(
        self,
        explainer: Explainer,
        subjects: Sequence[Subject],
        *,
        baselines: Sequence[str],
        pictures: Mapping[str, RacePicture],
        target: str = 'steering',
        weights: WeightsTest | None = None,
    ) -> None:
        """Compute nothing yet.

        Args:
            explainer: Computes the maps.
            subjects: What is judged.
            baselines: At least two names, since one alone can favour a method that uses it.
            pictures: For the names that mean frames of the race.
            target: What the maps explain, or ``DECIDED``.
            weights: For the same subjects; it costs many maps a frame.

        Raises:
            UnknownNameError: There is no such baseline or target.
            UnsupportedError: There are less than two baselines.
            ProfileError: The target is ``DECIDED`` and the steering has no classes.
        """
        if len(set(baselines)) < 2:
            msg = f'Trust needs two baselines at least: got {", ".join(baselines) or "none"}.'
            raise UnsupportedError(msg)
        for name in baselines:
            percentile_of(name)
        self._head = explainer.pilot.profile.heads['steering']
        if target != DECIDED:
            explainer.target(target)
        elif not self._head.values:
            msg = f'Target {DECIDED!r} needs a steering of classes or bins; this is a regression.'
            raise ProfileError(msg)
        self.explainer = explainer
        self.target = target
        self.baselines = tuple(dict.fromkeys(baselines))
        self.weights = weights
        self.tallies = {subject: SubjectTally(self.baselines) for subject in subjects}
        self.camera_flicker, self.steering_change, self.mirror = Mean(), Mean(), Mean()
        self.frames = 0
        self._pictures = pictures
        self._ahead: _Seen | None = None

    def judge(self, frame: Frame, following: Frame | None = None) -> None:
        """Judge all maps of a frame.

        Args:
            frame: One of the race.
            following: The one after it, to see how much the maps flicker.

        Raises:
            BadFrameError: The picture does not fit the profile; the frame does not count.
            NotFiniteError: The network returned NaN or infinity; the frame does not count.
        """
        seen = self._ahead
        if seen is None or seen.moment.frame is not frame:
            seen = self._look(frame)
        self._measure(seen)
        if self.weights is not None:
            self.weights.judge(seen.moment, seen.maps)
        self.frames += 1
        try:
            self._ahead = None if following is None else self._look(following)
        except (BadFrameError, NotFiniteError):
            self._ahead = None
        if self._ahead is not None:
            self._compare(seen, self._ahead)

    def alive(self) -> Iterator[Subject]:
        """Yield the subjects that were not given up."""
        return (subject for subject, tally in self.tallies.items() if not tally.refused)

    def _look(self, frame: Frame) -> _Seen:
        """Compute the maps of a frame."""
        explainer, alive = self.explainer, list(self.alive())
        forward = explainer.pilot.forward(frame, taps_of(explainer, alive))
        target = self._target(forward)
        moment = Moment(explainer.pilot, frame, target, forward, explainer.gradients)
        maps: dict[Subject, RawMap] = {}
        for subject in alive:
            tally = self.tallies[subject]
            began = time.perf_counter()
            try:
                found = map_of(explainer, subject, moment)
            except (UnsupportedError, MissingDependencyError) as error:
                tally.refused = str(error)
                continue
            except NotFiniteError as error:
                tally.faults[frame.stamp_ns] = str(error)
                continue
            tally.seconds.append(time.perf_counter() - began)
            maps[subject] = found
        return _Seen(moment, maps)

    def _measure(self, seen: _Seen) -> None:
        """Judge all maps of a frame."""
        moment = seen.moment
        contests = {
            name: contest_of(moment, self._hidden(moment, name)) for name in self.baselines
        }
        for subject, raw in seen.maps.items():
            tally = self.tallies[subject]
            heat = heat_of(raw, moment.pixels.shape[:2])
            for name, contest in contests.items():
                found = contest.measure(heat, signed=raw.signed)
                tally.faithfulness[name].add(found, contest.weight)
            mask = salient_mask(heat, signed=raw.signed)
            tally.shift.add(
                None if mask is None else shift_test(mask, moment.pixels, moment.score)
            )
        if self.target == 'steering':
            self.mirror.add(mirror_residual(moment.pixels, moment.score))

    def _target(self, forward: ForwardPass) -> Target:
        if self.target != DECIDED:
            return self.explainer.target(self.target)
        outputs = forward.steering.heads
        decided = int(head_output(self._head, outputs).argmax())
        name = self._head.output
        output = list(outputs)[name] if isinstance(name, int) else name
        return self.explainer.target(f'{output}:{decided}')

    def _hidden(self, moment: Moment, name: str) -> Pixels:
        picture = self._pictures.get(name)
        return moment.hidden(name) if picture is None else picture.pixels

    def _compare(self, before: _Seen, now: _Seen) -> None:
        """Compare two neighbours."""
        for subject in before.maps.keys() & now.maps.keys():
            change = flicker(before.maps[subject].values, now.maps[subject].values)
            self.tallies[subject].flicker.add(change)
        self.camera_flicker.add(flicker(before.moment.pixels, now.moment.pixels))
        value = before.moment.target.value(now.moment.forward.steering.heads)
        self.steering_change.add(abs(value - before.moment.value))


def neighbours(
    frames: Iterable[Frame], stamps: Sequence[int]
) -> Iterator[tuple[Frame, Frame | None]]:
    """Yield chosen frames of a race, each with the one after it, if there is one.

    Args:
        frames: The race, in order.
        stamps: Stamps of the chosen frames (ns); the race is left after the last of them.
    """
    wanted = set(stamps)
    chosen: Frame | None = None
    for frame in frames:
        if chosen is not None:
            yield chosen, frame
            chosen = None
            if not wanted:
                return
        if frame.stamp_ns in wanted:
            wanted.remove(frame.stamp_ns)
            chosen = frame
    if chosen is not None:
        yield chosen, None
