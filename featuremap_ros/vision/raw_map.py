# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One map before it is scaled and coloured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.registration import Registration


@dataclass(frozen=True, slots=True, eq=False)
class RawMap:
    """A map in its own units, with its place in the picture.

    Attributes:
        values: float32 (h, w).
        registration: Where its cells lie.
        unit: Of the values, e.g. ``'activation'`` or ``'rad'``.
        signed: Whether zero is the neutral value and both signs mean something.
    """

    values: NDArray[np.float32]
    registration: Registration
    unit: str
    signed: bool = False
