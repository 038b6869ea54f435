# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""All channels of a layer as a picture of their own, beside the views on the frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.vision.grid import GridStyle, page_count
from featuremap_ros.vision.tokens import topic_token

GRID = 'grid'


@dataclass(frozen=True, slots=True, kw_only=True)
class GridView:
    """One grid. It is no ``View``: nothing is reduced to a map, and nothing lies on the frame.

    Attributes:
        layer: Name of a spatial layer; empty for the last convolution.
        style: How channels are laid out.
        page: Which page is shown, from 0; the last one where there are fewer.
        fixed: Whether black, white and the order of the channels are those of the whole race, so
            that nothing flickers; a pipeline must be calibrated for that. Else every frame has its
            own.
    """

    layer: str = ''
    style: GridStyle = field(default_factory=GridStyle)
    page: int = 0
    fixed: bool = False

    def __post_init__(self) -> None:
        """Refuse pages that there cannot be."""
        if self.page < 0:
            msg = f'page of view {self.name!r} must be 0 or more: got {self.page}.'
            raise UnsupportedError(msg)

    @property
    def name(self) -> str:
        """What the grid is called: ``'grid/conv_5'``."""
        return f'{GRID}/{self.layer}'

    @property
    def token(self) -> str:
        """Its name in files: ``'grid.conv_5'``."""
        return f'{GRID}.{topic_token(self.layer)}'

    @property
    def topic(self) -> str:
        """Where it is published: ``'grid/conv_5'``."""
        return f'{GRID}/{topic_token(self.layer)}'

    def pages(self, channels: int) -> int:
        """Return how many pages the channels of the layer fill."""
        return page_count(channels, self.style)

    def shown_page(self, channels: int) -> int:
        """Return which page is shown of so many channels."""
        return min(self.page, self.pages(channels) - 1)

    def complete(self, explainer: Explainer) -> GridView:
        """Return the grid with the layer that is taken when nobody chose.

        Args:
            explainer: Of the pilot.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: The layer has no place in the picture.
        """
        return replace(self, layer=explainer.layer(self.layer or None))
