# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One entry of a proposed profile, with the evidence for its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_MOST_VALUES = 5


@dataclass(frozen=True, slots=True)
class ProposedEntry:
    """The value proposed for one entry of a profile, and whether it is certain.

    Attributes:
        entry: Where it stands in the profile, e.g. ``'input.color'``.
        value: What is proposed.
        decided: Whether model and race leave no doubt; otherwise somebody has to check it.
        reason: How it is known, or why it is not.
        figures: What every choice that was tried scored, by choice; the smaller the better where
            ``reason`` speaks of a distance.
    """

    entry: str
    value: Any
    decided: bool
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            'entry': self.entry,
            'value': self.value,
            'verdict': 'decided' if self.decided else 'undecided',
            'reason': self.reason,
            'figures': dict(self.figures),
        }


def value_in_words(value: Any) -> str:
    """Return what is proposed for people: fractions without their last digits, many in short.

    Args:
        value: As JSON can write it.
    """
    if value is None:
        return '-'
    if not isinstance(value, list):
        return str(value)
    shown = [f'{one:.3g}' if isinstance(one, float) else str(one) for one in value]
    steps = np.diff(value) if len(value) > _MOST_VALUES else np.zeros(0)
    if len(steps) and np.allclose(steps, steps[0]):
        return f'{len(value)} values, evenly from {shown[0]} to {shown[-1]}'
    return f'[{", ".join(shown)}]'
