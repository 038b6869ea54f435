# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The thread that works with the observer, while the configuration changes under it."""

from __future__ import annotations

from dataclasses import replace
import os
import signal
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from featuremap_ros.judging.colour_probe import ColourProbe
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.history import History, Seen
from featuremap_ros.ros.observer.judged import Judged
from featuremap_ros.ros.observer.messages import Look
from featuremap_ros.ros.observer.second_worker import Errand, SecondWorker
from featuremap_ros.ros.settings import Settings
from featuremap_ros.view import View
from featuremap_ros.vision.frame import Frame


def driving_of(model, profile, layers):
    """Return a configuration whose views nobody watches, and which are judged all the same."""
    pilot = Pilot.load(model, profile=profile, max_steering_angle=0.4)
    pipeline = Pipeline(pilot, [View(layer=layer) for layer in layers])
    settings = Settings.read(
        {'model': str(model), 'profile': str(profile), 'judge': 'always', 'trust_period': 0.5}
    )
    return Driving(
        settings.source,
        pilot,
        pipeline,
        {token: SimpleNamespace(wanted=lambda: False) for token in pipeline.views},
        settings,
        ColourProbe(pilot),
        pipeline.views,
    )


@pytest.fixture
def bench(tiny_model, tiny_profile):
    """Return a second worker at work on the tiny network, with everything it touches."""
    bench = SimpleNamespace(judged=Judged(), history=History(), said=[])
    bench.driving = driving_of(tiny_model, tiny_profile, ['conv_1', 'conv_2'])
    bench.worker = SecondWorker(
        host=SimpleNamespace(complain=lambda *words: bench.said.append(words)),
        history=bench.history,
        judged=bench.judged,
        views=SimpleNamespace(found=lambda *_: None),
        driving=bench.driving,
    )

    def see(stamp_ns):
        pixels = np.random.default_rng(stamp_ns).integers(0, 256, (48, 64, 3), np.uint8)
        seen = Seen(Frame(pixels, stamp_ns), None)
        bench.history.add(seen, seconds=10.0, most_bytes=10**8)

    bench.see = see
    bench.worker.start()
    yield bench
    bench.worker.close()
    bench.worker.join(10.0)


def until(condition, what):
    """Wait until something is true."""
    end = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def test_what_is_found_out_about_a_pilot_goes_with_it(bench, networks):
    """Also where the observer was busy with it while the pilot changed."""
    bench.see(1)
    until(lambda: bench.worker.observer_pid, 'the observer starts')
    # The converter numbers names that were taken earlier in the process.
    layer, _ = (one.name for one in load_engine(networks.quick).network.layers)
    bench.worker.swap(driving_of(networks.quick, networks.profile, [layer]))
    until(lambda: bench.worker.pace.report().rounds, 'a round ends')
    assert not bench.said
    assert not {'conv_1', 'conv_2'} & bench.judged.filters.keys()


def test_topics_stay_until_the_observer_has_answered(bench):
    """However many configurations came after the one that it was asked for."""
    output = bench.driving.outputs['conv_1']
    fewer = {'conv_2': bench.driving.outputs['conv_2']}
    bench.see(1)
    until(lambda: bench.worker.observer_pid, 'the observer starts')
    bench.worker.swap(replace(bench.driving))
    bench.worker.swap(replace(bench.driving, outputs=fewer))
    assert bench.worker.may_publish(output)
    until(lambda: bench.worker.pace.report().rounds, 'a round ends')
    until(lambda: not bench.worker.may_publish(output), 'the worker lets the topics go')


def test_a_view_that_is_gone_is_judged_no_more(bench, tiny_model, tiny_profile):
    """Its last judgement would otherwise be reported for ever."""
    stamps = iter(range(1, 1000))

    def judged():
        bench.see(next(stamps))
        time.sleep(0.1)
        return set(bench.judged.views)

    until(lambda: judged() == {'conv_1', 'conv_2'}, 'both are judged')
    fewer = driving_of(tiny_model, tiny_profile, ['conv_2'])
    bench.worker.swap(replace(bench.driving, outputs=fewer.outputs, views=fewer.views))
    assert set(bench.judged.views) == {'conv_2'}


def test_an_observer_that_hangs_is_noticed(bench):
    """However long; killed, it is started anew."""
    bench.see(1)
    until(lambda: bench.worker.pace.report().rounds, 'a round ends')
    first = bench.worker.observer_pid
    os.kill(first, signal.SIGSTOP)
    bench.see(2)
    until(lambda: bench.worker.pace.report().waiting > 0.5, 'a request waits')
    os.kill(first, signal.SIGKILL)
    until(lambda: bench.said, 'the end is noticed')
    stamps = iter(range(3, 10_000))
    rounds = bench.worker.pace.report().rounds
    until(
        lambda: bench.see(next(stamps)) or bench.worker.pace.report().rounds > rounds,
        'another goes on',
    )
    assert bench.worker.observer_pid not in (None, first)


def test_a_service_that_the_end_of_the_node_cuts_short_says_so(bench):
    """The observer was ended on purpose: its exit code means nothing."""
    bench.see(1)
    until(lambda: bench.worker.pace.report().rounds, 'a round ends')
    os.kill(bench.worker.observer_pid, signal.SIGSTOP)
    frame = bench.history.at(0).frame
    errand = Errand(lambda ask: ask(Look(frame=frame)))
    caller = threading.Thread(target=bench.worker.do, args=[errand])
    caller.start()
    until(lambda: bench.worker.pace.report().waiting > 0.3, 'the errand waits')
    bench.worker.close()
    caller.join(10.0)
    assert (errand.ok, errand.text) == (False, 'The node ends.')
