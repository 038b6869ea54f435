# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Merging parts of a recording."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from featuremap_ros.streams.bag_file import BagMessage, BagTopic, merge_by_time

TOPIC = BagTopic('/a', 'b/msg/C', 'cdr')
PARTS = st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=8).map(sorted), max_size=6)


def messages(times):
    """Make a message for each time."""
    return [BagMessage(TOPIC, time, time, b'') for time in times]


@given(PARTS)
def test_overlapping_parts_are_merged_in_order(parts):
    """The result is what sorting everything gives."""
    merged = merge_by_time((part[0], partial(iter, messages(part))) for part in parts)
    assert [message.log_ns for message in merged] == sorted(
        time for part in parts for time in part
    )


def test_equal_times_keep_the_order_of_the_parts():
    """A message of an earlier part comes before one of a later part."""
    first, second = messages([5, 5]), messages([5])
    merged = list(merge_by_time([(5, partial(iter, first)), (5, partial(iter, second))]))
    assert all(a is b for a, b in zip(merged, first + second, strict=True))


def test_a_part_is_opened_when_its_time_has_come():
    """So that one part at a time is in memory."""
    opened = []

    def part(number):
        opened.append(number)
        return iter(messages([number * 10, number * 10 + 5]))

    for position, _ in enumerate(merge_by_time((n * 10, partial(part, n)) for n in range(5))):
        assert len(opened) == position // 2 + 1
