# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Videos of noise, which is hard to compress, and what is in a video."""

from __future__ import annotations

import av
import numpy as np

from featuremap_ros.report.clip import ClipWriter


def noise(number, shape):
    """Return a picture that cannot be compressed well."""
    return np.random.default_rng(number).integers(0, 255, (*shape, 3), dtype=np.uint8)


def write_noise(path, *, shape=(96, 128), ticks=range(0, 90_000, 3000)):
    """Write a noisy video and return its path."""
    with ClipWriter(path, shape=shape) as clip:
        for number, tick in enumerate(ticks):
            clip.write(noise(number, shape), tick)
    return path


def contents(path):
    """Return width, height, and when each picture is shown (ticks)."""
    with av.open(str(path)) as video:
        pictures = list(video.decode(video=0))
        assert video.streams.video[0].codec_context.name == 'h264'
        ticks = [round(p.pts * p.time_base * 90_000) for p in pictures]
        return pictures[0].width, pictures[0].height, ticks
