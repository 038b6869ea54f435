# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small files out of what the commands write: stills, moving pictures, pages of a browser."""

from __future__ import annotations

from collections.abc import Sequence
import importlib.util
from pathlib import Path
import tempfile

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

QUALITY = 80
MOVING_QUALITY = 60
_BROWSER = Path(__file__).parents[2] / 'test' / 'report' / 'support' / 'devtools.py'


def still(source: Path, out: Path, *, width: int = 0, rows: slice = slice(None)) -> None:
    """Write a picture as WebP.

    Args:
        source: PNG.
        out: Where to.
        width: Largest width (pixels); as it is if 0.
        rows: Which to keep.
    """
    picture = cv2.imread(str(source))[rows]
    scale = width / picture.shape[1] if width else 1.0
    if scale < 1.0:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(out), picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


def frames(video: Path, *, start: float = 0.0, end: float = 1e9, every: int = 1) -> list[Picture]:
    """Decode a part of a video.

    Args:
        video: The file.
        start: First moment (s).
        end: Last moment (s), excluded.
        every: Keep each Nth frame.

    Returns:
        BGR, uint8 (H, W, 3).
    """
    with av.open(str(video)) as opened:
        return [
            frame.to_ndarray(format='bgr24')
            for number, frame in enumerate(opened.decode(video=0))
            if start <= frame.time < end and number % every == 0
        ]


def moving(pictures: Sequence[Picture], out: Path, *, milliseconds: int) -> None:
    """Write an animated WebP.

    Args:
        pictures: BGR, uint8 (H, W, 3), all of one size.
        out: Where to.
        milliseconds: For which each is shown.
    """
    animation = cv2.Animation()
    animation.frames = list(pictures)
    animation.durations = np.full(len(pictures), milliseconds)
    cv2.imwriteanimation(str(out), animation, [cv2.IMWRITE_WEBP_QUALITY, MOVING_QUALITY])


def page(html: Path, out: Path, *, size: tuple[int, int], width: int, seconds: float) -> None:
    """Photograph a report in a browser (Chromium).

    Args:
        html: The report.
        out: Where to.
        size: Of the window, (width, height) in pixels.
        width: Of the picture (pixels).
        seconds: Where its video is to stand.
    """
    spec = importlib.util.spec_from_file_location('devtools', _BROWSER)
    devtools = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(devtools)
    video = "document.querySelector('video:not([hidden])')"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        browser = devtools.Page(Path(scratch) / 'profile')
        try:
            browser.open(html, width=size[0], height=size[1])
            browser.wait(f'{video} && {video}.readyState >= 2')
            browser.ask(f'{video}.currentTime = {seconds}')
            browser.wait(f'{video}.readyState >= 2 && !{video}.seeking')
            # A busy browser turns a circle on them.
            browser.ask(f'{video}.controls = false')
            browser.screenshot(Path(scratch) / 'page.png', whole=False)
        finally:
            browser.close()
        still(Path(scratch) / 'page.png', out, width=width)
