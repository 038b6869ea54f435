# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Loads pilots beside the running one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
import threading

import numpy as np

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.errors import FeatureMapError, NotFiniteError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.ros.building import layers_to_show
from featuremap_ros.ros.settings import Settings
from featuremap_ros.vision.frame import Frame

DEMO_PROFILE = 'demo'


@dataclass(frozen=True, slots=True)
class Loaded:
    """How loading ended.

    Attributes:
        settings: What was asked for.
        pilot: ``None`` if it failed.
        error: Why it failed.
    """

    settings: Settings
    pilot: Pilot | None
    error: str = ''


def load_pilot(settings: Settings) -> Pilot:
    """Load the pilot that the settings name, or the demo's.

    Raises:
        FeatureMapError: It cannot be loaded, the profile does not fit, or a layer is unknown.
    """
    with ExitStack() as stack:
        model: str | Path = settings.source.model
        profile = settings.source.profile
        if not model:
            model = stack.enter_context(pilot_path())
            profile = profile or DEMO_PROFILE
        pilot = Pilot.load(
            model,
            profile=profile or None,
            max_steering_angle=settings.steering.max_steering_angle,
            threads=settings.threads,
        )
    _warm_up(pilot, layers_to_show(settings, pilot))
    return pilot


def _warm_up(pilot: Pilot, layers: Sequence[str]) -> None:
    """Drive once on a black picture: the first pass is slow, and must not be the car's first.

    Args:
        pilot: The network.
        layers: Whose maps will be wanted.

    Raises:
        UnknownNameError: A layer does not exist.
    """
    spec = pilot.profile.input
    crop = spec.crop
    margins = (crop.left + crop.right, crop.top + crop.bottom) if crop.mode == 'remove' else (0, 0)
    width, height = spec.camera or (spec.size[0] + margins[0], spec.size[1] + margins[1])
    with suppress(NotFiniteError):
        pilot.forward(Frame(np.zeros((height, width, 3), np.uint8), 0), layers)


class Loader:
    """Loads the pilot asked for last, in a thread of its own."""

    def __init__(self, done: Callable[[Loaded], None]) -> None:
        """Prepare; the thread lives only while there is something to load.

        Args:
            done: Called in that thread, for the newest request only.
        """
        self._done = done
        self._lock = threading.Lock()
        self._wanted: Settings | None = None
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether a pilot is being loaded."""
        return self._thread is not None

    def request(self, settings: Settings) -> None:
        """Load a pilot; a request that is still under way is forgotten."""
        with self._lock:
            self._wanted = settings
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name='load', daemon=True)
                self._thread.start()

    def join(self, timeout: float) -> None:
        """Wait for the thread (s)."""
        thread = self._thread
        if thread:
            thread.join(timeout)

    def _run(self) -> None:
        """Load until nothing newer is wanted."""
        while True:
            with self._lock:
                settings, self._wanted = self._wanted, None
                if settings is None:
                    self._thread = None
                    return
            loaded = _load(settings)
            with self._lock:
                overtaken = self._wanted is not None
            if not overtaken:
                self._done(loaded)


def _load(settings: Settings) -> Loaded:
    """Load and tell how it ended."""
    try:
        return Loaded(settings, load_pilot(settings))
    except FeatureMapError as error:
        return Loaded(settings, None, str(error))
    except Exception as error:  # the running pilot must go on whatever a file does
        return Loaded(settings, None, f'{type(error).__name__}: {error}')
