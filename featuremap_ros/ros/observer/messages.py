# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the node asks of its observer, the process beside it, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from featuremap_ros.ros.settings import PilotSource
from featuremap_ros.trust.filter_verdict import LayerVerdict
from featuremap_ros.view import View
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.vision.raw_map import RawMap


@dataclass(frozen=True, slots=True)
class Setup:
    """Look through these views from now on.

    Attributes:
        source: The pilot.
        max_steering_angle: Overrides the profile's (rad).
        views: With their layers.
        layers: Whose filters are watched, besides those of all convolutions and activations.
    """

    source: PilotSource
    max_steering_angle: float | None
    views: tuple[View, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Look at a frame.

    Attributes:
        frame: The newest.
        before: The one before it, where the maps are to be judged.
        wanted: Tokens of the views to be painted.
        judged: Tokens of the views to be judged.
        filters: Whether the filters are watched.
        remarks: Whether the trust in a view is written on its overlay.
    """

    frame: Frame
    before: Frame | None = None
    wanted: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    filters: bool = False
    remarks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How far a view can be believed.

    Attributes:
        name: Of the view.
        trust: By the name of the baseline, of the newest frame that was judged; ``None`` is
            undefined.
        mean: The same over all frames judged so far on which it is defined.
        frames: Frames on which it is defined, by the name of the baseline.
        undefined: And on which it is not.
        flicker: 1 - correlation with the map of the frame before; ``None`` is undefined.
        camera_flicker: The same of the network's picture.
        steering_change: Of the explained number, in its unit.
        refused: Why there is no map; empty if there is one.
    """

    name: str
    trust: Mapping[str, float | None] = field(default_factory=dict)
    mean: Mapping[str, float | None] = field(default_factory=dict)
    frames: Mapping[str, int] = field(default_factory=dict)
    undefined: Mapping[str, int] = field(default_factory=dict)
    flicker: float | None = None
    camera_flicker: float | None = None
    steering_change: float | None = None
    refused: str = ''

    @property
    def remark(self) -> str:
        """In a few words, for the picture; those that a narrow one cuts off come last."""
        shown = [
            f'{baseline} {"undefined" if value is None else f"{value:+.2f}"}'
            for baseline, value in self.trust.items()
        ]
        return f'trust {", ".join(shown)}; chance is 0' if shown else ''


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was seen.

    Attributes:
        overlays: By token.
        maps: By token.
        refused: Why a view cannot be computed, by token.
        judgements: By token; only of what was judged now.
        filters: By layer; only if they were watched.
    """

    overlays: Mapping[str, Image] = field(default_factory=dict)
    maps: Mapping[str, RawMap] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    filters: Mapping[str, LayerVerdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explain:
    """Explain a frame with everything.

    Attributes:
        frame: Which.
        folder: A folder that does not exist yet; those above it are made, too.
    """

    frame: Frame
    folder: str


@dataclass(frozen=True, slots=True)
class AskWhy:
    """Find the smallest box without which the pilot steers otherwise.

    Attributes:
        frame: On which frame.
        folder: A folder that does not exist yet.
    """

    frame: Frame
    folder: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Write one frame of a recording; the first opens it.

    Attributes:
        frame: Which.
        angle: What the pilot decided on it (rad, + = left), as far as it is known.
        throttle: In the pilot's unit, as far as there is one.
        folder: A folder that does not exist yet.
    """

    frame: Frame
    angle: float | None
    throttle: float | None
    folder: str


@dataclass(frozen=True, slots=True)
class KeptAll:
    """Close the recording."""


@dataclass(frozen=True, slots=True)
class Done:
    """It is done.

    Attributes:
        text: What there is to say; empty for nothing.
    """

    text: str = ''


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot be done.

    Attributes:
        text: Why.
    """

    text: str


Request = Setup | Look | Explain | AskWhy | Keep | KeptAll
Reply = Done | Looked | Failed
