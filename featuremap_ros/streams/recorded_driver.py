# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver's steering, from whatever a source recorded it in."""

from __future__ import annotations

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.bag_source import BagSource
from featuremap_ros.streams.driver_in_bag import read_driver_track
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.source import Source
from featuremap_ros.streams.tub_source import TubSource


def driver_of(
    source: Source,
    topic: str | None,
    limit: float | None = None,
    *,
    wheelbase: float | None = None,
) -> DriverTrack | None:
    """Read the driver's steering, if the source is a bag or a tub that holds it.

    Args:
        source: The race.
        topic: Where to look; found if there is just one candidate.
        limit: Of the wheels (rad); tubs hold shares of full steering, no angles.
        wheelbase: Of the car (m); without it twists tell no steering.

    Raises:
        SourceError: A topic is named, and the source is neither bag nor tub.
        UnknownNameError: The bag or tub has no such steering.
        UnsupportedError: The topic holds twists, and there is no wheelbase.
    """
    if isinstance(source, BagSource):
        return read_driver_track(source.path, topic, wheelbase=wheelbase)
    if isinstance(source, TubSource):
        return source.driver_track(topic, limit)
    if topic:
        msg = f'{source.path} is no bag or tub and has no {topic!r}: leave --driver out.'
        raise SourceError(msg)
    return None
