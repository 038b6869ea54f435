# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that may be written."""

from __future__ import annotations

import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.output_file import prepare_file


@pytest.fixture
def race(tmp_path):
    """Return the file of a race."""
    path = tmp_path / 'race.mp4'
    path.write_bytes(b'precious')
    return path


def test_a_file_that_can_be_written(race, tmp_path):
    """A new one, and one that may be replaced."""
    out = tmp_path / 'report.html'
    assert prepare_file(str(out), overwrite=False, source=race) == out
    assert not out.exists()
    out.write_text('old')
    assert prepare_file(out, overwrite=True, source=race) == out
    assert out.read_text() == 'old'


def test_files_that_cannot_be_written(race, tmp_path):
    """What is there, a folder, a link to nowhere, and the race, by whatever name."""
    (tmp_path / 'loop').symlink_to('loop')
    (tmp_path / 'link').symlink_to(race)
    for name, overwrite, said in (
        ('', True, 'is a folder: --out names the file'),
        ('missing/a.html', True, 'missing is no folder. Make it first'),
        ('race.mp4', False, 'race.mp4 exists. Choose another --out, or replace it'),
        ('race.mp4', True, 'race.mp4 is the race itself'),
        ('link', True, 'link is the race itself'),
        ('loop', True, 'loop is a link that leads nowhere'),
    ):
        with pytest.raises(SinkError, match=said):
            prepare_file(tmp_path / name, overwrite=overwrite, source=race)
    assert race.read_bytes() == b'precious'


@pytest.mark.parametrize(
    ('mode', 'said'),
    [(0o555, 'cannot be written: no permission'), (0o000, 'cannot be written: Permission denied')],
)
def test_a_folder_without_permission(public_folder, as_plain_user, race, mode, said):
    """Whether it can be looked into or not."""
    (public_folder / 'kept').mkdir(mode=mode)
    with as_plain_user(), pytest.raises(SinkError, match=f'{said}. Choose another --out'):
        prepare_file(public_folder / 'kept' / 'a.html', overwrite=False, source=race)
