# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pilot as a function from pictures to one number, for methods that ask by changing pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.attribution.occlusion import Score
from featuremap_ros.errors import NotFiniteError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.targets import Target
from featuremap_ros.vision.preprocess import normalise


def pilot_score(pilot: Pilot, target: Target) -> Score:
    """Return the function that says a target's number for changed pictures.

    It runs the engine that drives, one picture at a time, so it works for every model format and
    agrees with the car to the last bit. It belongs to the thread that owns the pilot.

    Args:
        pilot: The network.
        target: Which number.

    Returns:
        A function from uint8 (n, h, w, C), after crop, resize and colours and before the
        normalisation, to float64 (n,) in ``target.unit``. It raises ``NotFiniteError`` where the
        network returns NaN or infinity.
    """
    how = pilot.profile.input.normalisation

    def score(pictures: Pixels) -> NDArray[np.float64]:
        values = np.array(
            [target.value(pilot.outputs(normalise(picture, how)[None])) for picture in pictures]
        )
        if not np.isfinite(values).all():
            msg = f'The network returned a {target.name} that is not finite for a changed picture.'
            raise NotFiniteError(msg)
        return values

    return score
