# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which views follow every image, in the thread that drives; all others go to the observer."""

from __future__ import annotations

import numpy as np

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.view import View

# Values of all layers behind the one that is differentiated by: what NumPy goes back through in a
# few milliseconds.
_MOST_BEHIND = 100_000


def follows_every_image(view: View, pilot: Pilot) -> bool:
    """Decide where a view is computed.

    Cheap methods follow every image, those with gradients only where they need no TensorFlow,
    whose import alone would keep the car from driving for seconds, and few layers.

    Args:
        view: With its layer.
        pilot: The network.
    """
    about = view.about
    if not about.cheap:
        return False
    return not about.gradients or (
        _behind(view.layer, pilot.network) <= _MOST_BEHIND and _differentiable(view, pilot)
    )


def _behind(layer: str, network: Network) -> int:
    """Return how many values the layers behind one hold."""
    names = [one.name for one in network.layers]
    after = network.layers[names.index(layer) + 1 :] if layer in names else network.layers
    return sum(int(np.prod(one.shape)) for one in after)


def _differentiable(view: View, pilot: Pilot) -> bool:
    """Whether everything behind the layer has a derivative in NumPy; computes one, of zeros."""
    quick = pilot.quick_gradients()
    if quick is None:
        return False
    width, height = pilot.profile.input.size
    channels = pilot.network.inputs[0].shape[-1]
    inputs = pilot.inputs(np.zeros((1, height, width, channels or 1), np.float32))
    activation = np.zeros(pilot.network.layer(view.layer).shape, np.float32)
    target = find_target(view.target, pilot.profile.heads, pilot.network)
    try:
        quick.by_layer(inputs, view.layer, activation, target)
    except NotDifferentiableError:
        return False
    return True
