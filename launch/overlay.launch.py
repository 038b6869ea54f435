# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The overlay node on a camera, and RViz if wanted.

Without arguments the demo pilot looks at /camera/image_raw.
"""

from __future__ import annotations

import os
from pathlib import Path

from ament_index_python.packages import get_packages_with_prefixes
from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    DeclareLaunchArgument,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from featuremap_ros.explaining.registry import methods as known_methods
from featuremap_ros.ros.fastdds import profile_environment
from featuremap_ros.vision.tokens import topic_token

CONFIG = PathJoinSubstitution([FindPackageShare('featuremap_ros'), 'config'])
PARAMETERS = PathJoinSubstitution([CONFIG, 'overlay.param.yaml'])

# What overlay.rviz shows: a camera, the first and the last layer of the demo pilot, all channels
# of the last, and what in it steers.
RVIZ_IMAGE = '/camera/image_raw'
RVIZ_LAYERS = ('conv1', 'conv4')
RVIZ_METHOD = 'hirescam/conv4/steering'
METHODS = ['hirescam']

ARGUMENTS = (
    DeclareLaunchArgument(
        'model',
        default_value='',
        description='Path of the pilot: Keras 1, 2 or 3, SavedModel or TFLite. '
        'Empty: as params_file says; if that says nothing, the demo pilot, with a warning.',
    ),
    DeclareLaunchArgument(
        'profile',
        default_value='',
        description='What the pilot must be fed: name of a shipped profile or path of a YAML '
        'file. Empty: as params_file says; if that says nothing, guessed.',
    ),
    DeclareLaunchArgument(
        'layers',
        default_value='',
        description='Layers to show, with commas between (featuremap layers MODEL lists them). '
        'Empty: as params_file says; if that says nothing, the first and the last. '
        'RViz opens on the first and the last of those named here.',
    ),
    DeclareLaunchArgument(
        'methods',
        default_value='',
        description='Explanations to show, with commas between: METHOD, METHOD/LAYER, '
        'METHOD/TARGET or METHOD/LAYER/TARGET (docs/methods.md lists the methods). A method '
        'without a layer explains the last of those named in layers. Empty: as params_file says; '
        'without such a file, hirescam. RViz opens on the first of those named here.',
    ),
    DeclareLaunchArgument(
        'image', default_value=RVIZ_IMAGE, description="The camera's topic, without /compressed."
    ),
    DeclareLaunchArgument(
        'image_transport',
        default_value='',
        choices=['', 'raw', 'compressed'],
        description='Read the Image, or the CompressedImage beside it. Empty: as params_file '
        'says; if that says nothing, raw.',
    ),
    DeclareLaunchArgument(
        'params_file',
        default_value=PARAMETERS,
        description='YAML file with the parameters of the node; arguments above that are given '
        'win over it.',
    ),
    DeclareLaunchArgument(
        'namespace', default_value='', description='Of the node: one for each camera of a car.'
    ),
    DeclareLaunchArgument(
        'use_sim_time',
        default_value='false',
        description='true: follow /clock, as in a replay or a simulation.',
    ),
    DeclareLaunchArgument(
        'log_level', default_value='info', description='debug, info, warn, error or fatal.'
    ),
    DeclareLaunchArgument(
        'rviz', default_value='false', description='true: open RViz; closing it ends the node.'
    ),
    DeclareLaunchArgument(
        'rviz_config',
        default_value=PathJoinSubstitution([CONFIG, 'overlay.rviz']),
        description='What RViz opens.',
    ),
)


def value(context: LaunchContext, name: str) -> str:
    """Return what an argument was given."""
    return LaunchConfiguration(name).perform(context)


def names(context: LaunchContext, argument: str) -> list[str]:
    """Return the names that an argument was given, with commas between."""
    return [name.strip() for name in value(context, argument).split(',') if name.strip()]


def layers(context: LaunchContext) -> list[str]:
    """Return the layers that were named."""
    return names(context, 'layers')


def methods(context: LaunchContext) -> list[str]:
    """Return the explanations that were named, of the last layer that was named."""
    named, last = names(context, 'methods'), layers(context)[-1:]
    if not named and value(context, 'params_file') == PARAMETERS.perform(context):
        named = METHODS
    return [
        '/'.join([name, *last])
        if name in known_methods() and known_methods()[name].layered
        else name
        for name in named
    ]


def method_topic(name: str) -> str:
    """Return the topic of an explanation, of the demo pilot where it names no layer."""
    method, *rest = name.split('/')
    about = known_methods().get(method)
    if about is None:
        return RVIZ_METHOD
    targeted = rest[-1:] in (['steering'], ['throttle']) or ':' in ''.join(rest[-1:])
    target = rest[-1:] if targeted else ['steering']
    layer = '/'.join(rest[:-1] if targeted else rest) or RVIZ_LAYERS[-1]
    parts = [method, *([layer] if about.layered else []), *(target if about.headed else [])]
    return '/'.join(map(topic_token, parts))


def prepare_fast_dds(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Give Fast DDS room for images, unless the user has set it up otherwise."""
    profile = Path(CONFIG.perform(context)) / 'fastdds.xml'
    wanted = profile_environment(profile, os.environ)
    return [SetEnvironmentVariable(name, setting) for name, setting in wanted.items()]


def start_node(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Start the node: the parameters of the file, less those that arguments replace."""
    replaced = {
        name: ParameterValue(value(context, name), value_type=str)
        for name in ('model', 'profile', 'image_transport')
        if value(context, name)
    }
    if layers(context):
        replaced['layers'] = ParameterValue(layers(context), value_type=list[str])
    if methods(context):
        replaced['methods'] = ParameterValue(methods(context), value_type=list[str])
    node = Node(
        package='featuremap_ros',
        executable='overlay_node',
        namespace=LaunchConfiguration('namespace'),
        parameters=[
            LaunchConfiguration('params_file'),
            {**replaced, 'use_sim_time': LaunchConfiguration('use_sim_time')},
        ],
        remappings=[('image', LaunchConfiguration('image'))],
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')],
        output='screen',
        on_exit=Shutdown(reason='the overlay node has ended'),
    )
    return [node]


def start_rviz(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Start RViz on the camera and the layers that were named."""
    if 'rviz2' not in get_packages_with_prefixes():
        return [LogInfo(msg='RViz is not installed: sudo apt install ros-$ROS_DISTRO-rviz2')]
    named = layers(context)
    shown = (named[0], named[-1]) if named else RVIZ_LAYERS
    namespace = value(context, 'namespace').strip('/')
    own = f'/{namespace}/featuremap' if namespace else '/featuremap'
    overlays = [
        (f'/featuremap/overlay/{there}', f'{own}/overlay/{topic_token(layer)}')
        for there, layer in zip(RVIZ_LAYERS, shown, strict=True)
    ]
    explained = [method_topic(name) for name in methods(context)[:1]] or [RVIZ_METHOD]
    method = (f'/featuremap/{RVIZ_METHOD}', f'{own}/{explained[0]}')
    grid = (
        f'/featuremap/grid/{RVIZ_LAYERS[-1]}',
        f'{own}/grid/{topic_token(shown[-1])}',
    )
    rviz = Node(
        package='rviz2',
        executable='rviz2',
        arguments=['-d', LaunchConfiguration('rviz_config')],
        parameters=[{'use_sim_time': LaunchConfiguration('use_sim_time')}],
        remappings=[(RVIZ_IMAGE, LaunchConfiguration('image')), *overlays, grid, method],
        output='log',
        on_exit=Shutdown(reason='RViz was closed'),
    )
    return [rviz]


def generate_launch_description() -> LaunchDescription:
    """Describe the launch."""
    return LaunchDescription(
        [
            *ARGUMENTS,
            OpaqueFunction(function=prepare_fast_dds),
            OpaqueFunction(function=start_node),
            OpaqueFunction(
                function=start_rviz, condition=IfCondition(LaunchConfiguration('rviz'))
            ),
        ]
    )
