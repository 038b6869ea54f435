# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Declares the parameters to ROS, and turns every change into new settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
import difflib
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.explaining.registry import methods
from featuremap_ros.ros.descriptor import descriptor_of
from featuremap_ros.ros.parameter import Parameter
from featuremap_ros.ros.parameters import OVERLAY_PARAMETERS, PARAMETERS
from featuremap_ros.ros.settings import (
    DEFAULT_TOKEN,
    option_name,
    overlay_name,
    Settings,
    SettingsError,
    view_option,
    view_setting,
)
from featuremap_ros.view import View

Check = Callable[[Settings, Mapping[str, Any]], None]
Apply = Callable[[Settings], None]


class Declaration:
    """The node's parameters.

    A change is checked as a whole with everything that stays; what the check refuses is refused
    with its reason, and nothing changes.
    """

    def __init__(self, node: Node) -> None:
        """Declare everything that does not depend on the pilot."""
        self._node = node
        self._quiet = False
        self._names: set[str] = set()
        for parameter in PARAMETERS:
            self._declare(parameter.name, parameter, parameter.default)
        for parameter in OVERLAY_PARAMETERS:
            self._declare(
                overlay_name(DEFAULT_TOKEN, parameter.name), parameter, parameter.default
            )

    def declare_view(self, view: View) -> None:
        """Declare the settings of one view, without values: the common default holds.

        Also declares the options of its method, with the method's defaults.
        """
        with self._unheard():
            for parameter in OVERLAY_PARAMETERS:
                name = overlay_name(view.token, parameter.name)
                if name not in self._names:
                    self._declare(name, parameter, None)
            for option, default in view.option_defaults.items():
                name = option_name(view.token, option)
                if name not in self._names:
                    text = f'Option of the method {view.method}; see docs/methods.md.'
                    parameter = Parameter(name=name, default=default, text=text)
                    self._declare(name, parameter, default)

    def listen(self, check: Check, apply: Apply) -> None:
        """Answer to changes from now on.

        Args:
            check: Raises ``FeatureMapError`` to refuse new settings; also gets the changed values
                by name, among them those of ROS itself.
            apply: Makes them work.
        """

        def checked(changes: list[RosParameter]) -> SetParametersResult:
            if not self._quiet:
                changed = {p.name: p.value for p in changes}
                try:
                    check(Settings.read({**self._values(), **self._own(changed)}), changed)
                except FeatureMapError as error:
                    return SetParametersResult(successful=False, reason=str(error))
                except Exception as error:  # no value may end a node that drives
                    reason = f'{type(error).__name__}: {error}'
                    return SetParametersResult(successful=False, reason=reason)
                if stored_later and self._own(changed):
                    stored_later.trigger()
            return SetParametersResult(successful=True)

        def changed(changes: list[RosParameter]) -> None:
            if not self._quiet and self._own({p.name: p.value for p in changes}):
                apply(self.settings())

        # Humble tells of a change only before it is stored; the executor's next turn comes after.
        tells = hasattr(self._node, 'add_post_set_parameters_callback')
        stored_later = (
            None if tells else self._node.create_guard_condition(lambda: apply(self.settings()))
        )
        self._node.add_on_set_parameters_callback(checked)
        if tells:
            self._node.add_post_set_parameters_callback(changed)

    def settings(self) -> Settings:
        """Return what is set now.

        Raises:
            FeatureMapError: The parameters cannot be used together.
        """
        return Settings.read(self._values())

    def restore(self, values: Mapping[str, Any]) -> None:
        """Set parameters back to the values at work, without reacting to it."""
        with self._unheard():
            self._node.set_parameters(
                [RosParameter(name, value=value) for name, value in values.items()]
            )

    def unknown(self) -> list[str]:
        """Report parameters that were given at the start and do not exist, with a near name."""
        # There is no public way to the overrides.
        given = getattr(self._node, '_parameter_overrides', {})
        known = [name for name in self._names if not name.startswith('qos_')]
        return [
            f'Unknown parameter {name!r} has no effect.'
            + ''.join(
                f' Did you mean {near!r}?' for near in difflib.get_close_matches(name, known, n=1)
            )
            for name in given
            if not self._node.has_parameter(name)
            and not name.startswith('qos_overrides.')
            and not _of_some_view(name)
        ]

    def _declare(self, name: str, parameter: Parameter, default: Any) -> None:
        about = descriptor_of(parameter)
        kind = RosParameter.Type.from_parameter_value(_plain(parameter.default))
        given = kind if default is None else _plain(default)
        try:
            self._node.declare_parameter(name, given, about)
        except InvalidParameterTypeException:
            raise SettingsError(_wrong_type(name, parameter, self._given(name))) from None
        self._names.add(name)

    def _given(self, name: str) -> Any:
        """Return the value that a parameter was given at the start."""
        # There is no public way to the overrides.
        return getattr(self._node, '_parameter_overrides', {})[name].value

    def _values(self) -> dict[str, Any]:
        """Return the values of the node's own parameters; ``None`` where none is set."""
        return {name: self._node.get_parameter_or(name).value for name in self._names}

    def _own(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out what belongs to ROS itself."""
        return {name: value for name, value in values.items() if name in self._names}

    @contextmanager
    def _unheard(self) -> Any:
        """Change parameters without reacting to it."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before


def _plain(value: Any) -> Any:
    """Return a value as rclpy takes it."""
    return list(value) if isinstance(value, tuple) else value


def _wrong_type(name: str, parameter: Parameter, value: Any) -> str:
    """Say how a value must be written."""
    if isinstance(parameter.default, float) and type(value) is int:
        return f'{name} is a double, and ROS takes no integer for it: write {float(value)}.'
    example = parameter.choices[0] if parameter.choices else _plain(parameter.default)
    return f'{name} cannot be {value!r}: write it like {example!r}.'


def _of_some_view(name: str) -> bool:
    """Whether a name is a setting of a view, perhaps of a layer that is not shown now."""
    if view_setting(name)[1] in {p.name for p in OVERLAY_PARAMETERS}:
        return True
    return any(view_option(name)[1] in method.defaults for method in methods().values())
