# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The quality of service that bags write down."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from rclpy.qos import DurabilityPolicy, HistoryPolicy, ReliabilityPolicy

from featuremap_ros.ros.replay.offered_qos import offered_qos

NUMBERS = '- history: 1\n  depth: 7\n  reliability: 2\n  durability: 2\n'
NAMES = '- history: keep_last\n  depth: 7\n  reliability: best_effort\n  durability: volatile\n'
LATCHED = '- history: 1\n  depth: 1\n  reliability: 1\n  durability: 1\n'


@pytest.mark.parametrize('profiles', [NUMBERS, NAMES], ids=['numbers', 'names'])
def test_policies_are_numbers_or_names(profiles):
    """Metadata of rosbag2 has used both."""
    qos = offered_qos('/scan', profiles)
    assert (qos.history, qos.depth) == (HistoryPolicy.KEEP_LAST, 7)
    assert qos.reliability == ReliabilityPolicy.BEST_EFFORT
    assert qos.durability == DurabilityPolicy.VOLATILE


def test_publishers_that_differ_are_joined():
    """Reliable only if all were; latched if one was; the longest queue."""
    qos = offered_qos('/map', NUMBERS + LATCHED)
    assert qos.reliability == ReliabilityPolicy.BEST_EFFORT
    assert qos.durability == DurabilityPolicy.TRANSIENT_LOCAL
    assert qos.depth == 7


@pytest.mark.parametrize('profiles', ['', '[]', '{{{', '- 3\n', '- {reliability: maybe}\n'])
def test_what_cannot_be_read_gives_the_default(profiles):
    """Reliable and volatile; topics that are always latched stay so."""
    qos = offered_qos('/odom', profiles)
    assert qos.reliability == ReliabilityPolicy.RELIABLE
    assert qos.durability == DurabilityPolicy.VOLATILE


def test_static_transforms_are_latched_without_a_word():
    """Old bags say nothing of them."""
    assert offered_qos('/tf_static', '').durability == DurabilityPolicy.TRANSIENT_LOCAL
