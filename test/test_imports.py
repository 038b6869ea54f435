# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The import rule of docs/architecture.md, held by reading every import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
import subprocess
import sys

import pytest

PACKAGE = 'featuremap_ros'

# What each part may import of the others, and of the outside world.
OWN = {
    'vision': {'errors', 'vision'},
    'attribution': {'attribution', 'errors', 'vision'},
    'trust': {'attribution', 'errors', 'trust', 'vision'},
    'pilot': {'errors', 'pilot', 'vision'},
    'streams': {'errors', 'streams', 'vision'},
    'explaining': {
        *('attribution', 'errors', 'explaining', 'pilot', 'streams', 'vision'),
    },
    'judging': {
        *('attribution', 'errors', 'explaining', 'judging', 'pilot', 'pipeline'),
        *('streams', 'trust', 'version', 'vision'),
    },
    'why': {
        *('attribution', 'errors', 'explaining', 'pilot', 'streams', 'vision', 'why'),
    },
    'comparing': {
        *('comparing', 'errors', 'explaining', 'pilot', 'streams', 'trust', 'vision'),
        'why',
    },
    'rendering': {
        *('comparing', 'concurrency', 'errors', 'judging', 'pilot', 'pipeline', 'rendering'),
        *('streams', 'trust', 'version', 'vision', 'why'),
    },
    'season': {
        *('comparing', 'errors', 'grid_view', 'judging', 'pilot', 'pipeline', 'rendering'),
        *('season', 'streams', 'version', 'view'),
    },
    'proposing': {
        *('errors', 'judging', 'pilot', 'proposing', 'streams', 'trust', 'version', 'vision'),
    },
    'demo': {'demo', 'errors', 'pilot', 'vision'},
}
OUTSIDE = {
    'vision': {'cv2', 'numpy'},
    'attribution': {'cv2', 'numpy'},
    'trust': {'cv2', 'numpy'},
    'pilot': {'h5py', 'numpy', 'yaml'},
    'explaining': {'cv2', 'numpy'},
    'judging': {'cv2', 'numpy'},
    'why': {'cv2', 'numpy'},
    'comparing': {'numpy'},
    'rendering': {'numpy'},
    'season': {'cv2'},
    'proposing': {'cv2', 'numpy'},
    'demo': {'cv2', 'numpy', 'rosbags'},
    'streams': {'av', 'cv2', 'mcap', 'numpy', 'rosbags', 'yaml', 'zstandard'},
}
ENGINES = {'ai_edge_litert', 'keras', 'tensorflow'}
# Where the engines come in, and the script that trained the demo pilot, which nobody needs.
ENGINE_FILES = {'pilot/backends.py', 'demo/train.py'}
ROS = {'rclpy', 'sensor_msgs', 'std_msgs', 'geometry_msgs', 'ackermann_msgs', 'launch'}


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of every module that a file imports, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: relative imports hide which part is meant'
            yield node.module


def modules(repository: Path, part: str = '') -> list[Path]:
    """Return the source files of the package or of one part."""
    found = sorted((repository / PACKAGE / part).rglob('*.py'))
    assert found
    return found


@pytest.mark.parametrize('part', OWN)
def test_a_part_imports_only_what_it_may(repository: Path, part: str) -> None:
    """Data flows one way: vision knows nobody, the command line knows everybody."""
    wrong = []
    for path in modules(repository, part):
        where = path.relative_to(repository / PACKAGE).as_posix()
        for name in imports(path):
            top, *rest = name.split('.')
            if top == PACKAGE:
                allowed = rest[:1] and rest[0] in OWN[part]
            else:
                allowed = top in sys.stdlib_module_names or top in OUTSIDE[part]
            if not (allowed or (top in ENGINES and where in ENGINE_FILES)):
                wrong.append(f'{where} imports {name}')
    assert wrong == []


@pytest.mark.parametrize(('part', 'friends'), [('ros', ('ros', 'cli')), ('cli', ('cli',))])
def test_nobody_imports_the_outermost_parts(
    repository: Path, part: str, friends: tuple[str, ...]
) -> None:
    """The node and the command line could be deleted without breaking anything else."""
    wrong = [
        f'{path.relative_to(repository)} imports {name}'
        for path in modules(repository)
        if path.relative_to(repository / PACKAGE).parts[0] not in friends
        for name in imports(path)
        if name.startswith(f'{PACKAGE}.{part}')
    ]
    assert wrong == []


def test_engines_are_imported_in_one_file(repository: Path) -> None:
    """TensorFlow, Keras and LiteRT are optional: one file knows how to do without."""
    users = {
        path.relative_to(repository / PACKAGE).as_posix()
        for path in modules(repository)
        for name in imports(path)
        if name.split('.')[0] in ENGINES
    }
    assert users <= ENGINE_FILES


def test_importing_the_package_is_light() -> None:
    """Neither an engine nor ROS is loaded before somebody uses it."""
    code = f'import featuremap_ros, sys; print(sorted({ENGINES | ROS} & set(sys.modules)))'
    result = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == '[]'
