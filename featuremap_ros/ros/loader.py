# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Loads pilots beside the running one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
import threading

import numpy as np

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.errors import FeatureMapError, NotFiniteError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.showcase import showcase
from featuremap_ros.ros.prepare import Preparation
from featuremap_ros.ros.settings import PilotSource, Settings
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


@contextmanager
def located(source: PilotSource) -> Iterator[tuple[Path, str]]:
    """Yield the path of the model and its profile; the demo's where no model is named.

    Args:
        source: The pilot that is asked for.
    """
    if source.model:
        yield Path(source.model), source.profile
        return
    with pilot_path() as path:
        yield path, source.profile or DEMO_PROFILE


def load_pilot(settings: Settings) -> Pilot:
    """Load the pilot that the settings name, or the demo's.

    Raises:
        FeatureMapError: It cannot be loaded, the profile does not fit, or a layer is unknown.
    """
    pilot = load_profiled(
        settings.source, settings.steering.max_steering_angle, threads=settings.threads
    )
    _warm_up(pilot, settings.layers or showcase(pilot.network))
    return pilot


def load_profiled(
    source: PilotSource, max_steering_angle: float | None, *, threads: int | None
) -> Pilot:
    """Load a pilot and nothing else.

    Args:
        source: Which.
        max_steering_angle: Overrides the profile's (rad).
        threads: Of the forward pass.

    Raises:
        FeatureMapError: It cannot be loaded, or the profile does not fit.
    """
    with located(source) as (model, profile):
        return Pilot.load(
            model,
            profile=profile or None,
            max_steering_angle=max_steering_angle,
            threads=threads,
        )


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
    """Loads the pilot asked for last, while another one drives."""

    def __init__(self, done: Callable[[Loaded], None]) -> None:
        """Prepare; the thread lives only while there is something to load.

        Args:
            done: Called in that thread, for the newest request only.
        """
        self._done = done
        self._lock = threading.Lock()
        self._wanted: Settings | None = None
        self._thread: threading.Thread | None = None
        self._preparation: Preparation | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a pilot is being loaded."""
        return self._thread is not None

    def request(self, settings: Settings) -> None:
        """Load a pilot; a request that is still under way is cancelled."""
        with self._lock:
            self._wanted = settings
            if self._preparation:
                self._preparation.cancel()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name='load', daemon=True)
                self._thread.start()

    def close(self, timeout: float) -> None:
        """Give up what is being loaded.

        Args:
            timeout: How long the thread may take to notice (s).
        """
        with self._lock:
            self._closed = True
            thread = self._thread
            if self._preparation:
                self._preparation.cancel()
        if thread:
            thread.join(timeout)

    def _run(self) -> None:
        """Load until nothing newer is wanted."""
        while True:
            with self._lock:
                settings, self._wanted = self._wanted, None
                if settings is None or self._closed:
                    self._thread = None
                    return
            loaded = self._load(settings)
            with self._lock:
                overtaken = self._wanted is not None or self._closed
            if not overtaken:
                self._done(loaded)

    def _load(self, settings: Settings) -> Loaded:
        """Load and tell how it ended."""
        try:
            with located(settings.source) as (model, profile):
                self._prepare(str(model), profile)
            return Loaded(settings, load_pilot(settings))
        except FeatureMapError as error:
            return Loaded(settings, None, str(error))
        except Exception as error:  # the running pilot must go on whatever a file does
            return Loaded(settings, None, f'{type(error).__name__}: {error}')

    def _prepare(self, model: str, profile: str) -> None:
        """Have the model converted where that disturbs nobody."""
        preparation = Preparation(model, profile)
        with self._lock:
            self._preparation = preparation
            if self._wanted is not None or self._closed:
                preparation.cancel()
        try:
            preparation.wait()
        finally:
            with self._lock:
                self._preparation = None
