# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder for each race."""

from __future__ import annotations

import os

import pytest

from featuremap_ros.season.naming import absolute, folder_names


@pytest.mark.parametrize(
    ('source', 'name'),
    [
        ('/races/monday.mcap', 'monday'),
        ('/races/monday.mcap.zstd', 'monday'),
        ('/races/2024.05.17-race', '2024.05.17-race'),
        ('/races/tub', 'tub'),
        ('/races/a race (1).mp4', 'a_race_1'),
        ('s3://bucket/races/monday.bag', 'monday'),
        ('/races/.mcap', 'race'),
        ('/', 'race'),
    ],
)
def test_a_race_alone_has_its_own_name(source, name):
    """Without what tells its format, and without what not every file system takes."""
    assert folder_names([source], {}) == {source: name}


def test_races_of_the_same_name_are_told_apart_by_their_folders():
    """As far up as it takes; capital letters make no difference."""
    sources = ['/x/mo/a/race.mcap', '/x/tu/a/race.mcap', '/x/tu/b/Race.mcap', '/x/we.mcap']
    assert list(folder_names(sources, {}).values()) == ['mo_a_race', 'tu_a_race', 'b_Race', 'we']


def test_races_that_nothing_tells_apart_are_numbered():
    """The same path as a bag and as a video of it."""
    names = folder_names(['/x/race.bag', '/x/race.mp4', '/x/race.mcap'], {})
    assert list(names.values()) == ['race_2', 'race_3', 'race_4']


def test_a_race_keeps_the_folder_that_it_had():
    """Although a new one of the same name has come."""
    first = folder_names(['/x/mo/race.mcap'], {})
    both = folder_names(['/x/mo/race.mcap', '/x/tu/race.mcap'], first)
    assert both == {'/x/mo/race.mcap': 'race', '/x/tu/race.mcap': 'tu_race'}


def test_the_same_race_by_another_path_is_the_same(tmp_path, monkeypatch):
    """Relative, absolute, with a detour; a URL stays what it is."""
    monkeypatch.chdir(tmp_path)
    expected = os.path.join(tmp_path, 'race')  # noqa: PTH118
    assert {absolute(p) for p in ('race', './race/', 'x/../race', str(tmp_path / 'race'))} == {
        expected
    }
    assert absolute('s3://bucket/race/') == 's3://bucket/race'
