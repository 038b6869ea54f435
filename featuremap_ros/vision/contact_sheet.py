# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A race on one page: evenly spaced moments, one column per view."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.lettering import draw_text

_COLUMN_WIDTH = 480
_GAP = 6
_LETTERS = 0.55


class ContactSheet:
    """Collects small pictures of a sequence whose length need not be known.

    It keeps every n-th moment and doubles n whenever it holds too many, so that the moments stay
    evenly spaced and the memory bounded.
    """

    def __init__(self, moments: int = 6) -> None:
        """Set how many rows the sheet has at most.

        Args:
            moments: At least 1.
        """
        self._moments = moments
        self._step = 1
        self._seen = 0
        self._rows: list[Image] = []

    def add(self, pictures: Mapping[str, Image], when: str = '') -> None:
        """Take the pictures of one moment.

        Args:
            pictures: By view; RGB, uint8 (H, W, 3); the first one is as large every time.
            when: The moment, in ASCII; written into the lower right corner of the first picture.
        """
        if self._seen % self._step == 0:
            self._rows.append(_row(list(pictures.values())))
            _write_time(self._rows[-1], when)
            if len(self._rows) >= 2 * self._moments:
                self._rows = self._rows[::2]
                self._step *= 2
        self._seen += 1

    def image(self) -> Image | None:
        """Return the sheet, RGB, uint8 (H, W, 3); ``None`` if nothing was added."""
        if not self._rows:
            return None
        last = len(self._rows) - 1
        count = min(self._moments, len(self._rows))
        picks = sorted({round(i * last / max(count - 1, 1)) for i in range(count)})
        gap = np.full((_GAP, self._rows[0].shape[1], 3), 255, np.uint8)
        parts: list[Image] = []
        for pick in picks:
            parts += [self._rows[pick], gap]
        return np.concatenate(parts[:-1])


def _write_time(row: Image, text: str) -> None:
    """Write into the lower right corner of the first picture of a row."""
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, _LETTERS, 1)
    at = _COLUMN_WIDTH - width - 8, row.shape[0] - 9
    draw_text(row, text, at, scale=_LETTERS, thickness=1, rim=2, color=(255, 255, 255))


def _row(pictures: list[Image]) -> Image:
    """Put pictures side by side on white, each as large as fits where the first one does."""
    height, width = pictures[0].shape[:2]
    height = max(round(height * _COLUMN_WIDTH / width), 1)
    step = _COLUMN_WIDTH + _GAP
    row = np.full((height, len(pictures) * step - _GAP, 3), 255, np.uint8)
    for column, picture in enumerate(pictures):
        zoom = min(_COLUMN_WIDTH / picture.shape[1], height / picture.shape[0])
        across, down = (max(round(side * zoom), 1) for side in picture.shape[1::-1])
        place = row[:down, column * step : column * step + across]
        place[:] = cv2.resize(picture, (across, down), interpolation=cv2.INTER_AREA)
    return row
