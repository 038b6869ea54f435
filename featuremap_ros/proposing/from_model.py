# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the model's file says of a profile by itself, and what a shipped profile suggests."""

from __future__ import annotations

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.feeding import why_not_fed
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.proposing.candidates import name_of
from featuremap_ros.proposing.entry import ProposedEntry
from featuremap_ros.proposing.nearest import nearest_profile
from featuremap_ros.proposing.proposal import Proposal
from featuremap_ros.proposing.scale_inside import scale_inside
from featuremap_ros.vision.preprocess import Crop, InputSpec


def proposal_from_model(
    engine: Engine, camera: tuple[int, int], base: PilotProfile | None
) -> Proposal:
    """Read the model, and take from the nearest profile what it does not say.

    Args:
        engine: The model.
        camera: (width, height) of the race's pictures.
        base: A profile that the user wrote, instead of a shipped one.

    Raises:
        UnsupportedError: The model does not take a picture of one or three channels.
    """
    width, height, channels = _picture(engine.network)
    size = (width, height)
    inside = scale_inside(engine, size)
    source, why = _source(engine.network, base, inside[0] if inside else None)
    known = source.input if source else InputSpec(size, interpolation='area', normalisation='/255')
    proposal = Proposal(
        engine.network,
        InputSpec(size, interpolation=known.interpolation, smoothing=known.smoothing),
        camera,
        base=base,
    )
    whole = 'the pictures of the race, as the crop is'
    proposal.decide(ProposedEntry('input.size', list(size), True, "the model's input"))
    proposal.decide(ProposedEntry('input.camera', list(camera), True, whole))
    _colour(proposal, known.color, channels, why)
    _crop(proposal, known, why)
    untried = f'{why}; no other was tried, as the steering hardly tells them apart'
    proposal.decide(ProposedEntry('input.interpolation', known.interpolation, False, untried))
    if known.smoothing > 1:
        proposal.decide(ProposedEntry('input.smoothing', known.smoothing, False, why))
    scale, decided, reason = known.normalisation, False, why
    if inside is not None:
        scale, decided, reason = inside[0], True, inside[1]
    proposal.feed(normalisation=scale)
    proposal.decide(ProposedEntry('input.normalisation', scale, decided, reason))
    if source is not None:
        proposal.heads = dict(source.heads)
        proposal.suggested_by = source.name
    for tensor in engine.network.inputs[1:]:
        reason = 'what the car feeds it is not in the pictures'
        if len(tensor.shape) == 3:
            reason += '; it has the shape of a picture, but only one camera can be fed'
        proposal.decide(ProposedEntry(f'extra_inputs.{tensor.name}', 'zeros', False, reason))
    return proposal


def _source(
    network: Network, base: PilotProfile | None, scale: str | None
) -> tuple[PilotProfile | None, str]:
    """Return the profile to begin with, if there is one, and why that."""
    if base is not None:
        return base, 'from your own profile'
    near = nearest_profile(network, scale)
    if near is None:
        return None, 'nothing is known of it, this is only what is most common'
    why = f'from the shipped profile {near.profile.name}, which fits by {near.why}'
    if near.others:
        why += f' (so does {", ".join(near.others)})'
    return near.profile, why


def _crop(proposal: Proposal, known: InputSpec, why: str) -> None:
    """Take a crop over, unless it is another camera's."""
    crop, (width, height) = known.crop, proposal.camera
    fits = known.camera in (None, proposal.camera)
    leaves_nothing = crop.mode == 'remove' and (
        crop.top + crop.bottom >= height or crop.left + crop.right >= width
    )
    if not fits or leaves_nothing:
        crop = Crop()
    proposal.feed(crop=crop, camera=proposal.camera)
    reason = f'{why}; no driver was compared with'
    if not fits:
        reason = 'the whole picture, as nothing is known for a camera of this size'
    proposal.decide(ProposedEntry('input.crop', name_of(crop), False, reason))


def _colour(proposal: Proposal, known: str, channels: int, why: str) -> None:
    if channels == 1:
        proposal.feed(color='gray')
        proposal.decide(ProposedEntry('input.color', 'gray', True, 'the model takes one channel'))
        return
    colour = 'rgb' if known == 'gray' else known
    proposal.feed(color=colour)
    proposal.decide(ProposedEntry('input.color', colour, False, why))


def _picture(network: Network) -> tuple[int, int, int]:
    """Return width, height and channels of the network's first input."""
    why = why_not_fed(network.inputs[0])
    if why is None:
        height, width, channels = network.inputs[0].shape
        if height and width and channels:
            return width, height, channels
        why = f'the picture of the model has no fixed height and width: {network.inputs[0].shape}.'
    raise UnsupportedError(why[0].upper() + why[1:])
