# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Worlds that several tests look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from featuremap_ros.demo.light import Light
from featuremap_ros.demo.markings import Markings
from featuremap_ros.demo.world import World


@pytest.fixture(scope='session')
def world() -> World:
    """Return a world with everything in it."""
    return World(3)


@pytest.fixture(scope='session')
def make_plain_world() -> Callable[..., World]:
    """Return a maker of worlds in even light, without noise; it takes fields of `Markings`."""
    light = Light(drift=0.0, vignetting=0.0, shadow=0.0, noise=0.0)
    markings = Markings(courses=0, court_lines=0, sheets=0, wear=0.0)

    def make(**lines: object) -> World:
        return World(4, floor='concrete', markings=replace(markings, **lines), light=light)

    return make


@pytest.fixture(scope='session')
def plain_world(make_plain_world: Callable[..., World]) -> World:
    """Return a world with lane lines only, in even light and without noise."""
    return make_plain_world()
