# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Animations with one colour table, exact to the last pixel."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import SinkError


def write_gif(
    path: Path, pictures: Iterable[NDArray[np.uint8]], palette: NDArray[np.uint8], *, rate: float
) -> int:
    """Write pictures as a GIF that repeats for ever.

    Args:
        path: Where to write; an existing file is replaced.
        pictures: Entries of the palette, uint8 (H, W) each, all of one size.
        palette: RGB, uint8 (256, 3).
        rate: Pictures per second; players show at most 50.

    Returns:
        How many pictures were written.

    Raises:
        SinkError: The file cannot be written, or there are no pictures.
    """
    opaque = np.concatenate([np.full((256, 1), 255, np.uint8), palette], axis=1)
    count = 0
    try:
        with av.open(str(path), 'w', format='gif', options={'loop': '0'}) as container:
            stream = container.add_stream('gif', rate=Fraction(rate).limit_denominator(100))
            stream.pix_fmt = 'pal8'
            for picture in pictures:
                if not count:
                    stream.height, stream.width = picture.shape
                image = np.ascontiguousarray(picture)
                # PyAV's annotation leaves out the pair that pal8 takes.
                pair: Any = (image, opaque)
                frame = av.VideoFrame.from_ndarray(pair, format='pal8')
                container.mux(stream.encode(frame))
                count += 1
            if count:
                container.mux(stream.encode(None))
    except (OSError, av.error.FFmpegError) as error:
        raise SinkError(f'{path} cannot be written: {error}.') from None
    if not count:
        path.unlink(missing_ok=True)
        raise SinkError(f'{path}: there are no pictures to write.')
    return count
