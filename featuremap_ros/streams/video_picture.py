# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A decoded picture of a video: whether it can be believed, and its pixels."""

from __future__ import annotations

from av.video.frame import VideoFrame
import numpy as np

from featuremap_ros.vision.frame import Image

BROKEN = 'it is damaged, or builds on a picture that is damaged or was not recorded'


class PictureChain:
    """Tells which pictures of a video can be believed.

    Most say only what has changed since the one before. After a damaged one, decoders go on with
    pictures that look whole and are not, up to the next key frame.
    """

    def __init__(self) -> None:
        """Begin at a key frame."""
        self._broken = False

    def lose(self) -> None:
        """Note that something could not be decoded."""
        self._broken = True

    def believes(self, picture: VideoFrame) -> bool:
        """Take the next picture; return whether it is what was recorded."""
        self._broken = picture.is_corrupt or (self._broken and not picture.key_frame)
        return not self._broken


def rgb_of(picture: VideoFrame) -> Image:
    """Return the pixels, RGB, uint8 (H, W, 3), turned as phones ask for."""
    image: Image = picture.to_ndarray(format='rgb24')  # type: ignore[assignment]
    turns = round(picture.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image
