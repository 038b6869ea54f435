# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Setting parameters and calling services with ``featuremap tell``, from process to process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from rcl_interfaces.srv import GetParameters
from ros_process import environment
from std_srvs.srv import Trigger

from featuremap_ros.pilot.loading import load_engine


@pytest.fixture
def tell(domain, repository, peer):
    """Return what runs the verb while the peer answers: exit code, output, errors."""

    def run(*arguments):
        process = subprocess.Popen(
            [sys.executable, '-m', 'featuremap_ros.cli.main', 'tell', *arguments],
            env=environment(domain, repository),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            peer.until(lambda: process.poll() is not None, timeout=60, what='the end')
        finally:
            process.kill()
        output, errors = process.communicate()
        return process.returncode, output, errors

    return run


@pytest.fixture
def values(peer):
    """Return what reads parameters of the simulator."""
    client = peer.node.create_client(GetParameters, '/simulator/get_parameters')

    def read(*names):
        assert client.wait_for_service(10)
        future = client.call_async(GetParameters.Request(names=names))
        peer.until(future.done, what='an answer')
        return future.result().values

    yield read
    peer.node.destroy_client(client)


def test_parameters_are_set_as_they_are_declared_all_or_none(start_simulator, tell, values):
    """Whole numbers do for a double, which ROS itself refuses; what is refused says why."""
    simulator = start_simulator()
    assert tell('/simulator', 'faults.glare=1', 'speed=2') == (0, 'set faults.glare, speed\n', '')
    assert [value.double_value for value in values('faults.glare', 'speed')] == [1.0, 2.0]
    for requests, words in (
        (['speed=1.5', 'faults.glare=7'], '/simulator refuses speed, faults.glare: '),
        (['speed=1.5', 'seed=4'], 'read-only'),
        (['speed=fast'], "speed is of the type double, and 'fast' is not"),
        (['speed=[1'], "speed is of the type double, and '[1' is not"),
        (['faults.glar=1'], "Unknown parameter 'faults.glar'. Did you mean 'faults.glare'"),
    ):
        code, output, errors = tell('simulator', *requests)
        assert (code, output) == (1, ''), requests
        assert errors.startswith('featuremap tell: ')
        assert words in errors
    assert values('speed')[0].double_value == 2.0
    assert simulator.stop() == 0


def test_services_answer_in_order_and_a_failure_ends_it(peer, tell):
    """The answer is printed; an error is one line and exit code 1."""
    called = []

    def answering(name, *, success):
        def answer(_, response):
            called.append(name)
            response.success, response.message = success, f'{name} is done'
            return response

        return peer.node.create_service(Trigger, f'/peer/{name}', answer)

    services = [answering('first', success=True), answering('second', success=False)]
    assert tell('/peer', 'first', 'first') == (0, 'first is done\nfirst is done\n', '')
    code, output, _ = tell('/peer', 'first', '--json')
    assert json.loads(output)['done'] == [{'service': 'first', 'answer': 'first is done'}]
    code, output, errors = tell('/peer', 'first', 'second', 'first')
    assert (code, output) == (1, 'first is done\n')
    assert errors == 'featuremap tell: /peer/second: second is done\n'
    assert called == ['first'] * 4 + ['second']
    code, _, errors = tell('/peer', 'third')
    assert code == 1
    assert "Unknown service 'third'." in errors
    assert 'Choices: first, second.' in errors
    for service in services:
        peer.node.destroy_service(service)


def test_a_node_that_is_not_there_is_named_with_those_that_are(tell):
    """After as long as one is willing to wait."""
    code, _, errors = tell('/featuremop', 'why', '--timeout', '4')
    assert code == 1
    assert 'No node /featuremop was found within 4 s; found: ' in errors
    assert '/peer' in errors
    assert 'Traceback' not in errors


def test_a_list_is_shown_how_it_is_written(start_node, car, tell):
    """One layer is a list as well."""
    node = start_node(car)
    # The converter numbers names that were taken earlier in the process.
    _, layer = (one.name for one in load_engine(car['model']).network.layers)
    code, _, errors = tell('/featuremap', f'layers={layer}')
    assert code == 1
    assert errors.endswith(f'is not. Write layers=[{layer}].\n')
    assert tell('/featuremap', f'layers=[{layer}]') == (0, 'set layers\n', '')
    assert node.stop() == 0
