# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From the bytes of ROS image messages to RGB arrays.

This is the one place where encodings are read, live and from bags. It is our own because the
usual converters do not read every image that cameras send: ``rosbags-image`` ignores ``step``
and returns sheared pictures for padded rows; ``cv_bridge`` exists only inside a ROS
distribution, is compiled against one NumPy and one OpenCV, and would give other results live
than offline. Here NumPy and OpenCV suffice, and ``step`` and ``is_bigendian`` are honoured.

Conventions are those of ``sensor_msgs/image_encodings.hpp`` and of what RViz shows: ``8UC3``
and ``8UC4`` are OpenCV's order (BGR, BGRA); 16-bit colour and ``mono16`` keep their high byte
(``value >> 8``). ``16UC1`` and ``32FC1`` carry a quantity of unknown range (depth, a heat map):
they are stretched linearly per image from the smallest to the largest reading to 0..255, where
0 in ``16UC1`` and anything not finite in ``32FC1`` means 'no reading' and becomes black; an
image whose readings are all equal is mid-grey (128) there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import BadFrameError
from featuremap_ros.vision.frame import Image

Convert = Callable[[NDArray[Any]], Image]

# Newer versions of OpenCV decode to RGB at once.
_RGB: int | None = getattr(cv2, 'IMREAD_COLOR_RGB', None)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pixels of an encoding lie in memory.

    Attributes:
        sample: NumPy kind and size of one sample, without its byte order, e.g. ``'u2'``.
        samples: Samples per pixel along a row.
        convert: From the samples (H, W) or (H, W, samples) to RGB, uint8 (H, W, 3).
        even_width: Whether two pixels share their colour along a row.
        half_planes: Whether H/2 rows of colour follow the H rows of brightness.
    """

    sample: str
    samples: int
    convert: Convert
    even_width: bool = False
    half_planes: bool = False


def _cv(code: int) -> Convert:
    return lambda pixels: cv2.cvtColor(pixels, code)  # type: ignore[return-value]


def _as_is(pixels: NDArray[Any]) -> Image:
    return pixels


def _high_byte(then: Convert) -> Convert:
    return lambda pixels: then((pixels >> 8).astype(np.uint8))


def _stretched(pixels: NDArray[Any]) -> Image:
    """Stretch readings linearly to 0..255 and repeat them in the three channels."""
    valid = np.isfinite(pixels) if pixels.dtype.kind == 'f' else pixels > 0
    grey = np.zeros(pixels.shape, np.uint8)
    if valid.any():
        readings = pixels[valid].astype(np.float64)
        low, high = float(readings.min()), float(readings.max())
        span = high - low
        grey[valid] = np.rint((readings - low) * (255.0 / span)) if span > 0 else 128
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)  # type: ignore[return-value]


# OpenCV names a Bayer pattern by its second row, second column; ROS by its first two pixels.
_BAYER = {
    'bayer_rggb': cv2.COLOR_BayerBG2RGB,
    'bayer_bggr': cv2.COLOR_BayerRG2RGB,
    'bayer_gbrg': cv2.COLOR_BayerGR2RGB,
    'bayer_grbg': cv2.COLOR_BayerGB2RGB,
}
_GREY = _cv(cv2.COLOR_GRAY2RGB)
_BGR = _cv(cv2.COLOR_BGR2RGB)
_BGRA = _cv(cv2.COLOR_BGRA2RGB)
_RGBA = _cv(cv2.COLOR_RGBA2RGB)
_UYVY = Layout('u1', 2, _cv(cv2.COLOR_YUV2RGB_UYVY), even_width=True)
_YUYV = Layout('u1', 2, _cv(cv2.COLOR_YUV2RGB_YUY2), even_width=True)

LAYOUTS: dict[str, Layout] = {
    'rgb8': Layout('u1', 3, _as_is),
    'bgr8': Layout('u1', 3, _BGR),
    'rgba8': Layout('u1', 4, _RGBA),
    'bgra8': Layout('u1', 4, _BGRA),
    'rgb16': Layout('u2', 3, _high_byte(_as_is)),
    'bgr16': Layout('u2', 3, _high_byte(_BGR)),
    'rgba16': Layout('u2', 4, _high_byte(_RGBA)),
    'bgra16': Layout('u2', 4, _high_byte(_BGRA)),
    'mono8': Layout('u1', 1, _GREY),
    'mono16': Layout('u2', 1, _high_byte(_GREY)),
    '8UC1': Layout('u1', 1, _GREY),
    '8UC3': Layout('u1', 3, _BGR),
    '8UC4': Layout('u1', 4, _BGRA),
    '16UC1': Layout('u2', 1, _stretched),
    '32FC1': Layout('f4', 1, _stretched),
    **{f'{name}8': Layout('u1', 1, _cv(code)) for name, code in _BAYER.items()},
    **{f'{name}16': Layout('u2', 1, _high_byte(_cv(code))) for name, code in _BAYER.items()},
    'yuv422': _UYVY,
    'uyvy': _UYVY,
    'yuv422_yuy2': _YUYV,
    'yuyv': _YUYV,
    'nv12': Layout('u1', 1, _cv(cv2.COLOR_YUV2RGB_NV12), even_width=True, half_planes=True),
    'nv21': Layout('u1', 1, _cv(cv2.COLOR_YUV2RGB_NV21), even_width=True, half_planes=True),
}
"""Every encoding of ``sensor_msgs/Image`` that can be shown as a picture, and its layout."""


def warning_of(encoding: str, topic: str) -> str | None:
    """Return what to say once of pictures that are stretched one by one.

    Args:
        encoding: Of an image message; empty for compressed ones.
        topic: Where they come from.

    Returns:
        A warning, or ``None`` for encodings of a fixed scale.
    """
    layout = LAYOUTS.get(encoding)
    if layout is None or layout.convert is not _stretched:
        return None
    return (
        f'The images of {topic} are {encoding}, readings of unknown range: each is stretched on '
        'its own from its smallest to its largest reading to 0..255, so the same distance is not '
        'the same grey in every image. A pilot that learned another scale steers wrongly: publish '
        'mono8, mono16 or rgb8 as it was trained on.'
    )


def image_to_rgb(message: Any) -> Image:
    """Turn a ``sensor_msgs/Image``, live or recorded, into an RGB picture; see :func:`to_rgb`."""
    return to_rgb(
        message.data,
        height=message.height,
        width=message.width,
        encoding=message.encoding,
        step=message.step,
        is_bigendian=message.is_bigendian,
    )


def to_rgb(
    data: Any,
    *,
    height: int,
    width: int,
    encoding: str,
    step: int,
    is_bigendian: bool | int = False,
) -> Image:
    """Turn the fields of a ``sensor_msgs/Image`` into an RGB picture.

    Args:
        data: The bytes: any contiguous buffer (``bytes``, ``memoryview``, ``array``, ndarray).
        height: Rows (px).
        width: Columns (px).
        encoding: One of :data:`LAYOUTS`.
        step: Bytes from one row to the next, padding included; 0 means none.
        is_bigendian: Whether samples of several bytes begin with the high one.

    Returns:
        RGB, uint8 (height, width, 3). For ``rgb8`` a read-only view of ``data``, which must
        then stay as it is; else a new array.

    Raises:
        BadFrameError: Unknown encoding, empty image, rows longer than ``step``, odd size where
            pixels share colours, or data shorter than ``step * height``.
    """
    layout = LAYOUTS.get(encoding)
    if layout is None:
        raise BadFrameError(
            f'Image encoding {encoding!r} is not supported. Choices: {", ".join(LAYOUTS)}.'
        )
    if height < 1 or width < 1:
        raise BadFrameError(f'The image is empty: {width} x {height} pixels.')
    odd = width % 2 or (layout.half_planes and height % 2)
    if layout.even_width and odd:
        raise BadFrameError(f'A {encoding} image needs an even size, got {width} x {height}.')
    pixel = layout.samples * int(layout.sample[1])
    step = step or width * pixel
    if step < width * pixel:
        raise BadFrameError(
            f'Rows of {width} {encoding} pixels take {width * pixel} bytes, step is {step}.'
        )
    rows = height * 3 // 2 if layout.half_planes else height
    octets = np.frombuffer(data, np.uint8)
    if octets.size < step * rows:
        raise BadFrameError(
            f'The image data is too short: {octets.size} bytes, expected {step * rows} '
            f'({rows} rows of {step} bytes for {width} x {height} {encoding}).'
        )
    dtype = np.dtype(('>' if is_bigendian else '<') + layout.sample)
    shape: tuple[int, ...] = (rows, width)
    strides: tuple[int, ...] = (step, pixel)
    if layout.samples > 1:
        shape, strides = (*shape, layout.samples), (*strides, dtype.itemsize)
    pixels: NDArray[Any] = np.ndarray(shape, dtype, octets.data, strides=strides)
    pixels.flags.writeable = False
    try:
        return layout.convert(pixels)
    except cv2.error as error:
        raise BadFrameError(
            f'A {encoding} image of {width} x {height} cannot be converted: {error.err}.'
        ) from None


def decode_jpeg(data: Any) -> Image:
    """Decode the data of a ``sensor_msgs/CompressedImage``: JPEG, PNG or what OpenCV reads.

    What the data is decides, not the message's ``format``, which drivers fill in freely.

    Args:
        data: The compressed bytes, any contiguous buffer.

    Returns:
        RGB, uint8 (H, W, 3); grey, alpha and 16-bit pictures are converted.

    Raises:
        BadFrameError: The data is empty, cut off, or not a picture.
    """
    octets = np.frombuffer(data, np.uint8)
    if octets.size == 0:
        raise BadFrameError('The compressed image is empty.')
    if octets.size > 1 and octets[0] == 0xFF and octets[1] == 0xD8 and _jpeg_is_cut(octets):
        # Some versions of OpenCV fill the missing part with grey and say nothing.
        raise BadFrameError(f'The JPEG image is cut off after {octets.size} bytes.')
    try:
        picture = cv2.imdecode(octets, cv2.IMREAD_COLOR if _RGB is None else _RGB)
    except cv2.error as error:
        raise BadFrameError(f'The compressed image cannot be decoded: {error.err}.') from None
    if picture is None:
        start = octets[:8].tobytes()
        msg = (
            f'The compressed image cannot be decoded ({octets.size} bytes starting with '
            f'{start!r}); JPEG and PNG can.'
        )
        if start.startswith((b'\0\0\0\1', b'\0\0\1')):
            msg += ' It begins like a part of a video (H.264, H.265): let a node decode it first.'
        raise BadFrameError(msg)
    if _RGB is None:
        cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=picture)
    return np.asarray(picture, np.uint8)


def _jpeg_is_cut(octets: NDArray[np.uint8]) -> bool:
    """Whether a JPEG lacks its end marker; the one of an embedded thumbnail does not count."""
    data = octets.tobytes()
    end = data.rfind(b'\xff\xd9')
    return end < 0 or data.find(b'\xff\xda', end) > 0
