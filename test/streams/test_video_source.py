# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames out of videos that FFmpeg wrote in other ways than ours."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
import logging

import av
import numpy as np
import pytest

from featuremap_ros.errors import SourceError
from featuremap_ros.streams import video_source
from featuremap_ros.streams.source import open_source

PLAIN = {'preset': 'ultrafast', 'crf': '10'}


def film(path, times, *, codec='libx264', options=None, size=(64, 48), base=1000, **opening):
    """Write a video whose frame n is grey 3 * n, at the given times (1 / base s)."""
    with av.open(str(path), 'w', **opening) as container:
        stream = container.add_stream(codec, rate=30, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = 'yuvj420p' if codec == 'mjpeg' else 'yuv420p'
        stream.codec_context.time_base = stream.time_base = Fraction(1, base)
        for number, time in enumerate(times):
            image = np.full((size[1], size[0], 3), 3 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            frame.pts, frame.time_base = time, Fraction(1, base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def numbers(frames):
    """Tell the frames' numbers from their brightness."""
    return [round(frame.image.mean() / 3) for frame in frames]


@pytest.mark.parametrize(
    ('name', 'codec', 'options'),
    [
        ('a.mp4', 'libx264', PLAIN),
        ('b_frames.mp4', 'libx264', {'preset': 'medium', 'bf': '3', 'g': '20'}),
        ('a.mkv', 'libx264', {'bf': '2', 'g': '7'}),
        ('a.webm', 'libvpx-vp9', {'deadline': 'realtime', 'cpu-used': '8', 'g': '15'}),
        ('a.mov', 'mpeg4', {'g': '12', 'bf': '1', 'b': '4000000'}),
    ],
)
def test_true_presentation_times(tmp_path, name, codec, options):
    """Every frame has its own time, in the order of showing, whatever the container."""
    times = [40 * number + (number % 3) * 10 for number in range(60)]
    path = film(tmp_path / name, times, codec=codec, options=options)
    with open_source(path) as source:
        frames = list(source)
        assert source.frame_count == 60
        assert numbers(frames) == list(range(60))
        stamps = [frame.stamp_ns for frame in frames]
        assert stamps == pytest.approx([time * 1_000_000 for time in times], abs=600_000)
        assert all(frame.log_ns is None for frame in frames)
        assert list(source.skipped) == source.warnings == []
        assert numbers(source) == list(range(60)), 'a second time'


def test_times_count_from_the_first_frame(tmp_path):
    """A video that begins late begins at 0."""
    path = film(tmp_path / 'a.mkv', [5000, 5040, 5090], options=PLAIN)
    with open_source(path) as source:
        assert [frame.stamp_ns for frame in source] == [0, 40_000_000, 90_000_000]


def test_fixed_rate_containers(tmp_path):
    """AVI has no times of its own but a rate."""
    path = film(tmp_path / 'a.avi', range(20), codec='mjpeg', base=25)
    with open_source(path) as source:
        assert numbers(source) == list(range(20))
        assert [frame.stamp_ns for frame in source] == [40_000_000 * n for n in range(20)]


def test_a_bare_stream_has_at_least_a_rate(tmp_path):
    """H.264 without a container is read, too."""
    path = film(tmp_path / 'a.h264', range(20), base=25, options=PLAIN)
    with open_source(path) as source:
        frames = list(source)
        assert numbers(frames) == list(range(20))
        assert frames[0].stamp_ns == 0
        assert len({b.stamp_ns - a.stamp_ns for a, b in pairwise(frames)}) == 1


@pytest.mark.parametrize('options', [PLAIN, {'bf': '3', 'g': '20'}])
def test_start_duration_and_every(tmp_path, options):
    """The part counts from the first frame; key frames lie elsewhere."""
    path = film(tmp_path / 'a.mp4', range(0, 3200, 40), options=options)
    with open_source(path, start=1.0, duration=1.0, every=4) as source:
        # Frames 25 (1 s) to 49 (1.96 s).
        assert source.frame_count == 7
        frames = list(source)
        assert numbers(frames) == [25, 29, 33, 37, 41, 45, 49]
        assert frames[0].stamp_ns == 1_000_000_000
        assert numbers(source.sample(3)) == [25, 37, 49]


@pytest.mark.parametrize('options', [PLAIN, {'bf': '3', 'g': '10'}, {'bf': '0', 'g': '1000'}])
def test_samples_are_spread_evenly(tmp_path, options):
    """First and last are among them."""
    path = film(tmp_path / 'a.mp4', range(0, 3200, 40), options=options)
    with open_source(path) as source:
        assert numbers(source.sample(5)) == [0, 19, 39, 59, 79]
        assert numbers(source.sample(1)) == [40]
        assert numbers(source.sample(0)) == []
        assert numbers(source.sample(100)) == list(range(80))


def test_sampling_skips_what_no_sample_needs(tmp_path, monkeypatch):
    """Between key frames that matter nothing is decoded."""
    path = film(tmp_path / 'a.mp4', range(0, 3200, 40), options={'bf': '0', 'g': '5'})
    seen = []
    read = video_source.VideoSource._packets
    with open_source(path) as source:
        monkeypatch.setattr(
            video_source.VideoSource,
            '_packets',
            lambda *where: (seen.append(packet) or packet for packet in read(*where)),
        )
        assert numbers(source.sample(4)) == [0, 26, 52, 79]
    assert len(seen) < 40


def test_a_damaged_frame_is_skipped_and_counted(tmp_path, caplog):
    """One bad packet costs one frame."""
    path = film(tmp_path / 'a.avi', range(20), codec='mjpeg', base=25)
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        at, size = packets[7].pos, packets[7].size
    with path.open('r+b') as stream:
        stream.seek(at + 8)
        stream.write(bytes(size - 8))
    with caplog.at_level(logging.WARNING), open_source(path) as source:
        found = numbers(source)
        assert source.frame_count == 20
        assert 7 not in found
        assert len(found) == 19
        assert len(source.skipped) == 1
        assert source.skipped[0].stamp_ns == 7 * 40_000_000
    assert sum('left out' in record.message for record in caplog.records) == 1


def test_after_damage_nothing_is_believed_until_the_next_key_frame(tmp_path):
    """Pictures that build on a damaged one look whole and are not."""
    path = film(tmp_path / 'a.mp4', range(0, 1600, 40), options={'bf': '0', 'g': '10'})
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert [n for n, packet in enumerate(packets) if packet.is_keyframe] == [0, 10, 20, 30]
    with path.open('r+b') as stream:
        stream.seek(packets[13].pos + packets[13].size // 2)
        stream.write(b'damaged!')
    with open_source(path) as source:
        stamps = [frame.stamp_ns for frame in source]
        assert stamps == [40_000_000 * n for n in range(40) if not 13 <= n < 20]
        assert [bad.stamp_ns for bad in source.skipped] == [40_000_000 * n for n in range(13, 20)]
        assert all('builds on a picture' in bad.reason for bad in source.skipped)


def test_a_cut_off_video_is_read_up_to_the_cut(tmp_path):
    """Matroska can be read as far as it goes."""
    path = film(tmp_path / 'a.mkv', range(0, 3200, 40), options=PLAIN)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with open_source(path) as source:
        found = numbers(source)
        assert 10 < len(found) < 70
        assert found == list(range(len(found)))


def test_phones_turn_their_videos(tmp_path):
    """A rotation in the file is applied: what was up is up."""
    with av.open(str(tmp_path / 'a.mp4'), 'w') as container:
        stream = container.add_stream('libx264', rate=30, options=PLAIN)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
        image = np.zeros((48, 64, 3), np.uint8)
        image[:, :20] = 255  # the left edge, which a quarter turn to the right takes up
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format='rgb24')))
        container.mux(stream.encode(None))
    data = (tmp_path / 'a.mp4').read_bytes()
    at = data.index(b'tkhd') + 4 + 40
    turned = b''.join(
        value.to_bytes(4, 'big', signed=True)
        for value in (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    )
    (tmp_path / 'a.mp4').write_bytes(data[:at] + turned + data[at + 36 :])
    with open_source(tmp_path / 'a.mp4') as source:
        (frame,) = source
    assert frame.image.shape == (64, 48, 3)
    assert frame.image[:16].min() > 240
    assert frame.image[24:].max() < 15


def test_sound_without_pictures_is_refused(tmp_path):
    """The error says what is missing."""
    with av.open(str(tmp_path / 'a.wav'), 'w') as container:
        stream = container.add_stream('pcm_s16le', rate=8000, layout='mono')
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), 's16', 'mono')
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(SourceError, match=r'a\.wav has no video stream'):
        open_source(tmp_path / 'a.wav')


@pytest.mark.parametrize(
    ('content', 'reason'), [(b'', 'it is empty'), (b'no video at all' * 10, 'Invalid data')]
)
def test_files_of_other_kinds_are_refused(tmp_path, content, reason):
    """The error lists what it could have been."""
    (tmp_path / 'a.mp4').write_bytes(content)
    with pytest.raises(SourceError, match=f'cannot be read as video, picture or bag: {reason}'):
        open_source(tmp_path / 'a.mp4')


def test_a_part_behind_the_end_is_an_error(tmp_path):
    """The error names the length."""
    path = film(tmp_path / 'a.mp4', [0, 40, 2000], options=PLAIN)
    with pytest.raises(SourceError, match=r'No frame lies in the selected part.*lasts 2\.0 s'):
        open_source(path, start=5)
