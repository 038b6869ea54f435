# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A recorded race, the overlay node on it, and RViz.

Recorded commands go to /recorded/..., and steering stays on the node's own topics: no bag drives
a car. Where rosbag2 is not installed, `featuremap play` plays the bag.
"""

from __future__ import annotations

from pathlib import Path
import shutil

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
    Shutdown,
    TimerAction,
)
from launch.conditions import IfCondition
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare

from featuremap_ros.ros.replay.command import own_command, ros2_command

ARGUMENTS = (
    DeclareLaunchArgument('bag', description='Folder or file of the recorded race.'),
    DeclareLaunchArgument(
        'rate', default_value='1.0', description='Recorded seconds per second, e.g. 0.5.'
    ),
    DeclareLaunchArgument(
        'loop', default_value='false', description='true: begin again at the end.'
    ),
    DeclareLaunchArgument(
        'delay',
        default_value='5.0',
        description='Seconds before the first message, for the node to load its pilot.',
    ),
    DeclareLaunchArgument(
        'rviz', default_value='true', description='Open RViz; closing it ends everything.'
    ),
)


def play_bag(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Play the bag; its images take the way that overlay.launch.py has prepared."""
    bag = Path(LaunchConfiguration('bag').perform(context)).expanduser()
    rate = float(LaunchConfiguration('rate').perform(context))
    loop = IfCondition(LaunchConfiguration('loop')).evaluate(context)
    namespace = LaunchConfiguration('namespace', default='').perform(context).strip('/')
    node = f'/{namespace}/featuremap' if namespace else '/featuremap'
    if shutil.which('ros2'):
        share = FindPackageShare('featuremap_ros').perform(context)
        qos_overrides = Path(share, 'config', 'bag_qos.yaml')
        command = ros2_command(bag, rate=rate, loop=loop, qos_overrides=qos_overrides, node=node)
    else:
        featuremap = ExecutableInPackage('featuremap', 'featuremap_ros').perform(context)
        command = own_command(featuremap, bag, rate=rate, loop=loop, node=node)
    # With RViz open, the last picture stays to be looked at.
    rviz = IfCondition(LaunchConfiguration('rviz')).evaluate(context)
    at_the_end = None if rviz else Shutdown(reason='the bag has ended')
    play = ExecuteProcess(cmd=command, name='bag', output='screen', on_exit=at_the_end)
    # A delay of `ros2 bag play` itself would come again with every loop.
    return [TimerAction(period=LaunchConfiguration('delay'), actions=[play])]


def generate_launch_description() -> LaunchDescription:
    """Describe the launch."""
    # A plain path, so that --show-args lists the arguments of that file too.
    overlay = str(Path(__file__).with_name('overlay.launch.py'))
    return LaunchDescription(
        [
            *ARGUMENTS,
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(overlay),
                launch_arguments={
                    'use_sim_time': 'true',
                    'rviz': LaunchConfiguration('rviz'),
                }.items(),
            ),
            OpaqueFunction(function=play_bag),
        ]
    )
