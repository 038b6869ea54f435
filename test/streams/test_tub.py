# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The records of donkeycar tubs, written here as donkeycar writes them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from featuremap_ros.streams.tub import image_names, is_tub, read_tub

IMAGES = [np.zeros((4, 6, 3), np.uint8)] * 25


@pytest.fixture
def tub(tmp_path, write_tub):
    """Return a tub of 25 records in three catalogs, three of them deleted."""
    records = [{'user/angle': number / 25} for number in range(25)]
    return write_tub(tmp_path / 'data', IMAGES, records, deleted=[3, 4, 17], length=10)


def test_records_of_all_catalogs_without_the_deleted(tub):
    """What is deleted in donkeycar is not driven here."""
    read = read_tub(tub)
    wanted = [n for n in range(25) if n not in (3, 4, 17)]
    assert [record.index for record in read.records] == wanted
    assert [record.number('user/angle') for record in read.records] == [n / 25 for n in wanted]
    assert [record.stamp_ms for record in read.records][:3] == [
        1_700_000_000_000,
        1_700_000_000_050,
        1_700_000_000_100,
    ]
    assert (read.version, read.deleted, read.warnings) == (2, 3, [])
    assert list(image_names(read)) == ['cam/image_array']


def test_one_catalog_knows_its_place_in_the_tub(tub):
    """Record 17 is deleted, wherever reading begins."""
    read = read_tub(tub / 'catalog_1.catalog')
    assert [record.index for record in read.records] == [10, 11, 12, 13, 14, 15, 16, 18, 19]
    (tub / 'catalog_1.catalog_manifest').unlink()
    read = read_tub(tub / 'catalog_1.catalog')
    assert len(read.records) == 10
    assert 'catalog_1.catalog_manifest is missing or damaged' in read.warnings[0]


@pytest.mark.parametrize(
    'text', ['', '["a"]\n["b"]\n{}\n', '["a"]\n["b"]\n{}\n{}\n{"paths": 3}\n']
)
def test_a_manifest_that_a_crash_left_damaged(tub, text):
    """The catalogs are read in the order of their numbers, and it is said what is missing."""
    (tub / 'catalog_2.catalog').rename(tub / 'catalog_10.catalog')
    (tub / 'manifest.json').write_text(text)
    read = read_tub(tub)
    assert [record.index for record in read.records] == list(range(25))
    assert 'what was deleted is not known' in read.warnings[0]


def test_a_line_that_was_cut_off_is_one_bad_record(tub):
    """The records before and after it stay, as what they are."""
    catalog = tub / 'catalog_2.catalog'
    lines = catalog.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1][:30] + b'\n'
    lines[2] = b'\0' * 40 + b'\n'
    lines[3] = b'[1, 2]\n'
    catalog.write_bytes(b''.join(lines)[:-9])
    bad = [record.problem for record in read_tub(tub).records if record.problem]
    assert len(bad) == 4
    assert bad[0].startswith('Line of record 21 in catalog_2.catalog is no JSON: it was cut off')
    assert bad[2] == 'Line of record 23 in catalog_2.catalog holds no record.'


def test_numbers_that_are_not_positions_are_said(tub):
    """Donkeycar deletes by position; after a crash a number may be there twice."""
    catalog = tub / 'catalog_0.catalog'
    lines = catalog.read_text().splitlines(keepends=True)
    catalog.write_text(''.join([lines[0], *lines]))
    read = read_tub(tub)
    assert [record.index for record in read.records][:5] == [0, 0, 1, 4, 5]
    assert 'goes by position, as in donkeycar' in read.warnings[0]


def test_a_manifest_does_not_lead_out_of_its_folder(tub, tmp_path):
    """Only names count, and a catalog that is not there is said."""
    (tmp_path / 'catalog_0.catalog').write_text('{"_index": 99}\n')
    lines = (tub / 'manifest.json').read_text().splitlines()
    listed = json.loads(lines[4]) | {'paths': ['../catalog_0.catalog', 'catalog_7.catalog']}
    (tub / 'manifest.json').write_text('\n'.join([*lines[:4], json.dumps(listed)]))
    read = read_tub(tub)
    assert [record.index for record in read.records] == [0, 1, 2, 5, 6, 7, 8, 9]
    assert read.warnings == ['catalog_7.catalog is named in manifest.json and is not there.']


def test_the_old_format(tmp_path):
    """Record 10 comes after record 2; times count from the beginning of the tub."""
    (tmp_path / 'meta.json').write_text(
        json.dumps({'inputs': ['cam/image_array'], 'types': ['image_array'], 'start': 1000.25})
    )
    for number in (1, 2, 3, 10):
        values = {'cam/image_array': f'{number}_cam-image_array_.jpg', 'milliseconds': 50 * number}
        (tmp_path / f'record_{number}.json').write_text(json.dumps(values))
    (tmp_path / 'exclude.json').write_text('[3]')
    (tmp_path / 'record_x.json').write_text('no record')
    read = read_tub(tmp_path)
    assert [record.index for record in read.records] == [1, 2, 10]
    assert [record.stamp_ms for record in read.records] == [1_000_300, 1_000_350, 1_000_750]
    assert (read.version, read.deleted, read.pictures) == (1, 1, tmp_path)


def test_values_that_are_no_numbers_are_none(tmp_path):
    """A truth value is no angle, and neither is NaN."""
    for number, text in enumerate(['true', 'NaN', '"left"', '-0.5', '1', 'null']):
        (tmp_path / f'record_{number}.json').write_text(f'{{"user/angle": {text}}}')
    angles = [record.number('user/angle') for record in read_tub(tmp_path).records]
    assert angles == [None, None, None, -0.5, 1.0, None]


def test_what_is_a_tub(tub, tmp_path):
    """A manifest alone is none: browsers have such files, too."""
    assert is_tub(tub)
    assert is_tub(tub / 'catalog_0.catalog')
    assert not is_tub(tub / 'manifest.json')
    assert not is_tub(tub / 'images')
    (tmp_path / 'page').mkdir()
    (tmp_path / 'page' / 'manifest.json').write_text('{}')
    assert not is_tub(tmp_path / 'page')
