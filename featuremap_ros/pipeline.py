# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The stages in their order: frame, forward pass, steering, maps, overlays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
import math
import time

from featuremap_ros.attribution.activation import channel_of, reduce_channels
from featuremap_ros.errors import BadFrameError, NotFiniteError, ProfileError, UnsupportedError
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pilot.pilot import ForwardPass, Pilot
from featuremap_ros.view import View
from featuremap_ros.vision.annotate import draw_gauge, draw_label, draw_outline
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.vision.painter import Painter
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.scaling import FixedScale
from featuremap_ros.vision.seed import paint_seed
from featuremap_ros.vision.tokens import unique_tokens


@dataclass(frozen=True, slots=True)
class Drive:
    """A frame that has been driven on, not yet painted.

    Attributes:
        frame: The camera's frame.
        forward: Its way through the network.
        timings: Seconds by stage.
    """

    frame: Frame
    forward: ForwardPass
    timings: dict[str, float]

    @property
    def steering(self) -> Steering:
        """What the network decided."""
        return self.forward.steering


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that came out of one frame.

    Attributes:
        steering: What the network decided.
        overlays: By view token, RGB, uint8 (H, W, 3).
        maps: By view token, in their own units.
        timings: Seconds by stage.
    """

    steering: Steering
    overlays: dict[str, Image]
    maps: dict[str, RawMap]
    timings: dict[str, float]


class Pipeline:
    """Drives frames through a pilot and paints its views; one thread at a time.

    Attributes:
        pilot: The network.
        views: By token.
    """

    def __init__(self, pilot: Pilot, views: Sequence[View]) -> None:
        """Prepare the painters.

        Args:
            pilot: The network.
            views: What is to be shown; any subset of it can be asked for with each frame.

        Raises:
            UnknownNameError: A layer does not exist.
            UnsupportedError: A layer has no place in the picture, or not that channel.
            ProfileError: Two layers would share a topic name.
        """
        _refuse_shared_topics([view.layer for view in views])
        for view in views:
            layer = pilot.network.registered(view.layer)
            channel = channel_of(view.reduce)
            if channel is not None and channel >= layer.shape[2]:
                msg = f'Channel {channel} asked for, {view.layer!r} has 0 to {layer.shape[2] - 1}.'
                raise UnsupportedError(msg)
        self.pilot = pilot
        self.views = {view.token: view for view in views}
        self._scales = {token: view.scale_policy() for token, view in self.views.items()}
        self._painters = {
            token: Painter(
                colormap=view.colormap,
                mode=view.mode,
                threshold=view.threshold,
                opacity=view.opacity,
            )
            for token, view in self.views.items()
        }
        self._last_stamp_ns: int | None = None

    def process(self, frame: Frame, wanted: Collection[str] | None = None) -> Result:
        """Drive on one frame and paint it.

        Args:
            frame: The camera's frame.
            wanted: Tokens of the views to paint; all if not given.

        Raises:
            BadFrameError: The picture does not fit the profile.
            NotFiniteError: The network returned NaN or infinity.
        """
        wanted = self.views if wanted is None else wanted
        drive = self.drive(frame, wanted)
        maps = {token: self.raw(drive, token) for token in wanted}
        overlays = {token: self._paint(drive, token, raw, None) for token, raw in maps.items()}
        return Result(drive.steering, overlays, maps, drive.timings)

    def drive(self, frame: Frame, wanted: Collection[str] = ()) -> Drive:
        """Compute the steering, and the activations that the wanted views need.

        Args:
            frame: The camera's frame.
            wanted: Tokens of the views that will be painted.

        Raises:
            BadFrameError: The picture does not fit the profile.
            NotFiniteError: The network returned NaN or infinity.
        """
        if self._last_stamp_ns is not None and frame.stamp_ns < self._last_stamp_ns:
            self.reset()
        self._last_stamp_ns = frame.stamp_ns
        began = time.perf_counter()
        layers = tuple({self.views[token].layer: None for token in wanted})
        forward = self.pilot.forward(frame, layers)
        return Drive(frame, forward, {'drive': time.perf_counter() - began})

    def raw(self, drive: Drive, token: str) -> RawMap:
        """Return a view's map in its own units.

        Args:
            drive: A frame that was driven with this view wanted.
            token: Of the view.
        """
        view = self.views[token]
        values = reduce_channels(drive.forward.activations[view.layer], view.reduce)
        place = self.pilot.registration(view.layer, drive.forward.model_input)
        return RawMap(values, place, 'activation')

    def paint(self, drive: Drive, token: str, out: Image | None = None) -> Image:
        """Paint one view.

        Args:
            drive: A frame that was driven with this view wanted.
            token: Of the view.
            out: Where to paint, uint8 of the picture's shape; made if not given.

        Returns:
            The overlay, RGB.

        Raises:
            NotFiniteError: The map holds NaN or infinity.
        """
        return self._paint(drive, token, self.raw(drive, token), out)

    def _paint(self, drive: Drive, token: str, raw: RawMap, out: Image | None) -> Image:
        """Scale and paint one map."""
        began = time.perf_counter()
        view, image = self.views[token], drive.frame.image
        heat = self._scales[token](raw, drive.frame.stamp_ns)
        rect = raw.registration.rect(*heat.shape)
        if view.mode == 'seed':
            out = paint_seed(image, heat, self.pilot.preprocess.seen(image), out)
        else:
            out = self._painters[token].paint(image, heat, rect, out)
            if view.outline:
                draw_outline(out, rect)
        if view.label:
            draw_label(out, label_of(view, raw))
        if view.gauge:
            self._draw_gauge(out, drive.steering)
        drive.timings[f'paint {token}'] = time.perf_counter() - began
        return out

    def calibrate(self, frames: Iterable[Frame]) -> None:
        """Fit every ``'fixed'`` scale without a range to a sample of the race.

        Args:
            frames: At most a few hundred evenly spaced frames; bad ones are passed over.
        """
        unset = [t for t, v in self.views.items() if v.scale == 'fixed' and v.range is None]
        maps: dict[str, list[RawMap]] = {token: [] for token in unset}
        for frame in frames if unset else ():
            try:
                drive = self.drive(frame, unset)
            except (BadFrameError, NotFiniteError):
                continue
            for token in unset:
                maps[token].append(self.raw(drive, token))
        self._scales.update({token: FixedScale.fit(raws) for token, raws in maps.items()})
        self._last_stamp_ns = None

    def scale_ranges(self) -> dict[str, tuple[float, float]]:
        """Return what 0 and 1 stand for in every view with a fixed scale."""
        return {
            token: (scale.low, scale.high)
            for token, scale in self._scales.items()
            if isinstance(scale, FixedScale)
        }

    def reset(self) -> None:
        """Forget the sequence of frames so far."""
        for scale in self._scales.values():
            scale.reset()

    def _draw_gauge(self, image: Image, steering: Steering) -> None:
        """Draw the steering, in degrees where the car's limit is known."""
        left = self.pilot.profile.heads['steering'].left * steering.value
        angle = steering.angle
        size = f'{abs(left):.2f}' if angle is None else f'{math.degrees(abs(angle)):.0f}'
        side = 'left' if left > 0 else 'right'
        text = f'{size} {side}' if angle is None else f'{size} deg {side}'
        draw_gauge(image, left, text if float(size) else 'straight')


def _refuse_shared_topics(layers: Sequence[str]) -> None:
    """Refuse layers whose overlays would have the same topic."""
    tokens = unique_tokens(layers)
    for layer in tokens:
        if layers.count(layer) > 1:
            msg = f'Layer {layer!r} is shown twice: a layer has one view.'
            raise ProfileError(msg)


def label_of(view: View, raw: RawMap) -> str:
    """Say what a view shows: layer, reduction, cells and receptive field."""
    height, width = raw.values.shape
    across, down = raw.registration.field
    return f'{view.layer} {view.reduce}  {width}x{height}, sees {across:.0f}x{down:.0f} px'
