# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The pictures of docs/gallery.md, from what its commands write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
import tempfile

import cv2
import numpy as np
from pictures import frames, moving, page, Picture, still

PAGE = 'gallery.md'
LAYERS = ('conv1', 'conv2', 'conv3', 'conv4')
METHODS = (
    'activation.conv4',
    'visualbackprop.conv4',
    'gradcam.conv4.steering',
    'hirescam.conv4.steering',
    'saliency.steering',
    'smoothgrad.steering',
    'integrated_gradients.steering',
    'occlusion.steering',
)
# Of the channels 4 to 9, in the page of patches (pixels).
PATCHES = slice(776, 1940)
# Where the page looks closer (s), and a frame's worth later.
AT, AFTER = 9.0, 9.04


def draw(work: Path, out: Path) -> None:
    """Make the pictures.

    Args:
        work: Where the page's commands have run.
        out: Where to.
    """
    draw_files(work, out)
    report = work / 'race.html'
    page(report, out / 'gallery_report.webp', size=(1280, 900), width=760, seconds=AFTER)
    page(report, out / 'gallery_phone.webp', size=(390, 844), width=260, seconds=AFTER)


def draw_files(work: Path, out: Path) -> None:
    """Make those that need no browser.

    Args:
        work: Where the page's commands have run.
        out: Where to.
    """
    rendered, inside = work / 'race_rendered', work / 'race_inside'
    shown = [_frame(rendered / f'{layer}.mp4') for layer in LAYERS]
    _tiles(shown, out / 'gallery_layers.webp', columns=2)
    moving(
        frames(rendered / 'conv4.mp4', start=7.0, end=12.0, every=2),
        out / 'gallery_race.webp',
        milliseconds=100,
    )
    _tiles([_frame(work / 'race_seed' / 'conv4.mp4')], out / 'gallery_seed.webp', columns=1)
    still(inside / 'grid.conv1.page_0.png', out / 'gallery_grid.webp', width=900)
    moving(
        frames(work / 'race_grid' / 'grid.conv1.mp4', every=2),
        out / 'gallery_grids.webp',
        milliseconds=100,
    )
    (channel,) = inside.glob('channel.conv1.channel_*.png')
    still(channel, out / 'gallery_channel.webp', width=640)
    still(inside / 'kernels.png', out / 'gallery_kernels.webp', width=440)
    patches = inside / 'patches.conv1.page_0.png'
    still(patches, out / 'gallery_patches.webp', width=440, rows=PATCHES)
    explained = [cv2.imread(str(work / 'race_methods' / f'{name}.png')) for name in METHODS]
    small = [cv2.resize(tile, (400, 300), interpolation=cv2.INTER_AREA) for tile in explained]
    _tiles(small, out / 'gallery_methods.webp', columns=4)
    still(work / 'race_why' / 'why_00.png', out / 'gallery_why.webp', width=900)
    still(work / 'race_trust' / 'curves_blur.png', out / 'gallery_curves.webp', width=700)
    still(work / 'race_trust' / 'trust.png', out / 'gallery_trust.webp', width=560)
    still(work / 'race_filters' / 'conv2.png', out / 'gallery_filters.webp', width=900)
    still(rendered / 'driver.png', out / 'gallery_driver.webp', width=900)


def _frame(video: Path) -> Picture:
    """Return the frame that the page looks at."""
    return frames(video, start=AT - 0.01, end=AFTER)[0]


def _tiles(tiles: Sequence[Picture], out: Path, *, columns: int) -> None:
    """Lay pictures of one size side by side and below each other."""
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / 'tiles.png'
        cv2.imwrite(str(whole), np.vstack(rows))
        still(whole, out)
