# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every command of the how-tos does what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
import json
import os
from pathlib import Path
import re
import shlex
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.race import write_race
from featuremap_ros.pilot import backends
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import open_source

LEAVES = {
    'donkeycar': (
        'my_car.yaml',
        'my_car.png',
        'check/driver.png',
        'race.html',
        'compared/compare.csv',
    ),
    'f1tenth': ('f1tenth.yaml', 'seen/overlay.mcap', 'why/why.json'),
    'own_keras_model': ('mine.yaml', 'mine.png', 'seen/steering.csv', 'explained/explain.json'),
    'raspberry_pi': (
        'pilot.tflite',
        'same/compare.json',
        'seen/contact_sheet.png',
        'why/why.json',
    ),
}
"""What must lie in the folder afterwards."""


def blocks(text: str) -> list[str]:
    """Return the blocks of a document that can run here, as shell commands."""
    found = re.findall(r'(<!-- elsewhere: [^>]+ -->\n)?```(bash|python)\n(.*?)```', text, re.S)
    return [
        block if language == 'bash' else f'python -c {shlex.quote(block)}'
        for elsewhere, language, block in found
        if not elsewhere
    ]


@pytest.fixture(scope='module')
def race(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two and a half seconds of the demo race."""
    return write_race(tmp_path_factory.mktemp('how_to') / 'race', seconds=2.5)


def linear_pilot(path: Path, seed: int) -> None:
    """Write a donkeycar with two outputs, not trained."""
    keras = backends.keras()
    keras.utils.set_random_seed(seed)
    image = keras.Input((120, 160, 3), name='img_in')
    maps = keras.layers.Conv2D(8, 5, strides=4, activation='relu', name='conv2d_1')(image)
    maps = keras.layers.Conv2D(8, 5, strides=4, activation='relu', name='conv2d_2')(maps)
    flat = keras.layers.Flatten()(maps)
    outputs = [keras.layers.Dense(1, name=f'n_outputs{number}')(flat) for number in (0, 1)]
    keras.Model(image, outputs).save(path)


def my_car(folder: Path, race: Path, write_tub: Callable[..., Path]) -> None:
    """Lay out a donkeycar's folder: a tub and two models."""
    with open_source(race) as source:
        track = driver_of(source, None)
        assert track is not None
        frames = [(frame.image, track.share_of(frame, 0.42)) for frame in source]
    images = [np.asarray(cv2.resize(image, (160, 120)), np.uint8) for image, _ in frames]
    records = [
        {'user/angle': -(share or 0.0), 'user/mode': 'user', 'pilot/angle': 0.0}
        for _, share in frames
    ]
    (folder / 'mycar' / 'models').mkdir(parents=True)
    write_tub(folder / 'mycar' / 'data', images, records)
    linear_pilot(folder / 'mycar' / 'models' / 'pilot.h5', 1)
    linear_pilot(folder / 'mycar' / 'models' / 'better.h5', 2)


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Return what runs a block of shell commands in a folder of its own."""
    programs = tmp_path / 'bin'
    programs.mkdir()
    for name, arguments in (('featuremap', '-m featuremap_ros.cli.main'), ('python', '')):
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} {arguments} "$@"\n')
        (programs / name).chmod(0o755)
    environment = {
        **os.environ,
        'PATH': f'{programs}{os.pathsep}{os.environ["PATH"]}',
        'ROS_DOMAIN_ID': str(101 + os.getpid() % 100),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    }

    def block(commands: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ['bash', '-euo', 'pipefail', '-c', commands],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    return block


@pytest.mark.parametrize('name', LEAVES)
def test_the_commands_of_a_how_to_run(
    name: str,
    repository: Path,
    race: Path,
    tmp_path: Path,
    write_tub: Callable[..., Path],
    run: Callable[[str], subprocess.CompletedProcess[str]],
) -> None:
    """In the order of the document, in a folder with the files that it speaks of."""
    if name == 'donkeycar':
        my_car(tmp_path, race, write_tub)
    else:
        (tmp_path / 'race').symlink_to(race)
        with pilot_path() as pilot:
            shutil.copy(pilot, tmp_path / 'pilot.keras')
    if name == 'raspberry_pi':
        profile = repository / 'featuremap_ros' / 'profiles' / 'demo.yaml'
        shutil.copy(profile, tmp_path / 'mine.yaml')
    ran = 0
    for commands in blocks((repository / 'docs' / f'how_to_{name}.md').read_text()):
        if 'featuremap play' in commands and find_spec('rclpy') is None:
            continue
        done = run(commands)
        assert done.returncode == 0, f'{commands}\n{done.stdout}\n{done.stderr}'
        assert 'Traceback' not in done.stderr
        ran += 1
    assert ran >= 3
    missing = [left for left in LEAVES[name] if not (tmp_path / left).is_file()]
    assert missing == []


def test_the_demo_race_with_a_tflite_pilot_and_no_tensorflow(
    race: Path, tmp_path: Path, run: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    """As on a Raspberry Pi: neither TensorFlow nor Keras can be imported."""
    keras = backends.keras()
    with pilot_path() as path:
        model = keras.saving.load_model(path)
    converter = backends.tensorflow().lite.TFLiteConverter.from_keras_model(model)
    (tmp_path / 'pilot.tflite').write_bytes(converter.convert())
    script = (
        'import sys\n'
        "sys.modules |= {'tensorflow': None, 'keras': None, 'tf_keras': None}\n"
        'from featuremap_ros.cli.main import main\n'
        'sys.exit(main(sys.argv[1:]))\n'
    )
    (tmp_path / 'without.py').write_text(script)
    options = f'{race} --model pilot.tflite --profile demo --json'
    done = run(f'python without.py render {options} --out seen > seen.json')
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / 'seen.json').read_text())['frames'] == 50
    done = run(f'python without.py why {options} --worst 1 --out why > why.json')
    assert done.returncode == 0, done.stderr
    with pilot_path() as path:
        # Elsewhere in the suite it was converted, and what is kept needs no TensorFlow.
        done = run(f'XDG_CACHE_HOME=$PWD/empty python without.py layers {path}')
    assert done.returncode == 1
    assert 'tensorflow cannot be imported' in done.stderr
