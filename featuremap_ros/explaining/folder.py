# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Everything that can be said about one frame, written into a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
import json
from pathlib import Path
import time
from typing import Any

import cv2
import numpy as np

from featuremap_ros.errors import FeatureMapError, SinkError
from featuremap_ros.explain import Explainer, Explanation
from featuremap_ros.explaining.painting import paint_explanation
from featuremap_ros.explaining.pictures import Animation, draw_pictures, Picture, PICTURES
from featuremap_ros.pilot.pilot import ForwardPass
from featuremap_ros.streams.gif import write_gif
from featuremap_ros.streams.selection import NS
from featuremap_ros.streams.video_sink import VideoSink
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.vision.tiles import lay_out
from featuremap_ros.vision.tokens import topic_token

DATA = 'explain.json'
OVERVIEW = 'all.png'

_PICTURES_IN_ALL = ('grid', 'kernels')
_OF_A_LAYER = ('grid', 'channel', 'channels')
_MOST_ENTRIES = 1000
_PAGE = (1920, 4000)
_THUMBNAIL = 960


def everything(explainer: Explainer) -> list[str]:
    """Return the methods and pictures that a frame is explained with when nobody chose."""
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
) -> dict[str, Any]:
    """Explain a frame with several methods and write what they find.

    Each map becomes an overlay (PNG) and an archive (NPZ: ``values``, ``stamp_ns``, and ``about``,
    a line of JSON); ``all.png`` shows them on one page; ``explain.json`` holds the decision and
    all findings, with the seconds that each took, drawing and writing included.

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
    findings: list[dict[str, Any]] = []
    refused: dict[str, str] = {}
    overlays = [frame.image]

    def look(name: str) -> Iterator[dict[str, Any]]:
        chosen = dict((options or {}).get(name, {}))
        if name in PICTURES:
            for picture in draw_pictures(
                explainer,
                frame,
                name,
                layer=layer,
                target=target or 'steering',
                forward=forward,
                race=race,
                **chosen,
            ):
                yield {'name': picture.name, **picture.details, **_write(picture, folder)}
            return
        about = explainer.method(name)
        found = explainer.explain(
            frame,
            name,
            layer=layer if about.layered else None,
            target=target if about.headed else None,
            forward=forward,
            **chosen,
        )
        overlays.append(paint_explanation(frame.image, found, least_width=_THUMBNAIL))
        yield {**found.to_json(), **_write_map(found, overlays[-1], frame, folder)}

    def look_or_refuse(name: str) -> None:
        try:
            findings.extend(look(name))
        except SinkError:
            raise
        except FeatureMapError as error:
            if strict:
                raise
            refused[name] = str(error)

    for name in names:
        began, before = time.perf_counter(), len(findings)
        look_or_refuse(name)
        for finding in findings[before:]:
            finding['seconds'] = round(time.perf_counter() - began, 4)
    _write_picture(folder / OVERVIEW, lay_out([_small(image) for image in overlays], _PAGE))
    data = {**_decision(frame, forward), 'findings': findings, 'refused': refused}
    try:
        (folder / DATA).write_text(json.dumps(data, indent=2) + '\n', encoding='utf-8')
    except OSError as error:
        raise SinkError(f'{folder / DATA} cannot be written: {error.strerror}.') from error
    return data


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
    _write_picture(folder / f'{stem}.png', picture.content)
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


def _write_map(found: Explanation, image: Image, frame: Frame, folder: Path) -> dict[str, Any]:
    """Write a map with everything that places it; return what its files are called."""
    stem = _stem(found.name)
    _write_picture(folder / f'{stem}.png', image)
    path = folder / f'{stem}.npz'
    about = json.dumps(found.to_json())
    try:
        np.savez_compressed(path, values=found.raw.values, stamp_ns=frame.stamp_ns, about=about)
    except OSError as error:
        raise SinkError(f'{path} cannot be written: {error.strerror}.') from error
    return {'picture': f'{stem}.png', 'map': path.name}


def _write_picture(path: Path, image: Image) -> None:
    if not cv2.imwrite(str(path), image[..., ::-1]):
        raise SinkError(f'{path} cannot be written: is the disk full?')


def _decision(frame: Frame, forward: ForwardPass) -> dict[str, Any]:
    """Return what was explained, as data."""
    steering = forward.steering
    return {
        'stamp_ns': frame.stamp_ns,
        'steering': steering.value,
        'steering_angle': steering.angle,
        'throttle': steering.throttle,
        'confidence': steering.confidence,
        'outputs': {
            name: output.tolist()
            for name, output in steering.heads.items()
            if output.size <= _MOST_ENTRIES
        },
    }


def _small(image: Image) -> Image:
    height, width = image.shape[:2]
    size = (_THUMBNAIL, max(round(height * _THUMBNAIL / width), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _stem(name: str) -> str:
    return '.'.join(topic_token(part) for part in name.split('/'))
