# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node's state on ``/diagnostics``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from featuremap_ros.ros.statistics import Snapshot

TOPIC = '/diagnostics'


def status_of(
    *,
    name: str,
    model: str,
    snapshot: Snapshot,
    silence: str,
    facts: Mapping[str, Any],
) -> DiagnosticStatus:
    """Judge the last second.

    The levels are used as ``diagnostic_updater`` uses them: what was to happen and did not happen
    at all is an ERROR, what happened in part a WARN.

    Args:
        name: Of the node.
        model: What drives.
        snapshot: What happened.
        silence: That no images come; empty if they do.
        facts: Further keys and values.
    """
    level, message = _judge(snapshot, silence)
    values = {
        'rate (Hz)': f'{snapshot.rate("driven"):.1f}',
        'latency p50 (ms)': _milliseconds(snapshot.percentile('drive', 50)),
        'latency p95 (ms)': _milliseconds(snapshot.percentile('drive', 95)),
        'with painting p50 (ms)': _milliseconds(snapshot.percentile('frame', 50)),
        'with painting p95 (ms)': _milliseconds(snapshot.percentile('frame', 95)),
        'decision to command p50 (ms)': _milliseconds(snapshot.percentile('command', 50)),
        'image age p50 (ms)': _milliseconds(snapshot.percentile('age', 50)),
        'image age p95 (ms)': _milliseconds(snapshot.percentile('age', 95)),
        **{
            label: str(snapshot.counts.get(counter, 0))
            for label, counter in (
                ('received', 'received'),
                ('driven', 'driven'),
                ('commands', 'commands'),
                ('stops', 'stops'),
                ('bad frames', 'bad frames'),
                ('not finite', 'not finite'),
                ('too old to steer', 'too old'),
                ('faults', 'faults'),
                ('jumps', 'jumps'),
            )
        },
        **{
            name: str(count)
            for name, count in sorted(snapshot.counts.items())
            if name.startswith(('painted ', 'compressed ', 'heatmap '))
        },
        **{key: str(value) for key, value in facts.items()},
        'last error': snapshot.last_error or 'none',
    }
    return DiagnosticStatus(
        level=level,
        name=name,
        message=message,
        hardware_id=model,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )


def array_of(stamp: Any, *statuses: DiagnosticStatus) -> DiagnosticArray:
    """Return the message that carries statuses."""
    array = DiagnosticArray(status=list(statuses))
    array.header.stamp = stamp
    return array


def _judge(snapshot: Snapshot, silence: str) -> tuple[bytes, str]:
    """Return level and message for what happened since the last snapshot."""
    recent = snapshot.recent
    if silence:
        # A camera that has never been there may just not have been started yet.
        lost = snapshot.counts.get('received', 0)
        return DiagnosticStatus.ERROR if lost else DiagnosticStatus.WARN, silence
    broken = sum(recent.get(name, 0) for name in ('bad frames', 'not finite', 'faults'))
    if broken and not recent.get('driven'):
        return DiagnosticStatus.ERROR, f'No image could be driven on: {snapshot.last_error}'
    if broken:
        return DiagnosticStatus.WARN, f'{broken} images skipped: {snapshot.last_error}'
    late = recent.get('too old', 0)
    if late and not recent.get('commands'):
        age = snapshot.percentile('age', 50) or 0.0
        return DiagnosticStatus.ERROR, f'No steering: all {late} images were {_off(age)}'
    if late:
        return DiagnosticStatus.WARN, f'{late} images were too old to steer'
    if recent.get('stops'):
        return DiagnosticStatus.WARN, 'Decisions ceased: the stop command was sent'
    if not recent.get('driven'):
        return DiagnosticStatus.OK, 'Waiting for images'
    return DiagnosticStatus.OK, f'Driving at {snapshot.rate("driven"):.1f} Hz'


def _off(age: float) -> str:
    """Say by how much a stamp is off (s)."""
    return f'too old ({age:.1f} s)' if age >= 0.0 else f'stamped {-age:.1f} s in the future'


def _milliseconds(seconds: float | None) -> str:
    """Write a duration; empty if there is none."""
    return '' if seconds is None else f'{seconds * 1e3:.2f}'
