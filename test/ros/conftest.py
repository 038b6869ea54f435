# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node in one process, the test in another, real DDS between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import os
from pathlib import Path
import sys
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent / 'support'))

from ros_process import environment, NodeProcess, READY, ros_arguments, SimulatorProcess


@pytest.fixture(scope='session')
def networks(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Return small networks with known decisions: ``quick``, ``slow``, and their profile."""
    from ros_networks import PROFILE, write_networks

    folder = tmp_path_factory.mktemp('networks')
    profile = folder / 'colours.yaml'
    profile.write_text(PROFILE)
    return SimpleNamespace(profile=profile, **write_networks(folder))


@pytest.fixture(scope='session')
def car(networks: SimpleNamespace) -> dict[str, Any]:
    """Return the parameters of a complete car with the quick network."""
    from ros_networks import LIMIT

    return {
        'model': networks.quick,
        'profile': networks.profile,
        'max_steering_angle': LIMIT,
        'wheelbase': 0.3,
        'speed': 1.0,
    }


@pytest.fixture(scope='module')
def start_node(
    domain: int, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., NodeProcess]]:
    """Return what starts the node; every node is ended with the file's last test."""
    started: list[NodeProcess] = []
    folder = tmp_path_factory.mktemp('nodes')

    def start(
        parameters: dict[str, Any],
        remaps: dict[str, str] | None = None,
        *,
        more: list[str] | None = None,
        ready: bool = True,
        **variables: str,
    ) -> NodeProcess:
        node = NodeProcess(
            folder / f'{len(started)}.log',
            [*ros_arguments(parameters, remaps or {}), *(more or [])],
            environment(domain, repository, **variables),
        )
        started.append(node)
        if ready:
            node.wait_for(READY)
        return node

    yield start
    for node in started:
        node.stop()


@pytest.fixture
def start_simulator(
    domain: int, repository: Path, tmp_path: Path
) -> Iterator[Callable[..., SimulatorProcess]]:
    """Return what starts the simulator; it is ended with the test."""
    started: list[SimulatorProcess] = []

    def start(*, ready: bool = True, **parameters: Any) -> SimulatorProcess:
        values = {name.replace('__', '.'): value for name, value in parameters.items()}
        process = SimulatorProcess(
            tmp_path / f'simulator_{len(started)}.log',
            ros_arguments(values, {}),
            environment(domain, repository),
        )
        started.append(process)
        if ready:
            process.wait_for('Waiting for steering on')
        return process

    yield start
    for process in started:
        process.stop()


@pytest.fixture
def own_node(domain: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a bare node called ``car`` in this process, which lives as long as the test."""
    from rclpy.context import Context
    from rclpy.node import Node

    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    context = Context()
    context.init(domain_id=domain)
    node = Node('car', context=context)
    yield node
    node.destroy_node()
    context.try_shutdown()


@pytest.fixture(scope='module')
def peer(domain: int) -> Iterator[Any]:
    """Return our end of the wire."""
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    from ros_wire import Peer

    peer = Peer(domain)
    yield peer
    peer.close()
