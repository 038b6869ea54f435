# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap render``."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import av
import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.demo.race import write_race
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.source import open_source


@pytest.fixture
def race(tmp_path):
    """Return a folder of eight pictures."""
    folder = tmp_path / 'race'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(8):
        image = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{i}.jpg'), image)
    return folder


@pytest.fixture
def arguments(race, tiny_model, tiny_profile, tmp_path):
    """Return the arguments of a render of the race."""
    return [
        *('render', str(race), '--model', str(tiny_model), '--profile', str(tiny_profile)),
        *('--out', str(tmp_path / 'out')),
    ]


def test_a_race_is_rendered_and_the_files_are_named(arguments, tmp_path, capsys):
    """The first and the last convolution are shown unless layers are chosen."""
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert '8 frames' in text
    names = {path.name for path in (tmp_path / 'out').iterdir()}
    assert names == {
        'conv_1.mp4',
        'conv_2.mp4',
        'overlay.mcap',
        'steering.csv',
        'contact_sheet.png',
        'summary.json',
    }
    assert all(name in text for name in names - {'summary.json'})


def test_layers_and_their_looks_can_be_chosen(arguments, tmp_path):
    """A setting holds for all layers, or for the one it names."""
    chosen = ['--layers', 'conv_2,conv_1', '--set', 'mode=add', '--set', 'conv_1.threshold=0.5']
    assert main([*arguments, *chosen, '--set', 'gauge=no', '--set', 'conv_1.range=0:2']) == 0
    views = json.loads((tmp_path / 'out' / 'summary.json').read_text())['views']
    assert list(views) == ['conv_2', 'conv_1']
    assert [views[name]['mode'] for name in views] == ['add', 'add']
    assert views['conv_1']['threshold'] == 0.5
    assert views['conv_1']['range'] == [0, 2]
    assert views['conv_2']['threshold'] != 0.5
    assert not views['conv_2']['gauge']


def test_every_method_can_be_rendered(arguments, tmp_path):
    """By name, with a layer and a target where they are named, into videos and the bag."""
    chosen = ['--method', 'activation,hirescam,occlusion/steering', '--layers', 'conv_1']
    assert main([*arguments, *chosen, '--set', 'hirescam.opacity=0.5', '--prefix', '/f']) == 0
    views = json.loads((tmp_path / 'out' / 'summary.json').read_text())['views']
    assert list(views) == ['conv_1', 'hirescam.conv_1.steering', 'occlusion.steering']
    assert [view['opacity'] for view in views.values()] == [0.9, 0.5, 0.9]
    assert all((tmp_path / 'out' / f'{token}.mp4').is_file() for token in views)
    with Bag(tmp_path / 'out' / 'overlay.mcap') as bag:
        topics = {topic.name for topic in bag.counts}
    assert topics >= {
        '/f/overlay/conv_1/compressed',
        '/f/heatmap/conv_1',
        '/f/hirescam/conv_1/steering/compressed',
        '/f/heatmap/hirescam/conv_1/steering',
        '/f/occlusion/steering/compressed',
    }


def test_grids_can_be_rendered(arguments, tmp_path, capsys):
    """Of the layers shown, or of one that is named, with their looks, beside overlays or alone."""
    chosen = ['--method', 'activation,grid']
    looks = ['grid/conv_2.scale=own', 'grid.scale=shared', 'grid.max_size=[200, 100]']
    settings = [part for look in (*looks, 'mode=add') for part in ('--set', look)]
    assert main([*arguments, *chosen, *settings]) == 0
    text = capsys.readouterr().out
    assert f'{tmp_path / "out" / "grid.conv_1.mp4"}  all 4 channels' in text
    summary = json.loads((tmp_path / 'out' / 'summary.json').read_text())
    assert list(summary['views']) == ['conv_1', 'conv_2']
    assert [view['mode'] for view in summary['views'].values()] == ['add', 'add']
    grids = summary['grids']
    assert list(grids) == ['grid.conv_1', 'grid.conv_2']
    assert [grid['scale'] for grid in grids.values()] == ['shared', 'own']
    assert all(grid['max_size'] == [200, 100] and grid['fixed'] for grid in grids.values())
    with Bag(tmp_path / 'out' / 'overlay.mcap') as bag:
        topics = {topic.name for topic in bag.counts}
    assert topics >= {'/featuremap/grid/conv_1/compressed', '/featuremap/grid/conv_2/compressed'}

    alone = ['--method', 'grid/conv_1,grid/conv_2', '--set', 'grid.per_page=4']
    alone += ['--set', 'grid.fixed=no']
    assert main([*arguments, *alone, '--set', 'grid.page=1', '--overwrite']) == 0
    assert 'page 1 (of 0 to 1) of 6 channels' in capsys.readouterr().out
    summary = json.loads((tmp_path / 'out' / 'summary.json').read_text())
    assert summary['views'] == {}
    assert summary['grids']['grid.conv_2']['ranges'] == []


def test_methods_have_their_options(arguments, tmp_path):
    """For one method, or for all that know the name; other patches make another map."""
    maps = []
    for number, chosen in enumerate(('occlusion.patch=12', 'step=4')):
        out = tmp_path / str(number)
        options = ['--method', 'occlusion,visualbackprop', '--set', chosen, '--out', str(out)]
        assert main([*arguments, *options, '--every', '5']) == 0
        views = json.loads((out / 'summary.json').read_text())['views']
        name, _, value = chosen.rpartition('.')[2].partition('=')
        assert views['occlusion.steering']['options'] == {name: int(value)}
        assert views['visualbackprop.conv_2']['options'] == {}
        maps.append((out / 'occlusion.steering.mp4').read_bytes())
    assert maps[0] != maps[1]


def test_a_part_of_the_race_can_be_chosen(arguments, tmp_path):
    """Start, duration and every are passed to the source."""
    assert main([*arguments, '--start', '0.1', '--every', '2', '--json']) == 0
    with (tmp_path / 'out' / 'steering.csv').open() as file:
        stamps = [int(row['stamp_ns']) for row in csv.DictReader(file)]
    assert stamps == [round(i * 1e9 / 30) for i in (3, 5, 7)]


@pytest.mark.parametrize(
    ('extra', 'message'),
    [
        (['--layers', 'conv_9'], "Unknown layer 'conv_9'"),
        (['--set', 'threshold'], r'takes [VIEW.]NAME=VALUE'),
        (['--set', 'thresh=1'], "Unknown setting 'thresh'. Did you mean 'threshold'"),
        (['--set', 'threshold=much'], "'much' as a value of threshold, expected a number"),
        (['--set', 'range=0.5'], "'0.5' as a value of range, expected LOW:HIGH"),
        (['--set', 'conv_7.threshold=1'], "Unknown shown layer or method 'conv_7'"),
        (['--set', 'gauge=perhaps'], "'perhaps' as a value of gauge, expected yes or no"),
        (['--method', 'hirescan'], "Unknown method 'hirescan'. Did you mean 'hirescam'"),
        (['--method', 'occlusion', '--target', 'x:1'], "Unknown target 'x:1'"),
        (['--method', 'occlusion', '--target', ''], "Unknown target ''"),
        (['--set', '.mode=add'], "--set takes [VIEW.]NAME=VALUE: got '.mode=add'"),
        (['--set', 'conv_1.=add'], "--set takes [VIEW.]NAME=VALUE: got 'conv_1.=add'"),
        (['--profile', 'donkeycar'], 'does not fit the model'),
        (['--topic', '/image'], 'no bag'),
        (['--method', 'visualbackprop', '--target', 'throttle'], "leave 'throttle' out"),
        (['--method', 'occlusion', '--set', 'patch=99'], 'A patch of 99 pixels is larger than'),
        (['--method', 'occlusion', '--set', 'patch=4'], 'The step must be from 1 to the patch'),
        (['--method', 'occlusion', '--set', 'baseline=red'], "Unknown baseline 'red'"),
        (['--method', 'occlusion', '--set', 'patch=big'], "must be a whole number: got 'big'"),
        (['--method', 'hirescam', '--set', 'patch=8'], "Unknown setting 'patch'"),
        (['--method', 'hirescam', '--set', 'conv_2.reduce=max'], 'reduce is for activations, and'),
        (['--method', 'hirescam', '--set', 'reduce=max'], 'reduce is for activations, and'),
        (['--method', 'gird'], "Unknown method 'gird'. Did you mean 'grid'"),
        (['--method', 'grid/conv_7'], "Unknown layer 'conv_7'"),
        (['--method', 'grid/'], "Unknown layer ''"),
        (['--method', 'grid', '--set', 'grid.page=1'], 'conv_1 has pages 0 to 0, grid/conv_2'),
        (['--method', 'grid', '--layers', 'conv_1,conv_9'], "Unknown layer 'conv_9'"),
        (['--method', 'grid,grid/conv_2'], "'grid/conv_2' is shown twice"),
        (['--method', 'grid', '--set', 'grid.order=size'], "Unknown grid order 'size'"),
        (['--method', 'grid', '--set', 'grid.size=3'], "Unknown option of grid 'size'"),
        (['--method', 'grid', '--set', 'grid.per_page=two'], 'must be a whole number'),
        (['--method', 'grid', '--set', 'grid.page=-1'], 'must be 0 or more: got -1'),
        (['--method', 'grid/conv_2', '--set', 'grid/conv_1.page=1'], "Unknown grid 'grid/conv_1'"),
        (['--method', 'grid', '--set', 'grid.max_size=[1'], "cannot read '[1'"),
        (['--method', 'grid', '--set', 'order=energy'], "Did you mean 'grid.order'"),
        (['--method', 'grid', '--set', 'conv_2.mode=add'], "Unknown grid 'conv_2'"),
        (['--method', 'grid', '--target', 'throttle'], "leave 'throttle' out"),
        (['--set', 'grid.order=energy'], "Unknown shown layer or method 'grid'"),
        (['--driver', '/drive'], 'no bag'),
    ],
)
def test_wrong_options_are_explained(arguments, extra, message, capsys):
    """One line each, exit code 1, before anything is written."""
    assert main([*arguments, *extra]) == 1
    assert message in capsys.readouterr().err


def test_nothing_can_be_explained_without_a_driver(arguments, capsys):
    """Pictures have none; they are rendered nevertheless."""
    assert main([*arguments, '--explain-worst', '2']) == 0
    assert 'no driver was recorded' in capsys.readouterr().err


def test_a_folder_with_files_is_not_overwritten_by_accident(arguments, capsys):
    """The second run needs --overwrite."""
    assert main(arguments) == 0
    assert main(arguments) == 1
    assert '--overwrite' in capsys.readouterr().err
    assert main([*arguments, '--overwrite']) == 0


def test_a_rendered_race_can_be_rendered_again_under_another_prefix(
    tiny_model, tiny_profile, tmp_path, capsys
):
    """Two pilots on one race: the second run keeps the topics of the first."""
    race = write_race(tmp_path / 'race', seconds=0.5)
    options = ['--model', str(tiny_model), '--profile', str(tiny_profile)]
    first, second = tmp_path / 'first', tmp_path / 'second'
    assert main(['render', str(race), *options, '--out', str(first)]) == 0
    again = ['render', str(first / 'overlay.mcap'), *options, '--topic', '/camera/image_raw']
    again += ['--out', str(second), '--overwrite']
    assert main(again) == 1
    assert '--prefix' in capsys.readouterr().err
    assert main([*again, '--prefix', '/second']) == 0
    with open_source(second / 'overlay.mcap', topic='/camera/image_raw') as source:
        assert source.frame_count == 10
    with Bag(second / 'overlay.mcap') as bag:
        names = {topic.name for topic in bag.counts}
    assert {'/featuremap/steering', '/second/steering', '/odom', '/drive'} <= names


def test_the_driver_of_a_bag_is_compared(tiny_model, tiny_profile, tmp_path, capsys):
    """Figures on the screen and in the summary, a chart, and the worst moment if asked for."""
    race = write_race(tmp_path / 'race', seconds=1.0)
    out = tmp_path / 'out'
    command = ['render', str(race), '--model', str(tiny_model), '--profile', str(tiny_profile)]
    assert main([*command, '--out', str(out), '--explain-worst', '1']) == 0
    text = capsys.readouterr().out
    found = json.loads((out / 'summary.json').read_text())['driver']
    assert (found['topic'], found['frames']) == ('/drive', 20)
    assert f'driver /drive, 20 frames: {found["in_words"]}' in text
    assert cv2.imread(str(out / 'driver.png')) is not None
    assert found['worst'][0]['why'] in text
    assert cv2.imread(str(out / 'worst_00' / 'why.png')) is not None


def test_ctrl_c_leaves_files_that_can_be_played(tiny_model, tiny_profile, tmp_path):
    """A long race is stopped in the middle: exit code 130, video and table up to there."""
    race = tmp_path / 'long.mp4'
    writer = cv2.VideoWriter(str(race), cv2.VideoWriter_fourcc(*'mp4v'), 30, (640, 480))
    for i in range(600):
        writer.write(np.full((480, 640, 3), i % 250, np.uint8))
    writer.release()
    out = tmp_path / 'out'
    command = [
        *(sys.executable, '-m', 'featuremap_ros.cli.main', 'render', str(race)),
        *('--model', str(tiny_model), '--profile', str(tiny_profile), '--out', str(out)),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ.copy())
    deadline = time.monotonic() + 60
    video = out / 'conv_2.mp4'
    while not (video.exists() and video.stat().st_size > 20_000):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert 'Traceback' not in errors
    with av.open(str(video)) as played:
        shown = sum(1 for _ in played.decode(video=0))
    summary = json.loads((out / 'summary.json').read_text())
    assert 0 < summary['frames'] < 600
    assert not summary['finished']
    assert shown == summary['frames']


def test_the_axionaut_race_steers_as_the_golden_numbers_say(shared_data, tmp_path):
    """Every decision in steering.csv is the golden one."""
    golden = np.load(shared_data / 'axionaut' / 'golden.npz')['p_rgb']
    out = tmp_path / 'out'
    assert (
        main(
            [
                *('render', str(shared_data / 'axionaut' / 'frames'), '--profile', 'axionaut'),
                *('--model', str(shared_data / 'axionaut' / 'autopilot.hdf5')),
                *('--layers', 'dropout_2,convolution2d_4', '--every', '4', '--out', str(out)),
            ]
        )
        == 0
    )
    with (out / 'steering.csv').open() as file:
        steering = [float(row['steering']) for row in csv.DictReader(file)]
    assert steering == [-1 + 2 * p.argmax() / 4 for p in golden[::4]]
