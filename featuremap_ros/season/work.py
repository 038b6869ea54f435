# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Renders one race of a season, wherever this runs."""

from __future__ import annotations

from collections.abc import Callable
import logging
from pathlib import Path
from typing import Any

from featuremap_ros.comparing.against_driver import driver_beside
from featuremap_ros.errors import FeatureMapError, ModelFileError, UnsupportedError
from featuremap_ros.pilot.cache import digests
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.rendering.renderer import Renderer, SUMMARY
from featuremap_ros.season.outcome import BEFORE, FAILED, Outcome, RENDERED, STOPPED
from featuremap_ros.season.race_job import RaceJob
from featuremap_ros.season.remote import fetched
from featuremap_ros.season.season_folder import season_folder
from featuremap_ros.streams.source import open_source
from featuremap_ros.version import __version__

Progress = Callable[[int, int | None], object]
"""Called with the frames done and their number, if known; raises KeyboardInterrupt to stop."""

NOTE = 'season'
_logger = logging.getLogger(__name__)


def work(job: RaceJob, progress: Progress = lambda _, __: None) -> Outcome:
    """Render a race, unless that has been done; whatever goes wrong is part of the outcome.

    Args:
        job: What to do.
        progress: Called after every frame.
    """
    try:
        if job.version != __version__:
            raise UnsupportedError(
                f'featuremap_ros is {__version__} here and {job.version} where the work was '
                'given out: install the same version everywhere.'
            )
        return rendered_before(job) or _render(job, progress)
    except FeatureMapError as error:
        return failed(job, str(error))
    except KeyboardInterrupt:
        summary = season_folder(job.out).read(f'{job.name}/{SUMMARY}')
        if summary is None or summary['finished']:
            return Outcome(name=job.name, source=job.source, state=STOPPED)
        return _outcome(job, STOPPED, summary)
    except Exception as error:  # one race must not stop the others
        _logger.exception('%s', job.source)
        return failed(job, f'{type(error).__name__}: {error}')


def failed(job: RaceJob, reason: str) -> Outcome:
    """Return the outcome of a race that could not be rendered."""
    return Outcome(name=job.name, source=job.source, state=FAILED, reason=reason)


def rendered_before(job: RaceJob) -> Outcome | None:
    """Return the outcome of an earlier run, if it rendered the same race in the same way.

    Raises:
        FeatureMapError: The source cannot be read.
    """
    if job.restart:
        return None
    summary = season_folder(job.out).read(f'{job.name}/{SUMMARY}')
    if summary is None or not summary.get('finished'):
        return None
    if summary.get('featuremap_ros') != __version__ or summary.get(NOTE) != job.identity():
        return None
    return _outcome(job, BEFORE, summary)


def _render(job: RaceJob, progress: Progress) -> Outcome:
    """Fetch, render, and put the result where it belongs."""
    identity, options = job.identity(), job.options
    with (
        fetched(options.model) as model,
        fetched(job.source) as source_path,
        season_folder(job.out).workplace(job.name) as folder,
    ):
        pilot = _pilot(job, model)
        with open_source(
            source_path,
            topic=options.topic,
            start=options.start,
            duration=options.duration,
            every=options.every,
            fps=options.fps,
        ) as source:
            limit = pilot.profile.max_steering_angle
            renderer = Renderer(
                source,
                Pipeline(pilot, options.views, options.grids),
                folder,
                model=model,
                bag_images=options.bag_images,
                prefix=options.prefix,
                driver=driver_beside(source, options.driver, limit, options.wheelbase),
                explain_worst=options.explain_worst,
                notes={NOTE: identity},
            )
            progress(0, source.frame_count)
            summary = renderer.run(lambda _: progress(renderer.frames, source.frame_count))
    return _outcome(job, RENDERED, summary)


def _pilot(job: RaceJob, model: Path) -> Pilot:
    """Load the model, if it is the one that is meant."""
    try:
        same = digests(model) == job.options.sha256
    except OSError as error:
        msg = f'{job.options.model} cannot be read here: {error.strerror}.'
        raise ModelFileError(msg) from None
    if not same:
        raise ModelFileError(f'{job.options.model} is another model here.')
    return Pilot.load(model, profile=job.options.profile)


def _outcome(job: RaceJob, state: str, summary: dict[str, Any]) -> Outcome:
    """Return what a summary says in short."""
    driver = summary.get('driver') or {}
    return Outcome(
        name=job.name,
        source=job.source,
        state=state,
        frames=summary['frames'],
        frames_skipped=summary['frames_skipped'],
        seconds=summary['seconds'],
        driver=driver.get('in_words', ''),
    )
