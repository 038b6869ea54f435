# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo: a race is drawn, then the shipped pilot looks at it, again and again, in RViz."""

from __future__ import annotations

from pathlib import Path
import tempfile

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
)
from launch.event_handlers import OnProcessExit, OnShutdown
from launch.events.process import ProcessExited
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare

ARGUMENTS = (
    DeclareLaunchArgument('seconds', default_value='15', description='Of the race.'),
    DeclareLaunchArgument(
        'loop', default_value='true', description='true: drive the race again at its end.'
    ),
    DeclareLaunchArgument(
        'rviz', default_value='true', description='Open RViz; closing it ends everything.'
    ),
)


def draw_and_replay(_: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Draw the race; when it is there, replay it."""
    scratch = tempfile.TemporaryDirectory(prefix='featuremap_demo_')
    race = Path(scratch.name) / 'race'
    featuremap = ExecutableInPackage('featuremap', 'featuremap_ros')
    command = [featuremap, 'demo', '--race-only', '--seconds', LaunchConfiguration('seconds')]
    draw = ExecuteProcess(cmd=[*command, '--out', scratch.name], name='draw', output='screen')
    replay = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(Path(__file__).with_name('replay.launch.py'))),
        launch_arguments={
            'bag': str(race),
            'loop': LaunchConfiguration('loop'),
            'rviz': LaunchConfiguration('rviz'),
            'params_file': PathJoinSubstitution(
                [FindPackageShare('featuremap_ros'), 'config', 'demo.param.yaml']
            ),
        }.items(),
    )

    def drawn(event: ProcessExited, _: LaunchContext) -> LaunchDescriptionEntity:
        return Shutdown(reason='there is no race') if event.returncode else replay

    def tidy(*_: object) -> None:
        scratch.cleanup()

    return [
        LogInfo(msg='Drawing a race, which takes some seconds.'),
        RegisterEventHandler(OnProcessExit(target_action=draw, on_exit=drawn)),
        RegisterEventHandler(OnShutdown(on_shutdown=tidy)),
        draw,
    ]


def generate_launch_description() -> LaunchDescription:
    """Describe the launch."""
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=draw_and_replay)])
