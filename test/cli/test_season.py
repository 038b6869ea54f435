# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap render`` with several sources."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import av
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.demo.race import write_race
from featuremap_ros.streams.output_folder import claimed
from featuremap_ros.streams.video_sink import VideoSink


@pytest.fixture(scope='module')
def races(tmp_path_factory):
    """Return two bags of half a second, both called `race`."""
    folder = tmp_path_factory.mktemp('season')
    for day in ('monday', 'tuesday'):
        (folder / day).mkdir()
        write_race(folder / day / 'race', seconds=0.5, seed=len(day))
    return [str(folder / day / 'race') for day in ('monday', 'tuesday')]


@pytest.fixture
def command(tiny_model, tiny_profile, tmp_path):
    """Return what renders a season."""

    def words(*sources, out='out'):
        model = ['--model', str(tiny_model), '--profile', str(tiny_profile)]
        return ['render', *map(str, sources), *model, '--out', str(tmp_path / out)]

    return words


def account(tmp_path):
    """Return the season's account by race."""
    data = json.loads((tmp_path / 'out' / 'season.json').read_text())
    return {race['name']: race for race in data['races']}


def test_a_season_is_rendered_and_continued(command, races, tmp_path, capsys):
    """A bad race is told at the end and by the exit code; the next run does what is left."""
    bad = tmp_path / 'bad.mcap'
    bad.write_bytes(b'no bag')
    assert main([*command(*races, bad, races[0]), '--jobs', '2']) == 3
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-2].startswith('bad ')
    assert 'is no bag' in printed.out.splitlines()[-2]
    assert '[3/3]' in printed.err
    assert {name: race['state'] for name, race in account(tmp_path).items()} == {
        'monday_race': 'rendered',
        'tuesday_race': 'rendered',
        'bad': 'failed',
    }
    before = (tmp_path / 'out' / 'monday_race' / 'summary.json').stat().st_mtime_ns
    write_race(tmp_path / 'bad', seconds=0.5)
    bad.write_bytes(next((tmp_path / 'bad').glob('*.mcap')).read_bytes())
    assert main([*command(*races, bad), '--jobs', '2', '--json']) == 0
    data = json.loads(capsys.readouterr().out)
    assert data['finished']
    assert [race['state'] for race in data['races']] == ['rendered before'] * 2 + ['rendered']
    assert (tmp_path / 'out' / 'monday_race' / 'summary.json').stat().st_mtime_ns == before
    assert main([*command(*races), '--jobs', '2', '--restart']) == 0
    assert [race['state'] for race in account(tmp_path).values()] == ['rendered'] * 3


def test_a_season_that_was_killed_during_its_first_race_is_continued(command, races, tmp_path):
    """Its folder is known for what it is from the beginning, and so is what was finished."""
    words = [*command(*races), '--jobs', '1']
    process = subprocess.Popen(
        [sys.executable, '-m', 'featuremap_ros.cli.main', *words],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    written = tmp_path / 'out' / 'season.json'
    until = time.monotonic() + 60
    while not written.exists() and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert {race['state'] for race in account(tmp_path).values()} == {'not begun'}
    assert main(words) == 0
    assert {race['state'] for race in account(tmp_path).values()} == {'rendered'}
    written.write_text(written.read_text().replace('"rendered"', '"not begun"'))
    assert main(words) == 0
    assert {race['state'] for race in account(tmp_path).values()} == {'rendered before'}


def test_one_race_is_rendered_as_ever(command, races, tmp_path):
    """Its files lie in the folder itself, unless a season is asked for."""
    grids = ['--method', 'activation,grid', '--set', 'grid.scale=own']
    assert main([*command(races[0]), *grids]) == 0
    assert (tmp_path / 'out' / 'grid.conv_2.mp4').exists()
    assert not (tmp_path / 'out' / 'season.json').exists()
    assert main([*command(races[0], out='season'), *grids, '--jobs', '1']) == 0
    assert (tmp_path / 'season' / 'race' / 'summary.json').exists()
    for file in (tmp_path / 'out').iterdir():
        if file.name != 'summary.json':
            same = tmp_path / 'season' / 'race' / file.name
            assert file.read_bytes() == same.read_bytes()


@pytest.mark.parametrize(
    ('extra', 'message'),
    [
        (['--layers', 'conv_9'], "Unknown layer 'conv_9'"),
        (['--method', 'grid/conv_9'], "Unknown layer 'conv_9'"),
        (['--dask', 'tcp://127.0.0.1:9'], 'No Dask scheduler answers'),
    ],
)
def test_what_would_fail_with_each_race_is_refused(
    command, races, extra, message, capsys, monkeypatch, tmp_path
):
    """Before any is begun, and before a folder is made."""
    if '--dask' in extra:
        pytest.importorskip('distributed')
    monkeypatch.setattr('featuremap_ros.season.cluster._CONNECT_SECONDS', 0.5)
    assert main([*command(*races), *extra]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_a_folder_of_something_else_is_not_filled(command, races, tmp_path, capsys):
    """As with one race."""
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'mine.txt').touch()
    assert main(command(*races)) == 1
    assert '--overwrite' in capsys.readouterr().err
    assert main([*command(*races), '--overwrite']) == 0
    with claimed(tmp_path / 'out'):
        assert main([*command(*races), '--overwrite']) == 1
    assert 'Another featuremap writes to' in capsys.readouterr().err


def test_ctrl_c_on_a_terminal_stops_all_of_them(command, tmp_path):
    """It reaches every process; all close their files, and the next run begins there."""
    paths = [tmp_path / f'long_{n}.mp4' for n in (1, 2)]
    for path in paths:
        with VideoSink(path, size=(320, 240)) as video:
            for i in range(1200):
                video.write(np.full((240, 320, 3), i % 250, np.uint8), i * 33_333_333)
    process = subprocess.Popen(
        [sys.executable, '-m', 'featuremap_ros.cli.main', *command(*paths), '--jobs', '2'],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    out = tmp_path / 'out'

    def under_way():
        return [file for file in out.glob('.*/conv_2.mp4') if file.stat().st_size > 20_000]

    while len(under_way()) < 2:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert 'Traceback' not in errors
    assert printed.count('stopped') == 2
    for name, race in account(tmp_path).items():
        assert race['state'] == 'stopped'
        with av.open(str(out / name / 'conv_2.mp4')) as video:
            shown = sum(1 for _ in video.decode(video=0))
        assert 0 < shown == race['frames'] < 1200
    assert sorted(path.name for path in out.iterdir()) == ['long_1', 'long_2', 'season.json']
    assert main([*command(*paths), '--jobs', '2', '--every', '100']) == 0
    assert {race['state'] for race in account(tmp_path).values()} == {'rendered'}
