# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Methods that differentiate by the pixels that the network is fed.

Pixels that the profile masks are the same whatever the camera shows: they have no part in a map.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.integrated_gradients import integrated_gradients
from featuremap_ros.attribution.saliency import saliency
from featuremap_ros.attribution.smoothgrad import smooth_grad
from featuremap_ros.explaining.from_gradient import gradient_finding
from featuremap_ros.explaining.method import Finding, Method
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.explaining.region import region_sampling

_NOISE = 0.15


def _saliency(moment: Moment) -> Finding:
    gradient = moment.input_gradient(moment.tensor[None])
    return gradient_finding(
        moment,
        gradient,
        _seen(moment, saliency(gradient.values[0])),
        unit=f'{gradient.unit} per unit of the input',
        sampling=region_sampling(moment.region),
        signed=False,
    )


def _smooth_grad(
    moment: Moment, *, copies: int = 25, noise: float = _NOISE, seed: int = 0
) -> Finding:
    gradient = moment.input_gradient(moment.tensor[None])
    sigma = noise * _input_range(moment)

    def differentiate(
        pictures: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        # No camera makes noise where the mask is.
        noisy = np.repeat(moment.tensor[None], len(pictures), axis=0)
        seen = (slice(None), *moment.region.slices)
        noisy[seen] = pictures[seen]
        return moment.differentiate(noisy)

    values = smooth_grad(moment.tensor, differentiate, sigma=sigma, copies=copies, seed=seed)
    return gradient_finding(
        moment,
        gradient,
        _seen(moment, values),
        unit=f'{gradient.unit} per unit of the input',
        sampling=region_sampling(moment.region),
        signed=False,
        details={'copies': copies, 'sigma': sigma, 'seed': seed},
    )


def _integrated(
    moment: Moment, *, baseline: str = 'blur', steps: int = 50, most_steps: int = 800
) -> Finding:
    gradient = moment.input_gradient(moment.tensor[None])
    start = moment.normalised(moment.hidden(baseline))
    result = integrated_gradients(
        moment.tensor, start, moment.differentiate, steps=steps, most_steps=most_steps
    )
    notes = []
    if not result.complete:
        notes.append(
            f'The map adds up to {result.change - result.residual:.4g} where the change from the '
            f'baseline is {result.change:.4g}: it is rough.'
        )
    return gradient_finding(
        moment,
        gradient,
        _seen(moment, result.values),
        sampling=region_sampling(moment.region),
        details={
            'baseline': baseline,
            'steps': result.steps,
            'change': result.change,
            'residual': result.residual,
        },
        notes=notes,
    )


def _seen(moment: Moment, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut a map of all pixels to those that the profile does not mask."""
    return np.ascontiguousarray(values[moment.region.slices])


def _input_range(moment: Moment) -> float:
    """Return how far apart black and white are after normalisation."""
    if moment.pilot.profile.input.normalisation == 'per-image':
        reach = int(np.ptp(moment.pixels))
        return 255 * float(np.ptp(moment.tensor)) / reach if reach else 1.0
    return float(np.ptp(moment.normalised(np.array([0, 255], np.uint8))))


SALIENCY = Method(
    name='saliency',
    question='Which pixels would change the number most if they changed a little?',
    find=_saliency,
    gradients=True,
)

SMOOTHGRAD = Method(
    name='smoothgrad',
    question='The same, on average over noisy copies of the picture?',
    find=_smooth_grad,
    gradients=True,
)

INTEGRATED_GRADIENTS = Method(
    name='integrated_gradients',
    question='How is the difference to a baseline shared out among the pixels?',
    find=_integrated,
    gradients=True,
)
