# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The worst moments as HTML: a line each, and a card each."""

from __future__ import annotations

from collections.abc import Sequence

from featuremap_ros.report.looking import Findings, Look, Scene
from featuremap_ros.report.markup import breakable, details, figure, picture, text
from featuremap_ros.report.recording import Recording
from featuremap_ros.report.wording import moment_in_words
from featuremap_ros.why.moments import WorstMoment

_GRID_WIDTH = 960


def overview(recording: Recording, worst: Sequence[WorstMoment], findings: Findings | None) -> str:
    """Return a line for each of the worst moments."""
    explained = {scene.moment.stamp_ns for scene in findings.scenes} if findings else set()
    lines = []
    for rank, moment in enumerate(worst, start=1):
        said = moment_in_words(moment, recording.decisions, recording.degrees)
        why = f' <a href="#moment-{rank}">why</a>' if moment.stamp_ns in explained else ''
        button = _seek(recording.at(moment.stamp_ns), rank)
        lines.append(f'<li>{button}<span>{text(said)}{why}</span></li>')
    return f'<ol class="overview">{"".join(lines)}</ol>'


def cards(recording: Recording, scenes: tuple[Scene, ...]) -> str:
    """Return the worst moments, each with its reason."""
    drawn = [_card(recording, scene) for scene in scenes]
    return (
        '<p class="note">Moments that were asked for; then those where pilot and driver disagree '
        'most, where the steering jumps, or where the network is in doubt. Each answer was '
        'verified by asking the network again.</p>\n' + '\n'.join(drawn)
    )


def _card(recording: Recording, scene: Scene) -> str:
    rank, boxes = scene.rank, 'box' if scene.boxes == 1 else 'boxes'
    at = recording.at(scene.moment.stamp_ns)
    said = moment_in_words(scene.moment, recording.decisions, recording.degrees)
    pair = figure(
        picture(scene.before, f'The frame at {at:.2f} s'),
        f'What the camera saw: {text(scene.decided[0])}',
    )
    pair += figure(
        picture(scene.after, f'The frame at {at:.2f} s with the {boxes} hidden'),
        f'With the {boxes} hidden: {text(scene.decided[1])}',
    )
    parts = [
        f'<article class="moment" id="moment-{rank}">',
        f'<header>{_seek(at, rank)}<span>{text(said)}</span></header>',
        f'<p class="sentence">{text(scene.sentence)}</p>',
        f'<div class="pair">{pair}</div>',
    ]
    if scene.methods:
        count = len(scene.methods)
        title = f'{count} method{"s" * (count > 1)} on this frame'
        parts.append(details(title, _gallery(scene.methods) + _refused(scene), opened=rank == 1))
    if scene.grids:
        title = f'All channels of {", ".join(look.name for look in scene.grids)}'
        parts.append(details(title, _grids(scene.grids)))
    return '\n'.join([*parts, '</article>'])


def _gallery(looks: tuple[Look, ...]) -> str:
    figures = [
        figure(
            picture(look.image, f'{look.name} on this frame'),
            f'<strong>{breakable(look.name)}</strong> {text(" ".join(look.notes))}',
        )
        for look in looks
    ]
    return f'<div class="gallery">{"".join(figures)}</div>'


def _refused(scene: Scene) -> str:
    reasons: dict[str, list[str]] = {}
    for name, reason in scene.refused.items():
        reasons.setdefault(reason, []).append(name)
    return ''.join(
        f'<p class="note">Left out: {text(", ".join(names))}. {text(reason)}</p>'
        for reason, names in reasons.items()
    )


def _grids(looks: tuple[Look, ...]) -> str:
    figures = [
        figure(
            picture(look.image, f'All channels of {look.name}', width=_GRID_WIDTH),
            f'<strong>{text(look.name)}</strong> channels by number, all on one scale: dark is '
            'the smallest activation, bright the largest.',
        )
        for look in looks
    ]
    return f'<div class="pair">{"".join(figures)}</div>'


def _seek(at: float, rank: int) -> str:
    """Return the rank of a moment and the button that takes the video to it."""
    return (
        f'<span class="rank">{rank}</span>'
        f'<button type="button" class="seek" data-at="{at:.6f}" data-rank="{rank}">'
        f'&#9654; {at:.2f} s</button>'
    )
