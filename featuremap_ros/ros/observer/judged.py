# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Judgements of views, filters and colours: made in one thread, reported in others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from featuremap_ros.ros.observer.messages import Judgement
from featuremap_ros.trust.colour_order import ColourOrder
from featuremap_ros.trust.filter_verdict import LayerVerdict


@dataclass(slots=True)
class Judged:
    """Each mapping is exchanged as a whole, so readers need no lock.

    Attributes:
        views: By token.
        filters: By layer.
        colours: Whether red and blue come as the network expects; ``None`` until it is known.
    """

    views: Mapping[str, Judgement] = field(default_factory=dict)
    filters: Mapping[str, LayerVerdict] = field(default_factory=dict)
    colours: ColourOrder | None = None

    def forget(self) -> None:
        """Begin anew, with another pilot."""
        self.views, self.filters, self.colours = {}, {}, None

    def forget_views_except(self, shown: Collection[str]) -> None:
        """Forget the views that are not shown any more.

        Args:
            shown: Tokens of those that are.
        """
        self.views = {token: found for token, found in self.views.items() if token in shown}

    def remark(self, token: str) -> str:
        """Return how far a view can be believed, in a few words; empty if it is not known."""
        found = self.views.get(token)
        return '' if found is None else found.remark

    def marks(self, layer: str) -> dict[int, str]:
        """Return words for the filters of a layer that are not healthy."""
        found = self.filters.get(layer)
        return {} if found is None else found.marks
