# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Creates the virtual environment that `make` works in, from the lock files beside this script.

It runs on a bare Python: nothing but the standard library. A stamp inside the environment keeps
what was installed, so a second run installs nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from pathlib import Path
import platform
import shutil
import subprocess
import sys

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
SUPPORTED = ((3, 11), (3, 12), (3, 13))
ROS_WHEELS = ('jazzy', 'kilted')
RUNNING = f'{sys.version_info[0]}.{sys.version_info[1]}'

OTHER_MACHINE = """\
{found}: the rclpy wheels that this set-up installs exist for x86_64 Linux only.
Use an installed ROS 2 instead:
    source /opt/ros/$ROS_DISTRO/setup.bash
    rosdep install --from-paths . --ignore-src
    python3 -m venv --system-site-packages .venv-ros && . .venv-ros/bin/activate
    python3 -m pip install -r requirements-ros.txt
    python3 -m colcon build"""

OTHER_PYTHON = """\
Python {found} at {executable}: this set-up needs 3.11, 3.12 or 3.13, and none is on PATH.
Install one, for example: sudo apt install python3 python3-venv
or name one:              make PYTHON=/path/to/python3.12"""

NO_PIP = """\
This Python cannot give a new environment pip (its ensurepip is missing, and so is pip itself).
Install it: sudo apt install python{version}-venv"""


class SetupError(Exception):
    """What a user has to do before the set-up can go on."""


def require_platform(system: str, machine: str) -> None:
    """Refuse machines for which there are no rclpy wheels.

    Args:
        system: the operating system as `platform.system` names it.
        machine: the processor as `platform.machine` names it.

    Raises:
        SetupError: it says how to go on with an installed ROS 2.
    """
    if (system, machine) != ('Linux', 'x86_64'):
        raise SetupError(OTHER_MACHINE.format(found=f'{system} on {machine}'))


def use_supported_python() -> None:
    """Go on in a supported Python from PATH where the running one is too old or too new.

    Raises:
        SetupError: there is none.
    """
    if sys.version_info[:2] in SUPPORTED:
        return
    for major, minor in SUPPORTED:
        other = shutil.which(f'python{major}.{minor}')
        # A name on PATH may be a version manager's shim of a Python that is not there.
        if other and subprocess.run([other, '-c', ''], capture_output=True).returncode == 0:
            os.execv(other, [other, *sys.argv])
    raise SetupError(
        OTHER_PYTHON.format(found=platform.python_version(), executable=sys.executable)
    )


def python_of(venv: Path) -> str | None:
    """Return the `3.x` version of an environment that works, or None.

    Args:
        venv: the environment's folder.
    """
    python = venv / 'bin' / 'python'
    if not python.exists():
        return None
    code = 'import pip, sys; print("%d.%d" % sys.version_info[:2])'
    answer = subprocess.run([python, '-c', code], capture_output=True, text=True)
    return answer.stdout.strip() if answer.returncode == 0 else None


def create(venv: Path) -> None:
    """Create an environment with pip, also where Debian has split ensurepip off.

    Args:
        venv: the environment's folder; what is there is replaced.

    Raises:
        SetupError: there is no pip to put into it.
    """
    make = [sys.executable, '-m', 'venv', '--clear', str(venv)]
    if subprocess.run(make, capture_output=True).returncode == 0:
        return
    outside = [sys.executable, '-m', 'pip', '--python', str(venv / 'bin' / 'python')]
    steps = ([*make, '--without-pip'], [*outside, 'install', '--quiet', 'pip'])
    if any(subprocess.run(step, capture_output=True).returncode for step in steps):
        shutil.rmtree(venv, ignore_errors=True)
        raise SetupError(NO_PIP.format(version=RUNNING))


def digest(*files: Path) -> str:
    """Return a fingerprint of the files' contents.

    Args:
        files: the files, in an order that matters.
    """
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes() + b'\0')
    return whole.hexdigest()


def up_to_date(stamp: Path, key: str) -> bool:
    """Tell whether a stamp says that what the key stands for is installed."""
    return stamp.is_file() and stamp.read_text() == key


def install(venv: Path, ros_wheels: str, version: str) -> None:
    """Install the locked packages and this package, each only when its inputs changed.

    Args:
        venv: the environment's folder.
        ros_wheels: the ROS distribution whose wheels to install.
        version: the environment's Python, as `3.11`.
    """
    pip = [str(venv / 'bin' / 'python'), '-m', 'pip', '--disable-pip-version-check', '-qq']
    locks = (HERE / f'python{version}.txt', HERE / f'{ros_wheels}.txt')
    stamp, key = venv / 'installed-locks', digest(*locks)
    if not up_to_date(stamp, key):
        names = f'{locks[0].name} and {locks[1].name}'
        print(f'Installing {names} into {venv}: 3 GB, some minutes ...', flush=True)
        wanted = [part for lock in locks for part in ('--requirement', str(lock))]
        # The lock is the whole closure: nothing is left to resolve.
        subprocess.run([*pip, 'install', '--no-deps', *wanted], check=True)
        stamp.write_text(key)
    metadata = (REPOSITORY / name for name in ('setup.py', 'setup.cfg', 'pyproject.toml'))
    compiled = sorted(REPOSITORY.glob('featuremap_ros/**/*.c'))
    stamp, key = venv / 'installed-package', digest(*metadata, *compiled)
    if not up_to_date(stamp, key):
        here = ['--editable', str(REPOSITORY)]
        subprocess.run([*pip, 'install', '--no-deps', '--no-build-isolation', *here], check=True)
        stamp.write_text(key)


def main() -> int:
    """Run the set-up; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--venv', type=Path, required=True, help='the folder to create')
    parser.add_argument('--ros-wheels', choices=ROS_WHEELS, default='jazzy')
    parser.add_argument(
        '--keep-python', action='store_true', help='take an environment of any Python as it is'
    )
    options = parser.parse_args()
    try:
        require_platform(platform.system(), platform.machine())
        use_supported_python()
        found = python_of(options.venv)
        if found is None or (found != RUNNING and not options.keep_python):
            print(f'Creating {options.venv} with Python {RUNNING} ...', flush=True)
            create(options.venv)
            found = RUNNING
        install(options.venv, options.ros_wheels, found)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f'{error}\nThe set-up stopped; run make again to go on.', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
