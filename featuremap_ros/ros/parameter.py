# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a row of a table of parameters says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = bool | int | float | str | tuple[str, ...] | tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter.

    Attributes:
        name: As ROS knows it.
        default: Also tells the type.
        text: What it does, with its unit.
        low: Smallest value of a number.
        high: Largest value of a number.
        choices: All values of a string, if they are limited.
        read_only: Whether it is fixed once the node runs.
    """

    name: str
    default: Value
    text: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False
