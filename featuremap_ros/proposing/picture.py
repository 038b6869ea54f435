# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the network is fed, as a picture: the crop on the frame, and the input as it arrives."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from featuremap_ros.errors import BadFrameError
from featuremap_ros.proposing.candidates import COLOURS
from featuremap_ros.proposing.proposal import Proposal
from featuremap_ros.trust.sheet import FAINT, Sheet
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import Preprocessor

_WIDTH = 960
_MARGIN = 20
_BOX = (255, 150, 60)
_DIM = 0.35


def draw_proposal(proposal: Proposal, image: Image) -> Image:
    """Draw a frame with what of it is fed, and the network's input in every order of colours.

    Args:
        proposal: What is fed.
        image: A frame of the race, RGB, uint8 (H, W, 3).

    Returns:
        RGB, uint8 (H, W, 3).

    Raises:
        BadFrameError: The frame has another size than the race's first.
    """
    prepare = Preprocessor(proposal.input)
    fed = prepare(image)
    orders = COLOURS if proposal.input.channels == 3 else ('gray',)
    column = (_WIDTH - (len(orders) + 1) * _MARGIN) // max(len(orders), 2)
    small = round(column * fed.pixels.shape[0] / fed.pixels.shape[1])
    wide = _WIDTH - 2 * _MARGIN
    tall = round(wide * image.shape[0] / image.shape[1])
    sheet = Sheet(_WIDTH, tall + small + 150)
    sheet.text(_MARGIN, 26, f'What is fed: {_crop_in_words(proposal)}', size=17)
    sheet.paste(_MARGIN, 48, wide, tall, _outlined(image, prepare))
    top = tall + 76
    width, height = proposal.input.size
    sheet.text(
        _MARGIN,
        top,
        f"The network's input, {width} x {height}, its channels shown as red, green and blue",
        size=15,
    )
    distances = proposal.decision('input.color').figures
    for number, order in enumerate(orders):
        left = _MARGIN + number * (column + _MARGIN)
        spec = replace(proposal.input, color=order)
        try:
            pixels = Preprocessor(spec)(image).pixels
        except BadFrameError:
            continue
        shown = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
        sheet.paste(left, top + 16, column, small, shown)
        chosen = ' (proposed)' if order == proposal.input.color else ''
        sheet.text(left, top + small + 30, order + chosen, size=14)
        if order in distances:
            text = f"{distances[order]:.3f} away from the driver's steering"
            sheet.text(left, top + small + 50, text, size=12, color=FAINT)
    return sheet.image()


def _outlined(image: Image, prepare: Preprocessor) -> Image:
    """Return the frame, dark where the network does not look."""
    x0, y0, x1, y1 = prepare.seen(image).to_pixels()
    dark = (image * _DIM).astype(np.uint8)
    dark[y0:y1, x0:x1] = image[y0:y1, x0:x1]
    thickness = max(image.shape[0] // 160, 1)
    cv2.rectangle(dark, (x0, y0), (x1 - 1, y1 - 1), _BOX, thickness)
    return dark


def _crop_in_words(proposal: Proposal) -> str:
    decision = proposal.decision('input.crop')
    what = 'the whole picture' if decision.value == 'none' else f'without {decision.value}'
    return f'{what} ({"decided" if decision.decided else "UNDECIDED"})'
