# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the pilot learns from."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
import multiprocessing
import threading
import time

import numpy as np
import pytest

from featuremap_ros.demo.dataset import collect, collect_world, model_input
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.vision.preprocess import Preprocessor


@pytest.fixture(scope='module')
def examples():
    """Return a few drives in one world."""
    return collect_world(10_000, drives=6, steps=5)


def test_examples_are_the_networks_inputs(examples):
    """Pictures of its size, steering within its range, towards both sides."""
    assert examples.pictures.shape == (30, 80, 160, 3)
    assert examples.pictures.dtype == np.uint8
    assert examples.steering.shape == (30,)
    assert examples.steering.dtype == np.float32
    assert -1.0 <= examples.steering.min() < -0.05
    assert 0.05 < examples.steering.max() <= 1.0


def test_pictures_are_prepared_as_the_profile_says(world):
    """Training and driving must not differ by a single pixel."""
    image = world.photograph(world.track.pose_at(1.0), 0)
    prepared = Preprocessor(PilotProfile.load('demo').input)(image)
    np.testing.assert_array_equal(model_input(image), prepared.pixels)
    np.testing.assert_allclose(prepared.tensor[0], prepared.pixels / 255.0, rtol=1e-6)


def test_where_the_yellow_line_is_nearer_steering_is_to_the_right():
    """The farther right it is in the picture, the more positive the network's steering."""
    examples = collect_world(10_002, drives=40, steps=1)
    pictures = examples.pictures[:, 30:].astype(int)
    yellow = pictures[..., :2].min(axis=3) - pictures[..., 2] > 35
    count = yellow.sum(axis=(1, 2))
    middle = (yellow * np.arange(160)).sum(axis=(1, 2)) / np.maximum(count, 1)
    shown = count > 40
    assert shown.sum() > 15
    assert np.corrcoef(middle[shown], examples.steering[shown])[0, 1] > 0.5


def test_the_number_of_processes_does_not_matter(examples):
    """Each world is drawn from its own seed."""
    again = collect(range(10_000, 10_001), drives=6, steps=5, processes=1)
    np.testing.assert_array_equal(again.pictures, examples.pictures)
    np.testing.assert_array_equal(again.steering, examples.steering)


def test_a_process_that_dies_is_an_error_and_not_a_wait_for_ever():
    """One that ran out of memory never hands its examples over."""
    failures = []

    def run():
        try:
            collect(range(10_000, 10_002), drives=50, steps=5, processes=2)
        except BrokenProcessPool as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    end = time.monotonic() + 30.0
    # A pool that breaks while it starts a process waits for that one, and of the second to be
    # started it hears only with the first's result (Python 3.11).
    while len(workers := multiprocessing.active_children()) < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    min(workers, key=lambda worker: worker.pid).kill()
    thread.join(30.0)
    assert failures
