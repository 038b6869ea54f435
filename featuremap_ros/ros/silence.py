# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What to say when no images come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import difflib

_STRING = 'std_msgs/msg/String'
IMAGE_TYPES = ('sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage')

_MOST = 5


def similar_topics(
    topic: str, topics: Sequence[tuple[str, Sequence[str]]], *, own: str
) -> list[str]:
    """Return the other topics that a camera may publish, the most similar name first.

    Args:
        topic: The one without images.
        topics: Name and types of every topic in the graph.
        own: Full name of the node, whose own topics are left out, as are those of every node
            of this kind, live or replayed.
    """
    painted = tuple(f'{node}/' for node in {own, *_painters(topics)})
    names = [
        name
        for name, types in topics
        if name != topic and not name.startswith(painted) and set(types) & set(IMAGE_TYPES)
    ]
    likeness = difflib.SequenceMatcher(b=topic)

    def ratio(name: str) -> float:
        likeness.set_seq1(name)
        return likeness.ratio()

    return sorted(names, key=ratio, reverse=True)[:_MOST]


def _painters(topics: Iterable[tuple[str, Sequence[str]]]) -> set[str]:
    """Return the full names of the nodes that paint overlays, as their topics tell."""
    heatmaps, others = set(), set()
    for name, types in topics:
        node, kind = name.rpartition('/')[::2]
        if kind == 'views' and _STRING in types:
            others.add(node)
        # A rendered bag has overlays and no views; a node may show explanations alone.
        others.update(_before('/overlay/', name))
        heatmaps.update(_before('/heatmap/', name))
    return (heatmaps & others) - {''}


def _before(word: str, name: str) -> list[str]:
    """Return what stands before a word in a name, in a list; an empty one without the word."""
    before, found, _ = name.partition(word)
    return [before] if found else []


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
