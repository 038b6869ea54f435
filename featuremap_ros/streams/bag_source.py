# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The pictures of a bag as frames."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
import heapq
from itertools import islice
import logging
from pathlib import Path
from typing import Any

from featuremap_ros.errors import BadFrameError, SourceError, UnknownNameError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_file import BagTopic
from featuremap_ros.streams.bag_pictures import BagPictures, BagStills
from featuremap_ros.streams.bag_video import BagVideo
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.image_messages import codec_of, is_image, read_image_message, stamp_of
from featuremap_ros.streams.selection import evenly, NS, Selection
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.vision.encodings import warning_of
from featuremap_ros.vision.frame import Frame

_logger = logging.getLogger(__name__)
# How the topics of the overlay node, and of a render, begin.
_OWN = '/featuremap/'
# Messages to look at for one that is not damaged.
_TRIED = 100


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
            self._pictures = self._reader()
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
        latest: int | None = None
        decoded = self._pictures.between(*self.range_ns, every=self._selection.every)
        for log_ns, frame in decoded:
            if isinstance(frame, Frame):
                if latest is not None and frame.stamp_ns < latest:
                    self._say_backwards(latest, frame.stamp_ns)
                latest = frame.stamp_ns
                yield frame
            else:
                self.skipped.note(log_ns, frame)
        self._say_warnings()

    def sample(self, count: int) -> Iterator[Frame]:
        """Decode frames that are spread evenly over the selected part, and no others.

        Args:
            count: How many at most.

        Yields:
            The frames that can be decoded.
        """
        times = [self._times[position] for position in evenly(len(self._times), count)]
        for _, frame in self._pictures.at(times):
            if isinstance(frame, Frame):
                yield frame

    def close(self) -> None:
        """Close the bag."""
        self._bag.close()

    def _reader(self) -> BagPictures:
        """Choose how the messages are read, by the first that can be."""
        first = self._first_messages()
        # One stamp may be zero in simulated time.
        by_log_time = bool(first) and all(stamp_of(message) == 0 for message in first)
        if by_log_time:
            self._warnings.append(
                f'The images of {self.topic} have no time stamps: the times at which they '
                'were recorded are used.'
            )
        try:
            codec = codec_of(first[0]) if first else None
        except BadFrameError as error:
            raise SourceError(f'{self.topic} of {self.path}: {error}') from None
        if codec is not None:
            return BagVideo(self._bag, self._topics, codec, by_log_time=by_log_time)
        warning = warning_of(getattr(first[0], 'encoding', ''), self.topic) if first else None
        self._warnings += [warning] if warning else []
        return BagStills(self._bag, self._topics, by_log_time=by_log_time)

    def _first_messages(self) -> list[Any]:
        """Read the first messages that are what their topic says, two of them if possible."""
        found: list[Any] = []
        for message in islice(self._bag.messages(self._topics, *self.range_ns), _TRIED):
            with suppress(BadFrameError):
                found.append(read_image_message(message))
            if len(found) == 2:
                break
        return found

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
                _logger.warning('%s', warning)


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
            f'{bag.path} holds no images (sensor_msgs Image or CompressedImage, foxglove_msgs '
            'CompressedVideo, or ffmpeg_image_transport_msgs FFMPEGPacket). '
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
