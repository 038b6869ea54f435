# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A proposed profile: entries with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from featuremap_ros.pilot.heads import Head
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.proposing.entry import ProposedEntry
from featuremap_ros.vision.preprocess import InputSpec

# Of a larger input one number stands for all: a second picture has tens of thousands.
_LISTED = 32


@dataclass(slots=True)
class Proposal:
    """What is known so far.

    Attributes:
        network: The model.
        input: What it is fed.
        heads: What is read.
        max_steering_angle: As the user said (rad), or ``None``.
        base: A profile that the user wrote; what it says of layers is kept.
        camera: (width, height) of the race's pictures.
        decisions: One for each entry, in the order of the profile.
        notes: What else the user should know.
        frames: How many were looked at.
        suggested_by: Name of the profile that the heads come from; empty if there is none.
    """

    network: Network
    input: InputSpec
    camera: tuple[int, int]
    heads: dict[str, Head] = field(default_factory=dict)
    max_steering_angle: float | None = None
    base: PilotProfile | None = None
    decisions: list[ProposedEntry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    frames: int = 0
    suggested_by: str = ''

    def decide(self, decision: ProposedEntry) -> None:
        """Set an entry, in place of what was said of it before."""
        self.forget(decision.entry)
        self.decisions.append(decision)

    def forget(self, entry: str) -> None:
        """Leave an entry out, if it was decided about."""
        self.decisions = [d for d in self.decisions if d.entry != entry]

    def decision(self, entry: str) -> ProposedEntry:
        """Return what is said of an entry, which must have been decided about."""
        return next(d for d in self.decisions if d.entry == entry)

    def feed(self, **changes: Any) -> None:
        """Change what the network is fed."""
        self.input = replace(self.input, **changes)

    def undecided(self) -> list[ProposedEntry]:
        """Return what somebody has to check."""
        return [decision for decision in self.decisions if not decision.decided]

    def profile(self, name: str) -> PilotProfile:
        """Return the profile.

        Raises:
            ProfileError: What is proposed cannot be a profile.
        """
        return PilotProfile(
            name=name,
            input=self.input,
            heads=self.heads,
            extra_inputs={
                tensor.name: (0.0,) * (tensor.entries if tensor.entries <= _LISTED else 1)
                for tensor in self.network.inputs[1:]
            },
            max_steering_angle=self.max_steering_angle,
            lambdas=self.base.lambdas if self.base else {},
            custom_layers=self.base.custom_layers if self.base else {},
        )
