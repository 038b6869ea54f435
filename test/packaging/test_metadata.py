# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests that setup.py, package.xml, the lock files and the package say the same."""

from __future__ import annotations

from importlib.metadata import distribution, EntryPoint, packages_distributions, version
from pathlib import Path
import re
import sys
from xml.etree import ElementTree as ET

import pytest

import featuremap_ros

LOCKS = ('python3.11', 'python3.12', 'python3.13', 'jazzy', 'kilted')

# Names of rosdep and of the distributions' packages that exist; python3-* keys are rosdep's.
ROSDEP_KEYS = {'python3-dev', 'python3-h5py', 'python3-numpy', 'python3-opencv', 'python3-pytest',
               'python3-tqdm', 'python3-yaml'}  # fmt: skip


@pytest.fixture
def manifest(repository: Path) -> ET.Element:
    """Parse package.xml."""
    return ET.parse(repository / 'package.xml').getroot()


def test_there_is_one_version(manifest: ET.Element) -> None:
    """The package, its metadata, ROS and the changelog agree."""
    assert featuremap_ros.__version__ == version('featuremap_ros')
    assert featuremap_ros.__version__ == manifest.findtext('version')


def test_the_manifest_is_valid_format_3(manifest: ET.Element) -> None:
    """REP-149: the required tags, each dependency once, the build type."""
    assert manifest.get('format') == '3'
    for tag in ('name', 'version', 'description', 'maintainer', 'license'):
        assert manifest.findtext(tag, '').strip(), tag
    assert re.fullmatch(r'[^@ ]+@[^@ ]+\.[a-z]+', manifest.find('maintainer').get('email'))
    for kind in ('exec_depend', 'test_depend'):
        names = [element.text for element in manifest.findall(kind)]
        assert names
        assert len(names) == len(set(names))
    assert manifest.findtext('export/build_type') == 'ament_python'


def test_the_manifest_parses_with_ros_own_parser(repository: Path) -> None:
    """catkin_pkg is what colcon and rosdep read package.xml with."""
    package = pytest.importorskip('catkin_pkg.package').parse_package(str(repository))
    package.validate()
    assert package.name == 'featuremap_ros'
    assert package.licenses[0] == 'Apache-2.0'
    assert (repository / package.licenses[0].file).is_file()


def test_python_dependencies_are_rosdep_keys(manifest: ET.Element) -> None:
    """A key that rosdep does not know stops `rosdep install`."""
    names = {element.text for element in manifest if element.tag.endswith('depend')}
    assert {name for name in names if name.startswith('python3-')} == ROSDEP_KEYS


def test_messages_that_the_code_imports_are_declared(
    manifest: ET.Element, repository: Path
) -> None:
    """Every message package that a module imports is installed by rosdep."""
    sources = '\n'.join(path.read_text() for path in repository.glob('featuremap_ros/**/*.py'))
    pattern = r'^\s*(?:from|import) (\w+_(?:msgs|srvs|interfaces))\b'
    imported = set(re.findall(pattern, sources, re.M))
    assert imported
    assert imported <= {element.text for element in manifest.findall('exec_depend')}


def test_entry_points_load(executable: str, function: str) -> None:
    """Each command names a function that exists."""
    if '.ros.' in function:
        pytest.importorskip('rclpy')
    assert callable(EntryPoint(executable, function, 'console_scripts').load())


@pytest.mark.parametrize('name', LOCKS)
def test_lock_files_are_plain_and_sorted(repository: Path, name: str) -> None:
    """One `name==version` a line: no hosts, no options, no hashes of one machine's builds."""
    lines = (repository / 'requirements' / f'{name}.txt').read_text().splitlines()
    assert lines == sorted(set(lines))
    assert [line for line in lines if not re.fullmatch(r'[a-z0-9-]+==[0-9a-z.]+', line)] == []


@pytest.mark.parametrize('name', LOCKS[:3])
def test_everything_that_setup_py_needs_is_locked(repository: Path, name: str) -> None:
    """The locks cover the package's own requirements, gradients and tests included."""
    lock = (repository / 'requirements' / f'{name}.txt').read_text()
    locked = set(re.findall(r'^(.+)==', lock, re.M))
    needed = {
        re.match(r'[\w.-]+', line)[0].lower().replace('_', '-')
        for line in distribution('featuremap_ros').requires
        if "'ros'" not in line.replace('"', "'")
    }
    assert needed <= locked


def test_everything_that_is_imported_is_required(repository: Path) -> None:
    """What the package imports comes with it, with an extra, or with ROS."""
    sources = '\n'.join(path.read_text() for path in repository.glob('featuremap_ros/**/*.py'))
    imported = set(re.findall(r'^\s*(?:from|import) (\w+)', sources, re.M))
    outside = imported - sys.stdlib_module_names - {'featuremap_ros'}
    required = {
        re.match(r'[\w.-]+', line)[0].lower().replace('_', '-')
        for line in distribution('featuremap_ros').requires
    }
    distributions = packages_distributions()
    undeclared = {
        module
        for module in outside
        for owner in [{name.lower().replace('_', '-') for name in distributions.get(module, [])}]
        if owner and not owner & required and not any(name.startswith('ros-') for name in owner)
    }
    assert undeclared == set()
