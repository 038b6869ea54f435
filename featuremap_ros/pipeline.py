# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The stages in their order: frame, forward pass, steering, maps, overlays, grids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
import time

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.activation import reduce_channels
from featuremap_ros.errors import BadFrameError, NotFiniteError, ProfileError, UnknownNameError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.grid_painter import GridPainter
from featuremap_ros.grid_view import GridView
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pilot.pilot import ForwardPass, Pilot
from featuremap_ros.view import ACTIVATION, View
from featuremap_ros.view_painter import ViewPainter
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.scaling import FixedScale

# Of the frames of a calibration, methods that take a second each look at every tenth.
_EXPENSIVE_EVERY = 10


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """A frame that has been driven on, not yet painted.

    Attributes:
        frame: The camera's frame.
        forward: Its way through the network.
        timings: Seconds by stage.
        maps: By view token, as far as they have been computed.
    """

    frame: Frame
    forward: ForwardPass
    timings: dict[str, float]
    maps: dict[str, RawMap] = field(default_factory=dict)

    @property
    def steering(self) -> Steering:
        """What the network decided."""
        return self.forward.steering


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Everything that came out of one frame.

    Attributes:
        forward: The frame's way through the network.
        overlays: By view token, RGB, uint8 (H, W, 3).
        maps: By view token, in their own units.
        timings: Seconds by stage.
        grids: By token, RGB, uint8 (H, W, 3); each has a size of its own.
    """

    forward: ForwardPass
    overlays: dict[str, Image]
    maps: dict[str, RawMap]
    timings: dict[str, float]
    grids: dict[str, Image] = field(default_factory=dict)

    @property
    def steering(self) -> Steering:
        """What the network decided."""
        return self.forward.steering


class Pipeline:
    """Drives frames through a pilot and paints its views; one thread at a time.

    Attributes:
        pilot: The network.
        explainer: Of the pilot; computes all maps but activations.
        views: By token, with their layers.
        grids: By token, with their layers.
        grid_painters: Of the grids, by token.
    """

    def __init__(
        self, pilot: Pilot, views: Sequence[View], grids: Sequence[GridView] = ()
    ) -> None:
        """Prepare the painters.

        Args:
            pilot: The network.
            views: What is to be shown; any subset of it can be asked for with each frame.
            grids: What is to be shown beside the frame; likewise.

        Raises:
            UnknownNameError: A layer or target does not exist.
            UnsupportedError: A layer has no place in the picture, or not that channel, or the
                method cannot be computed for it.
            ProfileError: Two views would share a topic name.
        """
        self.pilot = pilot
        self.explainer = Explainer(pilot)
        complete = [view.complete(self.explainer) for view in views]
        laid_out = [grid.complete(self.explainer) for grid in grids]
        _refuse_shared_topics([*complete, *laid_out])
        self.views = {view.token: view for view in complete}
        self.grids = {grid.token: grid for grid in laid_out}
        self._taps = {
            token: self.explainer.taps(view.method, view.layer or None)
            for token, view in self.views.items()
        }
        self._taps.update({token: (grid.layer,) for token, grid in self.grids.items()})
        self._view_painters = {
            token: ViewPainter(view, self.explainer) for token, view in self.views.items()
        }
        self.grid_painters = {token: GridPainter(grid) for token, grid in self.grids.items()}
        self._last_stamp_ns: int | None = None

    def process(self, frame: Frame, wanted: Collection[str] | None = None) -> Result:
        """Drive on one frame and paint it.

        Args:
            frame: The camera's frame.
            wanted: Tokens of the views and grids to paint; all if not given.

        Raises:
            UnknownNameError: There is no such view or grid.
            BadFrameError: The picture does not fit the profile.
            NotFiniteError: The network returned NaN or infinity.
        """
        wanted = (*self.views, *self.grids) if wanted is None else wanted
        drive = self.drive(frame, wanted)
        maps = {token: self.raw(drive, token) for token in wanted if token not in self.grids}
        overlays = {token: self.paint(drive, token) for token in maps}
        grids = {token: self.lay_out(drive, token) for token in wanted if token in self.grids}
        return Result(drive.forward, overlays, maps, drive.timings, grids)

    def drive(self, frame: Frame, wanted: Collection[str] = ()) -> Drive:
        """Compute the steering, and the activations that the wanted views need.

        Args:
            frame: The camera's frame.
            wanted: Tokens of the views and grids that will be painted.

        Raises:
            UnknownNameError: There is no such view or grid.
            BadFrameError: The picture does not fit the profile.
            NotFiniteError: The network returned NaN or infinity.
        """
        if self._last_stamp_ns is not None and frame.stamp_ns < self._last_stamp_ns:
            self.reset()
        self._last_stamp_ns = frame.stamp_ns
        began = time.perf_counter()
        try:
            layers = dict.fromkeys(tap for token in wanted for tap in self._taps[token])
        except KeyError as error:
            raise UnknownNameError('view or grid', error.args[0], self._taps) from None
        forward = self.pilot.forward(frame, tuple(layers))
        return Drive(frame, forward, {'drive': time.perf_counter() - began})

    def raw(self, drive: Drive, token: str) -> RawMap:
        """Return a view's map in its own units, computed on the first call.

        Args:
            drive: A frame that was driven with this view wanted.
            token: Of the view.

        Raises:
            UnsupportedError: The method cannot be computed for this model.
            NotFiniteError: The map holds NaN or infinity.
        """
        if token not in drive.maps:
            drive.maps[token] = self._compute(drive, self.views[token])
        return drive.maps[token]

    def _compute(self, drive: Drive, view: View) -> RawMap:
        """Compute one map."""
        if view.method != ACTIVATION:
            began = time.perf_counter()
            found = self.explainer.explain(
                drive.frame,
                view.method,
                layer=view.layer or None,
                target=view.target if view.about.headed else None,
                forward=drive.forward,
                **view.options,
            )
            drive.timings[f'find {view.token}'] = time.perf_counter() - began
            return found.raw
        values = reduce_channels(drive.forward.activations[view.layer], view.reduce)
        place = self.pilot.registration(view.layer, drive.forward.model_input)
        return RawMap(values, place, 'activation')

    def paint(
        self, drive: Drive, token: str, out: Image | None = None, *, remark: str = ''
    ) -> Image:
        """Paint one view.

        Args:
            drive: A frame that was driven with this view wanted.
            token: Of the view.
            out: Where to paint, uint8 of the picture's shape; made if not given.
            remark: What else is written on it, e.g. how far it can be believed.

        Returns:
            The overlay, RGB.

        Raises:
            NotFiniteError: The map holds NaN or infinity.
        """
        raw = self.raw(drive, token)
        began = time.perf_counter()
        painter = self._view_painters[token]
        out = painter.paint(drive.frame, raw, drive.steering, out, remark=remark)
        drive.timings[f'paint {token}'] = time.perf_counter() - began
        return out

    def lay_out(self, drive: Drive, token: str, marks: Mapping[int, str] | None = None) -> Image:
        """Draw one grid.

        Args:
            drive: A frame that was driven with this grid wanted.
            token: Of the grid.
            marks: A word on some channels; see ``GridPainter``.

        Returns:
            RGB, uint8 (H, W, 3).

        Raises:
            NotFiniteError: The activation holds NaN or infinity.
        """
        began = time.perf_counter()
        activation = drive.forward.activations[self.grids[token].layer]
        picture = self.grid_painters[token].draw(activation, marks)
        drive.timings[f'paint {token}'] = time.perf_counter() - began
        return picture

    def calibrate(
        self, frames: Iterable[Frame], proved: Mapping[str, NDArray[np.bool_]] | None = None
    ) -> None:
        """Fit every ``'fixed'`` scale without a range, and fixed grids, to a sample of the race.

        Args:
            frames: At most a few hundred evenly spaced frames; bad ones are passed over, and
                expensive methods look at every tenth.
            proved: Which filters no picture can make active, by layer, for the marks on grids.
        """
        unset = [
            token
            for token, view in self.views.items()
            if isinstance(self._view_painters[token].scale, FixedScale) and view.range is None
        ]
        cheap = [token for token in unset if self.views[token].about.cheap]
        maps: dict[str, list[RawMap]] = {token: [] for token in unset}
        fixed = {t: painter for t, painter in self.grid_painters.items() if painter.view.fixed}
        for painter in fixed.values():
            painter.begin()
        for number, frame in enumerate(frames if unset or fixed else ()):
            wanted = cheap if number % _EXPENSIVE_EVERY else unset
            try:
                drive = self.drive(frame, (*wanted, *fixed))
                for token in wanted:
                    maps[token].append(self.raw(drive, token))
                for painter in fixed.values():
                    painter.take(drive.forward.activations[painter.view.layer])
            except (BadFrameError, NotFiniteError):
                continue
        for token, raws in maps.items():
            self._view_painters[token].scale = FixedScale.fit(raws)
        for painter in fixed.values():
            painter.settle((proved or {}).get(painter.view.layer))
        self._last_stamp_ns = None

    def scale_ranges(self) -> dict[str, tuple[float, float]]:
        """Return what 0 and 1 stand for in every view with a fixed scale."""
        scales = {token: painter.scale for token, painter in self._view_painters.items()}
        return {
            token: (scale.low, scale.high)
            for token, scale in scales.items()
            if isinstance(scale, FixedScale)
        }

    def reset(self) -> None:
        """Forget the sequence of frames so far."""
        for painter in self._view_painters.values():
            painter.scale.reset()


def _refuse_shared_topics(views: Sequence[View | GridView]) -> None:
    """Refuse views and grids that would have the same topic."""
    owners: dict[str, View | GridView] = {}
    for view in views:
        other = owners.setdefault(view.token, view)
        if other is view:
            continue
        if other.name == view.name:
            msg = f'{view.name!r} is shown twice: a layer or method has one view.'
        else:
            msg = f'{other.name!r} and {view.name!r} would share the topic name {view.token!r}.'
        raise ProfileError(msg)
