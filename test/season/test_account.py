# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What became of the races."""

from __future__ import annotations

from featuremap_ros.season.account import Account, table
from featuremap_ros.season.outcome import BEFORE, FAILED, NOT_BEGUN, Outcome, RENDERED
from featuremap_ros.season.season_folder import ACCOUNT, season_folder

MONDAY = Outcome(name='mo', source='/mo.mcap', state=RENDERED, frames=300, seconds=10.0)
TUESDAY = Outcome(name='tu', source='/tu.mcap', state=FAILED, reason='It is no bag.')


def test_races_of_earlier_runs_stay(tmp_path):
    """The newest outcome of a race counts; the season is finished when all are."""
    folder = season_folder(str(tmp_path))
    assert not Account(folder).take([MONDAY, TUESDAY])['finished']
    account = Account(folder)
    assert account.folders == {'/mo.mcap': 'mo', '/tu.mcap': 'tu'}
    again = Outcome(name='tu', source='/tu.mcap', state=RENDERED, frames=5, seconds=1.0)
    data = account.take([again])
    assert data == folder.read(ACCOUNT)
    assert data['finished']
    assert [(race['name'], race['state']) for race in data['races']] == [
        ('mo', RENDERED),
        ('tu', RENDERED),
    ]


def test_races_that_will_be_are_announced(tmp_path):
    """A season that is killed in its first race is known for what it is; what was done stays."""
    folder = season_folder(str(tmp_path))
    account = Account(folder)
    account.take([MONDAY])
    account.announce({'/mo.mcap': 'mo', '/we.mcap': 'we'})
    data = folder.read(ACCOUNT)
    assert [(race['name'], race['state']) for race in data['races']] == [
        ('mo', RENDERED),
        ('we', NOT_BEGUN),
    ]
    assert not data['finished']
    assert Account(folder).folders == {'/mo.mcap': 'mo', '/we.mcap': 'we'}


def test_an_account_of_another_kind_is_begun_anew(tmp_path):
    """A file that happens to be called so is no obstacle."""
    folder = season_folder(str(tmp_path))
    for content in ({'races': ['x', {'name': 1}]}, {'races': []}, {}):
        folder.write(ACCOUNT, content)
        assert Account(folder).folders == {}


def test_the_table_ends_with_what_failed():
    """A line each, with the reason."""
    done = Outcome(name='we', source='/we.mcap', state=BEFORE, frames=7, seconds=1, driver='error')
    head, *lines = table([TUESDAY, MONDAY, done]).splitlines()
    assert head.split() == ['race', 'result', 'frames', 'skipped', 'frames/s']
    assert [line.split()[0] for line in lines] == ['mo', 'we', 'tu']
    assert lines[0].split() == ['mo', 'rendered', '300', '0', '30']
    assert lines[1].endswith('error')
    assert lines[2].endswith('It is no bag.')
