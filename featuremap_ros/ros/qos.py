# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Qualities of service: what RViz, rqt, cameras and bags all connect to."""

from __future__ import annotations

from collections.abc import Iterable

from rclpy.qos import DurabilityPolicy, QoSPolicyKind, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.topic_endpoint_info import TopicEndpointInfo


def output_qos() -> QoSProfile:
    """For images and steering: reliable, which readers of either kind can connect to."""
    return QoSProfile(
        depth=5, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.VOLATILE
    )


def latched_qos() -> QoSProfile:
    """For topics whose last message a late reader must still get."""
    return QoSProfile(
        depth=1,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )


def input_qos(*, reliable: bool) -> QoSProfile:
    """For the camera: hardly any queue, because it would make every picture older.

    Two images, since those in fragments often become whole together, and with room for one the
    older is lost although the node has the time for both.
    """
    reliability = ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT
    return QoSProfile(depth=2, reliability=reliability, durability=DurabilityPolicy.VOLATILE)


def overridable() -> QoSOverridingOptions:
    """History, depth and reliability as parameters ``qos_overrides.<topic>...``."""
    return QoSOverridingOptions.with_default_policies()


def input_overridable() -> QoSOverridingOptions:
    """History and depth; the reliability follows the camera (see ``camera.py``)."""
    return QoSOverridingOptions((QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH))


def all_reliable(publishers: Iterable[TopicEndpointInfo]) -> bool:
    """Whether there are publishers and a reliable reader gets data from each of them."""
    policies = [info.qos_profile.reliability for info in publishers]
    return bool(policies) and all(policy == ReliabilityPolicy.RELIABLE for policy in policies)
