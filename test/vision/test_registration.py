# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Registration, against windows that are slid over a line of pixels one by one."""

from __future__ import annotations

from dataclasses import dataclass
import math

from hypothesis import assume, given
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.affine import Affine, Rect
from featuremap_ros.vision.registration import AxisSampling, Registration, same_padding, Sampling


@dataclass(frozen=True)
class Window:
    """One operation along one axis; negative margins cut cells off."""

    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    same: bool = False
    margin: int = 0


@dataclass(frozen=True)
class Line:
    """For every cell of a line: the input pixels it depends on, and whether on padding too."""

    pixels: NDArray[np.bool_]
    padded: NDArray[np.bool_]

    def after(self, window: Window) -> Line:
        """Slide a window over the line, tap by tap."""
        size = self.pixels.shape[1]
        line = self.with_margin(window.margin, window.margin)
        if window.same:
            # As TensorFlow's documentation words it, by the remainder of the size.
            reach = (window.kernel - 1) * window.dilation + 1
            rest = len(line.padded) % window.stride or window.stride
            total = max(reach - rest, 0)
            line = line.with_margin(total // 2, total - total // 2)
        last = len(line.padded) - (window.kernel - 1) * window.dilation
        taps = [
            [first + tap * window.dilation for tap in range(window.kernel)]
            for first in range(0, last, window.stride)
        ]
        return Line(
            np.array([line.pixels[cells].any(axis=0) for cells in taps]).reshape(len(taps), size),
            np.array([line.padded[cells].any() for cells in taps], dtype=bool),
        )

    def with_margin(self, before: int, after: int) -> Line:
        """Add padding cells, or cut cells off."""
        before_cut, after_cut = max(-before, 0), max(-after, 0)
        kept = slice(before_cut, len(self.padded) - after_cut)
        margins = (max(before, 0), max(after, 0))
        return Line(
            np.pad(self.pixels[kept], (margins, (0, 0))),
            np.pad(self.padded[kept], margins, constant_values=True),
        )


def sampled(windows: list[Window], size: int) -> tuple[AxisSampling, Line]:
    """Return what registration says of a stack of windows, and what really happens."""
    axis = AxisSampling()
    line = Line(np.eye(size, dtype=bool), np.zeros(size, dtype=bool))
    for window in windows:
        cells = len(line.padded) + 2 * window.margin
        shape = {'kernel': window.kernel, 'stride': window.stride, 'dilation': window.dilation}
        pad = same_padding(cells, **shape) if window.same else 0
        axis = axis.shifted(-window.margin).window(pad=pad, **shape)
        line = line.after(window)
    return axis, line


STACKS = st.lists(
    st.builds(
        Window,
        kernel=st.integers(1, 7),
        stride=st.integers(1, 3),
        dilation=st.integers(1, 3),
        same=st.booleans(),
        margin=st.integers(-3, 3),
    ),
    max_size=4,
).filter(lambda windows: math.prod(window.stride for window in windows) <= 16)


@given(STACKS, st.integers(150, 170))
def test_cells_lie_in_the_middle_of_what_they_see(windows: list[Window], size: int) -> None:
    """Centre and field of every cell that sees no padding are exact, for any stack."""
    axis, line = sampled(windows, size)
    assume(not line.padded.all())
    for cell in np.flatnonzero(~line.padded):
        seen = np.flatnonzero(line.pixels[cell])
        assert (seen[0] + seen[-1]) / 2 == axis.centre(float(cell))
        assert seen[-1] - seen[0] + 1 == axis.field


def test_pilots_of_valid_convolutions_are_not_stretched_over_the_picture() -> None:
    """Rows 0 to 2 of donkeycar's last map lie at 38, 54 and 70 of 120; a stretch says 19.5."""
    windows = [Window(5, 2), Window(5, 2), Window(5, 2), Window(3, 2), Window(3)]
    axis, line = sampled(windows, 120)
    assert [axis.centre(row) for row in range(3)] == [38, 54, 70]
    assert len(line.padded) == 3
    assert axis.field == 77


def test_a_map_covers_its_cells_and_no_more() -> None:
    """The rectangle ends half a cell outside of the outermost centres, in camera pixels too."""
    sampling = Sampling(y=AxisSampling(38, 16, 77), x=AxisSampling(22, 4, 45))
    assert sampling.rect(3, 10) == Rect(left=20, top=30, right=60, bottom=78)
    registration = Registration(sampling, Affine(2, 3, 10, 100))
    assert registration.rect(3, 10) == Rect(left=50, top=190, right=130, bottom=334)
    assert registration.field == (90, 231)


def test_cell_centres_map_to_the_camera() -> None:
    """A map's column and row map to the camera picture through the model's input."""
    sampling = Sampling(y=AxisSampling(38, 16, 77), x=AxisSampling(22, 4, 45))
    registration = Registration(sampling, Affine(2, 3, 10, 100))
    assert registration.to_cell_centres(1, 2) == (2 * (22 + 4) + 10, 3 * (38 + 2 * 16) + 100)
