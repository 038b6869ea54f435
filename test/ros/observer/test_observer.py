# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observer and the pipes to it; neither needs ROS."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from featuremap_ros.pilot import backends
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.ros.observer.handle import ObserverError, ObserverHandle
from featuremap_ros.ros.observer.link import receive, send
from featuremap_ros.ros.observer.messages import Look, Setup
from featuremap_ros.ros.settings import PilotSource
from featuremap_ros.view import View
from featuremap_ros.vision.frame import Frame

VIEW = View(method='occlusion', scale='frame')
TOKEN = 'occlusion.steering'


def frame(seed=0):
    """Return a frame of noise."""
    rng = np.random.default_rng(seed)
    return Frame(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8), seed)


@pytest.fixture(scope='module')
def setup(tiny_model, tiny_profile):
    """Return what the observer is set up as."""
    return Setup(PilotSource(str(tiny_model), str(tiny_profile)), 0.4, (VIEW,), ('conv_1',))


@pytest.fixture
def handle():
    """Return a handle whose process ends with the test."""
    handle = ObserverHandle()
    yield handle
    handle.close()


def test_pictures_of_any_size_pass_the_pipe():
    """Larger than the pipe's own memory, and nothing at all."""
    things = [frame(), {'a': np.arange(10**6, dtype=np.float32)}, None, np.empty((0, 3))]
    code = (
        'import os\n'
        'from featuremap_ros.ros.observer.link import receive, send\n'
        'reader, writer = os.fdopen(0, "rb", 0), os.fdopen(1, "wb", 0)\n'
        'while True: send(writer, receive(reader))\n'
    )
    pipe = subprocess.PIPE
    command = [sys.executable, '-c', code]
    with subprocess.Popen(command, bufsize=0, stdin=pipe, stdout=pipe) as echo:
        try:
            for thing in things:
                send(echo.stdin, thing)
                back = receive(echo.stdout)
                for a, b in zip(_arrays(thing), _arrays(back), strict=True):
                    np.testing.assert_array_equal(a, b)
        finally:
            echo.kill()


def _arrays(thing):
    if isinstance(thing, Frame):
        return [thing.image]
    if isinstance(thing, dict):
        return list(thing.values())
    return [] if thing is None else [thing]


def test_the_process_paints_what_the_pipeline_paints(handle, setup, tiny_model, tiny_profile):
    """The same bytes, from a process of its own."""
    looked = handle.ask(Look(frame=frame(), wanted=(TOKEN,)), setup)
    pipeline = Pipeline(Pilot.load(tiny_model, profile=tiny_profile), [VIEW])
    expected = pipeline.process(frame())
    np.testing.assert_array_equal(looked.overlays[TOKEN], expected.overlays[TOKEN])
    np.testing.assert_array_equal(looked.maps[TOKEN].values, expected.maps[TOKEN].values)
    assert handle.pid != os.getpid()


def test_judgements_add_up_and_the_filters_are_counted(handle, setup):
    """Trust against both baselines; flicker only with a frame before."""
    first = handle.ask(Look(frame=frame(1), judged=(TOKEN,), filters=True), setup)
    second = handle.ask(
        Look(frame=frame(2), before=frame(1), judged=(TOKEN,), filters=True), setup
    )
    one, two = first.judgements[TOKEN], second.judgements[TOKEN]
    assert one.flicker is None
    assert two.flicker > 0
    for name in ('blur', 'mean'):
        assert one.frames[name] + one.undefined[name] == 1
        assert two.frames[name] + two.undefined[name] == 2
        known = [j.trust[name] for j in (one, two) if j.trust[name] is not None]
        assert two.mean[name] is None or min(known) <= two.mean[name] <= max(known)
    assert second.filters['conv_2'].frames == 2
    assert len(second.filters['conv_1'].filters) == 4


def test_what_is_proved_dead_is_marked_from_the_first_frame(
    handle, tiny_model, tiny_profile, tmp_path
):
    """In the words of the command line; a pilot that takes over is judged by its own proof."""
    model = backends.keras().models.load_model(tiny_model)
    layer = model.get_layer('conv_2')
    kernel, bias = (np.array(weights) for weights in layer.get_weights())
    kernel[..., 4], bias[4] = -abs(kernel[..., 4]), -0.1
    layer.set_weights([kernel, bias])
    path = tmp_path / 'dead.keras'
    model.save(path)
    found = []
    for pilot in (path, tiny_model):
        setup = Setup(PilotSource(str(pilot), str(tiny_profile)), 0.4, (), ('conv_2',))
        found.append(handle.ask(Look(frame=frame(), filters=True), setup).filters['conv_2'])
    dead, alive = found
    assert dead.marks[4] == 'dead'
    assert dead.filters[4].remarks[0] == 'provably dead'
    assert '1 dead (proved)' in dead.message
    assert alive.proof
    assert not any(one.dead for one in alive.filters)


def test_a_view_that_cannot_be_computed_costs_only_itself(handle, setup):
    """Its reason comes back, and the process goes on."""
    with pytest.raises(ObserverError, match='leaves nothing of a picture of 4 x 4'):
        handle.ask(Look(frame=Frame(np.zeros((4, 4, 3), np.uint8), 0), wanted=(TOKEN,)), setup)
    pid = handle.pid
    assert handle.ask(Look(frame=frame(), wanted=(TOKEN,)), setup).overlays
    assert handle.pid == pid


def test_a_process_that_has_died_is_started_anew(handle, setup):
    """The request that it died over fails; the next one is answered."""
    assert handle.ask(Look(frame=frame(), wanted=(TOKEN,)), setup).overlays
    pid = handle.pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ObserverError, match=r'has ended \(exit code -9\)'):
        handle.ask(Look(frame=frame(), wanted=(TOKEN,)), setup)
    assert handle.ask(Look(frame=frame(), wanted=(TOKEN,)), setup).overlays
    assert handle.pid != pid


def test_a_process_that_stands_still_is_ended_all_the_same(handle, setup):
    """A stopped process takes no request to end; the node must not wait for one."""
    handle.ask(Look(frame=frame()), setup)
    os.kill(handle.pid, signal.SIGSTOP)
    closing = threading.Thread(target=handle.close)
    closing.start()
    closing.join(5.0)
    ended = not closing.is_alive()
    if not ended:
        os.kill(handle.pid, signal.SIGCONT)
    assert ended


def test_a_closed_handle_starts_nothing(handle, setup):
    """The node has ended."""
    handle.close()
    with pytest.raises(ObserverError, match='The node ends'):
        handle.ask(Look(frame=frame()), setup)
