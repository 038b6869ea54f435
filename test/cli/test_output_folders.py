# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every verb that writes into a folder does with it when it cannot work."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.streams.output_folder import claimed

VERBS = ('render', 'explain', 'why', 'compare', 'trust', 'filters')


@pytest.fixture
def race(tmp_path):
    """Return a folder of three pictures of noise."""
    folder = tmp_path / 'race'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(3):
        cv2.imwrite(str(folder / f'{i}.png'), rng.integers(0, 255, (48, 64, 3), np.uint8))
    return folder


@pytest.fixture
def command(race, tiny_model, tiny_profile, tmp_path):
    """Return a function that runs a verb on the race, into the folder ``out``."""

    def run(verb, *more):
        model = [str(tiny_model)] * 2 if verb == 'compare' else []
        named = [] if verb == 'compare' else ['--model', str(tiny_model)]
        out = ['--profile', str(tiny_profile), '--out', str(tmp_path / 'out')]
        return main([verb, *model, str(race), *named, *out, *more])

    return run


@pytest.mark.parametrize('verb', VERBS)
def test_a_folder_that_another_command_writes_to(command, tmp_path, capsys, verb):
    """It is told, and nothing is written."""
    (tmp_path / 'out').mkdir()
    with claimed(tmp_path / 'out'):
        assert command(verb) == 1
    said = capsys.readouterr().err
    assert f'Another featuremap writes to {tmp_path / "out"} right now.' in said
    assert list((tmp_path / 'out').iterdir()) == []


def test_the_demo_does_not_share_its_folder_either(tmp_path, capsys):
    """It replaces files without being asked to, but not those that are being written."""
    with claimed(tmp_path):
        assert main(['demo', '--seconds', '0.2', '--out', str(tmp_path)]) == 1
    assert 'Another featuremap' in capsys.readouterr().err


@pytest.mark.parametrize('verb', VERBS)
def test_a_race_without_a_usable_frame_leaves_nothing(command, race, tmp_path, capsys, verb):
    """Not even the folder."""
    for picture in race.iterdir():
        cv2.imwrite(str(picture), np.zeros((4, 4, 3), np.uint8))
    assert command(verb) == 1
    assert capsys.readouterr().err.count('\n') < 10
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(
    'asked',
    [
        ('--method', 'activation,occlusion', '--set', 'occlusion.patch=900'),
        ('--method', 'activation', '--target', 'throttle'),
        ('--method', 'channels', '--layer', 'conv_9'),
        ('--frame', '99'),
    ],
)
def test_an_explanation_is_whole_or_not_there(command, tmp_path, asked):
    """Whatever of it was written before the error."""
    assert command('explain', *asked) == 1
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('verb', VERBS)
def test_the_folder_of_the_race_is_never_written_to(command, race, tmp_path, capsys, verb):
    """Pictures in it would be frames of the race next time, and a bag would replace itself."""
    before = sorted(race.iterdir())
    (tmp_path / 'link').symlink_to('race')
    for out in (race, tmp_path / 'link'):
        assert command(verb, '--out', str(out), '--overwrite') == 1
        said = capsys.readouterr().err
        assert f'{out} is the folder of the race itself ({race})' in said
    assert sorted(race.iterdir()) == before


def test_nor_is_it_by_a_single_file(race, tiny_model, tiny_profile, capsys):
    """The picture beside a profile would be a frame of the race next time."""
    before = sorted(race.iterdir())
    pilot = ['--model', str(tiny_model), '--profile', str(tiny_profile)]
    page = ['report', str(race), *pilot, '--out', str(race / 'page.html'), '--open-nothing']
    profile = ['new-profile', str(tiny_model), str(race), '--out', str(race / 'mine.yaml')]
    for command in (page, profile):
        assert main(command) == 1
        assert 'is the folder of the race itself' in capsys.readouterr().err
    assert sorted(race.iterdir()) == before


def test_nor_is_it_by_a_season(race, tiny_model, tiny_profile, capsys):
    """Each race of a season has a folder of its own, which may be where the race lies."""
    (race.parent / 'other').symlink_to('race')
    options = ['--model', str(tiny_model), '--profile', str(tiny_profile), '--overwrite']
    races = [str(race), str(race.parent / 'other')]
    before = sorted(race.iterdir())
    assert main(['render', *races, *options, '--out', str(race.parent)]) == 1
    assert 'is the folder of the race itself' in capsys.readouterr().err
    assert sorted(race.iterdir()) == before


def test_nor_is_the_race_replaced_by_a_file(race, tiny_model, tiny_profile, tmp_path, capsys):
    """A page may be a link to the race, and the picture beside a profile may have its name."""
    picture = race / '0.png'
    link = tmp_path / 'page.html'
    link.symlink_to(picture)
    before = picture.read_bytes()
    pilot = ['--model', str(tiny_model), '--profile', str(tiny_profile)]
    page = ['report', str(picture), *pilot, '--overwrite', '--out', str(link)]
    profile = ['new-profile', str(tiny_model), str(picture), '--out', str(race / '0.yaml')]
    for command, written in ((page, link), ([*profile, '--overwrite'], picture)):
        assert main(command) == 1
        assert f'{written} is the race itself' in capsys.readouterr().err
    assert picture.read_bytes() == before
    (tmp_path / 'loop.html').symlink_to('loop.html')
    assert main([*page[:-1], str(tmp_path / 'loop.html')]) == 1
    assert 'is a link that leads nowhere' in capsys.readouterr().err
