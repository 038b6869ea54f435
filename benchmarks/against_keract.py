# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations from keract, which runs in an environment of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import environments, subjects
from benchmarks.harness import Elsewhere, interleave, Ratio, Sample
from benchmarks.keract_side import agree, described, serving
from benchmarks.report import Result, Table, Target
from benchmarks.subjects import Subject
from featuremap_ros.pilot.loading import load_engine

_SUBJECTS = (subjects.AXIONAUT, subjects.PILOTNET)
_KERACT = ('keract==4.5.2', 'tensorflow==2.21.0', 'tf-keras==2.21.0')
_ENGINES = ('LiteRT, 1 thread', 'LiteRT, 2 threads')
_WORK = {
    'one layer': lambda subject: subject.layers[-1:],
    'steering and three layers': lambda subject: subject.layers,
}


def run(folder: Path, *, quick: bool) -> Result:
    """Measure; without keract only the reason is found.

    Args:
        folder: For files that have to be written.
        quick: Few rounds.
    """
    try:
        python = environments.python_of('keract', _KERACT)
    except environments.SetupError as error:
        return Result((), remarks=(f'{error}.',))
    maps = _maps(python, folder, rounds=6 if quick else 60)
    return Result(
        tables=tuple(
            Table(
                f'Activations: {work} (ms: median and quartiles)',
                ('Network', 'By', 'ms', 'Times as fast as keract'),
                [
                    (subject.title, by, maps[key].in_ms(), str(_gain(maps, subject, work, by)))
                    for subject in _SUBJECTS
                    for by in ('keract', *_ENGINES)
                    for key in (f'{subject.title}, {work}, {by}',)
                ],
            )
            for work in _WORK
        ),
        targets=tuple(
            Target(
                f'{subject.title}, {work}, one thread: times as fast as keract',
                _gain(maps, subject, work, _ENGINES[0]).median,
                20,
                at_least=True,
            )
            for subject in _SUBJECTS
            for work in _WORK
        ),
        remarks=(
            (
                f'keract ({_KERACT[0]}, the last release) knows Keras 2 only. It runs in an '
                f'environment of its own ({", ".join(_KERACT[1:])}), with the same weights and '
                'picture, and its maps agree with ours. It and TensorFlow have their default '
                'threads. Its time is mostly overhead, whatever the network; ours is the network '
                'itself, so that a larger one leaves less between them: see the floor.'
            ),
        ),
        samples=maps,
    )


def _maps(python: Path, folder: Path, *, rounds: int) -> dict[str, Sample]:
    """Time maps, by network, work and tool."""
    candidates: dict[str, Callable[[], Any] | Elsewhere] = {}
    for subject in _SUBJECTS:
        picture = described(subject, folder)
        for work, layers in _WORK.items():
            for threads, name in enumerate(_ENGINES, 1):
                engine = load_engine(subject.file(folder), threads=threads)
                inputs = {engine.network.inputs[0].name: picture}
                reading = _reading(engine, inputs, layers(subject))
                candidates[f'{subject.title}, {work}, {name}'] = reading
    with serving(python, folder) as ask:
        for subject in _SUBJECTS:
            for number, work in enumerate(_WORK):
                ask(f'check {subject.profile} {number}')
                agree(subject, folder, candidates[f'{subject.title}, {work}, {_ENGINES[0]}'])
                asking = _asking(ask, f'{subject.profile} {number}')
                candidates[f'{subject.title}, {work}, keract'] = Elsewhere(asking)
        return interleave(candidates, rounds=rounds)


def _gain(maps: dict[str, Sample], subject: Subject, work: str, by: str) -> Ratio:
    """Return how many times as fast as keract an engine is."""
    keract = maps[f'{subject.title}, {work}, keract']
    return keract.over(maps[f'{subject.title}, {work}, {by}'])


def _reading(engine: Any, inputs: Any, layers: Any) -> Callable[[], Any]:
    return lambda: engine.run(inputs, layers)


def _asking(ask: Callable[[str], float], name: str) -> Callable[[], float]:
    return lambda: ask(name)
