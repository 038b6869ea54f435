# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a method says about one frame, with everything that one must know to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from featuremap_ros.pilot.targets import Target
from featuremap_ros.vision.raw_map import RawMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A map with everything that one must know to read it.

    Attributes:
        raw: The map in its own units, with its place in the camera's picture.
        method: What computed it.
        layer: Which layer it was computed for; ``None`` where the method takes none.
        target: The number that it explains; ``None`` where the method looks at no output.
        score: That number, as the method sees it.
        details: What the method adds, e.g. ``residual``, ``saturated``, ``baseline``.
        notes: What must be said beside the picture.
    """

    raw: RawMap
    method: str
    layer: str | None
    target: Target | None
    score: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """Unit of the map."""
        return self.raw.unit

    @property
    def name(self) -> str:
        """Method, layer and target, as far as they apply: ``'hirescam/conv_5/steering'``."""
        parts = (self.method, self.layer, self.target.name if self.target else None)
        return '/'.join(part for part in parts if part)

    @property
    def sides(self) -> tuple[str, str]:
        """What the low and the high end of the map stand for."""
        if self.raw.signed and self.target is not None:
            return self.target.sides
        return 'low', 'high'

    def to_json(self) -> dict[str, Any]:
        """Return everything but the values as plain data."""
        values, registration = self.raw.values, self.raw.registration
        return {
            'name': self.name,
            'method': self.method,
            'layer': self.layer,
            'target': self.target and self.target.name,
            'unit': self.unit,
            'signed': self.raw.signed,
            'sides': list(self.sides),
            'score': self.score,
            'details': dict(self.details),
            'notes': list(self.notes),
            'shape': list(values.shape),
            'minimum': float(values.min()),
            'maximum': float(values.max()),
            'cells_to_camera': asdict(registration.to_cell_centres),
            'receptive_field': list(registration.field),
        }
