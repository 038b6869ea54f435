# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One frame of a source."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.one_frame import one_frame
from featuremap_ros.streams.source import open_source
from featuremap_ros.vision.frame import Frame


@pytest.fixture
def source(tmp_path):
    """Return ten pictures, a tenth of a second apart; number 3 cannot be decoded."""
    for i in range(10):
        cv2.imwrite(str(tmp_path / f'{i}.png'), np.full((8, 9, 3), 10 * i, np.uint8))
    (tmp_path / '3.png').write_bytes(b'\x89PNG broken')
    with open_source(tmp_path, fps=10) as source:
        yield source


def shown(frame):
    """Return the number of the picture."""
    return int(frame.image[0, 0, 0]) // 10


def test_the_first_unless_asked(source):
    """A single picture needs no number."""
    assert shown(one_frame(source)) == 0


def test_by_number(source):
    """Of those that can be decoded."""
    assert [shown(one_frame(source, number=n)) for n in (0, 2, 3, 8)] == [0, 2, 4, 9]


@pytest.mark.parametrize(
    ('at', 'number'), [('0', 0), ('0.44', 4), ('0.48', 5), ('0.29', 2), ('1.8', 9), ('-0.9', 0)]
)
def test_by_seconds_from_the_beginning(source, at, number):
    """The nearest that can be decoded; as little beyond an end as rounding is, the last."""
    assert shown(one_frame(source, at=at)) == number


def test_by_its_stamp(source):
    """In nanoseconds, as the steering's table has them."""
    assert shown(one_frame(source, at='1000000000')) == 9


@pytest.mark.parametrize(
    ('wanted', 'message'),
    [
        ({'number': 9}, r'10 images has no frame 9 that can be decoded'),
        ({'number': -1}, r'numbered from 0: got -1'),
        ({'at': 'noon'}, r"Expected seconds from the beginning.*got 'noon'"),
        ({'at': 'inf'}, r"got 'inf'"),
        ({'at': 'nan'}, r"got 'nan'"),
        ({'at': '2.5'}, r'2\.5 lies outside the race: expected 0 to 0\.900 seconds'),
        ({'at': '-1.5'}, r'or a stamp from 0 to 900000000 .ns.'),
        ({'at': '1700000000000000000'}, r'1700000000000000000 lies outside the race'),
    ],
)
def test_what_is_not_there_is_refused(source, wanted, message):
    """The message names the number or the time."""
    with pytest.raises(SourceError, match=message):
        one_frame(source, **wanted)


def test_an_absolute_stamp_is_told_from_seconds():
    """A stamp of an hour-long race in the future of 1970 is no number of seconds."""

    class Stamped:
        describe = 'two frames'

        def __iter__(self):
            for i in range(5):
                image = np.full((8, 9, 3), 10 * i, np.uint8)
                yield Frame(image, 1_700_000_000_000_000_000 + i * 50_000_000)

    assert shown(one_frame(Stamped(), at='1700000000100000001')) == 2
    assert shown(one_frame(Stamped(), at='0.1')) == 2
