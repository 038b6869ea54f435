# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests that the files in config/ agree with the launch files and with the node."""

from __future__ import annotations

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.car import Car
from featuremap_ros.demo.race import write_race
from featuremap_ros.demo.simulator import CRUISE_SPEED
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.showcase import showcase
from featuremap_ros.ros.parameters import PARAMETERS
from featuremap_ros.ros.replay.command import topics_of
from featuremap_ros.ros.replay.recorded import recorded_name
from featuremap_ros.vision.tokens import topic_token

DDS = '{http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles}'


def constant(file: Path, name: str) -> Any:
    """Return the value of a constant of a launch file, which needs no ROS to be read."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f'{file} has no {name}')


def arguments(file: Path) -> dict[str, dict[str, str]]:
    """Return the declared arguments of a launch file with their keywords as text."""
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    return {
        ast.literal_eval(call.args[0]): {k.arg: ast.unparse(k.value) for k in call.keywords}
        for call in calls
        if ast.unparse(call.func) == 'DeclareLaunchArgument'
    }


@pytest.fixture
def overlay_launch(repository: Path) -> Path:
    """Return the path of overlay.launch.py."""
    return repository / 'launch' / 'overlay.launch.py'


@pytest.fixture
def config(repository: Path) -> Path:
    """Return the folder that is installed as share/featuremap_ros/config."""
    return repository / 'featuremap_ros' / 'config'


@pytest.fixture
def rviz(config: Path) -> dict[str, Any]:
    """Parse overlay.rviz."""
    return yaml.safe_load((config / 'overlay.rviz').read_text())['Visualization Manager']


def displays(rviz: dict[str, Any], kind: str) -> Iterator[dict[str, str]]:
    """Yield the topic of every enabled display of a kind."""
    for display in rviz['Displays']:
        if display['Class'] == f'rviz_default_plugins/{kind}' and display['Enabled']:
            yield display['Topic']


def test_rviz_shows_the_topics_that_the_launch_file_remaps(
    rviz: dict[str, Any], overlay_launch: Path
) -> None:
    """Otherwise a camera or overlay that is called differently would not be shown."""
    layers = constant(overlay_launch, 'RVIZ_LAYERS')
    shown = [topic['Value'] for topic in displays(rviz, 'Image')]
    assert shown == [
        constant(overlay_launch, 'RVIZ_IMAGE'),
        *(f'/featuremap/overlay/{layer}' for layer in layers),
        f'/featuremap/grid/{layers[-1]}',
        f'/featuremap/{constant(overlay_launch, "RVIZ_METHOD")}',
    ]


def test_those_are_the_layers_that_the_node_shows_without_arguments(overlay_launch: Path) -> None:
    """The demo pilot's first and last layer."""
    with pilot_path() as path:
        layers = showcase(Pilot.load(path, profile='demo').network)
    assert constant(overlay_launch, 'RVIZ_LAYERS') == tuple(map(topic_token, layers))


def test_rviz_asks_for_what_is_offered(rviz: dict[str, Any]) -> None:
    """Best effort takes any camera; the overlays are reliable."""
    camera, *overlays = (topic['Reliability Policy'] for topic in displays(rviz, 'Image'))
    assert camera == 'Best Effort'
    assert set(overlays) == {'Reliable'}
    for kind in ('LaserScan', 'MarkerArray', 'Odometry', 'Path'):
        assert [topic['Reliability Policy'] for topic in displays(rviz, kind)] == ['Best Effort']
    for kind in ('Image', 'LaserScan', 'MarkerArray', 'Odometry', 'Path'):
        assert {topic['Durability Policy'] for topic in displays(rviz, kind)} == {'Volatile'}


def test_rviz_shows_the_car_in_its_odometry(rviz: dict[str, Any]) -> None:
    """The frame that every car has; a map need not be there."""
    assert rviz['Global Options']['Fixed Frame'] == 'odom'
    assert 'rviz_default_plugins/TF' in {display['Class'] for display in rviz['Displays']}


def test_rviz_shows_what_the_demo_race_has(rviz: dict[str, Any], tmp_path: Path) -> None:
    """Each on its topic, with the type that its display reads."""
    types = dict(topics_of(write_race(tmp_path / 'race', seconds=0.2)))
    for kind in ('Image', 'LaserScan', 'MarkerArray', 'Odometry', 'Path'):
        topic = next(displays(rviz, kind))['Value']
        assert types[topic].rpartition('/')[2] == kind


def test_the_demo_knows_its_car(config: Path) -> None:
    """Without wheelbase, steering limit and speed there could be no command."""
    given = yaml.safe_load((config / 'demo.param.yaml').read_text())['/**']['ros__parameters']
    assert given['wheelbase'] == Car().wheelbase
    assert given['max_steering_angle'] == Car().max_steering
    assert given['speed'] == CRUISE_SPEED


def test_every_window_of_rviz_belongs_to_a_display(config: Path) -> None:
    """The layout names displays; a misspelt one would open somewhere."""
    whole = yaml.safe_load((config / 'overlay.rviz').read_text())
    windows = {name for name, value in whole['Window Geometry'].items() if type(value) is dict}
    names = {display['Name'] for display in whole['Visualization Manager']['Displays']}
    names |= {panel['Name'] for panel in whole['Panels']}
    assert windows <= names


@pytest.mark.parametrize('name', ['overlay', 'replay', 'demo'])
def test_every_argument_is_explained(repository: Path, name: str) -> None:
    """`--show-args` reads like a manual."""
    declared = arguments(repository / 'launch' / f'{name}.launch.py')
    assert declared
    assert [argument for argument, given in declared.items() if 'description' not in given] == []


def test_an_argument_that_is_not_given_leaves_the_parameters_file_alone(
    overlay_launch: Path,
) -> None:
    """A default of its own would win over what the file says of the car."""
    declared = arguments(overlay_launch)
    shared = {parameter.name for parameter in PARAMETERS} & declared.keys()
    assert {'model', 'profile', 'layers', 'methods', 'image_transport'} <= shared
    assert {declared[name]['default_value'] for name in shared} == {"''"}


def test_the_arguments_are_those_of_the_manual(repository: Path) -> None:
    """Names that users of ROS launch files know."""
    overlay = arguments(repository / 'launch' / 'overlay.launch.py')
    assert {
        'image', 'layers', 'log_level', 'methods', 'model', 'namespace', 'params_file', 'profile',
        'rviz', 'rviz_config', 'use_sim_time',
    } <= overlay.keys()  # fmt: skip
    replay = arguments(repository / 'launch' / 'replay.launch.py')
    assert {'bag', 'loop', 'rate', 'rviz'} <= replay.keys()
    assert 'default_value' not in replay['bag']


def test_the_bag_policies_are_rosbag2s(config: Path) -> None:
    """An unknown policy would stop `ros2 bag play`."""
    policies = yaml.safe_load((config / 'bag_qos.yaml').read_text())
    known = {
        'history': {'keep_last', 'keep_all'},
        'reliability': {'reliable', 'best_effort'},
        'durability': {'volatile', 'transient_local'},
    }
    for topic, given in policies.items():
        assert topic.startswith('/')
        assert given.pop('depth') > 0
        assert all(value in known[name] for name, value in given.items())
    assert policies['/tf_static']['durability'] == 'transient_local'


def test_the_fast_dds_profile_has_room_and_stays_visible(config: Path) -> None:
    """Shared memory for several full-HD images, and UDP for everybody else."""
    root = ET.parse(config / 'fastdds.xml').getroot()
    transports = {
        node.findtext(f'{DDS}transport_id'): node.findtext(f'{DDS}type')
        for node in root.iter(f'{DDS}transport_descriptor')
    }
    (participant,) = root.iter(f'{DDS}participant')
    assert participant.get('is_default_profile') == 'true'
    used = [node.text for node in participant.iter(f'{DDS}transport_id')]
    assert sorted(transports[name] for name in used) == ['SHM', 'UDPv4']
    assert int(root.find(f'.//{DDS}segment_size').text) >= 4 * 1920 * 1080 * 3


def test_launch_files_import_what_the_systems_python_has() -> None:
    """`ros2 launch` runs outside any virtual environment: with rosdep's packages only."""
    code = """
import importlib.abc, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition('.')[0] in {'ai_edge_litert', 'av', 'keras', 'mcap', 'rosbags',
                                      'tensorflow', 'zstandard'}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import featuremap_ros.ros.fastdds, featuremap_ros.ros.replay.command, featuremap_ros.vision.tokens
from featuremap_ros.explaining.registry import methods; methods()
from featuremap_ros.pilot.showcase import showcase
"""
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


# Panels of Foxglove and Lichtblick that need no extension.
PANELS = {'3D', 'DiagnosticSummary', 'Image', 'Plot', 'Table'}


@pytest.fixture
def foxglove(config: Path) -> dict[str, Any]:
    """Parse overlay.foxglove.json."""
    return json.loads((config / 'overlay.foxglove.json').read_text())


def panels(foxglove: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the settings of every panel of a kind."""
    for name, settings in foxglove['configById'].items():
        if name.partition('!')[0] == kind:
            yield settings


def leaves(tree: Any) -> Iterator[str]:
    """Yield the panels of a mosaic, and hold its splits to what viewers read."""
    if isinstance(tree, str):
        yield tree
        return
    assert set(tree) == {'direction', 'first', 'second', 'splitPercentage'}
    assert tree['direction'] in {'row', 'column'}
    assert 10 <= tree['splitPercentage'] <= 90
    yield from leaves(tree['first'])
    yield from leaves(tree['second'])


def test_every_panel_of_foxglove_has_its_place(foxglove: dict[str, Any]) -> None:
    """The parts of a layout as Lichtblick's type LayoutData has them; no panel is left over."""
    assert set(foxglove) == {
        'configById', 'globalVariables', 'layout', 'playbackConfig', 'userNodes',
    }  # fmt: skip
    places = list(leaves(foxglove['layout']))
    assert len(places) == len(set(places))
    assert set(places) == set(foxglove['configById'])
    assert {name.partition('!')[0] for name in places} == PANELS


def test_foxglove_shows_the_pictures_of_rviz(
    foxglove: dict[str, Any], rviz: dict[str, Any]
) -> None:
    """The camera as it is; overlays and grid as JPEG, which rendered bags hold, too."""
    camera, *pictures = [topic['Value'] for topic in displays(rviz, 'Image')]
    shown = [panel['imageMode']['imageTopic'] for panel in panels(foxglove, 'Image')]
    assert shown == [camera, *(f'{topic}/compressed' for topic in pictures)]


def test_foxglove_shows_what_the_demo_race_has(
    foxglove: dict[str, Any], rviz: dict[str, Any], tmp_path: Path
) -> None:
    """In the 3D panel, and as steering of the driver; frames are those of the car."""
    types = dict(topics_of(write_race(tmp_path / 'race', seconds=0.2)))
    (scene,) = panels(foxglove, '3D')
    wanted = {next(displays(rviz, kind))['Value'] for kind in ('LaserScan', 'MarkerArray', 'Path')}
    assert set(scene['topics']) == wanted <= set(types)
    assert all(topic['visible'] for topic in scene['topics'].values())
    assert scene['followTf'] == 'base_link'
    assert {layer['frameId'] for layer in scene['layers'].values()} == {'odom'}
    (camera, *_) = panels(foxglove, 'Image')
    assert types[camera['imageMode']['calibrationTopic']] == 'sensor_msgs/msg/CameraInfo'


def test_foxglove_plots_the_steering_of_pilot_and_driver(foxglove: dict[str, Any]) -> None:
    """The node's topic, the race's, and the race's as a replay moves it."""
    (plot,) = panels(foxglove, 'Plot')
    field = '.drive.steering_angle'
    assert [path['value'] for path in plot['paths']] == [
        '/featuremap/steering_angle.data',
        f'/drive{field}',
        f'{recorded_name("/drive")}{field}',
    ]
    assert all(path['enabled'] for path in plot['paths'])
    (health,) = panels(foxglove, 'DiagnosticSummary')
    assert health['topicToRender'] == '/diagnostics'
