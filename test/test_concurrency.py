# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading ahead and finishing behind."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from featuremap_ros.concurrency import Behind, read_ahead


def test_reading_ahead_keeps_the_order():
    """Every item arrives once, in order."""
    assert list(read_ahead(range(100), depth=3)) == list(range(100))


def test_reading_ahead_overlaps_with_the_consumer():
    """Producer and consumer at 20 ms each take little more than one of them alone."""

    def slow():
        for i in range(20):
            time.sleep(0.02)
            yield i

    began = time.perf_counter()
    for _ in read_ahead(slow()):
        time.sleep(0.02)
    assert time.perf_counter() - began < 0.7


def test_reading_ahead_is_bounded():
    """A slow consumer does not let the producer fill the memory."""
    taken = []

    def produce():
        for i in range(1000):
            taken.append(i)
            yield i

    stream = read_ahead(produce(), depth=4)
    next(stream)
    time.sleep(0.3)
    assert len(taken) <= 7
    stream.close()


@pytest.mark.timeout(60)
def test_a_producer_that_fills_the_queue_at_once_ends():
    """The end finds its place although nobody reads yet, whichever thread runs first."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(2000):
            assert list(read_ahead(range(4), depth=4)) == [0, 1, 2, 3]
    finally:
        sys.setswitchinterval(interval)


def test_what_the_producer_raises_reaches_the_consumer():
    """Items before the failure are delivered first."""

    def broken():
        yield 1
        raise ValueError('cut off')

    received = []
    with pytest.raises(ValueError, match='cut off'):
        received.extend(read_ahead(broken()))
    assert received == [1]


def test_a_consumer_that_stops_early_stops_the_producer():
    """No thread stays behind."""
    before = threading.active_count()
    stream = read_ahead(iter(int, 1))
    next(stream)
    stream.close()
    assert threading.active_count() == before


def test_calls_behind_keep_the_order_and_are_waited_for():
    """Also where a call takes longer than the next; leaving the context finishes all."""
    done = []

    def slowly(item):
        time.sleep(0.004 if item % 2 == 0 else 0)
        done.append(item)

    with Behind(slowly) as behind:
        for i in range(30):
            behind.put(i)
    assert done == list(range(30))


def test_a_failing_call_is_raised_and_later_ones_are_dropped():
    """A full disk ends the work instead of leaving a file with a gap."""
    done = []

    def fail_at_three(item):
        if item == 3:
            raise OSError('disk full')
        done.append(item)

    def feed():
        with Behind(fail_at_three, depth=1) as behind:
            for i in range(100):
                behind.put(i)

    with pytest.raises(OSError, match='disk full'):
        feed()
    assert done == [0, 1, 2]


def test_a_failing_call_does_not_hide_the_error_under_way():
    """The first error is the one to see."""

    def fail(_):
        raise OSError('disk full')

    def feed():
        with Behind(fail) as behind:
            behind.put(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        feed()
