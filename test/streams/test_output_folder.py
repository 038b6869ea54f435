# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where results may go."""

from __future__ import annotations

import pytest

from featuremap_ros.errors import SinkError, UnsupportedError
from featuremap_ros.streams.output_folder import output_folder, prepare_output


def test_a_new_folder_is_made(tmp_path):
    """Only itself may be missing."""
    assert prepare_output(tmp_path / 'out') == tmp_path / 'out'
    assert list((tmp_path / 'out').iterdir()) == []
    assert prepare_output(str(tmp_path / 'out')) == tmp_path / 'out', 'an empty one is fine'


def test_a_missing_parent_is_an_error(tmp_path):
    """A typing error must not make a tree of folders."""
    with pytest.raises(SinkError, match=r'videos/out cannot be made: .*videos is no folder\. '):
        prepare_output(tmp_path / 'videos' / 'out')
    assert not (tmp_path / 'videos').exists()


def test_what_is_there_is_kept(tmp_path):
    """Files are replaced only if the user says so, and then nothing is removed."""
    (tmp_path / 'steering.csv').write_text('mine')
    with pytest.raises(SinkError, match=r'not empty .it holds steering\.csv.*--overwrite'):
        prepare_output(tmp_path)
    assert prepare_output(tmp_path, overwrite=True) == tmp_path
    assert (tmp_path / 'steering.csv').read_text() == 'mine'


def test_a_file_in_its_place(tmp_path):
    """The error says so, with and without --overwrite."""
    (tmp_path / 'out').write_text('')
    for overwrite in (False, True):
        with pytest.raises(SinkError, match='out is a file, not a folder'):
            prepare_output(tmp_path / 'out', overwrite=overwrite)


def test_a_folder_without_permission(public_folder, as_plain_user):
    """The error gives the reason."""
    (public_folder / 'out').mkdir(mode=0o555)
    with (
        as_plain_user(),
        pytest.raises(SinkError, match='out cannot be written: Permission denied'),
    ):
        prepare_output(public_folder / 'out')


def test_a_folder_that_cannot_be_looked_into(public_folder, as_plain_user):
    """Whether it holds anything is not known; that it cannot be written is."""
    (public_folder / 'locked').mkdir(mode=0o000)
    out = public_folder / 'locked' / 'out'
    for make in (prepare_output, lambda path: output_folder(path).__enter__()):
        with (
            as_plain_user(),
            pytest.raises(SinkError, match=r'out cannot be written: Permission denied\. Choose'),
        ):
            make(out)


def test_a_link_that_leads_nowhere(tmp_path):
    """It is neither a folder nor a file."""
    (tmp_path / 'out').symlink_to('missing')
    with pytest.raises(SinkError, match='out is a link that leads nowhere'):
        prepare_output(tmp_path / 'out')


def test_a_read_only_file_system(tmp_path, mounted):
    """The error gives the reason before any work is done, for new and for existing folders."""
    with mounted(tmp_path, 'ro'):
        for folder in (tmp_path / 'out', tmp_path):
            with pytest.raises(SinkError, match='cannot be written: Read-only file system'):
                prepare_output(folder)


def test_a_folder_in_which_nothing_came_to_be_is_removed(tmp_path):
    """Only if it was made for the work, and nothing is in it."""
    out = tmp_path / 'out'

    def work(*files):
        with output_folder(out) as folder:
            for name in files:
                (folder / name).touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert not out.exists()
    out.mkdir()
    with pytest.raises(ZeroDivisionError):
        work()
    assert out.exists(), 'it was there before'
    out.rmdir()
    with pytest.raises(ZeroDivisionError):
        work('half.mp4')
    assert [path.name for path in out.iterdir()] == ['half.mp4']


def test_two_commands_do_not_share_a_folder(tmp_path):
    """The second is told; what the first one leaves is free again."""
    with output_folder(tmp_path / 'out') as folder:
        with (
            pytest.raises(SinkError, match=r'Another featuremap writes to .*out right now'),
            output_folder(folder),
        ):
            pass
        assert folder.is_dir()
    with output_folder(folder):
        pass


@pytest.mark.parametrize(
    ('error', 'left'),
    [
        (UnsupportedError, ['mine.txt']),
        (SinkError, ['first.png', 'mine.txt']),
        (KeyboardInterrupt, ['first.png', 'mine.txt']),
    ],
)
def test_what_is_of_use_only_together_goes_together(tmp_path, error, left):
    """Not what was there before, nor what could be written until a disk was full or Ctrl-C."""
    (tmp_path / 'mine.txt').touch()

    def work():
        with output_folder(tmp_path, overwrite=True, whole=True) as folder:
            (folder / 'first.png').touch()
            raise error

    with pytest.raises(error):
        work()
    assert sorted(path.name for path in tmp_path.iterdir()) == left
