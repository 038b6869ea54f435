# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How messages of a bag become frames, where each holds a part of a video.

Most of them say only what has changed since the picture before, so that decoding begins at a key
frame, and after a damaged message nothing is believed until the next one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count, groupby
from typing import Any, cast

import av
from av.codec.context import CodecContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from featuremap_ros.errors import BadFrameError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_file import BagTopic
from featuremap_ros.streams.bag_pictures import Decoded, Origin
from featuremap_ros.streams.image_messages import read_image_message
from featuremap_ros.streams.video_picture import BROKEN, PictureChain, rgb_of

_BAD = f'This part of the video cannot be decoded: {BROKEN}.'


class BagVideo:
    """Reads topics that carry a video, one picture a message."""

    def __init__(
        self, bag: Bag, topics: Sequence[BagTopic], codec: str, *, by_log_time: bool
    ) -> None:
        """Keep what to read.

        Args:
            bag: An open bag.
            topics: The recordings of one image topic.
            codec: FFmpeg's decoder, e.g. ``'h264'``.
            by_log_time: Stamp frames with the time of recording, not with the header's.
        """
        self._bag = bag
        self._topics = topics
        self._codec = codec
        self._by_log_time = by_log_time
        self._keys: array[int] | None = None

    def between(self, start: int | None, stop: int | None, *, every: int) -> Iterator[Decoded]:
        """Decode every n-th message; see ``BagPictures.between``."""
        numbers = count()

        def wanted(log_ns: int) -> bool:
            return (start is None or log_ns >= start) and next(numbers) % every == 0

        begin = None if start is None else self._key_before(start)
        yield from self._decoded(begin, stop, wanted)

    def at(self, times: Sequence[int]) -> Iterator[Decoded]:
        """Decode the messages of some times; see ``BagPictures.at``."""
        for key, group in groupby(times, self._key_before):
            these = set(group)
            yield from self._decoded(key, max(these) + 1, these.__contains__)

    def _key_before(self, time: int) -> int | None:
        """Return when the last key frame up to a time was recorded (ns); ``None``: no such."""
        if self._keys is None:
            self._keys = array('q', self._key_times())
        position = bisect_right(self._keys, time)
        return self._keys[position - 1] if position else None

    def _beginning(self) -> Any:
        """Return what the first message of all holds."""
        with suppress(BadFrameError):
            return read_image_message(next(self._bag.messages(self._topics))).data
        return b''

    def _key_times(self) -> Iterator[int]:
        parser = CodecContext.create(self._codec, 'r')
        for message in self._bag.messages(self._topics):
            try:
                data = read_image_message(message).data
                parts = parser.parse(data) + parser.parse(None)
            except (BadFrameError, av.error.FFmpegError):
                continue
            if any(part.is_keyframe for part in parts):
                yield message.log_ns

    def _decoded(
        self, start: int | None, stop: int | None, wanted: Callable[[int], bool]
    ) -> Iterator[Decoded]:
        """Decode messages; those that are not wanted count only for those after them.

        Args:
            start: From this time of recording (ns): a key frame.
            stop: Up to this time, which does not belong to it.
            wanted: Called once with the time of every message.
        """
        decoder = _Decoder(self._codec)
        if start is not None:
            decoder.begin(self._beginning())
        for number, message in enumerate(self._bag.messages(self._topics, start, stop)):
            is_wanted = wanted(message.log_ns)
            try:
                image = read_image_message(message)
                origin = Origin.of(message, image, by_log_time=self._by_log_time)
            except BadFrameError as error:
                decoder.chain.lose()
                if is_wanted:
                    yield message.log_ns, error
                continue
            yield from decoder.decode(number, image.data, origin if is_wanted else None)
        yield from decoder.rest()


class _Decoder:
    """Decodes messages in the order in which they were recorded, from a key frame on.

    Attributes:
        chain: Tells which pictures can be believed.
    """

    def __init__(self, codec: str) -> None:
        self.chain = PictureChain()
        self._context = cast('VideoCodecContext', CodecContext.create(codec, 'r'))
        # With more threads an error would be told of a later message.
        self._context.thread_count = 1
        # Whose picture is wanted and has not come yet: some codecs change the order.
        self._waiting: dict[int, Origin] = {}

    def begin(self, data: Any) -> None:
        """Take the beginning of the video, where some encoders say once how to decode all of it.

        Args:
            data: What the first message of all holds.
        """
        for _ in self.decode(-1, data, None):
            pass

    def decode(self, number: int, data: Any, origin: Origin | None) -> Iterator[Decoded]:
        """Decode a message, and hand out the pictures that this brings.

        Args:
            number: Of the message.
            data: What it holds.
            origin: Of the frame, if it is wanted.
        """
        if origin is not None:
            self._waiting[number] = origin
        packet = Packet(data)
        packet.pts = number
        try:
            # The decoder would take an empty packet for the end.
            pictures = self._context.decode(packet) if packet.size else None
        except av.error.FFmpegError:
            pictures = None
        if pictures is None:
            self.chain.lose()
            yield from self._frame(number, None)
            return
        for picture in pictures:
            yield from self._shown(picture)

    def rest(self) -> Iterator[Decoded]:
        """Hand out what is left at the end."""
        with suppress(av.error.FFmpegError):
            for picture in self._context.decode(None):
                yield from self._shown(picture)
        for number in sorted(self._waiting):
            yield from self._frame(number, None)

    def _shown(self, picture: VideoFrame) -> Iterator[Decoded]:
        believed = self.chain.believes(picture)
        if picture.pts is not None:
            yield from self._frame(picture.pts, picture if believed else None)

    def _frame(self, number: int, picture: VideoFrame | None) -> Iterator[Decoded]:
        """Make the frame of a message if it is wanted; without a picture it is a bad one."""
        origin = self._waiting.pop(number, None)
        if origin is not None:
            bad = BadFrameError(_BAD)
            yield origin.log_ns, bad if picture is None else origin.frame(rgb_of(picture))
