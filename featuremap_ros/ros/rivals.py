# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who else publishes on one's topics: subscribers would get both in turn.

The command line words its warnings with this, so ROS is not needed to import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rclpy.node import Node

# Many publish there together, as is meant.
_SHARED = frozenset({'/diagnostics', '/parameter_events', '/rosout', '/tf', '/tf_static'})
# Part of a name that is not known yet.
_UNKNOWN = '_UNKNOWN_'


class Rivals:
    """Finds other publishers, and tells of each topic once."""

    def __init__(self, node: Node) -> None:
        """Begin without any.

        Args:
            node: Publishes on the topics itself.
        """
        self._node = node
        self._told: set[str] = set()

    def news(self, topics: Iterable[str]) -> dict[str, list[str]]:
        """Return topics on which several publish, as far as they have not been told yet.

        Args:
            topics: Full names of those on which this node has one publisher, or subscribes.

        Returns:
            Topics in order, by the full names of the other nodes.
        """
        own = self._node.get_fully_qualified_name()
        found: dict[str, list[str]] = {}
        for topic in sorted(set(topics) - _SHARED - self._told):
            # To count is ten times cheaper than to ask who they are.
            if self._node.count_publishers(topic) < 2:
                continue
            ends = self._node.get_publishers_info_by_topic(topic)
            names = [f'{end.node_namespace.rstrip("/")}/{end.node_name}' for end in ends]
            if own in names:
                names.remove(own)
            # ROS says nothing of two nodes with one name, and keeps the killed for some seconds.
            others = sorted(
                f'another {name} (or one that was killed just now)' if name == own else name
                for name in set(names)
                if _UNKNOWN not in name
            )
            if others:
                found.setdefault(', '.join(others), []).append(topic)
                self._told.add(topic)
        return found


def rivals_text(who: str, topics: Sequence[str]) -> str:
    """Say that others publish on one's topics.

    Args:
        who: The others.
        topics: On which.
    """
    more = f' and {len(topics) - 1} more' * (len(topics) > 1)
    return (
        f'{topics[0]}{more}: {who} publishes there as well, and whoever subscribes gets now the '
        'one, now the other.'
    )
