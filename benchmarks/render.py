# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A 1080p race to an overlay bag and a video, against decoding and encoding alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
import shutil
import tempfile
from typing import Any

import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores

from benchmarks import subjects
from benchmarks.harness import interleave
from benchmarks.report import Result, Table, Target
from featuremap_ros import Frame, Pilot, Pipeline, View
from featuremap_ros.concurrency import Behind, read_ahead
from featuremap_ros.rendering.renderer import Renderer
from featuremap_ros.streams.bag_sink import BagSink
from featuremap_ros.streams.source import open_source, Source
from featuremap_ros.streams.video_sink import VideoSink

_TOPIC = '/camera/image_raw/compressed'
_TYPE = 'sensor_msgs/msg/CompressedImage'
_LAYER = 'dropout_2'
_SIZE = (1920, 1080)


def run(*, quick: bool) -> Result:
    """Measure."""
    count = 24 if quick else 200
    medians: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        race = folder / 'race'
        record_race(race, subjects.jpegs(count))
        pilot = subjects.AXIONAUT.pilot(folder)
        with open_source(race) as source:
            out = folder / 'out'

            def render() -> None:
                medians.update(_render(source, pilot, _emptied(out)))

            candidates: dict[str, Callable[[], Any]] = {
                'decode': lambda: sum(1 for _ in source),
                'decode and encode': lambda: _floor(source, _emptied(out), bag=False),
                'decode, encode, JPEG into a bag': lambda: _floor(source, _emptied(out), bag=True),
                'render': render,
            }
            samples = interleave(candidates, rounds=1 if quick else 3, primed=False)
    allowed = samples['decode and encode'].over(samples['render'])
    with_bag = samples['decode, encode, JPEG into a bag'].over(samples['render'])
    return Result(
        tables=(
            Table(
                f'{count} JPEG frames of 1920x1080 in an MCAP bag, one overlay',
                ('Work', 'Frames/s', 'ms per frame'),
                [
                    (name, f'{count / s.median:.1f}', f'{1e3 * s.median / count:.1f}')
                    for name, s in samples.items()
                ],
            ),
            Table(
                'Stages of rendering one frame (ms, medians)',
                ('Stage', 'ms'),
                [(stage, f'{ms["median"]:.2f}') for stage, ms in medians['stages_ms'].items()],
            ),
        ),
        targets=(
            Target(
                'Rate of rendering over that of decoding and encoding alone',
                allowed.median,
                0.85,
                at_least=True,
            ),
        ),
        remarks=(
            (
                'Decoding runs ahead and encoding behind, each in a thread of its own, in every '
                'row but the first. Rendering also writes every overlay as a JPEG into the new '
                f'bag; against work that includes this it reaches {with_bag.median:.0%}. The '
                'pass that fits the scale to at most 200 frames comes before and is not counted.'
            ),
            subjects.remark(),
        ),
        samples=samples,
    )


def record_race(path: Path, jpegs: Sequence[bytes]) -> None:
    """Write a race as a camera's driver would have it recorded."""
    types = get_typestore(Stores.LATEST)
    names = types.types
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as bag:
        topic = bag.add_connection(_TOPIC, _TYPE, typestore=types)
        for number, jpeg in enumerate(jpegs):
            stamp_ns = 10**18 + number * subjects.FRAME_NS
            stamp = names['builtin_interfaces/msg/Time'](*divmod(stamp_ns, 10**9))
            message = names[_TYPE](
                names['std_msgs/msg/Header'](stamp, 'camera'),
                'rgb8; jpeg compressed bgr8',
                np.frombuffer(jpeg, np.uint8),
            )
            bag.write(topic, stamp_ns, types.serialize_cdr(message, _TYPE))


def _render(source: Source, pilot: Pilot, folder: Path) -> dict[str, Any]:
    """Render as the command line does."""
    view = View(layer=_LAYER, scale='fixed', range=(0.0, 1.0), label=True, gauge=True)
    return Renderer(source, Pipeline(pilot, [view]), folder).run()


def _floor(source: Source, folder: Path, *, bag: bool) -> None:
    """Decode the frames and encode them as they are."""
    with ExitStack() as stack:
        video = stack.enter_context(VideoSink(folder / 'floor.mp4', size=_SIZE))
        writers: list[Callable[[Frame], None]] = [lambda f: video.write(f.image, f.stamp_ns)]
        if bag:
            sink = stack.enter_context(BagSink(folder / 'floor.mcap', source=source))
            writers.append(lambda f: sink.write_image('overlay', f.image, f))
        behind = [stack.enter_context(Behind[Frame](writer)) for writer in writers]
        for frame in read_ahead(source):
            for thread in behind:
                thread.put(frame)


def _emptied(folder: Path) -> Path:
    """Return the folder without what is in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder
