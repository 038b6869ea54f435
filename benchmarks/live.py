# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera, node and listeners in processes of their own, over real DDS, at 30 Hz."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
import tempfile
import time

import numpy as np

from benchmarks import subjects, wire
from benchmarks.machine import peak_mb
from benchmarks.report import Result, Table, Target
from benchmarks.subjects import Subject

_HEAD = ('Setting', 'Sent', 'Received', 'Age p50 (ms)', 'p95', 'max')
_WARM_UP_S = 5.0
_RATE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """One way to run the node."""

    title: str
    subject: Subject
    layers: tuple[str, ...]
    size: tuple[int, int]
    best_effort: bool = False
    profile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What arrived at listeners."""

    title: str
    sent: int
    received: list[int]
    ages: list[float]

    @property
    def lost(self) -> int:
        return max(self.sent - count for count in self.received)

    def age(self, percent: float) -> float:
        return float(np.percentile(self.ages, percent)) if self.ages else float('nan')

    @property
    def row(self) -> tuple[str, ...]:
        counts = ', '.join(map(str, self.received))
        ages = (f'{self.age(percent):.1f}' for percent in (50, 95, 100))
        return (self.title, str(self.sent), counts, *ages)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What came out of a setting."""

    heard: _Heard
    start_s: float
    memory_mb: float
    processor: float


_SETTINGS = (
    _Setting(
        title='640x480, three overlays',
        subject=subjects.PILOTNET,
        layers=subjects.PILOTNET.layers,
        size=(640, 480),
    ),
    _Setting(
        title='640x480, three overlays, best-effort camera with the profile',
        subject=subjects.PILOTNET,
        layers=subjects.PILOTNET.layers,
        size=(640, 480),
        best_effort=True,
        profile=True,
    ),
    _Setting(
        title='1920x1080, one overlay',
        subject=subjects.AXIONAUT,
        layers=subjects.AXIONAUT.layers[1:2],
        size=(1920, 1080),
    ),
    _Setting(
        title='1920x1080, one overlay, camera with the profile',
        subject=subjects.AXIONAUT,
        layers=subjects.AXIONAUT.layers[1:2],
        size=(1920, 1080),
        profile=True,
    ),
)


def run(*, quick: bool) -> Result:
    """Measure."""
    seconds = 4 if quick else 30
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for setting in _SETTINGS:
            setting.subject.pilot(folder)  # A converted model is kept from here on.
        found = [_run(setting, seconds, folder) for setting in _SETTINGS]
    # A reliable listener hears no best-effort camera.
    alone = [_camera_alone(one, seconds) for one in _SETTINGS if not one.best_effort]
    vga, _, full, full_profile = found
    return Result(
        tables=(
            Table(
                f'{seconds} s at {_RATE:.0f} Hz; every overlay has a listener of its own',
                _HEAD,
                [f.heard.row for f in found],
            ),
            Table(
                "Without the node: the camera's pictures to one listener",
                _HEAD,
                [heard.row for heard in alone],
            ),
            Table(
                'The node, with a converted model kept: start, memory, share of one core',
                ('Setting', 's', 'Peak memory (MB)', 'Processor'),
                [
                    (
                        f.heard.title,
                        f'{f.start_s:.2f}',
                        f'{f.memory_mb:.0f}',
                        f'{f.processor:.0%}',
                    )
                    for f in found
                ],
            ),
        ),
        targets=(
            Target('640x480: lost, of any overlay', vga.heard.lost, 0),
            Target('640x480: age p95 (ms)', vga.heard.age(95), 20),
            Target('1920x1080: lost', full.heard.lost, 0),
            Target('1920x1080, camera with the profile: lost', full_profile.heard.lost, 0),
            Target('Start (s)', max(f.start_s for f in found), 2),
            Target('640x480: peak memory (MB)', vga.memory_mb, 200),
            Target('1920x1080: peak memory (MB)', full_profile.memory_mb, 200),
        ),
        remarks=(
            (
                'The age runs from the stamp, just before the camera publishes, until Python has '
                'the overlay. The node has the shipped Fast DDS profile, all others have Fast '
                "DDS's defaults. The camera is reliable where nothing else is said, listeners "
                f'are reliable; the first {_WARM_UP_S:.0f} s do not count.'
            ),
            subjects.remark(),
        ),
    )


def _camera_alone(setting: _Setting, seconds: float) -> _Heard:
    """Send the camera's pictures straight to a listener, as no node could be quicker."""
    listener = wire.camera_listener()
    sent = _sent(_start_camera(setting, seconds))
    width, height = setting.size
    title = f'{width}x{height}{", camera with the profile" if setting.profile else ""}'
    return _heard(title, sent, [dict(listener.answer())])


def _start_camera(setting: _Setting, seconds: float) -> wire.Peer:
    """Start the camera of a setting."""
    return wire.camera(
        setting.size,
        seconds + _WARM_UP_S,
        rate=_RATE,
        best_effort=setting.best_effort,
        profile=setting.profile,
    )


def _sent(camera: wire.Peer) -> list[int]:
    """Wait for the end of the camera; return the stamps (ns) that count."""
    stamps: list[int] = camera.answer()[round(_RATE * _WARM_UP_S) :]
    return stamps


def _heard(title: str, sent: list[int], received: list[dict[int, float]]) -> _Heard:
    """Compare what was sent with what each listener received, ages (ms) by stamp."""
    return _Heard(
        title=title,
        sent=len(sent),
        received=[sum(stamp in got for stamp in sent) for got in received],
        ages=[got[stamp] for got in received for stamp in sent if stamp in got],
    )


def _run(setting: _Setting, seconds: float, folder: Path) -> _Found:
    """Run the node in one setting."""
    arguments = wire.node_arguments(setting.subject, setting.layers, folder)
    with wire.NodeProcess(arguments, folder / 'node.log') as node:
        listeners = [wire.listener(layer) for layer in setting.layers]
        camera = _start_camera(setting, seconds)
        used, since = wire.processor_seconds(node.number), time.monotonic()
        sent = _sent(camera)
        used = wire.processor_seconds(node.number) - used
        share = used / (time.monotonic() - since)
        received = [dict(listener.answer()) for listener in listeners]
        memory = peak_mb(node.number)
    return _Found(
        heard=_heard(setting.title, sent, received),
        start_s=node.start_s,
        memory_mb=memory,
        processor=share,
    )
