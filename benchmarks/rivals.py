# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The same maps and pictures from keract, tf-keras-vis and matplotlib."""

from __future__ import annotations

from pathlib import Path
import tempfile

import cv2

from benchmarks import against_keract, against_keras_vis, against_matplotlib, subjects
from benchmarks.report import joined, Result


def run(*, quick: bool) -> Result:
    """Measure."""
    cv2.setNumThreads(1)
    grids = against_matplotlib.run(quick=quick)
    with tempfile.TemporaryDirectory() as name:
        gradients = against_keras_vis.run(Path(name), quick=quick)
        maps = against_keract.run(Path(name), quick=quick)
    return joined(maps, gradients, grids, Result((), remarks=(subjects.remark(),)))
