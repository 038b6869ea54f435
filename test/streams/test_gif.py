# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""GIFs, read back by two readers."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.gif import write_gif
from featuremap_ros.vision.colormaps import color_table

PALETTE = color_table('inferno')
PICTURES = [
    np.random.default_rng(seed).integers(0, 256, (31, 45), dtype=np.uint8) for seed in range(5)
]


def test_every_pixel_comes_back(tmp_path):
    """One palette of 256 colours holds all that was drawn."""
    path = tmp_path / 'channels.gif'
    assert write_gif(path, PICTURES, PALETTE, rate=2) == 5
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]
        assert container.duration == pytest.approx(2.5e6, rel=0.2)
    assert len(frames) == 5
    for frame, picture in zip(frames, PICTURES, strict=True):
        assert np.array_equal(frame, PALETTE[picture])


@pytest.mark.skipif(
    'GIF:' not in cv2.getBuildInformation(), reason='this build of OpenCV has no GIF decoder'
)
def test_another_reader_shows_it(tmp_path):
    """OpenCV's decoder."""
    path = tmp_path / 'channels.gif'
    write_gif(path, PICTURES, PALETTE, rate=10)
    read, frames = cv2.imreadmulti(str(path))
    assert read
    assert len(frames) == 5
    assert np.array_equal(frames[3][..., ::-1], PALETTE[PICTURES[3]])


def test_it_repeats_for_ever(tmp_path):
    """The application extension of the format, with 0 rounds."""
    path = tmp_path / 'channels.gif'
    write_gif(path, PICTURES, PALETTE, rate=2)
    assert b'NETSCAPE2.0\x03\x01\x00\x00' in path.read_bytes()


def test_what_cannot_be_written_is_refused(tmp_path):
    """No folder, or nothing to show; no empty file is left behind."""
    with pytest.raises(SinkError, match=r'nowhere.*cannot be written'):
        write_gif(tmp_path / 'nowhere' / 'x.gif', PICTURES, PALETTE, rate=2)
    with pytest.raises(SinkError, match=r'there are no pictures'):
        write_gif(tmp_path / 'x.gif', [], PALETTE, rate=2)
    assert not list(tmp_path.iterdir())
