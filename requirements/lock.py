# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes the lock files from the .in files beside this script: plain, sorted `name==version`.

`python3.x.txt` holds everything but ROS for one Python; `jazzy.txt` and `kilted.txt` add the
wheels of one ROS distribution for every Python. It needs uv, which resolves for a Python that
need not be there.
"""

from __future__ import annotations

from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

from install import HERE, ROS_WHEELS, SUPPORTED

# The oldest C library among the supported machines: Debian 12's.
PLATFORM = 'x86_64-manylinux_2_36'


def resolve(uv: str, version: str, wanted: list[Path], constraints: list[Path]) -> list[str]:
    """Return the sorted `name==version` lines that satisfy requirement files.

    Args:
        uv: the path of uv.
        version: the Python to resolve for, as `3.11`.
        wanted: requirement files.
        constraints: lock files whose versions must be kept.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / 'lock.txt'
        command = [uv, 'pip', 'compile', '--quiet', '--no-header', '--no-annotate', '--upgrade']
        command += ['--python-version', version, '--python-platform', PLATFORM]
        command += ['--output-file', str(out)]
        for file in constraints:
            command += ['--constraint', str(file)]
        subprocess.run([*command, *map(str, wanted)], check=True)
        return sorted(out.read_text().splitlines())


def main() -> int:
    """Write every lock file; return the exit code."""
    uv = shutil.which('uv')
    if uv is None:
        print('make lock needs uv. Install it: python3 -m pip install uv', file=sys.stderr)
        return 1
    ros: dict[str, list[list[str]]] = {name: [] for name in ROS_WHEELS}
    for major, minor in SUPPORTED:
        version = f'{major}.{minor}'
        base = HERE / f'python{version}.txt'
        lines = resolve(uv, version, [HERE / 'runtime.in', HERE / 'dev.in'], [])
        base.write_text('\n'.join(lines) + '\n')
        for name, locks in ros.items():
            found = resolve(uv, version, [HERE / f'{name}.in'], [base])
            locks.append([line for line in found if line not in lines])
    for name, locks in ros.items():
        if any(lock != locks[0] for lock in locks):
            print(f'{name}: versions differ between Pythons; pin them.', file=sys.stderr)
            return 1
        (HERE / f'{name}.txt').write_text('\n'.join(locks[0]) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
