# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures and data as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2

from featuremap_ros.streams.output_file import OutputFile
from featuremap_ros.vision.frame import Image


def write_png(path: Path, image: Image) -> None:
    """Write a picture.

    Args:
        path: Where; an existing file is replaced.
        image: RGB, uint8 (H, W, 3).

    Raises:
        SinkError: It cannot be written.
    """
    _, data = cv2.imencode('.png', image[..., ::-1])
    _write(path, data.tobytes())


def write_json(path: Path, data: Any) -> None:
    """Write plain data.

    Args:
        path: Where; an existing file is replaced.
        data: Dictionaries, lists, numbers and text.

    Raises:
        SinkError: It cannot be written.
    """
    _write(path, (json.dumps(data, indent=2) + '\n').encode())


def write_text(path: Path, text: str) -> None:
    """Write text as it is.

    Args:
        path: Where; an existing file is replaced.
        text: Written as UTF-8; see ``as_utf8``.

    Raises:
        SinkError: It cannot be written.
    """
    _write(path, as_utf8(text))


def as_utf8(text: str) -> bytes:
    """Encode text; what is none, as the names of files may hold, is escaped."""
    return text.encode(errors='backslashreplace')


def _write(path: Path, data: bytes) -> None:
    file = OutputFile(path)
    try:
        file.write(data)
    except BaseException:
        # Nothing of it is there, and an empty picture or page opens nowhere.
        if path.is_file():
            path.unlink()
        raise
    finally:
        file.close()
