# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Several races at once: what ``featuremap render`` does with more than one source."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
import json
from pathlib import Path

from featuremap_ros.cli.interrupt import STOPPED_CODE
from featuremap_ros.cli.numbers import whole
from featuremap_ros.cli.race_arguments import load_pilot
from featuremap_ros.cli.season_progress import SeasonProgress
from featuremap_ros.cli.shown import shown_pipeline
from featuremap_ros.errors import FeatureMapError
from featuremap_ros.pilot.cache import digests
from featuremap_ros.season.account import Account, table
from featuremap_ros.season.cluster import connected, run_on_cluster
from featuremap_ros.season.naming import absolute, folder_names
from featuremap_ros.season.outcome import NOT_BEGUN, Outcome, STOPPED
from featuremap_ros.season.processes import cores, ProcessPool
from featuremap_ros.season.race_job import RaceJob, RenderOptions
from featuremap_ros.season.remote import fetched, is_url
from featuremap_ros.season.season_folder import ACCOUNT, season_folder
from featuremap_ros.season.work import failed, rendered_before
from featuremap_ros.streams.output_folder import claimed, refuse_source

SOME_FAILED = 3


def add_season_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--jobs``, ``--dask`` and ``--restart``."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        '--jobs',
        type=whole(1),
        metavar='N',
        help='several sources: so many at a time, each into DIR/NAME (half of the cores)',
    )
    where.add_argument(
        '--dask', metavar='ADDRESS', help='render them on the workers of this Dask scheduler'
    )
    parser.add_argument(
        '--restart',
        action='store_true',
        help='render all of several sources anew, also those that are finished in DIR',
    )


def is_season(args: argparse.Namespace) -> bool:
    """Whether the options ask for more than one plain source."""
    asked = args.jobs is not None or args.dask is not None or args.restart
    return asked or len(args.source) > 1 or any(map(is_url, [*args.source, args.out, args.model]))


def run_season(args: argparse.Namespace) -> int:
    """Render every race; return the exit code."""
    count = max(1, cores() // 2) if args.jobs is None else args.jobs
    options = _options(args)
    if args.dask is not None:
        connected(args.dask).close()
    out = args.out if is_url(args.out) else absolute(args.out)
    folder = season_folder(out)
    folder.prepare(overwrite=args.overwrite)
    with nullcontext() if is_url(out) else claimed(Path(out)):
        folder.tidy()
        account = Account(folder)
        sources = list(dict.fromkeys(map(absolute, args.source)))
        names = folder_names(sources, account.folders)
        for source in sources:
            if not is_url(out) and not is_url(source):
                refuse_source(Path(out, names[source]), Path(source))
        jobs = [
            RaceJob(
                name=names[source],
                source=source,
                out=out,
                options=options,
                restart=args.restart,
            )
            for source in sources
        ]
        account.announce({job.source: job.name for job in jobs})
        with SeasonProgress(len(jobs)) as progress:
            outcomes = _Run(account, progress).run(jobs, count, args.dask)
        data = account.take(outcomes)
    print(json.dumps(data, indent=2) if args.json else f'{table(outcomes)}\n{out}/{ACCOUNT}')
    if any(outcome.state in (STOPPED, NOT_BEGUN) for outcome in outcomes):
        return STOPPED_CODE
    return 0 if all(outcome.done for outcome in outcomes) else SOME_FAILED


class _Run:
    """Gives the work out, and writes every outcome down at once."""

    def __init__(self, account: Account, progress: SeasonProgress) -> None:
        self._account = account
        self._progress = progress
        self.began, self.frames, self.said = progress.began, progress.frames, progress.said

    def ended(self, job: RaceJob, outcome: Outcome) -> None:
        """Write an outcome down and show it."""
        self._account.take([outcome])
        self._progress.ended(job, outcome)

    def run(self, jobs: Sequence[RaceJob], count: int, address: str | None) -> list[Outcome]:
        """Return the outcomes in the order of the jobs."""
        if address is not None:
            return run_on_cluster(jobs, address, self)
        # A process takes half a second to begin, which is long for hundreds that are done.
        known = {job.name: outcome for job in jobs if (outcome := _known(job)) is not None}
        for job in jobs:
            if job.name in known:
                self.ended(job, known[job.name])
        fresh = [job for job in jobs if job.name not in known]
        found = {o.name: o for o in ProcessPool(count, self).run(fresh)}
        return [known.get(job.name) or found[job.name] for job in jobs]


def _known(job: RaceJob) -> Outcome | None:
    """Return what can be said of a race without beginning it."""
    try:
        return rendered_before(job)
    except FeatureMapError as error:
        return failed(job, str(error))


def _options(args: argparse.Namespace) -> RenderOptions:
    """Read what is the same for all races, and refuse at once what would fail with each."""
    with fetched(args.model) as model:
        pilot = load_pilot(argparse.Namespace(**{**vars(args), 'model': str(model)}))
        pipeline = shown_pipeline(args, pilot)
        return RenderOptions(
            model=args.model if is_url(args.model) else str(Path(args.model).absolute()),
            sha256=digests(model),
            profile=pilot.profile,
            views=tuple(pipeline.views.values()),
            grids=tuple(pipeline.grids.values()),
            topic=args.topic,
            start=args.start,
            duration=args.duration,
            every=args.every,
            fps=args.fps,
            driver=args.driver,
            wheelbase=args.wheelbase,
            explain_worst=args.explain_worst,
            bag_images=args.bag_images,
            prefix=args.prefix,
        )
