# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo: a simulated car, the shipped pilot that drives it, and RViz."""

from __future__ import annotations

from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    OpaqueFunction,
    Shutdown,
    TimerAction,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

ARGUMENTS = (
    DeclareLaunchArgument('seed', default_value='3', description='Of the track and the hall.'),
    DeclareLaunchArgument(
        'scenario',
        default_value='none',
        choices=['none', 'crash'],
        description='crash: yellow tape leads the car out of its lane, in every lap.',
    ),
    DeclareLaunchArgument(
        'seconds', default_value='0', description='End after so long; 0: only with Ctrl-C.'
    ),
    DeclareLaunchArgument(
        'rviz', default_value='true', description='Open RViz; closing it ends everything.'
    ),
)


def start_simulator(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Start the car; its images take the way that overlay.launch.py has prepared."""
    simulator = Node(
        package='featuremap_ros',
        executable='simulator_node',
        parameters=[
            {
                'seed': ParameterValue(LaunchConfiguration('seed'), value_type=int),
                'scenario': LaunchConfiguration('scenario'),
            }
        ],
        output='screen',
        on_exit=Shutdown(reason='the simulator has ended'),
    )
    seconds = float(LaunchConfiguration('seconds').perform(context))
    at_the_end = Shutdown(reason=f'{seconds:g} s are over')
    return [simulator, *([TimerAction(period=seconds, actions=[at_the_end])] if seconds else [])]


def generate_launch_description() -> LaunchDescription:
    """Describe the launch."""
    overlay = str(Path(__file__).with_name('overlay.launch.py'))
    config = PathJoinSubstitution([FindPackageShare('featuremap_ros'), 'config'])
    return LaunchDescription(
        [
            *ARGUMENTS,
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(overlay),
                launch_arguments={
                    'params_file': PathJoinSubstitution([config, 'demo.param.yaml']),
                    'rviz': LaunchConfiguration('rviz'),
                }.items(),
            ),
            OpaqueFunction(function=start_simulator),
        ]
    )
