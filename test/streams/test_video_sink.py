# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Videos as FFmpeg reads them back: times, colours, size, and what errors leave."""

from __future__ import annotations

from fractions import Fraction
import hashlib
from itertools import pairwise
import signal
import subprocess
import sys

import av
import numpy as np
import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.video_sink import VideoSink

START_NS = 1_700_000_000_123_456_789


def plain(colour, size=(64, 48)):
    """Return a picture of one colour."""
    return np.full((size[1], size[0], 3), colour, np.uint8)


def read(path):
    """Return [(time, duration, RGB)] and the container's duration, all in seconds."""
    with av.open(str(path)) as container:
        frames = [
            (
                frame.pts * frame.time_base,
                frame.duration * frame.time_base,
                frame.to_ndarray(format='rgb24'),
            )
            for frame in container.decode(video=0)
        ]
        return frames, Fraction(container.duration, av.time_base)


def test_every_frame_has_its_own_time(tmp_path):
    """Uneven times come back to 11 microseconds; the first is 0, the last lasts as its gap."""
    times = [0, 33_333_333, 66_666_667, 500_000_000, 500_020_000, 3_600_000_000, 3_650_000_000]
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        for number, time in enumerate(times):
            sink.write(plain(number * 30), START_NS + time)
    frames, duration = read(tmp_path / 'a.mp4')
    assert [float(time) for time, _, _ in frames] == pytest.approx(
        [time / 1e9 for time in times], abs=6e-6
    )
    assert float(frames[0][1]) == pytest.approx(1 / 30, abs=2e-5)
    assert float(frames[-1][1]) == pytest.approx(0.05, abs=2e-5)
    assert float(duration) == pytest.approx(3.7, abs=1e-4)
    assert sink.frames == 7
    assert sink.nudged == 0


def test_stamps_that_do_not_ascend_are_nudged(tmp_path):
    """Equal and backward stamps, and clocks that are set, cost no frame and no error."""
    times = [0, 100, 100, 90, 200, -5000, -4900, 10**15]
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        for number, time in enumerate(times):
            sink.write(plain(number * 30), START_NS + time * 1_000_000)
    frames, _ = read(tmp_path / 'a.mp4')
    found = [float(time) * 1000 for time, _, _ in frames]
    tick = 1 / 90
    expected = [0, 100, 100 + tick, 100 + 2 * tick, 200, 300, 400, 500]
    assert found == pytest.approx(expected, abs=2.1 * tick)
    assert all(later > earlier for earlier, later in pairwise(found))
    assert sink.nudged == 4


@pytest.mark.parametrize('colour', [(255, 0, 0), (0, 255, 0), (0, 0, 255), (250, 120, 10)])
def test_colours_come_back(tmp_path, colour):
    """RGB in, the same RGB out, through a matrix that the file names."""
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        sink.write(plain(colour), 0)
    frames, _ = read(tmp_path / 'a.mp4')
    assert np.abs(frames[0][2].astype(int) - colour).max() <= 3
    with av.open(str(tmp_path / 'a.mp4')) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (1, 1)


def test_thin_coloured_lines_keep_their_colour(tmp_path):
    """A red line one pixel wide is reddish on every row and column, not grey."""
    image = plain(40)
    image[11, :] = image[20, :] = image[:, 13] = image[:, 30] = (255, 0, 0)
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        sink.write(image, 0)
    frames, _ = read(tmp_path / 'a.mp4')
    for line in (frames[0][2][11], frames[0][2][20], frames[0][2][:, 13], frames[0][2][:, 30]):
        red, green, blue = line.astype(int).mean(0)
        assert red - green > 60
        assert red - blue > 60


@pytest.mark.parametrize('size', [(1, 1), (33, 17), (34, 17), (33, 18), (1801, 481)])
def test_odd_sizes_are_padded(tmp_path, size):
    """The picture keeps its place; the border is repeated."""
    image = plain((200, 30, 30), size)
    with VideoSink(tmp_path / 'a.mp4', size=size) as sink:
        sink.write(image, 0)
    frames, _ = read(tmp_path / 'a.mp4')
    height, width = frames[0][2].shape[:2]
    assert (width, height) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    assert np.abs(frames[0][2].astype(int) - (200, 30, 30)).max() <= 6


def test_the_codec_is_what_every_player_takes(tmp_path):
    """H.264, 4:2:0, no B-frames, a key frame at least every 30 frames, an ordinary MP4."""
    rng = np.random.default_rng(0)
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        for number in range(70):
            sink.write(rng.integers(0, 255, (48, 64, 3), np.uint8), number * 10**8)
    with av.open(str(tmp_path / 'a.mp4')) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == 'h264'
        assert stream.codec_context.pix_fmt == 'yuv420p'
        assert not stream.codec_context.has_b_frames
        keys = [
            number
            for number, packet in enumerate(
                packet for packet in container.demux(stream) if packet.size
            )
            if packet.is_keyframe
        ]
    assert keys[:3] == [0, 30, 60]
    boxes = top_boxes(tmp_path / 'a.mp4')
    assert boxes.count(b'moov') == 1
    assert b'moof' not in boxes


def top_boxes(path):
    """Return the kinds of boxes that an MP4 consists of."""
    data, at, kinds = path.read_bytes(), 0, []
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], 'big')
    return kinds


def test_the_same_frames_give_the_same_bytes(tmp_path):
    """Nothing in the file depends on time or chance."""
    digests = set()
    for name in ('a.mp4', 'b.mp4'):
        rng = np.random.default_rng(0)
        with VideoSink(tmp_path / name, size=(320, 240)) as sink:
            for number in range(40):
                sink.write(rng.integers(0, 255, (240, 320, 3), np.uint8), number * 33_333_333)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_pictures_of_another_size_are_scaled(tmp_path, caplog):
    """A camera that changes its size mid-stream does not end the video; it is said once."""
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        sink.write(plain((0, 200, 0)), 0)
        sink.write(plain((200, 0, 0), (128, 20)), 10**8)
        sink.write(plain((200, 0, 0), (12, 20)), 2 * 10**8)
    frames, _ = read(tmp_path / 'a.mp4')
    assert [frame.shape for _, _, frame in frames] == [(48, 64, 3)] * 3
    assert frames[2][2][24, 32, 0] > 190
    assert sink.resized == 2
    assert [record.message for record in caplog.records] == [
        f'A picture of 128 x 20 px was scaled for {tmp_path / "a.mp4"}, which has 64 x 48 px.'
    ]


def test_a_view_into_another_array_will_do(tmp_path):
    """Rows may be apart, and nothing is written into the picture."""
    wide = np.zeros((48, 200, 3), np.uint8)
    wide[:, 20:84] = (10, 220, 10)
    wide.flags.writeable = False
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        sink.write(wide[:, 20:84], 0)
    frames, _ = read(tmp_path / 'a.mp4')
    assert np.abs(frames[0][2].astype(int) - (10, 220, 10)).max() <= 6


def test_an_error_closes_the_video_up_to_there(tmp_path):
    """After Ctrl-C every frame that was written plays."""

    def interrupted():
        with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
            for number in range(10):
                sink.write(plain(number), number * 10**8)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    frames, duration = read(tmp_path / 'a.mp4')
    assert len(frames) == 10
    assert float(duration) == pytest.approx(1)


def test_a_video_without_frames_is_closed(tmp_path):
    """Nothing to show is no error."""
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        assert sink.frames == 0


@pytest.mark.parametrize('size', [(0, 0), (-2, 4), (100_000, 100_000)])
def test_impossible_sizes_are_refused(tmp_path, size):
    """The error names the size."""
    with pytest.raises(SinkError, match=f'no H.264 video of {size[0]} x {size[1]}'):
        VideoSink(tmp_path / 'a.mp4', size=size)


def test_a_folder_that_is_not_there(tmp_path):
    """The error names the file."""
    with pytest.raises(SinkError, match=r'gone/a\.mp4 cannot be written: No such file'):
        VideoSink(tmp_path / 'gone' / 'a.mp4', size=(64, 48))


WRITER = """
import sys
import numpy as np
from featuremap_ros.streams.video_sink import VideoSink
rng = np.random.default_rng(0)
with VideoSink(sys.argv[1], size=(160, 120)) as sink:
    for number in range(1000000):
        sink.write(rng.integers(0, 255, (120, 160, 3), np.uint8), number * 100_000_000)
        print(number, flush=True)
"""


def test_a_killed_process_leaves_a_playable_video(tmp_path, quiet_environment):
    """All but the last few frames are there after kill -9, without any clean-up."""
    path = tmp_path / 'a.mp4'
    command = [sys.executable, '-c', WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=quiet_environment) as process:
        for line in process.stdout:
            if int(line) == 60:
                process.send_signal(signal.SIGKILL)
                break
    frames, duration = read(path)
    assert len(frames) >= 56
    assert [float(time) for time, _, _ in frames] == pytest.approx(np.arange(len(frames)) / 10)
    assert float(duration) == pytest.approx(len(frames) / 10)


def write_noise(path, count):
    """Write frames that cannot be compressed, 10 per second; return how many were taken."""
    rng = np.random.default_rng(0)
    taken = 0
    try:
        with VideoSink(path, size=(160, 120)) as sink:
            for _ in range(count):
                sink.write(rng.integers(0, 255, (120, 160, 3), np.uint8), taken * 100_000_000)
                taken += 1
    except SinkError as error:
        return taken, str(error)
    return taken, ''


@pytest.mark.parametrize('size', [150_000, 299_999, 500_000])
def test_a_full_disk_leaves_a_playable_video(tmp_path, file_limit, size):
    """The error is told, and everything written plays without a damaged end."""
    with file_limit(size):
        taken, error = write_noise(tmp_path / 'a.mp4', 1000)
    assert 'a.mp4 cannot be written any further: File too large' in error
    frames, _ = read(tmp_path / 'a.mp4')
    assert taken - 6 < len(frames) <= taken
    assert top_boxes(tmp_path / 'a.mp4')[-1] == b'mdat'
    assert (tmp_path / 'a.mp4').stat().st_size <= size


def test_a_disk_too_full_for_the_index_leaves_a_playable_video(tmp_path, file_limit):
    """The video is written and only its last step fails: all of it plays nevertheless."""
    assert write_noise(tmp_path / 'whole.mp4', 20) == (20, '')
    size = (tmp_path / 'whole.mp4').stat().st_size
    with file_limit(size - 100):
        taken, error = write_noise(tmp_path / 'a.mp4', 20)
    assert taken == 20
    assert 'cannot be written any further' in error
    frames, _ = read(tmp_path / 'a.mp4')
    assert len(frames) == 20


def test_a_really_full_file_system(tmp_path, mounted):
    """The same with ENOSPC from a file system."""
    folder = tmp_path / 'small'
    folder.mkdir()
    with mounted(folder, 'size=300k'):
        _, error = write_noise(folder / 'a.mp4', 1000)
        assert 'cannot be written any further: No space left on device' in error
        frames, _ = read(folder / 'a.mp4')
        assert len(frames) > 10
