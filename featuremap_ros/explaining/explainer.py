# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Why the network decides as it does on one frame: every method, by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from featuremap_ros.attribution.occlusion import Score
from featuremap_ros.errors import NotFiniteError, UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explanation import Explanation
from featuremap_ros.explaining.method import Finding, Method
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.explaining.registry import methods
from featuremap_ros.explaining.scores import pilot_score
from featuremap_ros.explaining.stages import deepest_map
from featuremap_ros.pilot.gradients import Gradients
from featuremap_ros.pilot.pilot import ForwardPass, Pilot
from featuremap_ros.pilot.targets import find_target, Target
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import Registration

_ONE_CELL = (
    'The map is a single cell: it says how much, and not where. What is drawn is the middle of '
    'all that the cell sees.'
)


class Explainer:
    """Explains the decisions of one pilot; one thread at a time, the pilot's own.

    Attributes:
        pilot: The network.
        methods: By name; see ``docs/add_a_method.md``.
    """

    def __init__(self, pilot: Pilot, extra: tuple[Method, ...] = ()) -> None:
        """Load nothing yet.

        Args:
            pilot: The network.
            extra: Methods besides those that are installed.
        """
        self.pilot = pilot
        self.methods = methods() | {method.name: method for method in extra}
        self._kept: Gradients | None = None

    def method(self, name: str) -> Method:
        """Look a method up.

        Raises:
            UnknownNameError: There is no such method.
        """
        if name not in self.methods:
            raise UnknownNameError('method', name, self.methods)
        return self.methods[name]

    def target(self, name: str = 'steering') -> Target:
        """Look a target up: a head of the profile, or ``'<output>:<entry>'``.

        Raises:
            UnknownNameError: There is no such target; the message lists all.
        """
        return find_target(name, self.pilot.profile.heads, self.pilot.network)

    def refuse_idle_target(self, names: Iterable[str], target: str | None) -> None:
        """Refuse a target that none of the methods has a use for.

        Args:
            names: Of methods.
            target: That was asked for, if any was.

        Raises:
            UnsupportedError: None of them looks at an output.
        """
        asked = [self.method(name) for name in names]
        if target is None or not asked or any(method.headed for method in asked):
            return
        headed = ', '.join(method.name for method in self.methods.values() if method.headed)
        msg = (
            f'{", ".join(method.name for method in asked)} looks at no output and shows the same '
            f'for every target: leave {target!r} out, or ask one of {headed}.'
        )
        raise UnsupportedError(msg)

    def score(self, target: str = 'steering') -> Score:
        """Return the function that says a target's number for changed pictures."""
        return pilot_score(self.pilot, self.target(target))

    def taps(self, method: str, layer: str | None = None) -> tuple[str, ...]:
        """Return the layers that a method reads.

        A forward pass with these layers is all that a cheap method needs: hand it to ``explain``
        and no second one is computed.

        Args:
            method: Its name.
            layer: The layer to be explained; the deepest map if not given.

        Raises:
            UnknownNameError: There is no such method or layer.
            UnsupportedError: The layer has no place in the picture.
        """
        chosen = self.method(method)
        if not chosen.layered:
            return ()
        return chosen.taps(self.pilot.network, self.layer(layer))

    def explain(
        self,
        frame: Frame,
        method: str,
        *,
        layer: str | None = None,
        target: str | None = None,
        forward: ForwardPass | None = None,
        **options: Any,
    ) -> Explanation:
        """Explain one decision with one method.

        Args:
            frame: The camera's picture.
            method: See ``methods``.
            layer: For methods that take one; the last convolution if not given.
            target: What to explain; the steering if not given.
            forward: The frame's way through the network, if it was computed before.
            **options: Of the method.

        Raises:
            UnknownNameError: There is no such method, layer, target or option.
            UnsupportedError: The method cannot be computed for this model, not with these
                options, or looks at no output and so explains no target; the message says why.
            BadFrameError: The picture does not fit the profile.
            NotFiniteError: The network or the map holds NaN or infinity.
        """
        chosen = self.method(method)
        options = chosen.checked(options)
        self.refuse_idle_target((method,), target)
        about = self.target(target or 'steering')
        if not chosen.layered and layer is not None:
            self.pilot.network.layer(layer)
        where = self.layer(layer) if chosen.layered else None
        if forward is None:
            forward = self.pilot.forward(frame, self.taps(method, layer))
        moment = Moment(self.pilot, frame, about, forward, self.gradients)
        places = (moment,) if where is None else (moment, where)
        finding = chosen.find(*places, **options)
        return self._explanation(moment, chosen, where, finding)

    def gradients(self) -> Gradients:
        """Return what differentiates the network; see ``Pilot.gradients``."""
        if self._kept is None:
            self._kept = self.pilot.gradients()
        return self._kept

    def layer(self, name: str | None = None) -> str:
        """Look up a layer that has a place in the picture.

        Args:
            name: The last convolution, after its activation, if not given.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: The layer has no place in the picture.
        """
        network = self.pilot.network
        return deepest_map(network) if name is None else network.registered(name).name

    def _explanation(
        self, moment: Moment, method: Method, layer: str | None, finding: Finding
    ) -> Explanation:
        values = np.ascontiguousarray(finding.values, np.float32)
        if values.ndim != 2:
            msg = f'Method {method.name!r} returned a map of the shape {values.shape}.'
            raise UnsupportedError(msg)
        if not np.isfinite(values).all():
            msg = f'The map of method {method.name!r} is not finite.'
            raise NotFiniteError(msg)
        place = Registration(finding.sampling, moment.forward.model_input.to_camera)
        return Explanation(
            raw=RawMap(values, place, finding.unit, finding.signed),
            method=method.name,
            layer=layer,
            target=moment.target if method.headed else None,
            score=finding.score,
            details=finding.details,
            notes=(*finding.notes, _ONE_CELL) if values.size == 1 else finding.notes,
        )
