# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Who else publishes on one's topics: subscribers would get both in turn."""

from __future__ import annotations

from collections.abc import Iterable

from rclpy.node import Node

# Many publish there together, as is meant.
_SHARED = frozenset({'/diagnostics', '/parameter_events', '/rosout', '/tf', '/tf_static'})


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
        """Return topics on which somebody else publishes, as far as they have not been told yet.

        Args:
            topics: Full names of those on which this node publishes.

        Returns:
            The full names of the other nodes, by topic.
        """
        own = self._node.get_fully_qualified_name()
        found = {}
        for topic in set(topics) - _SHARED - self._told:
            ends = self._node.get_publishers_info_by_topic(topic)
            names = [f'{end.node_namespace.rstrip("/")}/{end.node_name}' for end in ends]
            # A second node of one's own name is another one, too.
            others = sorted({name for name in names if name != own or names.count(own) > 1})
            if others:
                found[topic] = others
        self._told.update(found)
        return found
