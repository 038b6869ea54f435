# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The pictures of docs/tutorial.md, from what its commands write."""

from __future__ import annotations

from pathlib import Path

import cv2
from pictures import frames, moving, page, still

PAGE = 'tutorial.md'


def draw(work: Path, out: Path) -> None:
    """Make the pictures.

    Args:
        work: Where the page's commands have run.
        out: Where to.
    """
    # The car meets the tape, at half speed.
    drive = frames(work / 'crash_rendered' / 'conv4.mp4', start=3.2, end=5.2)
    large = [cv2.resize(picture, (480, 360), interpolation=cv2.INTER_CUBIC) for picture in drive]
    moving(large, out / 'tutorial_crash.webp', milliseconds=100)
    still(work / 'crash_rendered' / 'driver.png', out / 'tutorial_steering.webp', width=900)
    still(work / 'crash_why_there' / 'why_00.png', out / 'tutorial_why.webp')
    for method in ('hirescam.conv4', 'occlusion'):
        source = work / 'crash_methods' / f'{method}.steering.png'
        still(source, out / f'tutorial_{method.partition(".")[0]}.webp', width=480)
    still(work / 'crash_trust' / 'trust.png', out / 'tutorial_trust.webp')
    report = out / 'tutorial_report.webp'
    page(work / 'crash.html', report, size=(1280, 900), width=900, seconds=4.12)
