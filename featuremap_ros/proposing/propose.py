# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Propose a profile: what the model's file says, what the race shows, what nobody can know."""

from __future__ import annotations

from collections.abc import Callable

from featuremap_ros.errors import SourceError
from featuremap_ros.judging.colour_probe import probe_colours, say
from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.proposing.by_driver import decide_by_driver
from featuremap_ros.proposing.by_response import DEAF, responses
from featuremap_ros.proposing.candidates import COLOURS, crops, heads_of, SCALES
from featuremap_ros.proposing.course import Course
from featuremap_ros.proposing.entry import ProposedEntry
from featuremap_ros.proposing.from_model import proposal_from_model
from featuremap_ros.proposing.heads import choose_heads
from featuremap_ros.proposing.proposal import Proposal
from featuremap_ros.proposing.search import Choices, search
from featuremap_ros.proposing.trial import Trial
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.source import Source
from featuremap_ros.trust.colour_order import Verdict

FRAMES = 200
_RESPONSES = 20
_ORDER = (
    *(f'input.{name}' for name in ('size', 'camera', 'color', 'crop', 'interpolation')),
    *('input.smoothing', 'input.normalisation', 'heads.steering', 'heads.throttle'),
    *('max_steering_angle', 'extra_inputs'),
)


def propose(
    engine: Engine,
    source: Source,
    *,
    track: DriverTrack | None = None,
    limit: float | None = None,
    base: PilotProfile | None = None,
    count: int = FRAMES,
    progress: Callable[[int], None] = lambda _: None,
) -> Proposal:
    """Propose a profile for a model and a race.

    Args:
        engine: The model.
        source: The race.
        track: What its driver did, if that was recorded; nearly all that can be found out comes
            from it.
        limit: Of the wheels at full steering (rad); never guessed.
        base: A profile to begin with instead of a shipped one.
        count: Frames to look at, spread over the race.
        progress: Told the number of frames done.

    Raises:
        SourceError: No frame of the race can be decoded.
        UnsupportedError: The model does not take a picture.
    """
    first = next(iter(source.sample(count)), None)
    if first is None:
        raise SourceError(f'{source.describe} has no frame that can be decoded.')
    height, width = first.image.shape[:2]
    proposal = proposal_from_model(engine, (width, height), base)
    trial = Trial(engine, [proposal.input])
    for frame in source.sample(_RESPONSES):
        trial.feed(frame.image)
    heads = heads_of(engine.network, trial.outputs(proposal.input))
    choose_heads(proposal, heads)
    proposal.frames = trial.count
    if not (track and _compare(proposal, engine, source, track, limit, count, progress)):
        _without_driver(proposal, engine, source, count)
    proposal.max_steering_angle = limit
    reason = 'as you said' if limit else 'no picture shows it: measure your car'
    proposal.decide(ProposedEntry('max_steering_angle', limit, limit is not None, reason))
    proposal.decisions.sort(key=lambda decision: _place(decision.entry))
    return proposal


def _place(entry: str) -> int:
    """Return where an entry stands in a profile."""
    return next(
        n for n, name in enumerate(_ORDER) if entry == name or entry.startswith(f'{name}.')
    )


def _compare(
    proposal: Proposal,
    engine: Engine,
    source: Source,
    track: DriverTrack,
    limit: float | None,
    count: int,
    progress: Callable[[int], None],
) -> bool:
    """Decide what the driver can decide; return whether the network drives like the driver."""
    known = [proposal.input.crop]
    choices = Choices(
        crops=crops(proposal.camera, proposal.input.size, known),
        colours=COLOURS if proposal.input.channels == 3 else ('gray',),
        scales=SCALES
        if not _is_decided(proposal, 'input.normalisation')
        else (proposal.input.normalisation,),
    )
    course = Course(engine, source, track, limit, progress)
    found = search(course, start=proposal.input, choices=choices, count=count)
    if found is None:
        proposal.notes.append(
            f'The driver ({track.topic}) never moves the wheel on the frames that were looked '
            'at, which therefore decide nothing.'
        )
        return False
    proposal.frames = len(found.fit.errors)
    if not found.follows and found.near:
        proposal.notes.append(
            f'The {proposal.frames} frames that were looked at are too few to be sure that the '
            f'network drives like the driver ({track.topic}), who therefore decides nothing.'
        )
        return False
    if not found.follows:
        proposal.notes.append(
            f'The network does not drive like the driver ({track.topic}) however it is fed: at '
            f'best {found.fit.error:.3f} of {found.driver.unit_in_words} away, and a car that '
            f'always steers the same is {float(found.idle.mean()):.3f} away. The driver decides '
            'nothing: is it the right model for this race?'
        )
        return False
    decide_by_driver(proposal, found, track, limit)
    return True


def _without_driver(proposal: Proposal, engine: Engine, source: Source, count: int) -> None:
    """Decide what the network alone gives away, which is little."""
    if not _is_decided(proposal, 'input.normalisation'):
        _scale_by_response(proposal, engine, source)
    if proposal.input.color in ('rgb', 'bgr') and 'steering' in proposal.heads:
        pilot = Pilot(engine, proposal.profile('proposal'))
        order = probe_colours(pilot, source.sample(count), count=count)
        decided = order.verdict is not Verdict.UNDECIDED
        colour = proposal.input.color
        if order.verdict is Verdict.SWAPPED:
            colour = 'bgr' if colour == 'rgb' else 'rgb'
        before = proposal.decision('input.color')
        if decided:
            evidence = order.evidence[0]
            sure = (evidence.as_is, evidence.swapped)
            reason = f'more confident than with red and blue swapped: {max(sure):.3f} against '
            reason += f'{min(sure):.3f} on {evidence.frames} frames'
        else:
            reason = f'{before.reason}; both orders of red and blue were tried: '
            reason += say(order).removeprefix('colours: ')
        proposal.feed(color=colour)
        proposal.decide(ProposedEntry('input.color', colour, decided, reason))


def _scale_by_response(proposal: Proposal, engine: Engine, source: Source) -> None:
    """Keep the only scale at which the network reacts to pictures, if there is one."""
    moved = responses(
        engine,
        (frame.image for frame in source.sample(_RESPONSES)),
        spec=proposal.input,
        scales=SCALES,
        head=proposal.heads['steering'],
    )
    alive = [scale for scale, reach in moved.items() if reach >= DEAF]
    before = proposal.decision('input.normalisation')
    if len(alive) == 1:
        scale, decided = alive[0], True
        reason = 'at every other scale it steers the same whatever it sees'
    else:
        scale, decided, reason = before.value, False, before.reason
        deaf = [name for name in moved if name not in alive]
        if deaf and alive:
            reason += f'; it reacts to pictures at {", ".join(alive)}, not at {", ".join(deaf)}'
            scale = scale if scale in alive else alive[0]
        elif moved:
            reason += '; its reaction to pictures does not tell them apart'
    proposal.feed(normalisation=scale)
    proposal.decide(ProposedEntry('input.normalisation', scale, decided, reason))


def _is_decided(proposal: Proposal, entry: str) -> bool:
    return proposal.decision(entry).decided
