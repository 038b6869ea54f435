# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said when no images come."""

from __future__ import annotations

import pytest

from featuremap_ros.ros.silence import silence_report, similar_topics

IMAGE = ['sensor_msgs/msg/Image']
JPEG = ['sensor_msgs/msg/CompressedImage']
TEXT = ['std_msgs/msg/String']

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


@pytest.mark.parametrize(
    'others',
    [
        [('/fm1/views', TEXT), ('/fm1/hirescam/c', IMAGE), ('/fm1/heatmap/hirescam/c', IMAGE)],
        [('/car/fm/views', TEXT), ('/car/fm/heatmap/c', IMAGE), ('/car/fm/grid/c', IMAGE)],
        [('/fm2/overlay/c', IMAGE), ('/fm2/heatmap/c', IMAGE), ('/fm2/grid/c', IMAGE)],
        [('/fm2/overlay/a/compressed', JPEG), ('/fm2/heatmap/a', IMAGE)],
    ],
)
def test_no_node_of_this_kind_is_taken_for_a_camera(others):
    """Neither another one in the graph, nor one whose pictures a bag brings back."""
    assert similar_topics('/image', [*others, ('/fm/image', IMAGE)], own='/fm0') == ['/fm/image']


def test_a_camera_may_call_its_topics_as_it_likes():
    """A drone's overlay is no reason to leave out what else it publishes."""
    names = ['/camera/overlay/hud', '/camera/image_raw', '/heatmap/thermal']
    topics = [('/views', TEXT), *((name, IMAGE) for name in names)]
    assert sorted(similar_topics('/image', topics, own='/fm')) == sorted(names)


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
