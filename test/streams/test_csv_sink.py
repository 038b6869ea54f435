# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.csv_sink import CsvSink


def read(path):
    """Read a table with the standard library."""
    with path.open(newline='') as stream:
        return list(csv.DictReader(stream))


def test_rows_come_back(tmp_path):
    """Numbers to the last digit, text with commas and quotes, missing values empty."""
    with CsvSink(tmp_path / 'a.csv', ['stamp_ns', 'steering', 'note', 'more']) as sink:
        sink.write({'stamp_ns': 10**18 + 1, 'steering': 0.1 + 0.2, 'note': 'left, "hard"\nnow'})
        sink.write({'steering': np.float32(0.1), 'note': None, 'more': math.nan})
        sink.write({'steering': np.float64(1e-17), 'stamp_ns': np.int64(5)})
    first, second, third = read(tmp_path / 'a.csv')
    assert int(first['stamp_ns']) == 10**18 + 1
    assert float(first['steering']) == 0.1 + 0.2
    assert first['note'] == 'left, "hard"\nnow'
    assert first['more'] == second['stamp_ns'] == second['note'] == ''
    assert np.float32(second['steering']) == np.float32(0.1)
    assert second['more'] == 'nan'
    assert (float(third['steering']), third['stamp_ns']) == (1e-17, '5')
    assert sink.rows == 3


def test_lines_are_there_at_once(tmp_path):
    """Nothing is held back for the end."""
    sink = CsvSink(tmp_path / 'a.csv', ['a'])
    assert (tmp_path / 'a.csv').read_text() == 'a\n'
    sink.write({'a': 1})
    assert (tmp_path / 'a.csv').read_text() == 'a\n1\n'
    sink.close()


def test_a_value_without_column_is_refused(tmp_path):
    """The error names it and the columns."""
    with (
        CsvSink(tmp_path / 'a.csv', ['a', 'b']) as sink,
        pytest.raises(ValueError, match='No column for c; columns: a, b'),
    ):
        sink.write({'a': 1, 'c': 2})


def write_many(path):
    """Write a thousand lines."""
    with CsvSink(path, ['number', 'text']) as sink:
        for number in range(1000):
            sink.write({'number': number, 'text': 'x' * 50})


def test_a_full_disk_leaves_whole_lines(tmp_path, file_limit):
    """The table ends with the last line that fits."""
    with (
        file_limit(10_000),
        pytest.raises(SinkError, match=r'a\.csv cannot be written any further: File too large'),
    ):
        write_many(tmp_path / 'a.csv')
    assert (tmp_path / 'a.csv').read_text().endswith('\n')
    rows = read(tmp_path / 'a.csv')
    assert [int(row['number']) for row in rows] == list(range(len(rows)))
    assert 150 < len(rows) < 200
    assert all(row['text'] == 'x' * 50 for row in rows)


def test_a_folder_in_its_place(tmp_path):
    """The error names the file and the reason."""
    with pytest.raises(SinkError, match='cannot be written: Is a directory'):
        CsvSink(tmp_path, ['a'])


def test_dev_full():
    """A device that is always full."""
    with pytest.raises(SinkError, match='/dev/full cannot be written any further: No space left'):
        CsvSink('/dev/full', ['a'])
