# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Converted models on disk: what names them, damage, and several processes at once."""

from __future__ import annotations

import logging
import os
from pathlib import Path
import subprocess
import sys

import pytest

from featuremap_ros.pilot import cache
from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.network import Layer, Network, TensorSpec
from featuremap_ros.vision.registration import AxisSampling, Sampling

MODEL = LiteRTModel(
    content=b'not really a flatbuffer\n\x00\xff',
    network=Network(
        'built here',
        (TensorSpec('picture', (4, 5, 3)),),
        (TensorSpec('angle', (1,)), TensorSpec('a', (2,))),
        (
            Layer('conv', 'Conv2D', (2, 3, 8), Sampling(AxisSampling(1, 2, 3), spread=0.5)),
            Layer('permute', 'Permute', (3, 2, 8), None, 'moved'),
        ),
    ),
    inputs={'picture': 0},
    outputs={'angle': 7, 'a': 5},
    layers={'conv': 3, 'permute': 4},
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep converted models in a folder of the test."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return tmp_path / 'cache' / 'featuremap_ros' / 'models'


def test_what_was_stored_comes_back(folder: Path) -> None:
    """Every part survives, outputs in their order, and nothing else is left in the folder."""
    cache.store('abc', MODEL)
    loaded = cache.load('abc')
    assert loaded == MODEL
    assert loaded is not None
    assert list(loaded.outputs) == ['angle', 'a']
    assert [file.name for file in folder.iterdir()] == ['abc.model']
    assert cache.load('abd') is None


def test_the_key_follows_all_that_a_conversion_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content, declarations and versions count; the file's name and time do not."""
    first, second = tmp_path / 'first.h5', tmp_path / 'second.h5'
    for file in (first, second):
        file.write_bytes(b'weights')
    os.utime(second, (1, 1))
    key = cache.key(first, {})
    assert cache.key(second, {}) == key
    assert cache.key(first, {'lambdas': {'l': [2, 0.0]}}) != key
    second.write_bytes(b'Weights')
    assert cache.key(second, {}) != key
    versions = cache.metadata.version
    monkeypatch.setattr(
        cache.metadata, 'version', lambda name: '99' if name == 'tensorflow' else versions(name)
    )
    assert cache.key(first, {}) != key


def test_every_file_of_a_folder_counts(tmp_path: Path) -> None:
    """A SavedModel is another one when any of its files has other content or another place."""
    model = tmp_path / 'saved'
    (model / 'variables').mkdir(parents=True)
    weights = model / 'variables' / 'weights'
    weights.write_bytes(b'1')
    key = cache.key(model, {})
    weights.write_bytes(b'2')
    assert cache.key(model, {}) != key
    weights.write_bytes(b'1')
    assert cache.key(model, {}) == key
    weights.rename(model / 'weights')
    assert cache.key(model, {}) != key


@pytest.mark.parametrize(
    'damage',
    [
        lambda entry: entry[:-1],
        lambda entry: entry[:40],
        lambda entry: entry[:0],
        lambda entry: entry.replace(b'"conv"', b'"conw"'),
        lambda entry: b'[]\n' + entry,
    ],
)
def test_damaged_entries_are_reported_and_ignored(
    folder: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    """A cut or changed entry counts as none, and the next store repairs it."""
    cache.store('abc', MODEL)
    path = folder / 'abc.model'
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert cache.load('abc') is None
    assert 'damaged' in caplog.text
    cache.store('abc', MODEL)
    assert cache.load('abc') == MODEL


def test_without_a_writable_folder_it_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing fails where nothing can be written."""
    blocked = tmp_path / 'a file'
    blocked.touch()
    monkeypatch.setenv('XDG_CACHE_HOME', str(blocked))
    with caplog.at_level(logging.WARNING):
        cache.store('abc', MODEL)
        cache.store('abc', MODEL)
    assert cache.load('abc') is None
    (said,) = caplog.messages
    assert f'cannot be kept in {blocked}/featuremap_ros/models (Not a directory)' in said


def test_relative_cache_folders_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the XDG specification asks; the folder is ~/.cache then."""
    monkeypatch.setenv('HOME', str(tmp_path))
    expected = tmp_path / '.cache' / 'featuremap_ros' / 'models'
    for value in ('here', ''):
        monkeypatch.setenv('XDG_CACHE_HOME', value)
        assert cache.folder() == expected
    monkeypatch.delenv('XDG_CACHE_HOME')
    assert cache.folder() == expected


def test_the_least_recently_used_entries_go(folder: Path) -> None:
    """The folder does not grow without end; what is loaded stays."""
    for number in range(cache.ENTRIES):
        cache.store(f'old{number}', MODEL)
        os.utime(folder / f'old{number}.model', (number, number))
    (folder / 'killed.part').touch()
    os.utime(folder / 'killed.part', (0, 0))
    assert cache.load('old0') == MODEL
    cache.store('new', MODEL)
    left = {file.stem for file in folder.iterdir()}
    assert left == {'old0', 'new', *(f'old{number}' for number in range(2, cache.ENTRIES))}


WRITER = """
from test_cache import MODEL, cache
for _ in range(200):
    cache.store('shared', MODEL)
    assert cache.load('shared') == MODEL
"""


def test_processes_do_not_disturb_each_other(folder: Path) -> None:
    """Whoever reads while others write gets a whole entry."""
    environment = {**os.environ, 'PYTHONPATH': str(Path(__file__).parent)}
    writers = [subprocess.Popen([sys.executable, '-c', WRITER], env=environment) for _ in range(3)]
    while any(writer.poll() is None for writer in writers):
        assert cache.load('shared') in (None, MODEL)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert [file.name for file in folder.iterdir()] == ['shared.model']
