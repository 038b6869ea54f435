# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes the picture of docs/methods.md: every method on the moment in which the demo crashes."""

from __future__ import annotations

from pathlib import Path
import tempfile

import cv2

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.crash import write_crash
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.painting import paint_explanation
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.one_frame import one_frame
from featuremap_ros.streams.source import open_source
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.tiles import lay_out

AT = '4.1'
SIZE = (480, 360)
PAGE = (3 * (SIZE[0] + 2) + 2, 3 * (SIZE[1] + 2) + 2)
QUALITY = 80


def methods() -> Image:
    """Explain the steering in the crash with every method; the first tile is the frame."""
    with tempfile.TemporaryDirectory() as folder, pilot_path() as path:
        explainer = Explainer(Pilot.load(path, profile='demo'))
        with open_source(write_crash(Path(folder) / 'crash')) as race:
            frame = one_frame(race, at=AT)
        tiles = [cv2.resize(frame.image, SIZE, interpolation=cv2.INTER_CUBIC)]
        for name in explainer.methods:
            found = explainer.explain(frame, name)
            tiles.append(paint_explanation(frame.image, found, least_width=SIZE[0]))
    return lay_out(tiles, PAGE)


def main(out: Path) -> None:
    """Write the picture."""
    cv2.imwrite(str(out), methods()[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


if __name__ == '__main__':
    main(Path(__file__).parent / 'methods.webp')
