# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap explain``."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main


@pytest.fixture
def race(tmp_path):
    """Return a folder of five pictures of different brightness."""
    folder = tmp_path / 'race'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(5):
        image = rng.integers(0, 50 * (i + 1), (48, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{i}.png'), image)
    return folder


@pytest.fixture
def explain(race, tiny_model, tiny_profile, tmp_path):
    """Return a function that runs the command with further arguments."""

    def run(*more):
        return main(
            [
                *('explain', str(race), '--model', str(tiny_model)),
                *('--profile', str(tiny_profile), '--out', str(tmp_path / 'out'), *more),
            ]
        )

    return run


def test_everything_about_the_first_frame_when_nothing_is_asked(explain, tmp_path, capsys):
    """The files are named, and the notes are printed."""
    assert explain() == 0
    text = capsys.readouterr().out
    names = {path.name for path in (tmp_path / 'out').iterdir()}
    assert {'all.png', 'explain.json', 'hirescam.conv_2.steering.png', 'kernels.png'} <= names
    steering = json.loads((tmp_path / 'out' / 'explain.json').read_text())['steering_angle']
    size, side = round(abs(np.degrees(steering))), 'left' if steering > 0 else 'right'
    assert text.startswith(f'stamp 0 ns, steering {size} degrees {side}\n')
    assert f'{tmp_path / "out" / "hirescam.conv_2.steering.png"} (steering)' in text
    assert 'the picture is the same for every head' in text
    assert 'left out' not in text


def test_json_for_scripts(explain, tmp_path, capsys):
    """The same as in the file, of the methods that were asked for."""
    asked = ('--method', 'hirescam,occlusion', '--layer', 'conv_1', '--target', 'throttle')
    assert explain(*asked, '--json') == 0
    data = json.loads(capsys.readouterr().out)
    assert data == json.loads((tmp_path / 'out' / 'explain.json').read_text())
    assert [f['name'] for f in data['findings']] == [
        'hirescam/conv_1/throttle',
        'occlusion/throttle',
    ]


@pytest.mark.parametrize(
    ('asked', 'stamp_ns'),
    [
        (('--frame', '3'), 100_000_000),
        (('--at', '0.07'), 66_666_667),
        (('--at', '0'), 0),
    ],
)
def test_one_frame_is_picked(explain, capsys, asked, stamp_ns):
    """By number or by time; a folder has 30 pictures a second."""
    assert explain('--method', 'activation', '--json', *asked) == 0
    assert json.loads(capsys.readouterr().out)['stamp_ns'] == stamp_ns


def test_options_go_to_one_method_or_to_all_that_have_them(explain, capsys):
    """Read as YAML: numbers are numbers."""
    assert (
        explain(
            *('--method', 'occlusion,integrated_gradients,grid', '--json'),
            *('--set', 'baseline=mean', '--set', 'occlusion.patch=8', '--set', 'step=4'),
            *('--set', 'grid.max_size=[200, 100]'),
        )
        == 0
    )
    occlusion, integrated, _ = json.loads(capsys.readouterr().out)['findings']
    assert occlusion['details']['baseline'] == integrated['details']['baseline'] == 'mean'
    assert (occlusion['details']['patch'], occlusion['details']['step']) == (8, 4)


@pytest.mark.parametrize(
    ('asked', 'message'),
    [
        (('--method', 'lime'), "Unknown method 'lime'"),
        (('--layer', 'conv_3'), "Unknown layer 'conv_3'. Did you mean 'conv_2'"),
        (('--target', 'steering:1'), "Unknown target 'steering:1'"),
        (('--target', ''), "Unknown target ''"),
        (('--frame', '5'), 'has no frame 5 that can be decoded'),
        (('--at', 'noon'), "got 'noon'"),
        (('--set', 'patch'), "--set takes [METHOD.]NAME=VALUE: got 'patch'"),
        (('--set', 'size=3'), "Unknown option 'size'"),
        (
            ('--method', 'activation,occlusion', '--set', 'mode=add'),
            'render sets. Here, --set is for the options of methods: they are activation.reduce',
        ),
        (('--method', 'hirescam', '--set', 'mode=add'), 'of methods: hirescam has none.'),
        (('--set', 'lime.patch=3'), "Unknown method shown 'lime'"),
        (('--set', 'patch=[3'), "cannot read '[3'"),
        (
            ('--method', 'occlusion', '--set', 'patch=big'),
            "Option 'patch' of occlusion must be a whole number: got 'big'",
        ),
        (
            ('--method', 'occlusion', '--set', 'patch=99'),
            'A patch of 99 pixels is larger than the picture of 32 x 24',
        ),
        (
            ('--method', 'occlusion', '--set', 'step=17'),
            'The step must be from 1 to the patch size 16: got 17, which leaves holes',
        ),
    ],
)
def test_mistakes_are_explained(explain, capsys, asked, message):
    """One line on standard error, and the exit code of an error."""
    assert explain(*asked) == 1
    assert message in capsys.readouterr().err


def test_a_method_that_cannot_be_computed_is_said_among_all(explain, tmp_path, capsys):
    """A patch that does not fit leaves occlusion out, and the rest is there."""
    assert explain('--set', 'occlusion.patch=99') == 0
    assert 'occlusion left out: A patch of 99 pixels' in capsys.readouterr().out
    assert not (tmp_path / 'out' / 'occlusion.steering.png').exists()


def test_patches_come_from_the_whole_race(explain, capsys):
    """Also from before the frame that is explained."""
    assert explain('--method', 'patches', '--frame', '4', '--set', 'apart=0', '--json') == 0
    (finding,) = json.loads(capsys.readouterr().out)['findings']
    stamps = {p['stamp_ns'] for patches in finding['patches'].values() for p in patches}
    assert len(stamps) > 1


def test_a_folder_with_something_in_it_is_not_touched(explain, capsys):
    """Unless it may be overwritten."""
    assert explain('--method', 'activation') == 0
    assert explain('--method', 'activation') == 1
    assert 'is not empty' in capsys.readouterr().err
    assert explain('--method', 'activation', '--overwrite') == 0


def test_the_real_race(shared_data, tmp_path, capsys):
    """The article's frames and network: Keras 1, a softmax over five directions."""
    folder = shared_data / 'axionaut'
    arguments = [
        *('explain', str(folder / 'frames'), '--model', str(folder / 'autopilot.hdf5')),
        *('--out', str(tmp_path / 'out'), '--frame', '20', '--json'),
        *('--method', 'visualbackprop,gradcam,hirescam', '--target', 'activation_2:4'),
    ]
    assert main(arguments) == 0
    data = json.loads(capsys.readouterr().out)
    assert [f['unit'] for f in data['findings']] == ['share of the maximum', 'logit', 'logit']
    image = cv2.imread(str(tmp_path / 'out' / 'hirescam.convolution2d_4.activation_2_4.png'))
    assert image.shape == (1080, 1920, 3)
