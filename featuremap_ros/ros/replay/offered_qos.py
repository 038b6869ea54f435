# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The quality of service that a bag's topics were recorded with."""

from __future__ import annotations

from typing import Any

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
import yaml

_LATCHED = ('/tf_static', '/robot_description', '/map')


def offered_qos(topic: str, profiles: str) -> QoSProfile:
    """Return what to offer so that those who subscribed during the recording can connect now.

    Args:
        topic: Full name.
        profiles: What the publishers offered, YAML as rosbag2 writes it: policies as numbers, or
            as names since metadata version 9. Several that differ are joined to the most
            that all readers accept; none gives ROS's default.
    """
    try:
        offered = yaml.safe_load(profiles) if profiles.strip() else []
    except yaml.YAMLError:
        offered = []
    known = [entry for entry in offered or [] if isinstance(entry, dict)]
    if not known:
        latched = topic in _LATCHED
        durability = DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE
        return QoSProfile(depth=10, durability=durability)
    reliable = all(
        _policy(ReliabilityPolicy, e.get('reliability')) != ReliabilityPolicy.BEST_EFFORT
        for e in known
    )
    latched = any(
        _policy(DurabilityPolicy, e.get('durability')) == DurabilityPolicy.TRANSIENT_LOCAL
        for e in known
    )
    keep_all = any(
        _policy(HistoryPolicy, e.get('history')) == HistoryPolicy.KEEP_ALL for e in known
    )
    depths = [e['depth'] for e in known if isinstance(e.get('depth'), int) and e['depth'] > 0]
    return QoSProfile(
        history=HistoryPolicy.KEEP_ALL if keep_all else HistoryPolicy.KEEP_LAST,
        depth=max(depths, default=10),
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=(DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE),
    )


def _policy(kind: Any, value: object) -> Any:
    """Read a policy, by number or by name; ``None`` where it is neither."""
    try:
        return kind[value.upper()] if isinstance(value, str) else kind(value)
    except (KeyError, ValueError):
        return None
