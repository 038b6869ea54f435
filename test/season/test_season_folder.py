# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the races of a season go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.season.season_folder import ACCOUNT, season_folder


@pytest.fixture
def place(prefix, tmp_path):
    """Return a folder that is not there yet, as a path and as a URL."""
    return f'{prefix}{tmp_path}/out'


def render(folder, race, **files):
    """Let a race be rendered into files, by name with _ for the dot."""
    with folder.workplace(race) as part:
        assert list(part.iterdir()) == []
        for name, text in files.items():
            path = part / name.replace('_', '.').replace('..', '/')
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)


def names(tmp_path, race='monday'):
    """Return the files of a race."""
    folder = tmp_path / 'out' / race
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob('*') if p.is_file())


def test_a_render_is_there_when_it_is_finished(place, tmp_path):
    """With the folders in it, and nothing else."""
    folder = season_folder(place)
    folder.prepare(overwrite=False)
    render(folder, 'monday', a_mp4='video', worst__why_png='why', summary_json='{"views": {}}')
    assert names(tmp_path) == ['a.mp4', 'summary.json', 'worst/why.png']
    assert [p.name for p in (tmp_path / 'out').iterdir()] == ['monday']
    assert folder.read('monday/summary.json') == {'views': {}}
    assert folder.read('tuesday/summary.json') is None


def test_another_render_replaces_what_would_be_wrong(place, tmp_path):
    """What it may not write itself, of views, grids and the driver, goes; all else stays."""
    folder = season_folder(place)
    folder.prepare(overwrite=False)
    shown = {
        'views': {'conv_1': {}, 'conv_2': {}},
        'grids': {'grid.conv_1': {}},
        'driver': {'worst': [{'folder': 'worst-00'}]},
    }
    old = {'conv1_mp4': '', 'driver_png': '', 'worst-00__why_png': ''}
    render(folder, 'monday', summary_json=json.dumps(shown), **old)
    for token in ('conv_1', 'grid.conv_1'):
        (tmp_path / 'out' / 'monday' / f'{token}.mp4').write_text('old')
    (tmp_path / 'out' / 'monday' / 'notes.txt').write_text('mine')
    render(folder, 'monday', table_csv='new', summary_json='{"views": {}}')
    assert names(tmp_path) == ['conv1.mp4', 'notes.txt', 'summary.json', 'table.csv']


def test_what_was_written_before_an_error_is_kept(place, tmp_path):
    """And a race of which nothing was written has no folder."""
    folder = season_folder(place)
    folder.prepare(overwrite=False)

    def fail(race, name=None):
        with folder.workplace(race) as part:
            if name:
                (part / name).touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail('monday', 'half.mp4')
    assert names(tmp_path) == ['half.mp4']
    with pytest.raises(KeyboardInterrupt):
        fail('tuesday')
    assert not (tmp_path / 'out' / 'tuesday').exists()


def test_a_summary_is_there_only_with_everything_else(tmp_path, monkeypatch):
    """Moving the files is cut short: the old summary is gone, the new one not there yet."""
    folder = season_folder(str(tmp_path / 'out'))
    folder.prepare(overwrite=False)
    render(folder, 'monday', summary_json='{"views": {}}', z_csv='old')
    moved = []

    def replace(path, target):
        moved.append(path.name)
        if len(moved) == 2:
            raise OSError(5, 'Input/output error')
        path.rename(target)

    monkeypatch.setattr(Path, 'replace', replace)
    with pytest.raises(SinkError, match='Input/output error'):
        render(folder, 'monday', summary_json='{"views": {}}', a_mp4='new', z_csv='new')
    assert sorted(moved) == ['a.mp4', 'z.csv']
    assert 'summary.json' not in names(tmp_path)
    assert [path.name for path in (tmp_path / 'out').iterdir()] == ['monday']


def test_a_season_is_continued_and_anything_else_is_kept(place, tmp_path):
    """As with one race: --overwrite replaces files of the same names."""
    folder = season_folder(place)
    folder.prepare(overwrite=False)
    (tmp_path / 'out' / 'mine.txt').touch()
    with pytest.raises(SinkError, match=r'not empty.*--overwrite'):
        season_folder(place).prepare(overwrite=False)
    season_folder(place).prepare(overwrite=True)
    folder.write(ACCOUNT, {'races': []})
    season_folder(place).prepare(overwrite=False)
    assert folder.read(ACCOUNT) == {'races': []}
    (tmp_path / 'out' / ACCOUNT).write_text('[broken')
    assert folder.read(ACCOUNT) is None


def test_what_a_killed_process_left_is_removed(tmp_path):
    """Of one race, or of all."""
    folder = season_folder(str(tmp_path))
    for name in ('.monday.part-1', '.monday.part-2', '.tuesday.part-3'):
        (tmp_path / name).mkdir()
    folder.tidy('monday')
    assert [p.name for p in tmp_path.iterdir()] == ['.tuesday.part-3']
    folder.tidy()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(tmp_path, mounted):
    """The account cannot be written; the one before stays."""
    out = tmp_path / 'out'
    out.mkdir()
    with mounted(out, 'size=64k'):
        folder = season_folder(str(out))
        folder.write(ACCOUNT, {'races': [1]})
        with pytest.raises(SinkError, match='No space left'):
            folder.write(ACCOUNT, {'races': ['x' * 100_000]})
        assert folder.read(ACCOUNT) == {'races': [1]}


def test_a_folder_that_is_gone_is_told(tmp_path):
    """By the race that cannot be begun."""
    folder = season_folder(str(tmp_path / 'gone'))
    with pytest.raises(SinkError, match='monday cannot be written'), folder.workplace('monday'):
        pass
