# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures that every part of the suite shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
import fcntl
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
from typing import Any

import cv2
from hypothesis import settings
import numpy as np
from numpy.typing import NDArray
import pytest

from featuremap_ros.pilot import backends

# New examples are for people at work; CI must say the same about the same commit.
settings.register_profile('repeatable', derandomize=True, deadline=None)
if os.environ.get('CI'):
    settings.load_profile('repeatable')

sys.path.append(str(Path(__file__).parent / 'support'))

NOBODY = 65534
# Beyond 101 the ports of a DDS domain reach into Linux's ephemeral range.
DOMAINS = range(20, 100)
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope='session')
def repository() -> Path:
    """Return the folder that holds setup.py."""
    return REPOSITORY


@pytest.fixture(scope='session', autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep converted models of tests, and of the processes they start, out of the user's cache."""
    os.environ['XDG_CACHE_HOME'] = str(tmp_path_factory.mktemp('cache'))


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator of the same numbers in every run."""
    return np.random.default_rng(7)


@pytest.fixture(scope='module')
def domain() -> Iterator[int]:
    """Return a DDS domain that no other test on this machine uses at the same time."""
    pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')
    first = os.getpid() % len(DOMAINS)
    for number in (*DOMAINS[first:], *DOMAINS[:first]):
        lock = Path(tempfile.gettempdir(), f'featuremap-test-domain-{number}.lock')
        with lock.open('w') as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield number
            return
    raise RuntimeError('every DDS domain is in use by another test')


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Return the folder with the real races and models, or skip where it is not there.

    It is `shared/data` beside the repository, or wherever FEATUREMAP_SHARED_DATA points.
    """
    named = os.environ.get('FEATUREMAP_SHARED_DATA')
    folder = Path(named) if named else REPOSITORY.parent / 'shared' / 'data'
    if not folder.is_dir():
        pytest.skip(
            f'no real races and models at {folder}: set FEATUREMAP_SHARED_DATA to their folder'
        )
    return folder


@pytest.fixture(scope='session')
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a seeded Keras network: 24 x 32 RGB, two convolutions, steering and throttle."""
    keras = backends.keras()
    keras.utils.set_random_seed(5)
    image = keras.Input((24, 32, 3), name='image')
    features = keras.layers.Conv2D(4, 5, strides=2, activation='relu', name='conv_1')(image)
    features = keras.layers.Conv2D(6, 3, activation='relu', name='conv_2')(features)
    flat = keras.layers.Flatten(name='flat')(features)
    steering = keras.layers.Dense(1, name='steering')(flat)
    throttle = keras.layers.Dense(1, name='throttle')(flat)
    path = tmp_path_factory.mktemp('model') / 'tiny.keras'
    keras.Model(image, [steering, throttle]).save(path)
    return path


@pytest.fixture(scope='session')
def tiny_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the profile of the tiny network, for a camera of 64 x 48 pixels and more."""
    path = tmp_path_factory.mktemp('profile') / 'tiny.yaml'
    path.write_text(
        'input: {size: [32, 24], crop: {top: 8}, interpolation: area, normalisation: /255}\n'
        'heads:\n'
        '  steering: {output: steering, positive: right}\n'
        '  throttle: {output: throttle}\n'
        'max_steering_angle: 0.4\n',
        encoding='utf-8',
    )
    return path


@pytest.fixture(scope='session')
def enlarging_tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a TFLite network: 24 x 32 RGB, enlarged, two convolutions, output 0 the steering.

    The enlarging has no derivative in NumPy, and such a file holds no Keras model.
    """
    keras, tf = backends.keras(), backends.tensorflow()
    keras.utils.set_random_seed(6)
    image = keras.Input((24, 32, 3), name='image')
    larger = keras.layers.UpSampling2D(interpolation='bilinear', name='larger')(image)
    maps = keras.layers.Conv2D(4, 5, strides=2, activation='relu', name='conv_1')(larger)
    maps = keras.layers.Conv2D(6, 3, activation='relu', name='conv_2')(maps)
    steering = keras.layers.Dense(1, name='steering')(keras.layers.Flatten(name='flat')(maps))
    path = tmp_path_factory.mktemp('tflite') / 'enlarging.tflite'
    model = keras.Model(image, steering)
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    return path


@contextmanager
def mounted_tmpfs(folder: Path, options: str) -> Iterator[None]:
    """Mount a file system of its own in a folder, or skip where that is not allowed."""
    command = ['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f'no file system can be mounted here: {mounted.stderr.strip()}')
    try:
        yield
    finally:
        subprocess.run(['umount', str(folder)], check=True)


@pytest.fixture(scope='session')
def mounted() -> Callable[[Path, str], AbstractContextManager[None]]:
    """Return what mounts an empty file system: ``mounted(folder, 'size=300k')``."""
    return mounted_tmpfs


@contextmanager
def plain_user() -> Iterator[None]:
    """Give up root's right to read and write everything; users without it just go on."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture(scope='session')
def as_plain_user() -> Callable[[], AbstractContextManager[None]]:
    """Return a context manager in which permissions hold, also where root runs the tests."""
    return plain_user


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Return a folder that every user may enter, which `tmp_path` is not."""
    with tempfile.TemporaryDirectory(prefix='featuremap-test-') as name:
        Path(name).chmod(0o755)
        yield Path(name)


def write_tub_2(
    folder: Path,
    images: Sequence[NDArray[np.uint8]],
    records: Sequence[Mapping[str, Any]],
    *,
    deleted: Sequence[int] = (),
    length: int = 1000,
) -> Path:
    """Write what donkeycar 4 and later records: a tub of version 2.

    Args:
        folder: Made here.
        images: RGB, one for every record.
        records: What is recorded beside each; ``_timestamp_ms`` counts up by 50 if not given.
        deleted: Records that are marked as deleted.
        length: Records in a catalog.
    """
    (folder / 'images').mkdir(parents=True)
    lines = []
    for number, (image, record) in enumerate(zip(images, records, strict=True)):
        name = f'{number}_cam_image_array_.jpg'
        cv2.imwrite(str(folder / 'images' / name), image[..., ::-1])
        values = {'_timestamp_ms': 1_700_000_000_000 + 50 * number, **record}
        values |= {'_index': number, '_session_id': '26-11-21_0', 'cam/image_array': name}
        lines.append(json.dumps(values, sort_keys=True) + '\n')
    starts = range(0, len(lines), length)
    for number, start in enumerate(starts):
        part = lines[start : start + length]
        about = {'line_lengths': [len(line) for line in part], 'start_index': start}
        (folder / f'catalog_{number}.catalog').write_text(''.join(part))
        (folder / f'catalog_{number}.catalog_manifest').write_text(json.dumps(about) + '\n')
    kinds = {'cam/image_array': 'image_array', 'user/angle': 'float', 'user/mode': 'str'}
    catalogs = {
        'paths': [f'catalog_{number}.catalog' for number in range(len(starts))],
        'current_index': len(lines),
        'max_len': length,
        'deleted_indexes': list(deleted),
    }
    manifest = (list(kinds), list(kinds.values()), {}, {'created_at': 0.0}, catalogs)
    (folder / 'manifest.json').write_text(''.join(json.dumps(line) + '\n' for line in manifest))
    return folder


@pytest.fixture(scope='session')
def write_tub() -> Callable[..., Path]:
    """Return what writes a donkeycar tub, see ``write_tub_2``."""
    return write_tub_2


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Keep pytest from importing launch files, which are no tests."""
    return True if collection_path.name.endswith('.launch.py') else None
