# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""An explanation as a picture: heat on the frame, with a legend."""

from __future__ import annotations

from featuremap_ros.explaining.explanation import Explanation
from featuremap_ros.vision.annotate import draw_label, draw_outline
from featuremap_ros.vision.enlarge import enlarged
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.legend import draw_legend
from featuremap_ros.vision.painter import Painter
from featuremap_ros.vision.scaling import percentiles, to_range

SIGNED_COLORMAP = 'diverging'


def paint_explanation(
    image: Image,
    explanation: Explanation,
    *,
    colormap: str = 'inferno',
    threshold: float = 0.15,
    opacity: float = 0.9,
    least_width: int = 0,
) -> Image:
    """Paint one map, scaled by its own percentiles.

    A signed map has colours of its own, centred on zero, and the same colour always means the same
    side: orange is left.

    Args:
        image: RGB, uint8 (H, W, 3); not written to.
        explanation: What to paint.
        colormap: Of maps without a sign.
        threshold: Strength below which nothing is painted, 0..1.
        opacity: 0..1.
        least_width: A smaller picture is enlarged first, so that the words fit on it (pixels).

    Returns:
        RGB, uint8 (H, W, 3).
    """
    raw = explanation.raw
    low, high = percentiles(raw.values)
    heat = to_range(raw, low, high)
    colors = SIGNED_COLORMAP if raw.signed else colormap
    painter = Painter(colormap=colors, threshold=threshold, opacity=opacity, signed=raw.signed)
    image, to_large = enlarged(image, least_width)
    rect = to_large.rect(raw.registration.rect(*heat.shape))
    out = painter.paint(image, heat, rect)
    draw_outline(out, rect)
    draw_label(out, explanation.name.replace('/', '  '))
    reach = max(abs(low), abs(high))
    ends = (-reach, reach) if raw.signed else (low, high)
    below, above = (f'{side} {end:.2g}' for side, end in zip(explanation.sides, ends, strict=True))
    draw_legend(out, colors, below, f'{above} {raw.unit}')
    return out
