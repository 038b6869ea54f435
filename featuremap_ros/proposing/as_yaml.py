# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A proposed profile as a file: every entry with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import json
import textwrap
from typing import Any

from featuremap_ros.pilot.heads import Head
from featuremap_ros.proposing.entry import ProposedEntry
from featuremap_ros.proposing.proposal import Proposal
from featuremap_ros.version import __version__

_WIDTH = 96
_INPUT = ('size', 'camera', 'color', 'crop', 'interpolation', 'smoothing', 'normalisation')


def as_yaml(proposal: Proposal, *, name: str, model: str, source: str) -> str:
    """Return the text of a profile, which ``PilotProfile.parse`` reads.

    Args:
        proposal: What is proposed.
        name: Of the profile.
        model: Said in its head.
        source: Said in its head.
    """
    undecided = [decision.entry for decision in proposal.undecided()]
    head = (
        f'Proposed by featuremap new-profile {__version__} for {model} on {proposal.frames} '
        f'frames of {source}.'
    )
    check = 'Not decided, check these: ' + (', '.join(undecided) or 'nothing')
    lines = [*_comment(head), *_comment(check)]
    lines += [line for note in proposal.notes for line in _comment(f'Note: {note}')]
    # JSON's strings are YAML's, whatever they hold.
    lines += [f'name: {json.dumps(name)}', '', 'input:']
    for entry in _INPUT:
        decision = _decision(proposal, f'input.{entry}')
        if decision is not None:
            lines += [*_remark(decision, '  '), f'  {entry}: {_input_value(proposal, entry)}']
    lines += ['', 'heads:']
    for quantity, one in proposal.heads.items():
        lines += _head(proposal, quantity, one)
    lines.append('')
    decision = _decision(proposal, 'max_steering_angle')
    if decision is not None:
        lines += _remark(decision, '')
    if proposal.max_steering_angle is None:
        lines.append('# max_steering_angle: 0.35   # rad, of the wheels where steering reads 1')
    else:
        lines.append(f'max_steering_angle: {proposal.max_steering_angle}   # rad')
    profile = proposal.profile(name)
    tables: dict[str, dict[str, Any]] = {
        'extra_inputs': {
            key: list(values) if len(values) > 1 else values[0]
            for key, values in profile.extra_inputs.items()
        },
        'lambdas': {
            key: {'scale': scale, 'offset': offset}
            for key, (scale, offset) in profile.lambdas.items()
        },
        'custom_layers': dict(profile.custom_layers),
    }
    for title, table in tables.items():
        if table:
            lines += ['', f'{title}:']
            for key, value in table.items():
                decision = _decision(proposal, f'{title}.{key}')
                lines += _remark(decision, '  ') if decision else []
                lines.append(f'  {json.dumps(key)}: {json.dumps(value)}')
    return '\n'.join(lines) + '\n'


def _decision(proposal: Proposal, entry: str) -> ProposedEntry | None:
    return next((d for d in proposal.decisions if d.entry == entry), None)


def _remark(decision: ProposedEntry, indent: str) -> Iterator[str]:
    """Yield the comment above an entry."""
    word = 'Decided' if decision.decided else 'UNDECIDED'
    yield from _comment(f'{word}: {decision.reason}.', indent)


def _comment(text: str, indent: str = '') -> Iterator[str]:
    for line in textwrap.wrap(text, _WIDTH - len(indent), break_long_words=False):
        yield f'{indent}# {line}'


def _input_value(proposal: Proposal, entry: str) -> str:
    """Return an entry under ``input`` as YAML."""
    if entry == 'crop':
        crop = proposal.input.crop
        sides = ('top', 'bottom', 'left', 'right')
        parts = [f'{side}: {getattr(crop, side)}' for side in sides]
        return f'{{{", ".join(parts)}, mode: {crop.mode}}}'
    value = getattr(proposal.input, entry)
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _head(proposal: Proposal, quantity: str, head: Head) -> list[str]:
    """Return a head's lines."""
    lines: list[str] = []
    decision = _decision(proposal, f'heads.{quantity}')
    if decision is not None:
        lines += _remark(decision, '  ')
    lines += [f'  {quantity}:', f'    output: {json.dumps(head.output)}', f'    kind: {head.kind}']
    if head.component:
        lines.append(f'    component: {head.component}')
    if head.kind == 'regression':
        lines.append(f'    range: {list(head.range)}')
    else:
        values = _decision(proposal, f'heads.{quantity}.values')
        lines += list(_remark(values, '    ')) if values else []
        lines.append(f'    values: {_values(head.values)}')
    if quantity == 'steering':
        side = _decision(proposal, 'heads.steering.positive')
        lines += list(_remark(side, '    ')) if side else []
        lines.append(f'    positive: {head.positive}')
    return lines


def _values(values: Sequence[float]) -> str:
    """Return bins as YAML, short where they are evenly spaced."""
    low, step = values[0], (values[-1] - values[0]) / (len(values) - 1)
    even = all(abs(low + i * step - value) < 1e-9 for i, value in enumerate(values))
    if even and len(values) > 5:
        return f'{{low: {low}, step: {step}, count: {len(values)}}}'
    return str(list(values))
