# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How messages of a bag become frames, where each message holds a whole picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from featuremap_ros.errors import BadFrameError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_file import BagMessage, BagTopic
from featuremap_ros.streams.image_messages import (
    decode_picture,
    frame_id_of,
    read_image_message,
    stamp_of,
)
from featuremap_ros.vision.frame import Frame, Image

Decoded: TypeAlias = 'tuple[int, Frame | BadFrameError]'
"""When a message was recorded (ns), and the frame in it or why there is none."""


class BagPictures(Protocol):
    """Reads the frames of an image topic."""

    def between(self, start: int | None, stop: int | None, *, every: int) -> Iterator[Decoded]:
        """Decode every n-th message.

        Args:
            start: Leave out messages recorded before this time (ns).
            stop: Leave out messages recorded at this time (ns) or later.
            every: Which of the others are wanted.
        """
        ...

    def at(self, times: Sequence[int]) -> Iterator[Decoded]:
        """Decode the messages that were recorded at these times (ns), which ascend."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """What a frame keeps of its message.

    Attributes:
        stamp_ns: When the picture was taken (ns).
        frame_id: The coordinate frame of the camera.
        log_ns: When the message was recorded (ns).
    """

    stamp_ns: int
    frame_id: str
    log_ns: int

    @classmethod
    def of(cls, message: BagMessage, image_message: object, *, by_log_time: bool) -> Origin:
        """Take it from a message.

        Args:
            message: As it was recorded.
            image_message: The same, deserialized.
            by_log_time: Take the time of recording for that of the picture.
        """
        stamp = message.log_ns if by_log_time else stamp_of(image_message)
        return cls(stamp, frame_id_of(image_message), message.log_ns)

    def frame(self, picture: Image) -> Frame:
        """Make the frame; ``picture`` is RGB, uint8 (H, W, 3)."""
        return Frame(picture, self.stamp_ns, self.frame_id, self.log_ns)


class BagStills:
    """Reads topics of pictures: every message by itself."""

    def __init__(self, bag: Bag, topics: Sequence[BagTopic], *, by_log_time: bool) -> None:
        """Keep what to read.

        Args:
            bag: An open bag.
            topics: The recordings of one image topic.
            by_log_time: Stamp frames with the time of recording, not with the header's.
        """
        self._bag = bag
        self._topics = topics
        self._by_log_time = by_log_time

    def between(self, start: int | None, stop: int | None, *, every: int) -> Iterator[Decoded]:
        """Decode every n-th message; see ``BagPictures.between``."""
        for number, message in enumerate(self._bag.messages(self._topics, start, stop)):
            if number % every == 0:
                yield self._decoded(message)

    def at(self, times: Sequence[int]) -> Iterator[Decoded]:
        """Decode the messages of some times; see ``BagPictures.at``."""
        for time in times:
            message = next(self._bag.messages(self._topics, time, time + 1), None)
            if message is not None:
                yield self._decoded(message)

    def _decoded(self, message: BagMessage) -> Decoded:
        try:
            image = read_image_message(message)
            origin = Origin.of(message, image, by_log_time=self._by_log_time)
            return message.log_ns, origin.frame(decode_picture(image))
        except BadFrameError as error:
            return message.log_ns, error
