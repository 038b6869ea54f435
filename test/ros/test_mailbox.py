# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The one-slot mailbox."""

from __future__ import annotations

import threading
import time

from featuremap_ros.ros.mailbox import Mailbox


def test_the_newest_item_is_kept_and_the_others_are_counted():
    """Whoever is slow gets what came last."""
    mailbox = Mailbox[int]()
    for item in (1, 2, 3):
        mailbox.put(item)
    assert mailbox.take() == 3
    assert mailbox.dropped == 2


def test_an_item_that_was_taken_is_not_dropped():
    """Only what nobody took counts."""
    mailbox = Mailbox[int]()
    mailbox.put(1)
    mailbox.take()
    mailbox.put(2)
    assert mailbox.take() == 2
    assert mailbox.dropped == 0


def test_a_reader_waits_for_an_item():
    """Taking blocks until something comes."""
    mailbox = Mailbox[str]()
    threading.Timer(0.1, mailbox.put, ['late']).start()
    began = time.monotonic()
    assert mailbox.take() == 'late'
    assert time.monotonic() - began > 0.05


def test_closing_frees_a_waiting_reader_for_good():
    """Neither the reader that waits nor a later one gets an item."""
    mailbox = Mailbox[int]()
    threading.Timer(0.1, mailbox.close).start()
    assert mailbox.take() is None
    mailbox.put(1)
    assert mailbox.take() is None
