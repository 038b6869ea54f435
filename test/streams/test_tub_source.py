# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Donkeycar tubs as frames, and the driver's steering in them."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

from featuremap_ros.errors import SourceError, UnknownNameError
from featuremap_ros.streams.source import open_source

START_NS = 1_700_000_000_000 * 10**6
MS = 10**6


def pictures(count):
    """Draw pictures whose red value is ten times their number."""
    return [np.full((8, 12, 3), (10 * n, 0, 0), np.uint8) for n in range(count)]


def numbers(frames):
    """Tell the pictures' numbers from their red."""
    return [round(int(frame.image[0, 0, 0]) / 10) for frame in frames]


@pytest.fixture
def tub(tmp_path, write_tub):
    """Return a tub of 20 records that goes from left to right; the last five by the pilot."""
    records = [
        {
            'user/angle': n / 20 - 0.5,
            'user/mode': 'user' if n < 15 else 'local',
            'pilot/angle': 0.01 * n,
        }
        for n in range(20)
    ]
    return write_tub(tmp_path / 'data', pictures(20), records, deleted=[2, 3])


def test_frames_at_their_recorded_times(tub):
    """Deleted records leave a gap and are counted."""
    with open_source(tub) as source:
        frames = list(source)
        wanted = [n for n in range(20) if n not in (2, 3)]
        assert numbers(frames) == wanted
        assert [frame.stamp_ns for frame in frames] == [START_NS + 50 * n * MS for n in wanted]
        assert source.frame_count == 18
        assert source.describe == f'donkeycar tub {tub} (version 2), 18 records, 2 deleted'
        assert numbers(source.sample(3)) == [0, 10, 19]
        assert not source.skipped


def test_the_drivers_steering_belongs_to_frames(tub):
    """Donkeycar's -1 is left; where the pilot drove there is no driver, however near one is."""
    with open_source(tub) as source:
        track = source.driver_track(limit=0.4)
        frames = list(source)
        shares = [track.share_of(frame, None) for frame in frames]
        assert shares[:3] == [0.5, 0.45, pytest.approx(0.3)]
        assert shares[-5:] == [None] * 5
        assert [track.at(frame.stamp_ns) for frame in frames[:2]] == [0.2, pytest.approx(0.18)]
        assert track.topic == 'user/angle'
        assert source.driver_track().at(frames[0].stamp_ns) is None, 'no limit, no angle'
        pilot = source.driver_track('pilot/angle')
        assert pilot.share_of(frames[-1], None) == pytest.approx(-0.19)
        with pytest.raises(UnknownNameError, match=r"'user/throttle'.*user/angle, pilot/angle"):
            source.driver_track('user/throttle')


def test_a_tub_that_nobody_drove_has_no_driver(tmp_path, write_tub):
    """Not an error unless the driver was asked for."""
    records = [{'user/angle': 0.0, 'user/mode': 'local'}] * 3
    with open_source(write_tub(tmp_path / 'data', pictures(3), records)) as source:
        assert source.driver_track() is None
        with pytest.raises(UnknownNameError, match='user/angle'):
            source.driver_track('user/angle')


def test_a_part_is_chosen_by_time(tub):
    """Seconds count from the first record."""
    with open_source(tub, start=0.2, duration=0.5, every=2) as source:
        assert numbers(source) == [4, 6, 8, 10, 12]
    with pytest.raises(SourceError, match=r'No picture lies in .* 18 records and 2 deleted'):
        open_source(tub, start=100)


def test_records_without_a_picture_are_skipped_and_said(tub, caplog):
    """A missing file, a record without one and a damaged record each cost one frame."""
    (tub / 'images' / '5_cam_image_array_.jpg').unlink()
    catalog = tub / 'catalog_0.catalog'
    lines = catalog.read_text().splitlines()
    lines[6] = '{"__empty__": true}'
    lines[7] = lines[7][:20]
    catalog.write_text('\n'.join(lines))
    with caplog.at_level(logging.WARNING), open_source(tub) as source:
        assert numbers(source) == [n for n in range(20) if n not in (2, 3, 5, 6, 7)]
        assert [bad.reason for bad in source.skipped] == [
            '5_cam_image_array_.jpg cannot be read: No such file or directory.',
            'Record 6 has no picture.',
            'Line of record 7 in catalog_0.catalog is no JSON: it was cut off or overwritten.',
        ]
    assert sum('left out' in record.message for record in caplog.records) == 1


def test_a_damaged_first_record_does_not_move_the_race(tub):
    """It gets the time of the next, which stays where it is but for a nanosecond."""
    catalog = tub / 'catalog_0.catalog'
    first, *others = catalog.read_text().splitlines()
    catalog.write_text('\n'.join([first[:20], *others]))
    with open_source(tub, start=0.0, duration=0.04) as source:
        (frame,) = source
    assert numbers([frame]) == [1]
    assert frame.stamp_ns == json.loads(others[0])['_timestamp_ms'] * MS + 1


def test_no_record_leads_out_of_the_tub(tub, tmp_path):
    """The car's own path is of no use here, and nobody else's files are read."""
    (tub / 'images' / '0_cam_image_array_.jpg').rename(tmp_path / 'secret.jpg')
    catalog = tub / 'catalog_0.catalog'
    catalog.write_text(
        catalog.read_text().replace('0_cam_image_array_.jpg', '../../secret.jpg', 1)
    )
    with open_source(tub) as source:
        assert len(list(source)) == 17
        assert source.skipped[0].reason.startswith('secret.jpg cannot be read')


def test_times_of_a_converted_tub_are_not_believed(tmp_path, write_tub):
    """The converter stamps records with the time of the conversion."""
    records = [{'_timestamp_ms': 1_700_000_000_000 + n // 2} for n in range(8)]
    with open_source(write_tub(tmp_path / 'data', pictures(8), records), fps=20) as source:
        assert [frame.stamp_ns for frame in source] == [50 * n * MS for n in range(8)]
        assert 'not of the race: they are taken to be 20 a second, see --fps' in source.warnings[0]


def test_a_stamp_names_one_record(tmp_path, write_tub):
    """Two records of one millisecond stay two, and a clock that was set back is kept."""
    stamps = [1000, 1050, 1050, 1100, 900, 950]
    records = [{'_timestamp_ms': ms, 'user/angle': n / 10} for n, ms in enumerate(stamps)]
    with open_source(write_tub(tmp_path / 'data', pictures(6), records)) as source:
        frames = list(source)
        assert [frame.stamp_ns for frame in frames] == [
            *(1000 * MS, 1050 * MS, 1050 * MS + 1, 1100 * MS, 900 * MS, 950 * MS)
        ]
        track = source.driver_track()
        assert [-10 * track.share_of(frame, None) for frame in frames] == [0, 1, 2, 3, 4, 5]


def test_records_without_times_count_by_fps(tmp_path):
    """As in the tubs of the first donkeycars."""
    for number in range(3):
        values = {'cam/image_array': f'{number}.jpg', 'user/angle': 0.1}
        (tmp_path / f'record_{number}.json').write_text(json.dumps(values))
        (tmp_path / f'{number}.jpg').write_bytes(b'')
    with open_source(tmp_path, fps=10) as source:
        assert source.warnings == [
            'The records have no times: they are taken to be 10 a second, see --fps.'
        ]
        assert list(source) == []
        assert [bad.stamp_ns for bad in source.skipped] == [0, 100 * MS, 200 * MS]


def test_several_cameras(tub):
    """The main one is read unless another is named."""
    lines = (tub / 'manifest.json').read_text().splitlines()
    lines[0] = json.dumps(['cam/left', 'cam/image_array', 'cam/depth'])
    lines[1] = json.dumps(['image_array', 'image_array', 'gray16_array'])
    (tub / 'manifest.json').write_text('\n'.join(lines))
    with open_source(tub) as source:
        assert source.key == 'cam/image_array'
    with pytest.raises(UnknownNameError, match=r"'/camera'.*Choices: cam/image_array, cam/left\."):
        open_source(tub, topic='/camera')
    with pytest.raises(SourceError, match=r'Record 0 has no picture'):
        open_source(tub, topic='cam/left')
    lines[0] = json.dumps(['cam/left', 'cam/right'])
    lines[1] = json.dumps(['image_array', 'image_array'])
    (tub / 'manifest.json').write_text('\n'.join(lines))
    with pytest.raises(SourceError, match=r'several cameras; choose one with --topic: cam/left, '):
        open_source(tub)


def test_a_folder_around_the_tub_is_pointed_at(tub):
    """People name the car's folder."""
    with pytest.raises(SourceError, match=rf'nor a donkeycar tub.*Did you mean {tub}\?'):
        open_source(tub.parent)
