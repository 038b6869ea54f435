# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulator's configuration at one moment: read from the parameters, never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
import math
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from featuremap_ros.demo.crash import CRASH_FAULTS, CRASH_SEED
from featuremap_ros.demo.faults import Faults
from featuremap_ros.errors import FeatureMapError, UnknownNameError
from featuremap_ros.ros.descriptor import descriptor_of
from featuremap_ros.ros.settings import SettingsError
from featuremap_ros.ros.simulator.parameters import SIMULATOR_PARAMETERS

_FAULT = 'faults.'


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Everything that the parameters say.

    Attributes:
        seed: Of the world.
        faults: What goes wrong in it.
        lockstep: Whether a step waits for its steering.
        clock: Whether ``/clock`` is published.
        image_transport: ``'raw'`` or ``'compressed'``.
        message: What steers, out of ``parameters.COMMANDS``.
        speed: Where the command says none (m/s).
        timeout: Of lock-step (s); ``None`` waits for ever.
        laps: After which the drive ends; ``None`` for a drive without end.
        restart_after: Of leaving the lane (s); ``None`` to leave the car there.
    """

    seed: int
    faults: Faults
    lockstep: bool
    clock: bool
    image_transport: str
    message: str
    speed: float
    timeout: float | None
    laps: float | None
    restart_after: float | None

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> SimulatorSettings:
        """Read the values of the parameters.

        Args:
            values: By full name, all of them.

        Raises:
            FeatureMapError: A value cannot be used, or not together with others.
        """
        for parameter in SIMULATOR_PARAMETERS:
            value = values[parameter.name]
            if parameter.choices and value not in parameter.choices:
                raise UnknownNameError(parameter.name, value, parameter.choices)
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f'{parameter.name} must be a number: got {value}.')
        if values['lockstep'] and values['steering.message'] == 'angle':
            msg = (
                'lockstep waits for the steering that carries the stamp of the image, and the '
                'Float64 of steering.message angle has none: choose ackermann or twist_stamped.'
            )
            raise SettingsError(msg)
        given = {
            name.removeprefix(_FAULT): value
            for name, value in values.items()
            if name.startswith(_FAULT)
        }
        seed, faults = values['seed'], Faults(**given)
        if values['scenario'] == 'crash':
            start, length = CRASH_FAULTS.start, CRASH_FAULTS.length
            seed = CRASH_SEED
            faults = replace(faults, false_line=True, start=start, length=length)
        return cls(
            seed=seed,
            faults=faults,
            lockstep=values['lockstep'],
            clock=values['clock'] or values['lockstep'],
            image_transport=values['image_transport'],
            message=values['steering.message'],
            speed=values['speed'],
            timeout=values['timeout'] or None,
            laps=values['laps'] or None,
            restart_after=values['restart_after'] or None,
        )


def declare(node: Node) -> SimulatorSettings:
    """Declare the parameters.

    Args:
        node: Owns them.

    Returns:
        What they are set to.

    Raises:
        FeatureMapError: They cannot be used.
    """
    for parameter in SIMULATOR_PARAMETERS:
        node.declare_parameter(parameter.name, parameter.default, descriptor_of(parameter))
    return _read(node, [])


def listen(node: Node, apply: Callable[[SimulatorSettings], None]) -> None:
    """Answer to changes from now on; what cannot be used is refused with its reason.

    Args:
        node: Owns the parameters.
        apply: Called with new settings.
    """

    def check(changes: list[RosParameter]) -> SetParametersResult:
        try:
            settings = _read(node, changes)
        except FeatureMapError as error:
            return SetParametersResult(successful=False, reason=str(error))
        # Nobody else has a say here, and Humble does not tell when it has stored the values.
        apply(settings)
        return SetParametersResult(successful=True)

    node.add_on_set_parameters_callback(check)


def _read(node: Node, changes: list[RosParameter]) -> SimulatorSettings:
    """Read the parameters as they are after changes."""
    values = {p.name: node.get_parameter(p.name).value for p in SIMULATOR_PARAMETERS}
    values |= {change.name: change.value for change in changes if change.name in values}
    return SimulatorSettings.read(values)
