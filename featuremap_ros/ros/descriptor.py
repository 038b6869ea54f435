# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A row of a parameter table as ROS describes parameters."""

from __future__ import annotations

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

from featuremap_ros.ros.parameter import Parameter


def descriptor_of(parameter: Parameter) -> ParameterDescriptor:
    """Describe a parameter: meaning, choices, range.

    Args:
        parameter: Of a table.
    """
    about = ParameterDescriptor(
        description=parameter.text,
        read_only=parameter.read_only,
        additional_constraints=' | '.join(parameter.choices),
    )
    if parameter.low is None or parameter.high is None:
        return about
    low, high = parameter.low, parameter.high
    if isinstance(parameter.default, float):
        limits = FloatingPointRange(from_value=float(low), to_value=float(high))
        about.floating_point_range = [limits]
    elif isinstance(parameter.default, int) and not isinstance(parameter.default, bool):
        about.integer_range = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    return about
