# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which source a path is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.source import open_source


def test_paths_may_be_text(tmp_path):
    """As they come from a command line."""
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((4, 4, 3), np.uint8))
    with open_source(str(tmp_path)) as source:
        assert source.frame_count == 1


def test_a_bag_is_known_by_what_it_is(race, record_mcap, tmp_path):
    """Not by its name."""
    path = record_mcap(tmp_path / 'race.bin', race)
    with open_source(path) as source:
        assert source.frame_count == 40


def test_a_bag_beside_pictures_is_a_bag(race, record_mcap, tmp_path):
    """A folder of results holds a bag and pictures."""
    record_mcap(tmp_path / 'overlay.mcap', race)
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((4, 4, 3), np.uint8))
    with open_source(tmp_path) as source:
        assert source.frame_count == 40


def test_nothing_there(tmp_path):
    """A missing path is named."""
    with pytest.raises(SourceError, match=r'race\.mcap does not exist'):
        open_source(tmp_path / 'race.mcap')


def test_a_variable_that_was_not_set():
    """An empty path is not the folder one happens to be in."""
    with pytest.raises(SourceError, match='path of the race is empty: expected a bag, '):
        open_source('')


@pytest.mark.parametrize('name', ['pilot.h5', 'PILOT.KERAS', 'pilot.tflite'])
def test_a_model_is_no_race(tmp_path, name):
    """Whoever has mixed the two up is told."""
    (tmp_path / name).write_bytes(b'PK')
    with pytest.raises(SourceError, match=f'{name} is a model by its name, no race: expected'):
        open_source(tmp_path / name)


@pytest.mark.parametrize('name', ['manifest.json', 'metadata.yaml'])
def test_a_file_that_describes_a_folder(tmp_path, name):
    """The folder is what holds the race."""
    (tmp_path / name).write_text('{}')
    with pytest.raises(SourceError, match=rf'give the folder, {tmp_path}\.'):
        open_source(tmp_path / name)


def test_an_empty_folder(tmp_path):
    """The error says what was looked for."""
    with pytest.raises(SourceError, match=r'holds neither a bag .* nor pictures'):
        open_source(tmp_path)


def test_a_topic_is_for_bags(tmp_path):
    """An option that would be ignored is refused."""
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(SourceError, match="is no bag and has no topic '/camera'"):
        open_source(tmp_path, topic='/camera')


def test_a_file_that_may_not_be_read(public_folder, as_plain_user):
    """The error gives the reason."""
    (public_folder / 'race.mcap').write_bytes(b'')
    (public_folder / 'race.mcap').chmod(0)
    with as_plain_user(), pytest.raises(SourceError, match='cannot be read: Permission denied'):
        open_source(public_folder / 'race.mcap')


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'start': -1}, 'start must be 0 s or later, got -1'),
        ({'start': float('nan')}, 'start must be 0 s or later, got nan'),
        ({'duration': 0}, 'duration must be above 0 s, got 0'),
        ({'duration': float('inf')}, 'duration must be above 0 s, got inf'),
        ({'every': 0}, 'every must be 1 .* got 0'),
    ],
)
def test_selections_that_select_nothing(tmp_path, options, message):
    """Each fault is told before anything is opened."""
    with pytest.raises(SourceError, match=message):
        open_source(tmp_path, **options)
