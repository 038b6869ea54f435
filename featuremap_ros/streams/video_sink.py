# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A video that plays everywhere, with the frames' own times, whatever ends the writing.

H.264 without B-frames in MP4. While it is written each frame is a fragment of its own, so that
after a kill or on a full disk everything up to the last fragment plays; closing turns the file
into an ordinary MP4 with one index (FFmpeg's ``hybrid_fragmented``), which seeks fast.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
import logging
from os import PathLike
from pathlib import Path

import av
from av.packet import Packet
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
import cv2

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.output_file import OutputFile
from featuremap_ros.streams.video_clock import TICKS, VideoClock
from featuremap_ros.streams.yuv import Yuv420
from featuremap_ros.vision.frame import Image

_logger = logging.getLogger(__name__)

FRAGMENTS = 'frag_every_frame+hybrid_fragmented+default_base_moof'
FRAGMENT_BYTES = 8 * 2**20
"""FFmpeg hands over a fragment at once if it fits into a buffer of this size."""
# The quickest preset, since a view in 1080p has to keep up with its race, with two tools of
# slower ones: they cost a tenth of the time and give 0.5 dB in a sixth less space. (CABAC, the
# third, would save another tenth, but keeps the threads from working side by side.)
ENCODER = {
    'preset': 'ultrafast',
    'crf': '23',
    'bf': '0',
    'g': '30',
    'x264-params': 'deblock=0,0:subme=1',
}
THREADS = 2
"""Fixed: the number of threads changes the bytes."""
BT709 = 1


class VideoSink(Closing):
    """An H.264 video with variable frame rate.

    Attributes:
        path: Where the file lies.
        size: Width and height of the pictures (px); odd sizes are padded to even ones.
        frames: Number of frames written.
        resized: Number of frames of another size, which were scaled to ``size``.
    """

    def __init__(self, path: str | PathLike[str], *, size: tuple[int, int]) -> None:
        """Create the file.

        Args:
            path: Where to write; an existing file is replaced.
            size: Width and height of the pictures (px).

        Raises:
            SinkError: The file cannot be written, or there is no H.264 encoder for the size.
        """
        self.path = Path(path)
        self.size = size
        self.frames = 0
        self.resized = 0
        self._clock = VideoClock()
        self._held: Packet[VideoStream] | None = None
        self._held_pts = 0
        self._file = OutputFile(self.path)
        try:
            self._container = av.open(
                self._file,
                'w',
                format='mp4',
                buffer_size=FRAGMENT_BYTES,
                options={'movflags': FRAGMENTS, 'flush_packets': '1', 'fflags': '+bitexact'},
            )
            self._stream = self._add_stream()
        except (av.error.FFmpegError, av.codec.codec.UnknownCodecError, OverflowError) as error:
            self._file.close()
            raise SinkError(f'{path}: no H.264 video of {size[0]} x {size[1]}: {error}.') from None
        self._convert = Yuv420((size[0] + size[0] % 2, size[1] + size[1] % 2))

    @property
    def nudged(self) -> int:
        """Number of frames that were moved because their stamps did not ascend."""
        return self._clock.nudged

    def write(self, image: Image, stamp_ns: int) -> None:
        """Add a frame.

        Args:
            image: RGB, uint8 (H, W, 3).
            stamp_ns: When it was taken (ns); the first frame is shown at 0.

        Raises:
            SinkError: The disk is full; the file plays up to the frame before.
        """
        planes = self._convert(self._fitted(image))
        picture = av.VideoFrame.from_ndarray(planes, format='yuv420p')
        picture.colorspace, picture.color_range = Colorspace.ITU709, ColorRange.MPEG
        picture.pts = self._clock.tick(stamp_ns)
        picture.time_base = TICKS
        self.frames += 1
        self._mux(self._stream.encode(picture))

    def close(self) -> None:
        """Write what the encoder holds back, and the index.

        Raises:
            SinkError: The disk is full; the file plays up to the frame before.
        """
        if self._file.failed:
            self._discard()
            return
        try:
            if self.frames:
                self._mux(self._stream.encode(None))
            if self._held is not None:
                self._held.duration = self._clock.interval
                self._container.mux(self._held)
            self._container.close()
        except av.error.FFmpegError as error:
            self._discard()
            raise SinkError(f'{self.path} cannot be finished: {error}.') from None
        except BaseException:
            self._discard()
            raise
        self._file.close()

    def _add_stream(self) -> VideoStream:
        width, height = self.size
        stream = self._container.add_stream('libx264', options=ENCODER)
        context = stream.codec_context
        context.width, context.height = width + width % 2, height + height % 2
        context.pix_fmt = 'yuv420p'
        context.thread_count = THREADS
        context.time_base = TICKS
        stream.time_base = TICKS
        context.framerate = Fraction(30)
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.open()
        return stream

    def _fitted(self, image: Image) -> Image:
        """Scale a picture of another size, and pad odd sizes by repeating the border."""
        width, height = self.size
        if image.shape[:2] != (height, width):
            if not self.resized:
                _logger.warning(
                    'A picture of %d x %d px was scaled for %s, which has %d x %d px.',
                    image.shape[1],
                    image.shape[0],
                    self.path,
                    width,
                    height,
                )
            self.resized += 1
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        if width % 2 or height % 2:
            image = cv2.copyMakeBorder(  # type: ignore[assignment]
                image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE
            )
        return image

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        """Pass packets on, each once the next one has told how long it lasts."""
        for packet in packets:
            if packet.pts is None:
                raise SinkError(f'{self.path}: the encoder returned a frame without its time.')
            if self._held is not None:
                self._held.duration = packet.pts - self._held_pts
                self._container.mux(self._held)
            self._held, self._held_pts = packet, packet.pts

    def _discard(self) -> None:
        """Let go of the encoder; the file takes nothing more."""
        self._file.failed = True
        with suppress(av.error.FFmpegError, SinkError):
            self._container.close()
        self._file.close()
