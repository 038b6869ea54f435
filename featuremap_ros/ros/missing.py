# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What to say where ROS 2 is not there; nothing of it is needed for that."""

from __future__ import annotations


def ros_is_missing(what: str, module: str | None) -> str:
    """Say how to get ROS 2.

    Args:
        what: Needs it.
        module: That Python did not find.
    """
    return (
        f'{what} needs ROS 2, and Python found no {module}. With ROS 2 installed: source '
        "/opt/ros/$ROS_DISTRO/setup.bash; without it: `pip install '.[ros]'` in the folder of "
        'featuremap_ros (x86_64).'
    )
