# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The sections of the page below the video, as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from featuremap_ros.judging.trust_report import TOO_FEW
from featuremap_ros.report.looking import Filters, Findings
from featuremap_ros.report.markup import breakable, details, figure, picture, section, table, text
from featuremap_ros.report.moment_cards import cards
from featuremap_ros.report.recording import Recording
from featuremap_ros.report.trusting import Trust
from featuremap_ros.trust.bootstrap import FEWEST
from featuremap_ros.trust.filter_verdict import LayerVerdict

_CHART_WIDTH = 1100
_NOTHING = '&ndash;'


def facts(recording: Recording) -> str:
    """Return what the report is about."""
    last = recording.seconds[-1]
    count = len(recording.decisions)
    rate = f', {(count - 1) / last:.1f} per second' if last else ''
    rows = {
        'Race': recording.source,
        'Model': recording.model,
        'Profile': recording.profile,
        'Frames': f'{count} in {last:.1f} s{rate}; {recording.frames_skipped} skipped',
        'Wheels': (
            'their limit is not known (--max-steering-angle), so steering is a share of it'
            if recording.degrees is None
            else f'turn {recording.degrees:.1f}° to each side at most'
        ),
    }
    if recording.driver:
        rows['Driver'] = f'recorded on {recording.driver}'
    differences = [
        abs(decision.steering - decision.driver)
        for decision in recording.decisions
        if decision.driver is not None
    ]
    if differences and recording.degrees is not None:
        mean, most = sum(differences) / len(differences), max(differences)
        rows['Difference'] = (
            f'{mean * recording.degrees:.1f}° between pilot and driver on average, '
            f'{most * recording.degrees:.1f}° at most'
        )
    lines = ''.join(f'<dt>{text(k)}</dt><dd>{text(v)}</dd>\n' for k, v in rows.items())
    return f'<dl class="facts">\n{lines}</dl>'


def chosen(recording: Recording, findings: Findings | None) -> list[tuple[str, str, str]]:
    """Return the sections that there is something to say in: name, heading and HTML."""
    found = []
    if findings is not None and findings.scenes:
        found.append(('moments', 'The worst moments', cards(recording, findings.scenes)))
    if findings is not None and findings.trust is not None:
        found.append(('trust', 'Trust', trust(findings.trust)))
    if findings is not None:
        found.append(('filters', 'Filters', filters(findings.filters)))
    found.append(('times', 'Latency', times(recording)))
    return [(name, heading, section(name, heading, html)) for name, heading, html in found]


def warnings(recording: Recording, notes: Sequence[str]) -> str:
    """Return what is wrong with the race, and what is missing."""
    reasons = Counter(recording.skipped)
    said = [
        *recording.warnings,
        *notes,
        *(f'{n} skipped: {reason}' for reason, n in reasons.items()),
    ]
    untold = recording.frames_skipped - len(recording.skipped)
    if untold > 0:
        said.append(f'{untold} more skipped')
    return '\n'.join(f'<p class="warning">{text(line)}</p>' for line in said)


def trust(measured: Trust) -> str:
    """Return how far each method can be believed."""
    data = measured.data
    baselines = list(data['baselines'])
    rows = [
        [
            breakable(name),
            *(_trust_cell(one['faithfulness'][baseline]['trust']) for baseline in baselines),
            _figures(one['flicker']['mean']),
            _figures(one['seconds_per_map'], factor=1000, digits=1),
        ]
        for name, one in data['subjects'].items()
        if not one['refused']
    ]
    head = ['method', *(f'against {name}' for name in baselines), 'flicker', 'ms a map']
    note = (
        f'<p class="note">Measured on {data["frames"]} frames spread over the race: hide what a '
        'map calls important first, bring it back first, and see how the steering follows. 0 is '
        'what random orders of pixels reach, 1 finds the whole difference to the baseline; the '
        f'interval holds the mean with 95 % confidence; of fewer than {FEWEST} frames there is '
        'none. p5 and p95 are frames of the race that '
        'steer hard to one side. Flicker is how much a map changes from frame to frame: 0 is '
        f'nothing; the picture itself has {_figures(data["camera_flicker"]["mean"])}.</p>'
    )
    chart = figure(
        picture(measured.chart, 'Trust of every method', width=_CHART_WIDTH, exact=True),
        'Trust of every method against every baseline',
    )
    shown = details('The same as a chart', chart)
    return note + table(head, rows, numbers=set(range(1, len(head)))) + shown


def _trust_cell(found: Mapping[str, Any]) -> str:
    """Return a mean and its interval, as far as there are frames enough."""
    if found['mean'] is None:
        return 'undefined'
    mean = _figures(found['mean'])
    if found['interval'] is None:
        return f'{mean}<br><small>{TOO_FEW}</small>'
    low, high = found['interval']
    return f'{mean}<br><small>{_figures(low)} to {_figures(high)}</small>'


def _figures(value: float | None, *, factor: float = 1.0, digits: int = 2) -> str:
    """Return a number; one that rounds to zero has no sign."""
    return _NOTHING if value is None else f'{round(factor * value, digits) + 0.0:.{digits}f}'


def filters(found: Filters) -> str:
    """Return the health of every layer's filters."""
    rows = []
    for name, verdict in found.verdicts.items():
        level = verdict.level.value
        rows.append(
            [
                text(name),
                f'<span class="level {level}">{level}</span>',
                str(len(verdict.filters)),
                text(verdict.message),
                text(_by_remark(verdict)) or _NOTHING,
            ]
        )
    head = ('layer', 'health', 'filters', 'finding', 'by filter')
    charts = ''.join(
        figure(
            picture(chart, f'Filters of {name} over time', width=_CHART_WIDTH, exact=True),
            f'<strong>{text(name)}</strong> how active each filter was when',
        )
        for name, chart in found.charts.items()
    )
    note = (
        '<p class="note">OK: every filter works. WARN: some are dead or hardly active. ERROR: a '
        'whole layer is dead. STALE: the race is too short to tell a dead filter from one that '
        'had nothing to see.</p>'
    )
    proof = f'<p class="note">{text(found.no_proof)}</p>' if found.no_proof else ''
    shown = details('Every filter over the race', f'<div class="gallery charts">{charts}</div>')
    return table(head, rows, numbers={2}) + note + proof + shown


def _by_remark(verdict: LayerVerdict) -> str:
    """Say which filters stand out: ``'silent so far: 1, 3; saturated: 7'``."""
    found: dict[str, list[str]] = {}
    for one in verdict.filters:
        for remark in one.remarks:
            found.setdefault(remark, []).append(str(one.index))
    return '; '.join(f'{remark}: {", ".join(which)}' for remark, which in found.items())


def times(recording: Recording) -> str:
    """Return how long each stage took."""
    head = ['stage', 'median ms', '95th percentile ms']
    rows = [
        [text(stage), _figures(median), _figures(p95)]
        for stage, (median, p95) in recording.stages.items()
    ]
    note = (
        '<p class="note">Of each frame, measured while the race was driven for these videos; '
        'decoding and writing go on beside it.</p>'
    )
    return table(head, rows, numbers={1, 2}) + note
