# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The shipped profile that is nearest to a network."""

from __future__ import annotations

from dataclasses import dataclass

from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.profile import PilotProfile, shipped


@dataclass(frozen=True, slots=True)
class Nearest:
    """A shipped profile that fits.

    Attributes:
        profile: The profile.
        why: What it has in common with the network.
        others: Names of further profiles that fit as well.
    """

    profile: PilotProfile
    why: str
    others: tuple[str, ...]


def nearest_profile(network: Network, scale: str | None) -> Nearest | None:
    """Find the shipped profile with the most in common; that it fits does not make it right.

    Args:
        network: What is to be fed.
        scale: What it must be fed as far as that is known; decides between profiles.

    Returns:
        ``None`` where none fits.
    """
    names = {tensor.name for tensor in network.outputs}
    fitting = [p for p in map(PilotProfile.load, shipped()) if not p.mismatches(network)]
    alike = [p for p in fitting if {head.output for head in p.heads.values()} == names]
    why = 'input size and the names of all outputs' if alike else 'input size and output size'
    # A profile that reads an output by number fits many networks; it must read all there is.
    chosen = alike or [p for p in fitting if len(p.heads) == len(names)]
    if scale is not None:
        chosen = [p for p in chosen if p.input.normalisation == scale] or chosen
    if not chosen:
        return None
    first, *rest = chosen
    return Nearest(first, why, tuple(p.name for p in rest))
