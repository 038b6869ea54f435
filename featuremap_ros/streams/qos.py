# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service, as bags write it down.

rosbag2 keeps the offered profiles of a topic as YAML text. Policies are numbers there up to
metadata version 8 and names since; every rosbag2 reads the numbers, so they are written here.
"""

from __future__ import annotations

import re

_PROFILE = """\
- history: {history}
  depth: {depth}
  reliability: 1
  durability: {durability}
  deadline:
    sec: 9223372036
    nsec: 854775807
  lifespan:
    sec: 9223372036
    nsec: 854775807
  liveliness: 1
  liveliness_lease_duration:
    sec: 9223372036
    nsec: 854775807
  avoid_ros_namespace_conventions: false"""

RELIABLE = _PROFILE.format(history=1, depth=5, durability=2)
"""Reliable, volatile, keep the last 5: what RViz and rqt both receive."""

LATCHED = _PROFILE.format(history=1, depth=1, durability=1)
"""Reliable, transient local: late subscribers get the last message."""

_TRANSIENT_LOCAL = re.compile(r'\bdurability:\s*[\'"]?(1|transient_local)\b')


def is_latched(profiles: str) -> bool:
    """Whether offered profiles (YAML) keep the last message for late subscribers."""
    return _TRANSIENT_LOCAL.search(profiles) is not None
