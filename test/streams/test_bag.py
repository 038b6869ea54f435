# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Recordings as a whole, whatever their format."""

from __future__ import annotations

import random
import sqlite3

import pytest
from rosbags.rosbag2 import StoragePlugin

from featuremap_ros.streams.bag import Bag


@pytest.fixture(params=['sqlite3', 'mcap', 'rosbags mcap', 'unchunked mcap', 'ros1'])
def record(request, tmp_path, race, ros1_race, record_mcap, record_rosbag2, record_ros1):
    """Return a function that records messages in each format, and the race to take them from."""
    kind = request.param
    if kind == 'ros1':
        return ros1_race, lambda messages: record_ros1(
            tmp_path / 'race.bag', ros1_race, messages=messages
        )
    if kind in {'mcap', 'unchunked mcap'}:
        return race, lambda messages: record_mcap(
            tmp_path / 'race.mcap',
            race,
            messages=messages,
            chunk_size=3000,
            use_chunking=kind == 'mcap',
        )
    storage = StoragePlugin.SQLITE3 if kind == 'sqlite3' else StoragePlugin.MCAP
    return race, lambda messages: record_rosbag2(
        tmp_path / 'bag', race, messages=messages, storage=storage
    )


def test_messages_come_in_order_of_their_log_time(record):
    """Also where a recorder has written them in another order."""
    race, record = record
    messages = list(race.messages())
    # A slow disk: messages are written in another order, some of them in later chunks.
    random.Random(0).shuffle(messages)
    with Bag(record(messages)) as bag:
        found = [(message.topic.name, message.log_ns) for message in bag.messages()]
        assert [log_ns for _, log_ns in found] == sorted(log_ns for _, log_ns, _ in messages)
        assert sorted(found) == sorted((topic, log_ns) for topic, log_ns, _ in messages)
        for topic, count in bag.counts.items():
            expected = sorted(log_ns for name, log_ns, _ in messages if name == topic.name)
            assert list(bag.times(topic)) == expected
            assert count == len(expected)
        assert (bag.start_ns, bag.end_ns) == (found[0][1], found[-1][1])


def test_a_part_is_half_open(record):
    """The first time belongs to it, the last does not; topics are chosen."""
    _, record = record
    with Bag(record(None)) as bag:
        imu = next(topic for topic in bag.counts if topic.name == '/imu')
        times = bag.times(imu)
        found = [m.log_ns for m in bag.messages([imu], times[5], times[17])]
        assert found == list(times[5:17])
        assert list(bag.messages([imu], times[5], times[5])) == []
        assert list(bag.messages([], None, None)) == []


def test_two_readings_at_once_do_not_disturb_each_other(record):
    """Sampling goes on while the bag is read."""
    _, record = record
    with Bag(record(None)) as bag:
        expected = [(m.topic.name, m.log_ns, m.data) for m in bag.messages()]
        one, two = bag.messages(), bag.messages()
        for number, (name, log_ns, data) in enumerate(expected):
            message = next(one)
            assert (message.topic.name, message.log_ns, message.data) == (name, log_ns, data)
            if number % 3 == 0:
                next(two)


def test_a_database_without_index_is_read_in_order(race, record_rosbag2, tmp_path):
    """The order does not depend on what helps to find it."""
    messages = list(race.messages())
    random.Random(0).shuffle(messages)
    path = record_rosbag2(tmp_path / 'bag', race, messages=messages) / 'bag.db3'
    with sqlite3.connect(path) as database:
        database.execute('DROP INDEX timestamp_idx')
    database.close()
    with Bag(path) as bag:
        times = [message.log_ns for message in bag.messages()]
        assert times == sorted(times)
