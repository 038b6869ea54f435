# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said when no images come."""

from __future__ import annotations

from featuremap_ros.ros.silence import silence_report, similar_topics

GRAPH = [
    ('/camera/image_raw', ['sensor_msgs/msg/Image']),
    ('/front/image_raw', ['sensor_msgs/msg/Image']),
    ('/front/image_raw/compressed', ['sensor_msgs/msg/CompressedImage']),
    ('/featuremap/overlay/conv', ['sensor_msgs/msg/Image']),
    ('/camera/imu', ['sensor_msgs/msg/Imu']),
]


def report(**changes):
    """Return the report on a topic that nobody publishes."""
    facts = {
        'topic': '/camera/image_raw', 'seconds': 5.2, 'publishers': 0, 'other_types': [],
        'similar': [],
    }  # fmt: skip
    return silence_report(**{**facts, **changes})


def test_other_image_topics_are_found_the_nearest_first():
    """Neither the topic itself, nor our own, nor other types."""
    assert similar_topics('/camera/image_raw', GRAPH, own='/featuremap') == [
        '/front/image_raw',
        '/front/image_raw/compressed',
    ]


def test_nobody_publishes():
    """Topic, publishers and where images are to be had."""
    text = report(similar=['/front/image_raw'])
    assert text.startswith(
        'No image on /camera/image_raw for 5 s; publishers: 0; similar topics: /front/image_raw.'
    )
    assert '-r image:=/front/image_raw' in text


def test_published_but_lost_on_the_way():
    """Large images get lost on default settings."""
    assert 'docs/dds.md' in report(publishers=1)


def test_published_with_the_other_type():
    """The other transport would read it."""
    text = report(other_types=['sensor_msgs/msg/CompressedImage'])
    assert 'set image_transport to compressed' in text
