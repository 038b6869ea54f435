# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What to say when no images come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import difflib

IMAGE_TYPES = ('sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage')

_MOST = 5


def similar_topics(
    topic: str, topics: Iterable[tuple[str, Sequence[str]]], *, own: str
) -> list[str]:
    """Return the other image topics, the most similar name first.

    Args:
        topic: The one without images.
        topics: Name and types of every topic in the graph.
        own: Full name of the node, whose own topics are left out.
    """
    names = [
        name
        for name, types in topics
        if name != topic and not name.startswith(f'{own}/') and set(types) & set(IMAGE_TYPES)
    ]
    likeness = difflib.SequenceMatcher(b=topic)

    def ratio(name: str) -> float:
        likeness.set_seq1(name)
        return likeness.ratio()

    return sorted(names, key=ratio, reverse=True)[:_MOST]


def silence_report(
    *, topic: str, seconds: float, publishers: int, other_types: Sequence[str], similar: list[str]
) -> str:
    """Say that no images come, and what is known of the reason.

    Args:
        topic: Full name.
        seconds: For how long.
        publishers: How many publish images of the right type there.
        other_types: Other types that are published there.
        similar: Other image topics.
    """
    text = f'No image on {topic} for {seconds:.0f} s; publishers: {publishers}'
    if other_types:
        text += f'; published there with another type: {", ".join(other_types)}'
    text += f'; similar topics: {", ".join(similar) or "none"}.'
    if any(t.endswith('CompressedImage') for t in other_types) or f'{topic}/compressed' in similar:
        text += ' For compressed images set image_transport to compressed.'
    elif publishers:
        text += ' It is published, but does not arrive: see docs/dds.md.'
    elif similar:
        text += f' To use another topic: --ros-args -r image:={similar[0]}'
    return text
