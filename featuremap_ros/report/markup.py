# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pieces of HTML; everything that comes from outside is escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
import json
import re
from typing import Any

import cv2
import numpy as np

from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.frame import Image

PICTURE_WIDTH = 640
"""Pictures are not wider than this (px)."""

_QUALITY = 84


def text(value: object) -> str:
    """Return anything as text of a page."""
    return escape(str(value))


def breakable(name: str) -> str:
    """Return a name as text that may be broken after underscores and slashes."""
    return re.sub(r'([_/])', r'\1<wbr>', text(name))


def picture(image: Image, alt: str, *, width: int = PICTURE_WIDTH, exact: bool = False) -> str:
    """Return a picture that is part of the page.

    Args:
        image: RGB, uint8 (H, W, 3).
        alt: What it shows.
        width: Largest width (px).
        exact: Keep every colour, for charts; else JPEG.
    """
    height, across = image.shape[:2]
    if across > width:
        size = (width, max(round(height * width / across), 1))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    height, across = image.shape[:2]
    return (
        f'<img src="{data_url(image, exact=exact)}" width="{across}" height="{height}" '
        f'alt="{text(alt)}">'
    )


def data_url(image: Image, *, exact: bool = False) -> str:
    """Return a picture as an address that holds it.

    Args:
        image: RGB, uint8 (H, W, 3).
        exact: PNG; else JPEG.
    """
    if exact:
        _, encoded = cv2.imencode('.png', image[..., ::-1])
    else:
        options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        _, encoded = cv2.imencode('.jpg', image[..., ::-1], options)
    kind = 'png' if exact else 'jpeg'
    return f'data:image/{kind};base64,{b64encode(encoded.tobytes()).decode()}'


def color_bar(name: str) -> str:
    """Return the address of a colour table as a picture, its low end on the left."""
    return data_url(color_table(name)[None, ::4], exact=True)


def figure(img: str, caption: str) -> str:
    """Return a picture with a caption; both are HTML already."""
    return f'<figure>{img}<figcaption>{caption}</figcaption></figure>'


def details(summary: str, content: str, *, opened: bool = False) -> str:
    """Return what is folded away below a line; ``content`` is HTML already."""
    state = ' open' if opened else ''
    return f'<details{state}><summary>{text(summary)}</summary>\n{content}\n</details>'


def section(name: str, heading: str, content: str) -> str:
    """Return a section; ``content`` is HTML already."""
    return f'<section id="{name}">\n<h2>{text(heading)}</h2>\n{content}\n</section>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: set[int]) -> str:
    """Return a table.

    Args:
        head: Of the columns, as plain text.
        rows: Cells, HTML already.
        numbers: Columns that hold numbers.
    """

    def cell(kind: str, i: int, content: str) -> str:
        return f'<{kind}{" class=number" if i in numbers else ""}>{content}</{kind}>'

    lines = [''.join(cell('th', i, text(name)) for i, name in enumerate(head))]
    lines += [''.join(cell('td', i, content) for i, content in enumerate(row)) for row in rows]
    body = '\n'.join(f'<tr>{line}</tr>' for line in lines)
    return f'<div class="table"><table>\n{body}\n</table></div>'


def script_data(value: Any) -> str:
    """Return plain data as JSON that cannot end the script element it is in."""
    dumped = json.dumps(value, separators=(',', ':'), allow_nan=False)
    return dumped.replace('&', '\\u0026').replace('<', '\\u003c').replace('>', '\\u003e')
