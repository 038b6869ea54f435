# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the wheel: what pip installs where there is no ROS."""

from __future__ import annotations

from email import message_from_bytes
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
import tarfile
from xml.etree import ElementTree as ET
import zipfile

import pytest


def build_wheel(source: Path, folder: Path, variables: dict[str, str]) -> zipfile.ZipFile:
    """Build the wheel and open it."""
    command = [sys.executable, '-m', 'pip', 'wheel', '--no-deps', '--no-build-isolation']
    result = subprocess.run(
        [*command, '--wheel-dir', str(folder), str(source)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    (built,) = folder.glob('*.whl')
    assert built.name.startswith('featuremap_ros-0.1.0-')
    return zipfile.ZipFile(built)


@pytest.fixture(scope='module')
def wheel(source_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return the wheel as this machine builds it."""
    return build_wheel(source_copy, tmp_path_factory.mktemp('wheel'), {})


def test_the_source_distribution_builds_the_same_wheel(
    wheel: zipfile.ZipFile, source_copy: Path, tmp_path: Path
) -> None:
    """Nothing that the build reads is missing from it, and there is no half of the tests."""
    copy = shutil.copytree(source_copy, tmp_path / 'copy', ignore=shutil.ignore_patterns('build'))
    build = 'import sys; from setuptools import build_meta as b; b.build_sdist(sys.argv[1])'
    command = [sys.executable, '-c', build, str(tmp_path)]
    subprocess.run(command, cwd=copy, check=True, capture_output=True, timeout=120)
    (packed,) = tmp_path.glob('*.tar.gz')
    with tarfile.open(packed) as archive:
        assert not any('/test/' in name for name in archive.getnames())
    with build_wheel(packed, tmp_path, {}) as again:
        assert set(again.namelist()) == set(wheel.namelist())


def test_every_file_of_the_package_is_in_the_wheel(
    wheel: zipfile.ZipFile, repository: Path
) -> None:
    """Modules, profiles, configuration and the demo pilot: nothing that is tracked is missing."""
    package = repository / 'featuremap_ros'
    files = {
        str(path.relative_to(repository))
        for path in package.rglob('*')
        if path.is_file() and path.suffix not in {'.c', '.pyc', '.so'}
    }
    assert files - set(wheel.namelist()) == set()


def test_the_blending_is_compiled(wheel: zipfile.ZipFile) -> None:
    """The set-up of this repository has a compiler."""
    assert any(re.fullmatch(r'featuremap_ros/vision/_blend\..*so', n) for n in wheel.namelist())


def test_without_a_compiler_there_is_a_wheel_all_the_same(
    source_copy: Path, tmp_path: Path
) -> None:
    """OpenCV does the work then; the build says so and goes on."""
    copy = shutil.copytree(source_copy, tmp_path / 'copy', ignore=shutil.ignore_patterns('build'))
    with build_wheel(copy, tmp_path, {'CC': 'false'}) as wheel:
        assert 'featuremap_ros/vision/blend.py' in wheel.namelist()
        assert not any(name.endswith('.so') for name in wheel.namelist())


def test_the_demo_pilot_and_a_profile_are_among_them(wheel: zipfile.ZipFile) -> None:
    """A wheel without them could not run without arguments."""
    names = wheel.namelist()
    assert 'featuremap_ros/demo/pilot.keras' in names
    assert 'featuremap_ros/profiles/demo.yaml' in names


def test_nothing_else_is_imported_from_the_wheel(wheel: zipfile.ZipFile) -> None:
    """Tests, benchmarks and scripts stay in the repository."""
    tops = {name.split('/')[0] for name in wheel.namelist()}
    assert tops == {
        'featuremap_ros',
        'featuremap_ros-0.1.0.data',
        'featuremap_ros-0.1.0.dist-info',
    }


def test_the_licence_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    """It travels with the code."""
    names = wheel.namelist()
    assert any('.dist-info/' in name and name.endswith('LICENSE') for name in names)


def test_pip_and_ros_name_the_same_people_and_licence(
    wheel: zipfile.ZipFile, repository: Path
) -> None:
    """Whoever asks either of them reaches the same address."""
    about = message_from_bytes(wheel.read('featuremap_ros-0.1.0.dist-info/METADATA'))
    manifest = ET.parse(repository / 'package.xml').getroot()
    maintainer = manifest.find('maintainer')
    assert (about['Maintainer'], about['Maintainer-email']) == (
        maintainer.text,
        maintainer.get('email'),
    )
    assert (about['License-Expression'] or about['License']) == manifest.findtext('license')


def test_the_entry_points_are_stated(
    wheel: zipfile.ZipFile, executable: str, function: str
) -> None:
    """The commands exist after pip install."""
    points = wheel.read('featuremap_ros-0.1.0.dist-info/entry_points.txt').decode()
    assert f'{executable} = {function}\n' in points


def test_a_car_with_a_tflite_model_needs_no_tensorflow(wheel: zipfile.ZipFile) -> None:
    """TensorFlow, Keras and ROS come with extras only."""
    metadata = wheel.read('featuremap_ros-0.1.0.dist-info/METADATA').decode().replace('"', "'")
    required = [line for line in metadata.splitlines() if line.startswith('Requires-Dist')]
    plain = [line for line in required if 'extra ==' not in line]
    assert any('ai-edge-litert' in line for line in plain)
    assert not any(name in line for line in plain for name in ('tensorflow', 'keras', 'ros-'))
    gradients = [line for line in required if "extra == 'gradients'" in line]
    assert any('tensorflow' in line for line in gradients)
