# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands as bytes: those that the middleware itself would send."""

from __future__ import annotations

from importlib.util import find_spec

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Header

from featuremap_ros.ros.command import Command
from featuremap_ros.ros.command_message import CommandMessage

MESSAGES = [
    *(['ackermann'] if find_spec('ackermann_msgs') else []),
    'twist_stamped',
    'twist',
]


@settings(max_examples=50, deadline=None)
@given(
    stamps=st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 10**9 - 1)), min_size=1),
    frame_ids=st.lists(st.text(st.characters(codec='utf-8', exclude_characters='\0')), min_size=1),
    angle=st.floats(-1.5, 1.5),
    speed=st.floats(0, 100),
)
def test_bytes_read_as_those_that_the_middleware_makes_of_the_message(
    stamps, frame_ids, angle, speed
):
    """Every type, stamp and frame, one after the other in one object."""
    for kind in MESSAGES:
        commands = CommandMessage(kind, 0.3)
        for frame_id in frame_ids:
            for sec, nanosec in stamps:
                header = Header(frame_id=frame_id)
                header.stamp.sec, header.stamp.nanosec = sec, nanosec
                encoded = commands.encode(header, Command(angle, speed))
                assert isinstance(encoded, bytes)
                expected = serialize_message(commands.message(header, Command(angle, speed)))
                # Bytes that only fill up to the next number may be anything.
                assert len(encoded) == len(expected)
                read = [deserialize_message(some, commands.kind) for some in (encoded, expected)]
                assert read[0] == read[1]


def test_a_message_is_sent_whose_bytes_are_not_as_expected(monkeypatch):
    """Another middleware may encode otherwise: nothing wrong goes over the wire."""
    module = 'featuremap_ros.ros.command_message.serialize_message'
    monkeypatch.setattr(module, lambda message: serialize_message(message) + b'\0')
    commands = CommandMessage('twist_stamped', 0.3)
    header = Header(frame_id='camera')
    sent = commands.encode(header, Command(0.1, 1.0))
    assert isinstance(sent, commands.kind)
    assert (sent.header, sent.twist.linear.x) == (header, 1.0)
