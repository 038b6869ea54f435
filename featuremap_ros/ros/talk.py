# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Sets parameters of a running node and calls its services, where there is no `ros2` command."""

from __future__ import annotations

from collections.abc import Mapping
import difflib
import time
from typing import Any

from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.srv import DescribeParameters, ListParameters, SetParametersAtomically
import rclpy
from rclpy.node import Node
from rclpy.parameter import get_parameter_value, Parameter
from std_srvs.srv import Trigger
import yaml

from featuremap_ros.errors import FeatureMapError, UnknownNameError

_TRIGGER = 'std_srvs/srv/Trigger'
_LOOK_S = 0.1
_FOUND_S = 3.0
_MOST = 5


class TalkError(FeatureMapError):
    """A node does not answer, or refuses."""


class Talk:
    """A conversation with one node."""

    def __init__(self, node: Node, name: str, *, timeout: float) -> None:
        """Wait until the node is there.

        Args:
            node: Asks.
            name: Full name of the node that is asked.
            timeout: How long to wait, for it and for each of its answers (s).

        Raises:
            TalkError: There is no such node.
        """
        self._node = node
        self._name = name
        self._timeout = timeout
        until = time.monotonic() + timeout
        while name not in (known := self._nodes()):
            if time.monotonic() > until:
                there = ', '.join(sorted(known)) or 'none'
                msg = (
                    f'No node {name} was found within {timeout:g} s; found: {there}. Is it '
                    'running, and with the same ROS_DOMAIN_ID?'
                )
                raise TalkError(msg)
            rclpy.spin_once(node, timeout_sec=_LOOK_S)

    def change(self, texts: Mapping[str, str]) -> None:
        """Set parameters, all or none.

        Args:
            texts: By name, as they are typed.

        Raises:
            UnknownNameError: There is no such parameter.
            TalkError: A value is refused.
        """
        names = list(texts)
        listed = self._ask(ListParameters, 'list_parameters', ListParameters.Request())
        for name in names:
            if name not in listed.result.names:
                near = difflib.get_close_matches(name, listed.result.names, _MOST, 0.4)
                raise UnknownNameError('parameter', name, near or listed.result.names)
        asked = DescribeParameters.Request(names=names)
        described = self._ask(DescribeParameters, 'describe_parameters', asked).descriptors
        request = SetParametersAtomically.Request(
            parameters=[_parameter(one.name, texts[one.name], one.type) for one in described]
        )
        answer = self._ask(SetParametersAtomically, 'set_parameters_atomically', request)
        if not answer.result.successful:
            raise TalkError(f'{self._name} refuses {", ".join(names)}: {answer.result.reason}')

    def call(self, service: str) -> str:
        """Call a service that takes nothing, and return what it answers.

        Args:
            service: Its name below that of the node.

        Raises:
            UnknownNameError: The node has no such service.
            TalkError: It answers that it failed.
        """
        until = time.monotonic() + _FOUND_S
        while service not in (known := self._services()):
            # A node is found before its services are.
            if time.monotonic() > until:
                raise UnknownNameError('service', service, known)
            rclpy.spin_once(self._node, timeout_sec=_LOOK_S)
        answer = self._ask(Trigger, service, Trigger.Request())
        if not answer.success:
            raise TalkError(f'{self._name}/{service}: {answer.message}')
        return str(answer.message)

    def _nodes(self) -> set[str]:
        """Return the full names of all other nodes that are known."""
        found = self._node.get_node_names_and_namespaces()
        names = {f'{space.rstrip("/")}/{name}' for name, space in found}
        return names - {self._node.get_fully_qualified_name()}

    def _services(self) -> list[str]:
        """Return the names below that of the node of services that take nothing."""
        own = f'{self._name}/'
        known = self._node.get_service_names_and_types()
        return [
            name.removeprefix(own)
            for name, types in known
            if name.startswith(own) and _TRIGGER in types
        ]

    def _ask(self, kind: Any, service: str, request: Any) -> Any:
        """Return the answer of a service."""
        client = self._node.create_client(kind, f'{self._name}/{service}')
        try:
            answered = False
            if client.wait_for_service(self._timeout):
                future = client.call_async(request)
                rclpy.spin_until_future_complete(self._node, future, timeout_sec=self._timeout)
                answered = future.done()
            if not answered:
                msg = f'{self._name}/{service} has not answered within {self._timeout:g} s.'
                raise TalkError(msg)
            return future.result()
        finally:
            self._node.destroy_client(client)


def _parameter(name: str, text: str, kind: int) -> ParameterMessage:
    """Return a parameter as its declared type wants it."""
    declared = Parameter.Type(kind)
    if declared is Parameter.Type.NOT_SET:
        return ParameterMessage(name=name, value=get_parameter_value(text))
    try:
        value = text if declared is Parameter.Type.STRING else yaml.safe_load(text)
        if declared is Parameter.Type.DOUBLE:
            value = float(value)
        elif declared is Parameter.Type.DOUBLE_ARRAY:
            value = [float(one) for one in value]
        return Parameter(name, declared, value).to_parameter_msg()
    except (yaml.YAMLError, TypeError, ValueError):
        wanted = declared.name.lower().replace('_', ' ')
        cure = f' Write {name}=[{text}].' if 'ARRAY' in declared.name and text[:1] != '[' else ''
        raise TalkError(f'{name} is of the type {wanted}, and {text!r} is not.{cure}') from None
