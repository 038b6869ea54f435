# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The answer to why as plain data: enough to ask the network again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from featuremap_ros.pilot.heads import Steering
from featuremap_ros.why.ask import Why


def why_as_data(why: Why) -> dict[str, Any]:
    """Return everything but the pictures.

    Args:
        why: The answer.
    """
    return {
        'sentence': why.sentence,
        'found': why.found,
        'boxes': [asdict(box) for box in why.boxes],
        'network_boxes': [asdict(box) for box in why.counterfactual.boxes],
        'baseline': why.baseline,
        'before': _decision(why.before),
        'after': _decision(why.after),
        'evaluations': why.counterfactual.evaluations,
    }


def _decision(steering: Steering) -> dict[str, Any]:
    """Return what was decided, with all that the network returned."""
    return {
        'steering': steering.value,
        'steering_angle': steering.angle,
        'confidence': steering.confidence,
        'outputs': {name: output.tolist() for name, output in steering.heads.items()},
    }
