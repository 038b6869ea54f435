# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a survey of trust found: as data, as tables and as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuremap_ros.judging.race_pictures import RacePicture
from featuremap_ros.judging.trust import DECIDED, TrustSurvey
from featuremap_ros.judging.weights_report import WEIGHTS_HEAD, weights_row
from featuremap_ros.streams.skipped import told
from featuremap_ros.trust.bootstrap import FEWEST
from featuremap_ros.trust.trust_chart import draw_curves, draw_trust, Line, Score
from featuremap_ros.version import __version__
from featuremap_ros.vision.frame import Image

TOO_FEW = 'too few frames'
"""Said in place of an interval."""
_TEXTS = ('map', 'baseline', 'verdict')


def trust_data(survey: TrustSurvey, pictures: Mapping[str, RacePicture]) -> dict[str, Any]:
    """Return everything as plain data.

    Args:
        survey: What was found.
        pictures: The frames of the race that served as baselines.
    """
    pilot = survey.explainer.pilot
    return {
        'featuremap_ros': __version__,
        'model': pilot.network.origin,
        'profile': pilot.profile.name,
        'target': survey.target,
        'unit': _unit(survey),
        'frames': survey.frames,
        'baselines': {
            name: {'stamp_ns': pictures[name].stamp_ns, 'steering': pictures[name].steering}
            if name in pictures
            else {}
            for name in survey.baselines
        },
        'subjects': {
            subject.name: {
                'method': subject.method,
                'layer': subject.layer,
                **tally.to_json(),
                'weights': survey.weights and survey.weights.tallies[subject].to_json(),
            }
            for subject, tally in survey.tallies.items()
        },
        'layers_with_weights': survey.weights and list(survey.weights.layers),
        'camera_flicker': survey.camera_flicker.to_json(),
        'change_from_frame_to_frame': survey.steering_change.to_json(),
        'mirror': survey.mirror.to_json(),
    }


def text_of(data: Mapping[str, Any]) -> str:
    """Return tables for people.

    Args:
        data: From ``trust_data``, with ``skipped``, ``frames_skipped`` and ``seconds_per_frame``.
    """
    alive = {name: one for name, one in data['subjects'].items() if not one['refused']}
    counted = f'{data["frames"]} frames, {data["frames_skipped"]} skipped'
    lines = [f'{counted}, {data["seconds_per_frame"]:.2f} s each; target {data["target"]}']
    lines += [f'  skipped: {reason}' for reason in told(data['skipped'])]
    for name, one in data['subjects'].items():
        if one['refused']:
            lines.append(f'{name} left out: {one["refused"]}')
        elif one['faults']:
            reasons = ' '.join(sorted({fault['reason'] for fault in one['faults']}))
            lines.append(f'{name} failed on {len(one["faults"])} frames: {reasons}')
    best = 'in probability' if data['unit'] == 'probability' else '1 finds the whole difference'
    lines += [
        '',
        f'trust: score above that of random orders (0 is chance, {best});',
        f'an interval needs {FEWEST} frames on which it is defined',
    ]
    lines += _table(
        ('map', 'baseline', 'frames', 'undefined', 'score', 'chance', 'trust', '95 % interval'),
        [_trust_row(name, b, t) for name, one in alive.items() for b, t in _by_baseline(one)],
    )
    lines += ['', f'shift: mean change of {data["unit"]} when parts of the picture move sideways']
    lines += _table(
        ('map', 'frames', 'undefined', 'area', 'salient', 'rest', 'all'),
        [_shift_row(name, one['shift']) for name, one in alive.items()],
    )
    lines += ['', _camera_line(data)]
    lines += _table(
        ('map', 'pairs', 'undefined', 'flicker', 'ms per map'),
        [_flicker_row(name, one) for name, one in alive.items()],
    )
    if data['layers_with_weights'] is not None:
        lines += _weights_lines(alive, data['layers_with_weights'])
    if data['mirror']['mean'] is not None:
        bias = f'{data["mirror"]["mean"]:+.3f}'
        if data['mirror']['interval'] is not None:
            low, high = data['mirror']['interval']
            bias += f' ({low:+.3f} to {high:+.3f})'
        lines += ['', f'mirror: a picture and its mirror image steer {bias} together; + is left']
    return '\n'.join(lines)


def trust_chart(survey: TrustSurvey) -> Image:
    """Draw the trust of all subjects, RGB, uint8 (H, W, 3)."""
    rows: dict[str, dict[str, Score]] = {}
    for subject in survey.alive():
        tallies = survey.tallies[subject].faithfulness
        scores = {name: (t.trust.mean, t.trust.interval) for name, t in tallies.items()}
        rows[subject.name] = {
            name: Score(mean, interval)
            for name, (mean, interval) in scores.items()
            if mean is not None
        }
    return draw_trust(rows, survey.baselines)


def curve_charts(survey: TrustSurvey) -> dict[str, Image]:
    """Draw mean curves, by baseline; those that were undefined throughout are left out."""
    charts = {}
    for baseline in survey.baselines:
        tallies = {s.name: survey.tallies[s].faithfulness[baseline] for s in survey.alive()}
        lines = [
            Line(name, tally.curves.deletion, tally.curves.insertion)
            for name, tally in tallies.items()
            if tally.trust.values
        ]
        if lines:
            chance = tallies[lines[0].name].chance_curves
            random = Line('random orders', chance.deletion, chance.insertion)
            probability = _unit(survey) == 'probability'
            charts[baseline] = draw_curves(baseline, lines, random, probability=probability)
    return charts


def _unit(survey: TrustSurvey) -> str:
    if survey.target == DECIDED:
        return 'probability'
    return survey.explainer.target(survey.target).unit


def _by_baseline(subject: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(subject['faithfulness'].items())


def _trust_row(name: str, baseline: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    trust = found['trust']
    cells = (name, baseline, str(trust['frames']), str(trust['undefined']))
    if trust['mean'] is None:
        return (*cells, '-', '-', 'undefined', '-')
    figures = (found['score'], found['chance'], trust['mean'])
    between = TOO_FEW
    if trust['interval'] is not None:
        low, high = trust['interval']
        between = f'{low:.2f} to {high:.2f}'
    return (*cells, *(f'{figure:.2f}' for figure in figures), between)


def _shift_row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    cells = (name, str(found['frames']), str(found['undefined']))
    if found['area'] is None:
        return (*cells, '-', '-', '-', '-')
    return (
        *cells,
        f'{100 * found["area"]:.0f} %',
        *(f'{found[part]:.3f}' for part in ('salient', 'rest', 'everything')),
    )


def _flicker_row(name: str, subject: Mapping[str, Any]) -> tuple[str, ...]:
    found, seconds = subject['flicker'], subject['seconds_per_map']
    mean = '-' if found['mean'] is None else f'{found["mean"]:.3f}'
    cost = '-' if seconds is None else f'{1000 * seconds:.1f}'
    return (name, str(found['frames']), str(found['undefined']), mean, cost)


def _camera_line(data: Mapping[str, Any]) -> str:
    text = 'flicker: 1 - correlation of neighbouring maps'
    camera, change = data['camera_flicker']['mean'], data['change_from_frame_to_frame']['mean']
    if camera is not None and change is not None:
        text += f'; of the pictures it is {camera:.3f}, and {data["unit"]} changes by {change:.3f}'
    return text


def _weights_lines(subjects: Mapping[str, Any], layers: Sequence[str]) -> list[str]:
    """Return the table of shuffled weights, and what must be said beside it."""
    found = {name: one['weights'] for name, one in subjects.items()}
    lines = [
        '',
        f'left of the map when the weights of all {len(layers)} layers are shuffled: rank',
        'correlation of its strength, 1 is the same map; signed: with its sides; two shuffled:',
        'of each other, what the picture and the build of the network make alike',
    ]
    lines += _table(WEIGHTS_HEAD, [weights_row(name, one) for name, one in found.items()])
    for name, one in found.items():
        if one['refused']:
            lines.append(f'  {name}: {one["refused"]}')
        elif one['blind_to']:
            blind = ', '.join(reversed(one['blind_to']))
            lines.append(f'  {name} looks at no output, so nothing of it can depend on {blind}')
    return lines


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines of a table, words to the left and numbers to the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return [
        '  '
        + '  '.join(
            cell.ljust(width) if name in _TEXTS else cell.rjust(width)
            for name, cell, width in zip(head, row, widths, strict=True)
        ).rstrip()
        for row in (head, *rows)
    ]
