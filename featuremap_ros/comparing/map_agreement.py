# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Do two maps show the same place of the picture?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.explanation import Explanation
from featuremap_ros.trust.correlation import correlation
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.resample import on_camera_pixels

# Fewer points that both maps cover than this share of the picture are no common ground.
_LEAST_SHARED = 0.05


def agreement(a: RawMap, b: RawMap, size: tuple[int, int]) -> float | None:
    """Return the correlation of two maps where both lie on the picture.

    Both are put where their cells belong (``Registration``), on a grid of the camera's pixels, so
    that networks with other inputs, crops and strides can be compared.

    Args:
        a: One map.
        b: Another of the same picture.
        size: (rows, columns) of the picture.

    Returns:
        Pearson's, -1 to 1; ``None`` where one of them is the same everywhere, or where they
        share less than a twentieth of the picture.
    """
    one, other = on_camera_pixels(a, size), on_camera_pixels(b, size)
    shared = np.isfinite(one) & np.isfinite(other)
    if shared.mean() < _LEAST_SHARED:
        return None
    return correlation(one[shared], other[shared])


@dataclass(slots=True)
class MapComparison:
    """Agreement of the maps of two pilots over a race, method by method.

    Attributes:
        correlations: By method, of every frame; ``None`` where it is not defined.
        refused: By method, why it cannot be computed for one of the pilots.
    """

    methods: Sequence[str]
    correlations: dict[str, list[float | None]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def add(
        self, frame: Frame, found: Mapping[str, tuple[Explanation, Explanation]]
    ) -> dict[str, float | None]:
        """Compare the maps of a frame and return how well they agree, by method."""
        size = frame.image.shape[:2]
        now = {name: agreement(a.raw, b.raw, size) for name, (a, b) in found.items()}
        for name, value in now.items():
            self.correlations.setdefault(name, []).append(value)
        return now

    def to_json(self) -> dict[str, Any]:
        """Return the figures of each method, or why there are none."""
        data: dict[str, Any] = {name: {'refused': why} for name, why in self.refused.items()}
        for name, values in self.correlations.items():
            known = [value for value in values if value is not None]
            data[name] = {
                'frames': len(values),
                'undefined': len(values) - len(known),
                'median': float(np.median(known)) if known else None,
                'lowest': min(known) if known else None,
                'highest': max(known) if known else None,
            }
        return data


def explain_both(
    a: Explainer, b: Explainer, frame: Frame, methods: Sequence[str]
) -> dict[str, tuple[Explanation, Explanation]]:
    """Explain the steering of two pilots on one frame, each with every method.

    Raises:
        UnknownNameError: There is no such method.
        UnsupportedError: A method cannot be computed for one of them.
        BadFrameError: The frame does not fit a profile.
        NotFiniteError: A network or map holds NaN or infinity.
    """
    return {name: (a.explain(frame, name), b.explain(frame, name)) for name in methods}
