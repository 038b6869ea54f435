# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observer, trust in views, filters of layers and colours on ``/diagnostics``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from featuremap_ros.judging.colour_probe import say
from featuremap_ros.ros.observer.judged import Judged
from featuremap_ros.ros.observer.messages import Judgement
from featuremap_ros.ros.observer.pace import PaceReport
from featuremap_ros.ros.settings import ObserverSettings
from featuremap_ros.trust.bootstrap import FEWEST
from featuremap_ros.trust.colour_order import ColourOrder, Verdict
from featuremap_ros.trust.filter_verdict import LayerVerdict, Level

_LEVELS = {
    Level.OK: DiagnosticStatus.OK,
    Level.WARN: DiagnosticStatus.WARN,
    Level.ERROR: DiagnosticStatus.ERROR,
    Level.STALE: DiagnosticStatus.STALE,
}

# TensorFlow's import, and everything about an image, may take so long on a small computer (s).
_PATIENCE_S = 60.0


def second_statuses(
    node: str, pace: PaceReport, pid: int | None, settings: ObserverSettings, judged: Judged
) -> Iterator[DiagnosticStatus]:
    """Say how the observer keeps up and what it found out.

    Args:
        node: Name of the node.
        pace: Of the observer.
        pid: Of its process; ``None`` while there is none.
        settings: What it is asked for.
        judged: What it found out.
    """
    yield observer_status(node, pace, pid, settings)
    if judged.colours is not None:
        yield colours_status(node, judged.colours)
    for judgement in judged.views.values():
        yield trust_status(node, judgement)
    for layer, verdict in judged.filters.items():
        yield filter_status(node, layer, verdict)


def observer_status(
    node: str, pace: PaceReport, pid: int | None, settings: ObserverSettings
) -> DiagnosticStatus:
    """Say whether the observer does what is asked of it, as often as it is asked."""
    level, text = DiagnosticStatus.OK, 'Looking'
    missed = pace.missed(settings.slow_rate)
    if pace.error:
        level, text = DiagnosticStatus.ERROR, pace.error
    elif pace.waiting > _PATIENCE_S:
        level = DiagnosticStatus.WARN
        text = (
            f'No answer for {pace.waiting:.0f} s: process {pid} hangs, or has very much to do. '
            f'Services wait for it; `kill {pid}` starts it anew.'
        )
    elif pace.refused:
        level = DiagnosticStatus.WARN
        text = '; '.join(f'{token}: {reason}' for token, reason in pace.refused.items())
    elif missed:
        level, text = DiagnosticStatus.WARN, missed
    elif pace.judging is not None and pace.judging > settings.trust_period:
        level = DiagnosticStatus.WARN
        text = (
            f'trust_period {settings.trust_period:g} s cannot be met: a judgement takes '
            f'{pace.judging:.1f} s'
        )
    elif pace.resting:
        text = 'Nobody watches' if settings.slow_rate else 'Switched off: slow_rate is 0'
    return _status(
        f'{node}: observer',
        level,
        text,
        {
            'process': 'none' if pid is None else str(pid),
            'rounds': str(pace.rounds),
            'round (s)': _number(pace.seconds),
            'judgement (s)': _number(pace.judging),
            'slow_rate (Hz)': f'{settings.slow_rate:g}',
            **{f'{token} (s)': _number(seconds) for token, seconds in pace.costs.items()},
        },
    )


def trust_status(node: str, judgement: Judgement) -> DiagnosticStatus:
    """Say how far one view can be believed."""
    name = f'{node}: trust in {judgement.name}'
    if judgement.refused:
        return _status(name, DiagnosticStatus.WARN, judgement.refused, {})
    level, text = DiagnosticStatus.OK, judgement.remark
    doubtful = [
        baseline
        for baseline, mean in judgement.mean.items()
        if mean is not None and mean <= 0 and judgement.frames[baseline] >= FEWEST
    ]
    if doubtful:
        level = DiagnosticStatus.WARN
        text += f'; over all images no better than chance against {", ".join(doubtful)}'
    values = {}
    for baseline, trust in judgement.trust.items():
        values[f'trust ({baseline})'] = _number(trust)
        values[f'mean trust ({baseline})'] = _number(judgement.mean[baseline])
        values[f'frames ({baseline})'] = str(judgement.frames[baseline])
        values[f'undefined frames ({baseline})'] = str(judgement.undefined[baseline])
    return _status(
        name,
        level,
        text,
        {
            **values,
            'flicker': _number(judgement.flicker),
            'flicker of the camera': _number(judgement.camera_flicker),
            'change of the target': _number(judgement.steering_change),
        },
    )


def colours_status(node: str, order: ColourOrder) -> DiagnosticStatus:
    """Say whether red and blue come as the network expects."""
    swapped = order.verdict is Verdict.SWAPPED
    return _status(
        f'{node}: colours',
        DiagnosticStatus.WARN if swapped else DiagnosticStatus.OK,
        say(order),
        {
            'verdict': order.verdict.value,
            **{f'frames ({one.kind})': str(one.frames) for one in order.evidence},
        },
    )


def filter_status(node: str, layer: str, verdict: LayerVerdict) -> DiagnosticStatus:
    """Say which filters of a layer do nothing."""
    filters = verdict.filters
    counts = {
        'filters': len(filters),
        'frames': verdict.frames,
        'dead': sum(one.dead for one in filters),
        'provably dead': sum(one.provably_dead for one in filters),
        'silent so far': sum(one.silent and not one.dead for one in filters),
        'hardly active': sum(one.hardly_active for one in filters),
        'saturated': sum(one.saturated for one in filters),
        'alike': sum(bool(one.duplicates) for one in filters),
    }
    return _status(
        f'{node}: filters of {layer}',
        _LEVELS[verdict.level],
        verdict.message,
        {name: str(count) for name, count in counts.items()},
    )


def _status(name: str, level: bytes, text: str, values: Mapping[str, str]) -> DiagnosticStatus:
    return DiagnosticStatus(
        level=level,
        name=name,
        message=text,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )


def _number(value: float | None) -> str:
    return 'undefined' if value is None else f'{value:.3g}'
