# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small videos for a page: H.264 that every browser plays, as few bytes as it takes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType

import av
from av.packet import Packet
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
import cv2

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.output_file import OutputFile
from featuremap_ros.streams.video_clock import TICKS
from featuremap_ros.vision.frame import Image

WIDTH = 640
"""Largest width (px)."""
QUALITY = 27
"""x264's constant rate factor; smaller is better and larger in bytes."""

# Space counts more than time here. Without B-frames the first picture is at 0 in every browser,
# and a key frame every two seconds makes a click on a mark answer at once.
_ENCODER = {'preset': 'medium', 'bf': '0', 'g': '40'}
_THREADS = 2  # fixed: the number of threads changes the bytes
_BT709 = 1


class ClipWriter:
    """Writes a video, scaled down to ``WIDTH``; a context manager.

    Attributes:
        path: Where the file lies.
        size: Width and height of the video (px), even.
    """

    def __init__(
        self,
        path: Path,
        *,
        shape: tuple[int, int],
        width: int = WIDTH,
        bit_rate: int | None = None,
    ) -> None:
        """Create the file.

        Args:
            path: Where to write; an existing file is replaced.
            shape: Height and width of the pictures (px).
            width: Largest width of the video (px).
            bit_rate: Bits per second to keep to; by quality if not given.

        Raises:
            SinkError: The file cannot be written.
        """
        self.path = path
        factor = min(1.0, width / shape[1])
        self.size = (_even(shape[1] * factor), _even(shape[0] * factor))
        self._held: Packet[VideoStream] | None = None
        # What a picture lasts until two have told: a thirtieth of a second.
        self._step = round(1 / (30 * TICKS))
        rate = {'crf': str(QUALITY)} if bit_rate is None else _limited(bit_rate)
        self._file = OutputFile(path)
        try:
            self._container = av.open(
                self._file, 'w', format='mp4', options={'fflags': '+bitexact'}
            )
            stream = self._container.add_stream('libx264', options={**_ENCODER, **rate})
            context = stream.codec_context
            context.width, context.height = self.size
            context.pix_fmt = 'yuv420p'
            context.thread_count = _THREADS
            context.time_base = stream.time_base = TICKS
            context.color_range = ColorRange.MPEG
            context.colorspace = context.color_primaries = context.color_trc = _BT709
        except (av.error.FFmpegError, av.codec.codec.UnknownCodecError) as error:
            self._file.close()
            raise SinkError(f'{path}: no H.264 video can be written: {error}.') from None
        self._stream = stream

    def write(self, image: Image, tick: int) -> None:
        """Add a picture.

        Args:
            image: RGB, uint8 (H, W, 3).
            tick: When it is shown (see ``TICKS``), later than all before.

        Raises:
            SinkError: The disk is full.
        """
        if image.shape[1::-1] != self.size:
            image = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        picture = av.VideoFrame.from_ndarray(image, format='rgb24').reformat(
            format='yuv420p', dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        picture.pts, picture.time_base = tick, TICKS
        self._mux(self._stream.encode(picture))

    def close(self) -> None:
        """Finish the file.

        Raises:
            SinkError: The disk is full.
        """
        try:
            self._mux(self._stream.encode(None))
            if self._held is not None:
                self._held.duration = self._step
                self._container.mux(self._held)
            self._container.close()
        except av.error.FFmpegError as error:
            raise SinkError(f'{self.path} cannot be finished: {error}.') from None
        finally:
            self._discard()

    def __enter__(self) -> ClipWriter:
        """Return the writer, which is open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file; after an error let go of it."""
        if kind is None:
            self.close()
        else:
            self._discard()

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        """Pass packets on, each once the next one has told how long it lasts."""
        for packet in packets:
            held = self._held
            if held is not None:
                if packet.pts is not None and held.pts is not None:
                    self._step = packet.pts - held.pts
                held.duration = self._step
                self._container.mux(held)
            self._held = packet

    def _discard(self) -> None:
        """Let go of the encoder and the file, finished or not."""
        with suppress(av.error.FFmpegError, SinkError):
            self._container.close()
        self._file.close()


def _limited(bit_rate: int) -> dict[str, str]:
    """Return options that keep to a bit rate within a second or two."""
    return {'b': str(bit_rate), 'maxrate': str(bit_rate), 'bufsize': str(2 * bit_rate)}


def _even(length: float) -> int:
    return max(2 * round(length / 2), 2)
