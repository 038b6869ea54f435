# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The number of threads, with engines whose speed is known and with a real one."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from featuremap_ros.pilot import threads as threads_module
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.pilot.threads import quickest_engine


class Engine:
    """Takes as long as is said for its number of threads."""

    seconds: ClassVar[dict[int, float]] = {}
    runs = 0
    now = 0.0

    def __init__(self, model, *, threads=1):
        self.network = model
        self.threads = threads

    def run(self, inputs):
        """Take one picture of 4 x 5 and let time pass."""
        assert inputs['image'].shape == (1, 4, 5, 3)
        Engine.runs += 1
        Engine.now += self.seconds[self.threads]


@pytest.fixture
def chosen(monkeypatch):
    """Return a function from seconds by number of threads to the number that is chosen."""
    monkeypatch.setattr(threads_module, 'LiteRTEngine', Engine)
    monkeypatch.setattr(threads_module, 'time', SimpleNamespace(perf_counter=lambda: Engine.now))
    network = Network('here', (TensorSpec('image', (4, 5, 3)),), (), ())

    def choose(seconds):
        monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(len(seconds))))
        Engine.seconds, Engine.runs = seconds, 0
        return quickest_engine(network).threads

    return choose


@pytest.mark.parametrize(
    ('milliseconds', 'expected'),
    [
        ((4, 2), 2),
        ((4, 3.9), 1),
        ((4, 9), 1),
        ((4, 2.5, 2.4, 1), 4),
        ((4, 2, 1.9, 1.9), 2),
        ((4, 2, 1.9, 1.9, 0.1), 2),
    ],
)
def test_more_threads_must_be_worth_it(chosen, milliseconds, expected):
    """The fewest that no larger number, of four at most, beats clearly."""
    assert chosen({n: ms / 1e3 for n, ms in enumerate(milliseconds, 1)}) == expected


def test_one_core_is_not_tried_out(chosen):
    """There is nothing to choose."""
    assert chosen({1: 0.001}) == 1
    assert Engine.runs == 0


def test_a_heavy_network_is_not_held_up(chosen):
    """One pass of a tenth of a second is enough to know; the start of a car takes 2 s at most."""
    assert chosen({1: 0.1, 2: 0.06}) == 2
    assert Engine.runs == 1


def test_trying_ends(chosen):
    """With passes that just allow it."""
    began = Engine.now
    assert chosen({1: 0.05, 2: 0.05, 3: 0.05, 4: 0.05}) == 1
    assert Engine.now - began < 0.5


def test_a_pilot_gives_the_same_bits_with_any_number(tiny_model):
    """So that what is shown live is what is rendered."""
    engines = [load_engine(tiny_model, threads=count) for count in (None, 1, 2, 3)]
    picture = np.random.default_rng(0).random((1, 24, 32, 3), np.float32)
    maps = ['conv_1', 'conv_2']
    first, *others = (engine.run({'image': picture}, maps) for engine in engines)
    for other in others:
        for expected, found in zip(first, other, strict=True):
            assert expected.keys() == found.keys()
            for name, values in expected.items():
                assert np.array_equal(found[name], values)


@pytest.mark.parametrize(
    ('file', 'scale'),
    [
        ('axionaut/autopilot.hdf5', 1),
        ('udacity/model.h5', 1),
        ('donkeycar/pilot_21-08-12_8.h5', 255),
    ],
)
def test_real_pilots_give_the_same_bits_with_any_number(shared_data, file, scale):
    """All maps and outputs, on pictures that they were made for."""
    engines = [load_engine(shared_data / file, threads=count) for count in (1, 2, 3, 4)]
    network = engines[0].network
    layers = [layer.name for layer in network.layers]
    (camera,) = network.inputs
    with np.load(shared_data / 'inputs.npz') as kept:
        fitting = [
            kept[name].reshape(-1, *camera.shape)
            for name in kept.files
            if kept[name].shape[-3:] == camera.shape
        ]
    for picture in np.concatenate(fitting)[:3].astype(np.float32) / np.float32(scale):
        first, *others = (e.run({camera.name: picture[None]}, layers) for e in engines)
        for other in others:
            for expected, found in zip(first, other, strict=True):
                assert all(np.array_equal(found[name], expected[name]) for name in expected)
