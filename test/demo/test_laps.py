# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said of a drive, however long it lasts."""

from __future__ import annotations

from dataclasses import replace
import tracemalloc

import numpy as np
import pytest

from featuremap_ros.demo.laps import Referee
from featuremap_ros.demo.race import START_NS
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.world import World


@pytest.fixture(scope='module')
def simulator():
    """Return a car that is put from place to place."""
    return Simulator(World(3), start_ns=START_NS)


def put(simulator, lateral, *, speed=1.0):
    """Put the car beside the centre line (m)."""
    simulator.place(1.0, lateral=lateral)
    simulator.state = replace(simulator.state, speed=speed)


def test_distances_are_those_of_numpy(simulator):
    """To a tenth of a millimetre, and the largest exactly."""
    referee = Referee(simulator)
    laterals = np.random.default_rng(1).normal(0, 0.05, 400)
    for lateral in laterals:
        put(simulator, float(lateral))
        referee.look()
    report, sizes = referee.report(), np.abs(laterals)
    assert report.lateral_max == pytest.approx(sizes.max(), abs=1e-6)
    assert report.lateral_p95 == pytest.approx(np.percentile(sizes, 95), abs=1e-3)


def test_before_it_sets_off_nothing_counts(simulator):
    """A car that waits askew for its pilot does nothing wrong."""
    referee = Referee(simulator)
    put(simulator, 0.2, speed=0.0)
    referee.look()
    assert (referee.report().lateral_max, referee.report().lateral_p95) == (0.0, 0.0)


def test_the_memory_does_not_grow(simulator):
    """The live demo drives for days."""
    referee = Referee(simulator)
    put(simulator, 0.1)
    referee.look()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(5000):
        referee.look()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 10_000
