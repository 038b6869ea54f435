# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The pictures of a bag as frames."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
import heapq
import logging
from pathlib import Path

from featuremap_ros.errors import BadFrameError, SourceError, UnknownNameError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_file import BagMessage, BagTopic
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.image_messages import is_image, read_image_message, stamp_of, to_frame
from featuremap_ros.streams.selection import evenly, NS, Selection
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.vision.encodings import warning_of
from featuremap_ros.vision.frame import Frame

logger = logging.getLogger(__name__)
# How the topics of the overlay node, and of a render, begin.
_OWN = '/featuremap/'


class BagSource(Closing):
    """Frames of one image topic of a bag, in the order in which they were recorded.

    Attributes:
        path: The bag.
        topic: The name of the image topic.
        range_ns: Log times from which and before which messages belong to the selected part
            (ns); ``None`` where it is open.
        frame_count: Number of frames in the selected part.
        skipped: Frames that could not be decoded in the latest iteration.
    """

    def __init__(self, path: Path, *, topic: str | None, selection: Selection) -> None:
        """Open the bag and find its image topic.

        Args:
            path: Anything that :class:`Bag` reads.
            topic: The image topic; ``None`` if there is just one.
            selection: Which part is wanted; it counts from the first message of any topic.

        Raises:
            SourceError: The bag cannot be read, is empty, has no image topic or several, or
                none in the selected part.
            UnknownNameError: There is no such topic.
        """
        self.path = path
        self.skipped = SkippedFrames()
        self._selection = selection
        self._warnings: list[str] = []
        self._said: list[str] = []
        self._backwards = ''
        self._bag = Bag(path)
        try:
            # A topic is several where publishers with different QoS or files differ.
            self._topics = _choose(self._bag, topic)
            self.topic = self._topics[0].name
            self.range_ns = selection.range_ns(self._bag.start_ns)
            parts = [self._bag.times(part) for part in self._topics]
            times = parts[0] if len(parts) == 1 else array('q', heapq.merge(*parts))
            start, stop = self.range_ns
            first = 0 if start is None else bisect_left(times, start)
            last = len(times) if stop is None else bisect_left(times, stop)
            self._times = times[first : last : selection.every]
            if not self._times:
                length = (self._bag.end_ns - self._bag.start_ns) / 1e9
                raise SourceError(
                    f'No image of {self.topic} lies in the selected part of {path}, which '
                    f'lasts {length:.1f} s. Choose another --start and --duration.'
                )
            self._by_log_time = self._stamps_are_unset()
            self._look_at_encoding()
        except BaseException:
            self._bag.close()
            raise
        self.frame_count = len(self._times)
        self._say_warnings()

    @property
    def describe(self) -> str:
        """One line about the source."""
        return (
            f'bag {self.path}, topic {self.topic} ({self._topics[0].msgtype}), '
            f'{self.frame_count} images'
        )

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the bag although it can be read."""
        found = self._warnings + self._bag.warnings
        return [*found, self._backwards] if self._backwards else found

    def __iter__(self) -> Iterator[Frame]:
        """Decode the selected frames; those that cannot be decoded are skipped and counted."""
        self.skipped.clear()
        self.skipped.begin(self._times[0])
        every = self._selection.every
        messages = self._bag.messages(self._topics, *self.range_ns)
        latest: int | None = None
        for number, message in enumerate(messages):
            if number % every:
                continue
            frame = self._decode(message)
            if isinstance(frame, Frame):
                if latest is not None and frame.stamp_ns < latest:
                    self._say_backwards(latest, frame.stamp_ns)
                latest = frame.stamp_ns
                yield frame
            else:
                self.skipped.note(message.log_ns, frame)
        self._say_warnings()

    def sample(self, count: int) -> Iterator[Frame]:
        """Decode frames that are spread evenly over the selected part, and no others.

        Args:
            count: How many at most.

        Yields:
            The frames that can be decoded.
        """
        for position in evenly(len(self._times), count):
            message = self._at(self._times[position])
            frame = None if message is None else self._decode(message)
            if isinstance(frame, Frame):
                yield frame

    def close(self) -> None:
        """Close the bag."""
        self._bag.close()

    def _at(self, time: int) -> BagMessage | None:
        """Read the image that was recorded at a time (ns)."""
        return next(self._bag.messages(self._topics, time, time + 1), None)

    def _decode(self, message: BagMessage) -> Frame | BadFrameError:
        try:
            return to_frame(message, by_log_time=self._by_log_time)
        except BadFrameError as error:
            return error

    def _stamps_are_unset(self) -> bool:
        """Whether the camera left the stamps at zero; the first may be zero in simulated time."""
        for time in self._times[:2]:
            message = self._at(time)
            try:
                if message is None or stamp_of(read_image_message(message)) != 0:
                    return False
            except BadFrameError:
                return False
        self._warnings.append(
            f'The images of {self.topic} have no time stamps: the times at which they '
            'were recorded are used.'
        )
        return True

    def _look_at_encoding(self) -> None:
        """Note if the scale of the pictures is not known."""
        message = self._at(self._times[0])
        if message is None:
            return
        try:
            encoding = getattr(read_image_message(message), 'encoding', '')
        except BadFrameError:
            return
        warning = warning_of(encoding, self.topic)
        self._warnings += [warning] if warning else []

    def _say_backwards(self, before_ns: int, after_ns: int) -> None:
        """Warn, once, that the stamps do not only ascend."""
        if not self._backwards:
            self._backwards = (
                f'The stamps of {self.topic} go back by {(before_ns - after_ns) / NS:.3f} s after '
                f'{before_ns / NS:.3f} s: pictures stay in the order in which they were recorded.'
            )

    def _say_warnings(self) -> None:
        """Log what has turned up since the last time."""
        for warning in self.warnings:
            if warning not in self._said:
                self._said.append(warning)
                logger.warning('%s', warning)


def _choose(bag: Bag, name: str | None) -> list[BagTopic]:
    """Choose the image topic; it is several where its recordings differ in type or QoS."""
    images = {topic: count for topic, count in bag.counts.items() if is_image(topic)}
    if name is not None:
        wanted = [topic for topic in images if topic.name.strip('/') == name.strip('/')]
        if wanted:
            return wanted
        other = [topic.msgtype for topic in bag.counts if topic.name == name]
        if other:
            raise SourceError(f'{name} holds no images but {other[0]}.{_listed(images)}')
        raise UnknownNameError('image topic', name, [topic.name for topic in images])
    filled = [topic for topic, count in images.items() if count]
    if not filled:
        raise SourceError(
            f'{bag.path} holds no images (sensor_msgs Image or CompressedImage). '
            f'Its topics:{_listed(bag.counts)}'
        )
    # In what featuremap render wrote, the camera is what it has not painted itself.
    filled = [topic for topic in filled if not topic.name.startswith(_OWN)] or filled
    if len({topic.name for topic in filled}) > 1:
        raise SourceError(
            f'{bag.path} holds several image topics; choose one with --topic:{_listed(images)}'
        )
    return filled


def _listed(counts: dict[BagTopic, int]) -> str:
    return ''.join(
        f'\n  {topic.name}  {topic.msgtype or "unknown type"}  {count} messages'
        for topic, count in sorted(counts.items(), key=lambda item: item[0].name)
    )
