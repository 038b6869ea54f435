# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which processes get the shipped Fast DDS profile: room for whole images in shared memory.

Launch files call it, in the Python of `ros2 launch`: nothing but the standard library is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_OLD_VARIABLE = 'FASTRTPS_DEFAULT_PROFILES_FILE'
_NEW_VARIABLE = 'FASTDDS_DEFAULT_PROFILES_FILE'
_OWN_CHOICE = (_OLD_VARIABLE, _NEW_VARIABLE, 'FASTDDS_BUILTIN_TRANSPORTS')
_OWN_FILES = ('DEFAULT_FASTRTPS_PROFILES.xml', 'DEFAULT_FASTDDS_PROFILES.xml')

# rclpy of Kilted: the first to come with Fast DDS 3, which warns of the old name.
_FIRST_WITH_NEW_NAME = 9


def profile_environment(
    profile: Path, environment: Mapping[str, str], *, folder: Path | None = None
) -> dict[str, str]:
    """Return what to set so that processes started from here use the profile.

    Args:
        profile: The XML file.
        environment: Of those processes.
        folder: Where they are started; the current folder if not given.

    Returns:
        Nothing where the middleware is not Fast DDS or the user has settings of their own.
    """
    if 'fastrtps' not in environment.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp'):
        return {}
    if any(environment.get(name) for name in _OWN_CHOICE):
        return {}
    if any(((folder or Path.cwd()) / name).exists() for name in _OWN_FILES):
        return {}
    return {_variable(): str(profile)}


def _variable() -> str:
    """Return the name by which the installed Fast DDS looks for a profile."""
    try:
        major = int(version('rclpy').partition('.')[0])
    except PackageNotFoundError:
        return _NEW_VARIABLE
    return _NEW_VARIABLE if major >= _FIRST_WITH_NEW_NAME else _OLD_VARIABLE
