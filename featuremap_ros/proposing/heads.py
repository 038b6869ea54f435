# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which output steers, as far as names and numbers say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot.heads import Head
from featuremap_ros.proposing.candidates import named_steering, named_throttle
from featuremap_ros.proposing.entry import ProposedEntry
from featuremap_ros.proposing.proposal import Proposal


def choose_heads(proposal: Proposal, heads: Mapping[str, Head]) -> None:
    """Choose steering and throttle without a driver.

    Args:
        proposal: Holds what a shipped profile suggests, and takes what is chosen.
        heads: Every way to read the outputs.

    Raises:
        UnsupportedError: There is no output that could be steering.
    """
    if not heads:
        listed = ', '.join(f'{t.name} {t.shape}' for t in proposal.network.outputs)
        msg = f'No output of the model can be read as steering: {listed}.'
        raise UnsupportedError(msg)
    suggested = proposal.heads.get('steering')
    named = named_steering(heads)
    if suggested is not None:
        steering, name = suggested, str(suggested.output)
        reason = f'as the profile {proposal.suggested_by} reads it'
        decided = len(heads) == 1 or name in named
    elif len(heads) == 1:
        name, steering = next(iter(heads.items()))
        reason, decided = 'the only output of the model', True
    else:
        name = named[0] if named else next(iter(heads))
        steering, decided = heads[name], len(named) == 1
        reason = 'by its name' if decided else f'one of {", ".join(heads)}'
    if isinstance(steering.output, int):
        names = [tensor.name for tensor in proposal.network.outputs]
        steering = replace(steering, output=names[steering.output])
    proposal.heads['steering'] = steering
    proposal.decide(ProposedEntry('heads.steering', _described(steering), decided, reason))
    values_of(proposal, steering, suggested is not None)
    proposal.decide(
        ProposedEntry(
            'heads.steering.positive',
            steering.positive,
            False,
            'pictures do not tell left from right without a driver; for classes it says to which '
            'side the last one steers'
            if steering.kind != 'regression'
            else 'pictures do not tell left from right without a driver',
        )
    )
    _throttle(proposal, heads)


def values_of(proposal: Proposal, head: Head, suggested: bool) -> None:
    """Say what is known of the values of classes: no file holds them."""
    entry = 'heads.steering.values'
    proposal.forget(entry)
    if head.kind != 'regression':
        why = f'as in the profile {proposal.suggested_by}' if suggested else 'evenly spaced'
        reason = f'{why}; what each of the {len(head.values)} stands for is in no model file'
        proposal.decide(ProposedEntry(entry, list(head.values), False, reason))


def _throttle(proposal: Proposal, heads: Mapping[str, Head]) -> None:
    if 'throttle' in proposal.heads:
        throttle = proposal.heads['throttle']
        reason = f'as the profile {proposal.suggested_by} reads it'
    else:
        tensor = named_throttle(proposal.network)
        if tensor is None or tensor.name not in heads:
            return
        throttle, reason = heads[tensor.name], 'by its name'
        if throttle.kind != 'regression':
            steps = len(throttle.values)
            throttle = replace(throttle, values=tuple(n / steps for n in range(steps)))
            reason += '; its values are taken to be evenly spaced from 0'
    proposal.heads['throttle'] = throttle
    decided = throttle.kind == 'regression'
    proposal.decide(ProposedEntry('heads.throttle', _described(throttle), decided, reason))


def _described(head: Head) -> str:
    """Say what is read, in a few words."""
    if head.kind == 'regression':
        part = f' entry {head.component}' if head.component else ''
        return f'{head.output}{part}, a regression'
    return f'{head.output}, {len(head.values)} {head.kind}'
