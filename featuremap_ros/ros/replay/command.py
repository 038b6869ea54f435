# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The command that replays a bag without driving a car.

Launch files call it, in the Python of `ros2 launch`: nothing is needed that ROS 2 has not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from featuremap_ros.errors import SourceError
from featuremap_ros.ros.replay.recorded import remappings

CLOCK_HZ = 100


def ros2_command(
    bag: Path, *, rate: float, loop: bool, qos_overrides: Path, node: str
) -> list[str]:
    """Return the `ros2 bag play` of a bag, its commands and the node's topics moved to /recorded.

    Args:
        bag: Folder or file.
        rate: Recorded seconds per second.
        loop: Whether to begin again at the end.
        qos_overrides: YAML file, as `ros2 bag play` reads it.
        node: Full name of the node that runs beside it.

    Raises:
        SourceError: It cannot be told which topics the bag would publish.
    """
    command = ['ros2', 'bag', 'play', str(bag), '--clock', str(CLOCK_HZ), *_pace(rate, loop)]
    command += ['--qos-profile-overrides-path', str(qos_overrides)]
    moved = remappings(topics_of(bag), node=node)
    if moved:
        command += ['--remap', *(f'{name}:={there}' for name, there in moved.items())]
    return command


def own_command(executable: str, bag: Path, *, rate: float, loop: bool, node: str) -> list[str]:
    """Return the `featuremap play` of a bag, for machines without rosbag2.

    Args:
        executable: Path of `featuremap`.
        bag: Folder or file.
        rate: Recorded seconds per second.
        loop: Whether to begin again at the end.
        node: Full name of the node that runs beside it, whose topics are left out.
    """
    return [executable, 'play', str(bag), *_pace(rate, loop), '--exclude', node]


def topics_of(bag: Path) -> list[tuple[str, str]]:
    """Return name and type of every topic of a bag.

    Args:
        bag: Folder, or a file that rosbag2 can read.

    Raises:
        SourceError: There is no such bag, or it cannot be told.
    """
    if not bag.exists():
        raise SourceError(f'There is no bag {bag}: give the folder that `ros2 bag record` made.')
    metadata = bag / 'metadata.yaml'
    if not metadata.is_file():
        return [(topic.name, topic.type) for topic in _metadata(bag)]
    try:
        info = yaml.safe_load(metadata.read_text())['rosbag2_bagfile_information']
        topics = [entry['topic_metadata'] for entry in info['topics_with_message_count']]
        return [(topic['name'], topic['type']) for topic in topics]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        msg = f'{metadata} is not what rosbag2 writes ({error}): run `ros2 bag reindex {bag}`.'
        raise SourceError(msg) from None


def _pace(rate: float, loop: bool) -> list[str]:
    """Return the options for the pace, which both players share."""
    return ['--rate', str(rate), *(['--loop'] if loop else [])]


def _metadata(bag: Path) -> list[Any]:
    """Read the topics of a file that has no metadata.yaml beside it."""
    try:
        from rosbag2_py import Info

        info = Info().read_metadata(str(bag), '')
    except (ImportError, RuntimeError) as error:
        msg = (
            f'Nobody can tell which topics of {bag} would drive a car ({error}): replay a folder '
            'with a metadata.yaml (`ros2 bag reindex` writes it), or use `featuremap play`.'
        )
        raise SourceError(msg) from None
    return [entry.topic_metadata for entry in info.topics_with_message_count]
