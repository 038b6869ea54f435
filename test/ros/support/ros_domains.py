# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""DDS domains that nobody else on this machine tests in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import tempfile

# Beyond 101 the ports of a domain reach into Linux's ephemeral range.
_DOMAINS = range(20, 100)


@contextmanager
def own_domain() -> Iterator[int]:
    """Give a domain id that is ours until the context ends, also among parallel test runs."""
    first = os.getpid() % len(_DOMAINS)
    for domain in (*_DOMAINS[first:], *_DOMAINS[:first]):
        lock = Path(tempfile.gettempdir(), f'featuremap-test-domain-{domain}.lock')
        with lock.open('w') as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield domain
            return
    raise RuntimeError('every DDS domain is in use by another test')
