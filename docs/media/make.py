# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes the moving picture of the README from what ``make demo`` left in demo_out/."""

from __future__ import annotations

from pathlib import Path
import sys

import av
import cv2
import numpy as np

SECONDS = 6
EVERY = 2  # the demo's camera has 20 Hz; 10 are smooth enough for a picture of 1 MB
QUALITY = 60


def frames(path: Path) -> list[np.ndarray]:
    """Decode the beginning of a video, BGR."""
    with av.open(str(path)) as video:
        return [
            frame.to_ndarray(format='bgr24')
            for i, frame in enumerate(video.decode(video=0))
            if frame.time < SECONDS and i % EVERY == 0
        ]


def main(demo: Path, out: Path) -> None:
    """Put the views side by side and write an animated WebP."""
    views = [frames(path) for path in sorted(demo.glob('*.mp4'))]
    animation = cv2.Animation()
    animation.frames = [np.hstack(moment) for moment in zip(*views, strict=True)]
    animation.durations = np.full(len(animation.frames), 50 * EVERY)
    cv2.imwriteanimation(str(out), animation, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


if __name__ == '__main__':
    main(Path(sys.argv[1] if sys.argv[1:] else 'demo_out'), Path(__file__).parent / 'demo.webp')
