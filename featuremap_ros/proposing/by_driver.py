# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Decide entries by what drives most like the driver."""

from __future__ import annotations

from dataclasses import replace

from featuremap_ros.proposing.course import SHARES, UNITS
from featuremap_ros.proposing.entry import ProposedEntry
from featuremap_ros.proposing.fit import MARGIN, not_told_apart
from featuremap_ros.proposing.heads import values_of
from featuremap_ros.proposing.proposal import Proposal
from featuremap_ros.proposing.search import (
    close,
    COLOUR,
    CROP,
    HEAD,
    SCALE,
    Search,
    slack,
)
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.trust.bootstrap import mean_interval
from featuremap_ros.trust.colour_order import ENOUGH_FRAMES

# A crop is found among a few that are tried: believed only where the network then drives well.
_GOOD = 0.5


def decide_by_driver(
    proposal: Proposal, found: Search, track: DriverTrack, limit: float | None
) -> None:
    """Take over what was found, each entry with its evidence.

    Args:
        proposal: Takes it.
        found: What drives most like the driver.
        track: What the driver did.
        limit: Of the wheels (rad), if it is known.
    """
    proposal.feed(
        color=found.spec.color, normalisation=found.spec.normalisation, crop=found.spec.crop
    )
    for entry in (COLOUR, CROP, SCALE):
        before = proposal.decision(entry)
        if len(found.errors[entry]) > 1:
            proposal.decide(_choice(found, entry))
        elif found.best[entry] != before.value:
            reason = "nearest to the driver's steering; its neighbours were not compared with it"
            proposal.decide(ProposedEntry(entry, found.best[entry], False, reason))
    _head(proposal, found)
    _side(proposal, found)
    if found.unit != SHARES and limit:
        full = limit / UNITS[found.unit]
        proposal.notes.append(
            f'The network seems to steer in {found.unit}, and a profile reads {SHARES}: let its '
            f'last layer divide by {full:.4g}, or the car steers too little or too much. All '
            'else was compared with the driver in its unit.'
        )
    if limit is None and not track.in_shares:
        proposal.notes.append(
            f"The driver's angles ({track.topic}) would fit wheels of about "
            f'{abs(found.fit.slope):.2f} rad at full steering. That is no measurement.'
        )


def _choice(found: Search, entry: str) -> ProposedEntry:
    """Decide one entry by the distance from the driver."""
    best, errors = found.best[entry], found.errors[entry]
    others = {name: those for name, those in errors.items() if name != best}
    alike = not_told_apart(errors[best], others)
    unit = found.driver.unit_in_words
    distance = f"{errors[best].mean():.3f} of {unit} away from the driver's steering"
    frames = f'{len(errors[best])} frames'
    decided = not alike
    if alike:
        reason = f'{distance}, and {", ".join(alike)} cannot be told from it ({frames})'
    else:
        second = min(others, key=lambda name: float(others[name].mean()))
        reason = f'{distance}; next best {second}, {others[second].mean():.3f} ({frames})'
    if entry == CROP:
        far = [name for name in others if not _close(found, name)]
        same = [name for name in alike if name in far]
        decided = not same
        nearest = min(errors, key=lambda name: float(errors[name].mean()))
        which = 'best' if nearest == best else 'simplest near the best'
        reason = f'{which} of {len(errors)} that were tried: {distance}'
        if nearest != best:
            reason += f' ({nearest}: {errors[nearest].mean():.3f})'
        if same:
            reason += f', and {", ".join(same)} cannot be told from it'
        else:
            second = min(far, key=lambda name: float(others[name].mean()))
            reason += f'; next best {second}, {others[second].mean():.3f}'
        if 'none' in others:
            reason += f'; none at all {others["none"].mean():.3f}'
        reason += f' ({frames})'
        if not same:
            reason += f'; not known closer than {slack(found.spec.crop, found.spec)} pixels a side'
        if found.fit.error > _GOOD * float(found.idle.mean()):
            decided = False
            reason += '; the network drives too unlike the driver to be sure'
    figures = {name: round(float(those.mean()), 4) for name, those in errors.items()}
    return ProposedEntry(entry, best, decided, reason, figures)


def _close(found: Search, name: str) -> bool:
    """Whether a crop is not known apart from the one that is proposed."""
    return close(found.crops[name], found.spec.crop, found.spec)


def _head(proposal: Proposal, found: Search) -> None:
    errors, best = found.errors[HEAD], found.best[HEAD]
    before = proposal.heads['steering']
    same = (str(before.output), before.component) == (str(found.head.output), found.head.component)
    proposal.heads['steering'] = before if same else found.head
    others = {name: those for name, those in errors.items() if name != best}
    alike = not_told_apart(errors[best], others)
    reason = 'it drives like the driver'
    if alike:
        reason += f', and so does {", ".join(alike)}'
    shown = proposal.decision(HEAD).value if same else best
    figures = {name: round(float(those.mean()), 4) for name, those in errors.items()}
    if found.unit != SHARES:
        reason += f', if its numbers are {found.unit}; a profile reads {SHARES}'
    decided = not alike and found.unit == SHARES
    proposal.decide(ProposedEntry(HEAD, shown, decided, reason, figures))
    values_of(proposal, proposal.heads['steering'], same and bool(proposal.suggested_by))
    throttle = proposal.heads.get('throttle')
    if throttle is not None and throttle.output == proposal.heads['steering'].output and not same:
        del proposal.heads['throttle']
        proposal.forget('heads.throttle')


def _side(proposal: Proposal, found: Search) -> None:
    """Decide to which side a positive value steers."""
    side = 'left' if found.fit.slope > 0 else 'right'
    other = 'right' if side == 'left' else 'left'
    worse = mean_interval(found.mirrored - found.fit.errors)
    decided = worse is not None and worse[0] > MARGIN and len(found.mirrored) >= ENOUGH_FRAMES
    distance, swapped = found.fit.error, float(found.mirrored.mean())
    unit = found.driver.unit_in_words
    reason = f"{distance:.3f} of {unit} away from the driver's steering, {swapped:.3f} with "
    reason += f'the sides swapped ({len(found.mirrored)} frames)'
    proposal.heads['steering'] = replace(proposal.heads['steering'], positive=side)
    proposal.decide(
        ProposedEntry(
            'heads.steering.positive',
            side,
            decided,
            reason,
            {side: round(distance, 4), other: round(swapped, 4)},
        )
    )
