# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole page: template, style, script, data and videos in one file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
import re
from typing import Any

import av

from featuremap_ros.report import sections
from featuremap_ros.report.looking import Findings
from featuremap_ros.report.markup import color_bar, script_data, text
from featuremap_ros.report.moment_cards import overview
from featuremap_ros.report.recording import Clip, Recording
from featuremap_ros.report.shrinking import shrink_to
from featuremap_ros.report.wording import moment_in_words
from featuremap_ros.streams.write import as_utf8, write_text
from featuremap_ros.version import __version__
from featuremap_ros.why.moments import WorstMoment

LIMIT = 50_000_000
"""Largest size of a page (bytes)."""

_SCRIPTS = ('player.js', 'chart.js', 'page.js')
_APART = 0.1
_LEAST_REACH_DEGREES = 5.0
_LEAST_REACH_SHARE = 0.2


def write_page(
    path: Path,
    recording: Recording,
    moments: Sequence[WorstMoment],
    findings: Findings | None = None,
    *,
    notes: Sequence[str] = (),
    limit: int = LIMIT,
) -> int:
    """Write the report.

    Args:
        path: Where; an existing file is replaced.
        recording: The driven race.
        moments: The worst ones, worst first; marked in the chart.
        findings: Of a closer look.
        notes: What is missing, and how to get it.
        limit: Largest size of the file (bytes).

    Returns:
        Its size (bytes).

    Raises:
        SinkError: The race is too long for one page, or the file cannot be written.
    """
    parts = _parts(recording, moments, findings, notes)
    # Four letters hold three bytes.
    room = (limit - len(as_utf8(_fill(parts)))) * 3 // 4 - 1000
    clips = shrink_to(room, [clip.path for clip in recording.clips])
    parts['clips'] = '\n'.join(
        f'<script type="text/plain" id="clip-{number}">{b64encode(clip).decode()}</script>'
        for number, clip in enumerate(clips)
    )
    write_text(path, _fill(parts))
    return path.stat().st_size


def _parts(
    recording: Recording,
    moments: Sequence[WorstMoment],
    findings: Findings | None,
    notes: Sequence[str],
) -> dict[str, str]:
    """Return everything but the clips, by its name in the template."""
    style = _read('style.css')
    script = "'use strict';\n" + '\n'.join(_read(name) for name in _SCRIPTS)
    chosen = sections.chosen(recording, findings)
    contents = {'race': 'The race', **{name: heading for name, heading, _ in chosen}}
    return {
        'policy': _policy(style, script),
        'version': text(__version__),
        'style': style,
        'script': script,
        'title': text(recording.title),
        'facts': sections.facts(recording),
        'warnings': sections.warnings(recording, notes),
        'contents': ''.join(f'<a href="#{name}">{text(h)}</a>' for name, h in contents.items()),
        'unit': _unit(recording),
        'overview': overview(recording, moments, findings),
        'sections': '\n'.join(html for _, _, html in chosen),
        'data': script_data(_data(recording, moments)),
        'clips': '',
        'footer': f'Made by featuremap_ros {text(__version__)}. Works offline: this file asks '
        'nobody for anything.',
    }


def _data(recording: Recording, moments: Sequence[WorstMoment]) -> dict[str, Any]:
    """Return what the script draws."""
    degrees = recording.degrees
    unit, digits = (1.0, 2) if degrees is None else (degrees, 1)

    def number(value: float | None) -> float | None:
        return None if value is None else round(value * unit, digits + 1)

    return {
        'times': [round(seconds, 4) for seconds in recording.seconds],
        'pilot': [number(decision.steering) for decision in recording.decisions],
        'driver': [number(decision.driver) for decision in recording.decisions],
        'confidence': [
            None if decision.confidence is None else round(decision.confidence, 3)
            for decision in recording.decisions
        ],
        'marks': [
            {
                'rank': rank,
                'at': round(recording.at(moment.stamp_ns), 4),
                'reason': moment_in_words(moment, recording.decisions, degrees),
            }
            for rank, moment in enumerate(moments, start=1)
        ],
        'clips': [_about(clip) for clip in recording.clips],
        'unit': _unit(recording),
        'sign': '' if degrees is None else '°',
        'digits': digits,
        'apart': round(_APART * unit, digits + 1),
        'least': _LEAST_REACH_SHARE if degrees is None else _LEAST_REACH_DEGREES,
    }


def _unit(recording: Recording) -> str:
    """Return the unit of steering in the chart."""
    return 'shares of the full steering' if recording.degrees is None else 'degrees'


def _about(clip: Clip) -> dict[str, Any]:
    """Return what the page says of a clip."""
    with av.open(str(clip.path)) as video:
        width, height = video.streams.video[0].width, video.streams.video[0].height
    about: dict[str, Any] = {
        'name': clip.name,
        'about': clip.about,
        'width': width,
        'height': height,
    }
    if clip.colormap and clip.range:
        low, high = clip.range
        about |= {
            'colormap': clip.colormap,
            'bar': color_bar(clip.colormap),
            'low': f'{low:.3g}',
            'high': f'{high:.3g} activation',
        }
    return about


def _policy(style: str, script: str) -> str:
    """Return what the browser may do for this page: nothing that leaves it."""

    def digest(content: str) -> str:
        return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; img-src data:; media-src blob:; style-src {digest(style)}; "
        f'script-src {digest(script)}'
    )


def _fill(parts: Mapping[str, str]) -> str:
    """Return the template with everything put in, once: what is put in is not looked at."""
    return re.sub(r'\{\{(\w+)\}\}', lambda match: parts[match[1]], _read('page.html'))


def _read(name: str) -> str:
    """Return a file of the template."""
    return files('featuremap_ros.report').joinpath('template', name).read_text(encoding='utf-8')
