# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a source is still what it was."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from featuremap_ros.errors import SourceError, UnsupportedError
from featuremap_ros.season.fingerprint import fingerprint
from featuremap_ros.season.remote import fetched


@pytest.fixture
def race(tmp_path):
    """Return a folder of two files."""
    folder = tmp_path / 'race'
    (folder / 'images').mkdir(parents=True)
    (folder / 'catalog_0.catalog').write_text('{}')
    (folder / 'images' / '0.jpg').write_bytes(b'12345')
    return folder


def test_it_changes_with_any_file(race, prefix):
    """Another size, another time, another name, one more."""
    place = f'{prefix}{race}'
    seen = [fingerprint(place)]
    assert (seen[0]['files'], seen[0]['bytes']) == (2, 7)
    assert fingerprint(place) == seen[0]
    (race / 'images' / '0.jpg').write_bytes(b'1234567')
    seen.append(fingerprint(place))
    os.utime(race / 'catalog_0.catalog', ns=(1, 1))
    seen.append(fingerprint(place))
    (race / 'images' / '0.jpg').rename(race / 'images' / '1.jpg')
    seen.append(fingerprint(place))
    (race / 'more').touch()
    seen.append(fingerprint(place))
    assert len({found['sha256'] for found in seen}) == len(seen)


def test_a_copy_that_keeps_its_times_is_the_same_race(race, tmp_path):
    """Where it lies makes no difference."""
    shutil.copytree(race, tmp_path / 'copy')
    assert fingerprint(str(tmp_path / 'copy')) == fingerprint(str(race))
    file = race / 'catalog_0.catalog'
    assert fingerprint(str(file))['files'] == 1


def test_nothing_there_is_an_error(tmp_path, prefix):
    """It is named."""
    with pytest.raises(SourceError, match=r'none\.mcap does not exist'):
        fingerprint(f'{prefix}{tmp_path}/none.mcap')


def test_what_cannot_be_reached_is_explained(monkeypatch):
    """A kind of URL that nobody knows, and fsspec itself."""
    pytest.importorskip('fsspec')
    with pytest.raises(UnsupportedError, match='nowhere://race cannot be reached'):
        fingerprint('nowhere://race')
    monkeypatch.setitem(sys.modules, 'fsspec.core', None)
    with pytest.raises(UnsupportedError, match=r'needs fsspec: run .pip install ..\[dask'):
        fingerprint('file:///race')


def test_a_url_is_fetched_and_gone_afterwards(race):
    """Folders as a whole, files alone; a plain path is not copied."""
    with fetched(str(race)) as plain:
        assert plain == race
    pytest.importorskip('fsspec')
    with fetched(f'file://{race}') as copy:
        assert copy != race
        assert copy.name == 'race'
        assert (copy / 'images' / '0.jpg').read_bytes() == b'12345'
    assert not copy.exists()
    with fetched(f'file://{race}/catalog_0.catalog') as file:
        assert (file.name, file.read_text()) == ('catalog_0.catalog', '{}')
    with pytest.raises(SourceError, match='none does not exist'), fetched(f'file://{race}/none'):
        pass
