# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Cameras that were recorded as a video, a part of it in every message."""

from __future__ import annotations

from fractions import Fraction
import logging

import av
from av.codec.context import Flags
import cv2
import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin
from rosbags.typesys import get_types_from_msg, Stores

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.source import open_source
from test.streams.conftest import Race

FRAMES, KEY_EVERY = 40, 10
SIZE = 96, 128
TOPIC = '/camera/h264'
FOXGLOVE = 'foxglove_msgs/msg/CompressedVideo'
FFMPEG = 'ffmpeg_image_transport_msgs/msg/FFMPEGPacket'
TEXTS = {
    FOXGLOVE: 'builtin_interfaces/Time timestamp\nstring frame_id\nuint8[] data\nstring format\n',
    FFMPEG: (
        'std_msgs/Header header\nint32 width\nint32 height\nstring encoding\nuint64 pts\n'
        'uint8 flags\nbool is_bigendian\nuint8[] data\n'
    ),
}
NO_B_FRAMES = {
    'libx264': {'x264-params': 'bframes=0:scenecut=0'},
    'libx265': {'x265-params': 'bframes=0:scenecut=0:log-level=none'},
}


class VideoRace(Race):
    """A race whose camera is encoded; every picture has a brightness of its own."""

    def __init__(self) -> None:
        """Know the types of the messages."""
        super().__init__(FRAMES, Stores.LATEST)
        for name, text in TEXTS.items():
            self.types.register(get_types_from_msg(text, name))

    def video(self, data: bytes, number: int, kind: str, says: str):
        """Make the message of a picture."""
        octets = np.frombuffer(data, np.uint8)
        header = self.header(self.stamp_ns(number), 'camera')
        if kind == FOXGLOVE:
            return self.new(kind, header.stamp, 'camera', octets, says)
        if kind == FFMPEG:
            return self.new(kind, header, *SIZE[::-1], says, number, 0, False, octets)
        return self.new(kind, header, says, octets)

    def recorded(self, parts, kind=FOXGLOVE, says='h264'):
        """Return (topic, log time, message) of the parts (number of the picture, bytes)."""
        return [
            (TOPIC, self.log_ns(order), self.video(data, number, kind, says))
            for order, (number, data) in enumerate(parts)
        ]


def picture(number):
    """Draw a picture that tells its number by its brightness, left half, and a moving box."""
    drawn = np.full((*SIZE, 3), 60, np.uint8)
    drawn[:, : SIZE[1] // 2] = 20 + 5 * number
    cv2.rectangle(drawn, (70 + number, 20), (90 + number, 60), (200, 60, 60), -1)
    return drawn


def encoded(encoder='libx264', options=None, *, headers_once=False):
    """Encode the pictures; return for each part the number of its picture and the bytes."""
    context = av.CodecContext.create(encoder, 'w')
    context.height, context.width, context.pix_fmt = *SIZE, 'yuv420p'
    context.time_base, context.framerate = Fraction(1, 20), Fraction(20)
    defaults = {'g': str(KEY_EVERY), **NO_B_FRAMES.get(encoder, {})}
    context.options = defaults if options is None else {'g': str(KEY_EVERY), **options}
    if headers_once:
        context.flags |= Flags.global_header
    packets = []
    for number in range(FRAMES):
        frame = av.VideoFrame.from_ndarray(picture(number), format='rgb24')
        frame.pts = number
        packets += context.encode(frame.reformat(format='yuv420p'))
    parts = [(packet.pts, bytes(packet)) for packet in [*packets, *context.encode(None)]]
    if headers_once:
        parts[0] = 0, context.extradata + parts[0][1]
    return parts


def numbers(frames):
    """Tell which pictures these are, by what can be seen."""
    return [round((frame.image[:, : SIZE[1] // 2].mean() - 20) / 5) for frame in frames]


def good(*bad):
    """Return the numbers of all pictures but some."""
    return [number for number in range(FRAMES) if number not in bad]


@pytest.fixture
def video_race():
    """Return the race."""
    return VideoRace()


@pytest.fixture(scope='module')
def parts():
    """Return its pictures in H.264."""
    return encoded()


@pytest.mark.parametrize('storage', list(StoragePlugin))
@pytest.mark.parametrize(
    ('kind', 'says'),
    [
        (FOXGLOVE, 'h264'),
        (FFMPEG, 'libx264'),
        (FFMPEG, 'h264;yuv420p;bgr8;bgr8'),
        ('sensor_msgs/msg/CompressedImage', 'h264'),
    ],
)
def test_messages_of_every_kind(video_race, parts, record_rosbag2, tmp_path, kind, says, storage):
    """Each picture comes out, with its own stamp, frame and time of recording."""
    messages = video_race.recorded(parts, kind, says)
    path = record_rosbag2(tmp_path / 'bag', video_race, messages=messages, storage=storage)
    with open_source(path) as source:
        for _ in range(2):
            frames = list(source)
            assert numbers(frames) == good()
            assert [f.stamp_ns for f in frames] == [video_race.stamp_ns(n) for n in good()]
            assert [f.log_ns for f in frames] == [video_race.log_ns(n) for n in good()]
            assert {f.frame_id for f in frames} == {'camera'}
        assert source.frame_count == FRAMES
        assert source.warnings == []
        assert source.skipped.total == 0


@pytest.mark.parametrize(
    ('encoder', 'says'),
    [
        ('libx265', 'h265'),
        ('libx265', 'hevc_nvenc'),
        ('libsvtav1', 'av1'),
        ('libvpx-vp9', 'vp9'),
    ],
)
def test_codecs(video_race, record_mcap, tmp_path, encoder, says):
    """H.265, AV1 and VP9 are decoded, too."""
    messages = video_race.recorded(encoded(encoder), says=says)
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=messages)
    with open_source(path) as source:
        assert numbers(source) == good()
        assert numbers(source.sample(4)) == [0, 13, 26, 39]


def test_colours_are_those_of_the_picture(video_race, parts, record_mcap, tmp_path):
    """Red stays red: the order of colours is RGB."""
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=video_race.recorded(parts))
    with open_source(path) as source:
        box = next(iter(source)).image[30:50, 75:85].reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(box, (200, 60, 60), atol=12)


def test_b_frames_come_in_the_order_of_the_race(video_race, record_mcap, tmp_path):
    """Pictures that were encoded in another order keep their own stamps."""
    parts = encoded(options={'x264-params': 'bframes=2:scenecut=0:b-adapt=0'})
    assert [number for number, _ in parts] != good()
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=video_race.recorded(parts))
    with open_source(path) as source:
        frames = list(source)
    assert numbers(frames) == good()
    assert [f.stamp_ns for f in frames] == [video_race.stamp_ns(n) for n in good()]


def test_a_part_begins_at_the_key_frame_before(video_race, parts, record_mcap, tmp_path):
    """What is left out is decoded where it is needed, and not handed out."""
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=video_race.recorded(parts))
    with open_source(path, start=0.75, duration=1.0, every=3) as source:
        wanted = list(range(15, 35, 3))
        assert source.frame_count == len(wanted)
        assert numbers(source) == wanted
        assert numbers(source.sample(3)) == [15, 24, 33]


def test_samples_of_a_race(video_race, parts, record_mcap, tmp_path):
    """Samples are the pictures of their times, several of one group of pictures included."""
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=video_race.recorded(parts))
    with open_source(path) as source:
        frames = list(source.sample(14))
    assert numbers(frames) == list(range(0, 40, 3))
    assert [f.stamp_ns for f in frames] == [video_race.stamp_ns(n) for n in range(0, 40, 3)]


def test_encoders_that_send_their_headers_once(video_race, record_mcap, tmp_path):
    """Size and coding are said in the first message alone; a part needs them, too."""
    parts = encoded(headers_once=True)
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=video_race.recorded(parts))
    with open_source(path) as source:
        assert numbers(source) == good()
        assert numbers(source.sample(4)) == [0, 13, 26, 39]
    with open_source(path, start=1.2) as source:
        assert numbers(source) == list(range(24, 40))


def test_a_recording_that_begins_between_key_frames(
    video_race, parts, record_mcap, tmp_path, caplog
):
    """Pictures before the first key frame are left out, with the reason."""
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=video_race.recorded(parts)[4:])
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        assert numbers(source) == list(range(KEY_EVERY, FRAMES))
        assert source.skipped.total == KEY_EVERY - 4
    assert 'builds on a picture that is damaged or was not recorded' in caplog.text


@pytest.mark.parametrize('damage', ['cut', 'junk', 'empty', 'not a message'])
def test_after_damage_nothing_is_believed_until_the_next_key_frame(
    video_race, parts, record_mcap, tmp_path, damage
):
    """A picture that builds on a damaged one looks fine and is wrong."""
    number, data = parts[13]
    hurt = {'cut': data[: len(data) // 2], 'junk': b'nonsense' * 9, 'empty': b''}.get(damage, data)
    messages = video_race.recorded([*parts[:13], (number, hurt), *parts[14:]])
    if damage == 'not a message':
        whole = video_race.serialize
        bad = messages[13][2]
        video_race.serialize = lambda message: whole(message)[: 30 if message is bad else None]
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=messages)
    with open_source(path) as source:
        assert numbers(source) == good(*range(13, 20))
        assert sorted(bad.stamp_ns for bad in source.skipped) == [
            video_race.log_ns(n) for n in range(13, 20)
        ]


def test_formats_that_cannot_be_decoded(video_race, parts, record_mcap, tmp_path):
    """The message names the format and those that can be read."""
    messages = video_race.recorded(parts, says='theora')
    path = record_mcap(tmp_path / 'race.mcap', video_race, messages=messages)
    with pytest.raises(SourceError, match=r"'theora' cannot be decoded; H\.264, H\.265, AV1"):
        open_source(path)
