# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a cell of a feature map belongs in the picture.

A convolution or pooling with kernel ``k``, stride ``s``, dilation ``d`` and left padding ``p``
changes, per axis, where cell 0 is centred, how far cells are apart, and how much one cell sees
(receptive-field arithmetic; https://distill.pub/2019/computing-receptive-fields/).
"""

from __future__ import annotations

from dataclasses import dataclass
import math

from featuremap_ros.vision.affine import Affine, Rect


@dataclass(frozen=True, slots=True)
class AxisSampling:
    """How the cells of a map sample one axis of the model's input.

    Attributes:
        start: Centre of cell 0 (model pixels, pixel-centre coordinates).
        jump: Distance between neighbouring cells (model pixels).
        field: Extent of a cell's receptive field (model pixels).
    """

    start: float = 0.0
    jump: float = 1.0
    field: float = 1.0

    def window(
        self, *, kernel: int, stride: int = 1, dilation: int = 1, pad: int = 0
    ) -> AxisSampling:
        """Return the sampling after a sliding window (convolution or pooling).

        Args:
            kernel: Taps of the window.
            stride: Input cells between neighbouring windows.
            dilation: Input cells between neighbouring taps.
            pad: Cells added before the first one.
        """
        reach = (kernel - 1) * dilation
        return AxisSampling(
            self.start + (reach / 2 - pad) * self.jump,
            self.jump * stride,
            self.field + reach * self.jump,
        )

    def shifted(self, cells: float) -> AxisSampling:
        """Return the sampling after ``cells`` leading cells were removed (negative: added)."""
        return AxisSampling(self.start + cells * self.jump, self.jump, self.field)

    def centre(self, cell: float) -> float:
        """Return where a cell is centred (model pixels)."""
        return self.start + cell * self.jump


def same_padding(size: int, *, kernel: int, stride: int = 1, dilation: int = 1) -> int:
    """Return how many cells TensorFlow's ``'same'`` padding adds before the first one.

    Args:
        size: Cells of the input along this axis.
        kernel: Taps of the window.
        stride: Input cells between neighbouring windows.
        dilation: Input cells between neighbouring taps.
    """
    total = (math.ceil(size / stride) - 1) * stride + (kernel - 1) * dilation + 1 - size
    return max(total, 0) // 2


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a feature map samples the model's input, on both axes.

    Attributes:
        y: Rows.
        x: Columns.
        spread: Where branches with different starts met, the largest distance between their
            starts (model pixels); ``y`` and ``x`` then hold the mean.
    """

    y: AxisSampling = AxisSampling()
    x: AxisSampling = AxisSampling()
    spread: float = 0.0

    def rect(self, height: int, width: int) -> Rect:
        """Return what the cells of an ``height`` x ``width`` map cover (model pixels)."""
        return Rect(
            self.x.centre(-0.5),
            self.y.centre(-0.5),
            self.x.centre(width - 0.5),
            self.y.centre(height - 0.5),
        )


@dataclass(frozen=True, slots=True)
class Registration:
    """Where one map lies in the camera's picture.

    Attributes:
        sampling: Map cells to model pixels.
        to_camera: Model pixels to camera pixels.
    """

    sampling: Sampling
    to_camera: Affine

    @property
    def to_cell_centres(self) -> Affine:
        """Map cells ``(column, row)`` to camera pixels."""
        x, y = self.sampling.x, self.sampling.y
        return self.to_camera.after(Affine(x.jump, y.jump, x.start, y.start))

    def rect(self, height: int, width: int) -> Rect:
        """Return what an ``height`` x ``width`` map covers (camera pixels)."""
        return self.to_camera.rect(self.sampling.rect(height, width))

    @property
    def field(self) -> tuple[float, float]:
        """Receptive field of one cell, (width, height) in camera pixels."""
        return (
            self.sampling.x.field * self.to_camera.scale_x,
            self.sampling.y.field * self.to_camera.scale_y,
        )
