# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that hold what was given, or an error that says why not."""

from __future__ import annotations

import errno
import json

import cv2
import numpy as np
import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.output_file import OutputFile, sink_error
from featuremap_ros.streams.write import write_json, write_png


def test_a_picture_is_read_back_as_it_was(tmp_path, rng):
    """Losslessly, red as red."""
    image = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    write_png(tmp_path / 'a.png', image)
    assert (cv2.imread(str(tmp_path / 'a.png'))[..., ::-1] == image).all()


def test_data_are_read_back_as_they_were(tmp_path):
    """And an older file is replaced."""
    write_json(tmp_path / 'a.json', ['long ' * 50])
    write_json(tmp_path / 'a.json', {'a': [1, None]})
    assert json.loads((tmp_path / 'a.json').read_text()) == {'a': [1, None]}


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    """The folder is missing."""
    with pytest.raises(SinkError, match=r'missing.a.json'):
        write_json(tmp_path / 'missing' / 'a.json', {})


def test_a_full_disk_leaves_no_empty_file(tmp_path, monkeypatch):
    """Which no viewer could open."""

    def full(self, _):
        raise sink_error(self.path, OSError(errno.ENOSPC, 'No space left on device'))

    monkeypatch.setattr(OutputFile, 'write', full)
    with pytest.raises(SinkError, match='No space left on device'):
        write_json(tmp_path / 'why.json', [])
    assert list(tmp_path.iterdir()) == []
