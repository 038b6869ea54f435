# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Everything that can be said about one frame, written into a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
import json
from pathlib import Path
import time
from typing import Any

import numpy as np

from featuremap_ros.errors import FeatureMapError, SinkError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.overview import (
    captioned_tile,
    draw_overview,
    frame_tile,
    TILE_WIDTH,
)
from featuremap_ros.explaining.painting import paint_explanation
from featuremap_ros.explaining.pictures import Animation, draw_pictures, Picture, PICTURES
from featuremap_ros.pilot.pilot import ForwardPass
from featuremap_ros.streams.gif import write_gif
from featuremap_ros.streams.output_file import sink_error
from featuremap_ros.streams.selection import NS
from featuremap_ros.streams.video_sink import VideoSink
from featuremap_ros.streams.write import write_json, write_png
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.vision.preprocess import as_rgb
from featuremap_ros.vision.tokens import topic_token

DATA = 'explain.json'
OVERVIEW = 'all.png'

_PICTURES_IN_ALL = ('grid', 'kernels')
_OF_A_LAYER = ('grid', 'channel', 'channels')
# An output with more entries than that is a picture, not a decision.
_MOST_ENTRIES = 1000


def everything(explainer: Explainer) -> list[str]:
    """Return the methods and pictures that a frame is explained with by default."""
    return [*explainer.methods, *_PICTURES_IN_ALL]


def write_explanations(
    explainer: Explainer,
    frame: Frame,
    folder: Path,
    names: Sequence[str],
    *,
    layer: str | None = None,
    target: str | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    race: Iterable[Frame] | None = None,
    strict: bool = False,
    at: float | None = None,
) -> dict[str, Any]:
    """Explain a frame with several methods and write what they find.

    Each map becomes an overlay (PNG) and an archive (NPZ: ``values``, ``stamp_ns``, and ``about``,
    a line of JSON). ``all.png`` shows on one page the camera's picture with the decision, what the
    network is fed, and every map and picture but animations; ``explain.json`` holds the
    decision and all findings, with the seconds that each took, drawing and writing included.

    Args:
        explainer: Of the pilot.
        frame: The camera's picture.
        folder: An existing folder; files of the same names are replaced.
        names: Methods, and pictures as in ``PICTURES``.
        layer: The last convolution if not given.
        target: What to explain; the steering if not given.
        options: Of the methods and pictures, by name.
        race: All frames, for ``'patches'``.
        strict: Whether a method that cannot be computed is an error; else it is left out and the
            reason is written down.
        at: When the frame was, since the beginning of the race (s), if that is known.

    Returns:
        What is in ``explain.json``.

    Raises:
        FeatureMapError: The frame, layer or target cannot be used, or a method if ``strict``.
        SinkError: A file cannot be written.
    """
    explainer.target(target or 'steering')
    if not set(names) & set(PICTURES):
        explainer.refuse_idle_target(names, target)
    where = explainer.layer(layer)
    taps = dict.fromkeys(tap for name in names for tap in _taps(explainer, name, where))
    forward = explainer.pilot.forward(frame, tuple(taps))
    files = _Files(
        explainer=explainer,
        frame=frame,
        folder=folder,
        layer=layer,
        target=target,
        race=race,
        forward=forward,
        tiles=[],
    )
    left = explainer.pilot.profile.leftward(forward.steering)
    files.begin(left, '' if at is None else f'{at:.2f} s')
    findings: list[dict[str, Any]] = []
    refused: dict[str, str] = {}
    for name in names:
        began, before = time.perf_counter(), len(findings)
        try:
            # What was written before a refusal stays, and is listed.
            findings.extend(files.write(name, (options or {}).get(name, {})))
        except SinkError:
            raise
        except FeatureMapError as error:
            if strict:
                raise
            refused[name] = str(error)
        for finding in findings[before:]:
            finding['seconds'] = round(time.perf_counter() - began, 4)
    write_png(folder / OVERVIEW, draw_overview(files.tiles))
    data = {**_decision(frame, forward, left), 'findings': findings, 'refused': refused}
    write_json(folder / DATA, data)
    return data


@dataclass(slots=True, kw_only=True)
class _Files:
    """Writes what methods and pictures find about one frame; see ``write_explanations``.

    Attributes:
        forward: The frame's way through the network.
        tiles: Of the page with everything, of one shape.
    """

    explainer: Explainer
    frame: Frame
    folder: Path
    layer: str | None
    target: str | None
    race: Iterable[Frame] | None
    forward: ForwardPass
    tiles: list[Image]

    def begin(self, left: float, when: str) -> None:
        """Begin the page with the camera's picture and what the network is fed.

        Args:
            left: Steering from -1 (full right) to 1 (full left).
            when: Time of the frame in words; its stamp if empty.
        """
        pilot, steering = self.explainer.pilot, self.forward.steering
        when = when or f'{self.frame.stamp_ns} ns'
        self.tiles.append(frame_tile(self.frame.image, left, steering, when))
        fed = as_rgb(self.forward.model_input.pixels, pilot.profile.input.color)
        self._add_tile(fed, f'what the network is fed, {fed.shape[1]} x {fed.shape[0]}')

    def _add_tile(self, image: Image, text: str) -> None:
        height, width = self.tiles[0].shape[:2]
        self.tiles.append(captioned_tile(image, text, (width, height)))

    def write(self, name: str, options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Write the files of a method or picture; yield what each of them shows."""
        if name in PICTURES:
            for picture in self._pictures(name, options):
                if not isinstance(picture.content, Animation):
                    self._add_tile(picture.content, picture.name.replace('/', '  '))
                yield {'name': picture.name, **picture.details, **_write(picture, self.folder)}
        else:
            yield self._write_map(name, options)

    def _pictures(self, name: str, options: Mapping[str, Any]) -> Iterator[Picture]:
        return draw_pictures(
            self.explainer,
            self.frame,
            name,
            layer=self.layer,
            target=self.target or 'steering',
            forward=self.forward,
            race=self.race,
            **options,
        )

    def _write_map(self, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write a map as a picture, and with everything that places it; say what it shows."""
        about = self.explainer.method(name)
        found = self.explainer.explain(
            self.frame,
            name,
            layer=self.layer if about.layered else None,
            target=self.target if about.headed else None,
            forward=self.forward,
            **options,
        )
        self.tiles.append(paint_explanation(self.frame.image, found, least_width=TILE_WIDTH))
        data = found.to_json()
        picture = self.folder / f'{_stem(found.name)}.png'
        write_png(picture, self.tiles[-1])
        archive = picture.with_suffix('.npz')
        stamp_ns, about_it = self.frame.stamp_ns, json.dumps(data)
        try:
            np.savez_compressed(
                archive, values=found.raw.values, stamp_ns=stamp_ns, about=about_it
            )
        except OSError as error:
            raise sink_error(archive, error) from error
        return {**data, 'picture': picture.name, 'map': archive.name}


def _taps(explainer: Explainer, name: str, layer: str) -> tuple[str, ...]:
    """Return what a method or picture reads; nothing if it will be refused anyway."""
    if name in PICTURES:
        return (layer,) if name in _OF_A_LAYER else ()
    try:
        return explainer.taps(name, layer)
    except FeatureMapError:
        return ()


def _write(picture: Picture, folder: Path) -> dict[str, Any]:
    """Write a picture of its own; return what its file is called."""
    stem = _stem(picture.name)
    if isinstance(picture.content, Animation):
        path = folder / f'{stem}.{picture.content.format}'
        return {'picture': path.name, 'pictures': _write_animation(picture.content, path)}
    write_png(folder / f'{stem}.png', picture.content)
    return {'picture': f'{stem}.png'}


def _write_animation(moving: Animation, path: Path) -> int:
    """Write a GIF or a video; return how many pictures it has."""
    if moving.format == 'gif':
        return write_gif(path, moving.pictures, moving.palette, rate=moving.rate)
    first = next(moving.pictures)
    with VideoSink(path, size=(first.shape[1], first.shape[0])) as video:
        for number, shades in enumerate(chain([first], moving.pictures)):
            video.write(moving.palette[shades], round(number * NS / moving.rate))
    return video.frames


def _decision(frame: Frame, forward: ForwardPass, left: float) -> dict[str, Any]:
    """Return what was explained, as data; ``left`` is the steering, + = left."""
    steering = forward.steering
    return {
        'stamp_ns': frame.stamp_ns,
        'steering': steering.value,
        'steering_angle': steering.angle,
        'steering_in_words': steering.in_words(left),
        'throttle': steering.throttle,
        'confidence': steering.confidence,
        'outputs': {
            name: output.tolist()
            for name, output in steering.heads.items()
            if output.size <= _MOST_ENTRIES
        },
    }


def _stem(name: str) -> str:
    return '.'.join(topic_token(part) for part in name.split('/'))
