# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A video file as frames with their true presentation times."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
import logging
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.selection import evenly, NS, Selection
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.streams.video_picture import BROKEN, PictureChain, rgb_of
from featuremap_ros.vision.frame import Frame

_logger = logging.getLogger(__name__)


class VideoSource(Closing):
    """Frames of the first video stream of a file; the first one is stamped 0.

    Attributes:
        path: The file.
        frame_count: Number of frames in the selected part.
        skipped: Frames that could not be decoded in the latest iteration.
        warnings: What is wrong with the file although it can be read.
    """

    def __init__(self, path: Path, *, selection: Selection) -> None:
        """Open the file and read the times of its frames, without decoding them.

        Args:
            path: Any video file that FFmpeg reads.
            selection: Which part is wanted.

        Raises:
            SourceError: The file cannot be read, has no video, or none in the selected part.
        """
        self.path = path
        self.skipped = SkippedFrames()
        self.warnings: list[str] = []
        self._pts: array[int] = array('q')
        self._keys: array[int] = array('q')
        stamps = self._read_times()
        start, stop = selection.range_ns(0)
        self._first = 0 if start is None else bisect_left(stamps, start)
        self._last = len(stamps) if stop is None else bisect_left(stamps, stop)
        self._every = selection.every
        self._stamps = stamps
        self.frame_count = len(range(self._first, self._last, self._every))
        if not self.frame_count:
            length = f'which lasts {stamps[-1] / NS:.1f} s' if stamps else 'which has no frame'
            raise SourceError(f'No frame lies in the selected part of {path}, {length}.')

    @property
    def describe(self) -> str:
        """One line about the source."""
        return f'video {self.path}, {self.frame_count} images'

    def __iter__(self) -> Iterator[Frame]:
        """Decode the selected frames; those that cannot be decoded are skipped and counted."""
        self.skipped.clear()
        wanted = range(self._first, self._last, self._every)
        self.skipped.begin(self._stamps[wanted[0]])
        for number, picture in self._decoded(wanted[0]):
            if number > wanted[-1]:
                return
            if number not in wanted:
                continue
            if picture is None:
                self.skipped.note(self._stamps[number], f'The picture cannot be decoded: {BROKEN}')
            else:
                yield Frame(rgb_of(picture), self._stamps[number])

    def sample(self, count: int) -> Iterator[Frame]:
        """Decode frames that are spread evenly over the selected part.

        Only what lies between a wanted frame and the key frame before it is decoded with it.

        Args:
            count: How many at most.

        Yields:
            The frames that can be decoded.
        """
        selected = range(self._first, self._last, self._every)
        wanted = [selected[position] for position in evenly(len(selected), count)]
        decoded: Iterator[tuple[int, VideoFrame | None]] = iter(())
        reached = len(self._stamps)
        for target in wanted:
            if reached > target or self._key_before(target) > reached:
                decoded = self._decoded(target)
            for number, picture in decoded:
                reached = number
                if number >= target:
                    if number == target and picture is not None:
                        yield Frame(rgb_of(picture), self._stamps[number])
                    break

    def _read_times(self) -> array[int]:
        """Read when each frame is shown (ns after the first) and which are key frames."""
        pts: list[int] = []
        keys: list[int] = []
        packets = 0
        with self._open() as container:
            stream = _video_stream(container, self.path)
            base, rate = stream.time_base, stream.average_rate
            for packet in self._packets(container, stream):
                if packet.size == 0 or packet.is_discard:
                    continue
                packets += 1
                time = packet.dts if packet.pts is None else packet.pts
                if time is not None:
                    pts.append(time)
                    if packet.is_keyframe:
                        keys.append(time)
        if base is not None and len(pts) == packets:
            self._pts, self._keys = array('q', sorted(pts)), array('q', sorted(keys))
            begin = self._pts[0] if packets else 0
            return array('q', (round((time - begin) * base * NS) for time in self._pts))
        self._warn(f'{self.path} has no times of its own: it is read at {rate or 30} frames/s.')
        return array('q', (round(number * NS / (rate or 30)) for number in range(packets)))

    def _packets(
        self, container: InputContainer, stream: VideoStream
    ) -> Iterator[Packet[VideoStream]]:
        """Read packets to the end, or to where the file is damaged."""
        try:
            yield from container.demux(stream)
        except av.error.FFmpegError as error:
            self._warn(f'{self.path} is damaged, the rest is left out: {error.strerror}.')

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)
            _logger.warning('%s', warning)

    def _open(self) -> InputContainer:
        try:
            return av.open(str(self.path))
        except (av.error.FFmpegError, OSError) as error:
            empty = self.path.is_file() and not self.path.stat().st_size
            reason = 'it is empty' if empty else error.strerror or error
            raise SourceError(
                f'{self.path} cannot be read as video, picture or bag: {reason}.'
            ) from None

    def _key_before(self, number: int) -> int:
        """Return the number of the last key frame up to a frame; 0 without times."""
        if not self._pts:
            return 0
        position = bisect_right(self._keys, self._pts[number])
        return bisect_left(self._pts, self._keys[position - 1]) if position else 0

    def _decoded(self, first: int) -> Iterator[tuple[int, VideoFrame | None]]:
        """Decode frames in the order in which they are shown.

        Args:
            first: Where to begin; earlier frames are left out.

        Yields:
            The number of the frame and the frame, ``None`` where it cannot be believed.
        """
        with self._open() as container:
            stream = _video_stream(container, self.path)
            stream.thread_type = 'AUTO'
            key = self._key_before(first)
            if key > 0:
                container.seek(self._pts[key], stream=stream, backward=True)
            chain = PictureChain()
            upcoming = key
            for packet in self._packets(container, stream):
                try:
                    pictures = packet.decode()
                except av.error.FFmpegError:
                    chain.lose()
                    # Elsewhere the times of the pictures that come tell which one did not.
                    upcoming += not self._pts
                    continue
                for picture in pictures:
                    number = upcoming
                    if self._pts and picture.pts is not None:
                        number = bisect_left(self._pts, picture.pts)
                    believed = chain.believes(picture)
                    yield from ((lost, None) for lost in range(max(first, upcoming), number))
                    upcoming = number + 1
                    if first <= number < len(self._stamps):
                        yield number, picture if believed else None
            rest = range(max(first, upcoming), len(self._stamps))
            yield from ((lost, None) for lost in rest)


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    if not container.streams.video:
        raise SourceError(f'{path} has no video stream.')
    return container.streams.video[0]
