# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The methods that come with the package, the quick ones first."""

from __future__ import annotations

from featuremap_ros.explaining.layer_methods import ACTIVATION, GRADCAM, HIRESCAM, VISUALBACKPROP
from featuremap_ros.explaining.occlusion_method import OCCLUSION
from featuremap_ros.explaining.pixel_methods import INTEGRATED_GRADIENTS, SALIENCY, SMOOTHGRAD

BUILTIN = (
    ACTIVATION,
    VISUALBACKPROP,
    GRADCAM,
    HIRESCAM,
    SALIENCY,
    SMOOTHGRAD,
    INTEGRATED_GRADIENTS,
    OCCLUSION,
)
