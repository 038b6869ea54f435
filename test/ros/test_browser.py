# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The page that shows overlays in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
import threading
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from featuremap_ros.ros.browser import BrowserServer, page


@pytest.fixture
def server() -> Iterator[BrowserServer]:
    """Return a server on any port."""
    server = BrowserServer(0)
    yield server
    server.close()


def read(address: str) -> str:
    """Return a page."""
    with urlopen(address, timeout=5) as answer:
        return answer.read().decode()


def part(answer) -> bytes:
    """Return the next picture of a stream."""
    length = 0
    while (line := answer.readline().strip()) or not length:
        if line.lower().startswith(b'content-length:'):
            length = int(line.split(b':')[1])
    picture = answer.read(length)
    assert answer.readline() == b'\r\n'
    return picture


def test_the_page_waits_for_streams_and_then_shows_them(server):
    """It asks again by itself until there are some; names are shown as text."""
    assert 'http-equiv="refresh"' in read(server.address)
    server.pictures.put('conv1', b'first')
    server.pictures.put('<b>', b'second')
    shown = read(server.address)
    assert 'http-equiv="refresh"' not in shown
    assert 'src="/stream/0" alt="conv1"' in shown
    assert '&lt;b&gt;' in shown
    assert '<b>' not in shown
    assert page(['conv1', '<b>']) == shown


def test_a_stream_brings_every_new_picture(server):
    """The newest at once, and each one after it when it comes."""
    server.pictures.put('conv1', b'old')
    server.pictures.put('conv1', b'\xff\xd8 first \r\n--picture')
    with urlopen(f'{server.address}/stream/0', timeout=5) as answer:
        assert answer.headers['Content-Type'] == 'multipart/x-mixed-replace; boundary=picture'
        assert part(answer) == b'\xff\xd8 first \r\n--picture'
        timer = threading.Timer(0.2, server.pictures.put, ('conv1', b'next'))
        timer.start()
        assert part(answer) == b'next'
        timer.join()


@pytest.mark.parametrize('path', ['/stream/1', '/stream/x', '/stream/', '/favicon.ico', '/..'])
def test_what_is_not_there_is_not_found(server, path):
    """And nothing of the disk is served."""
    server.pictures.put('conv1', b'picture')
    with pytest.raises(HTTPError, match='404'):
        urlopen(server.address + path, timeout=5)


def test_the_port_is_open_to_this_machine_only(server):
    """The address says so, and a second server cannot take it."""
    assert server.address.startswith('http://127.0.0.1:')
    with pytest.raises(OSError, match='in use'):
        BrowserServer(int(server.address.rpartition(':')[2]))


def test_the_end_does_not_wait_for_browsers(server):
    """Open streams end with the server."""
    server.pictures.put('conv1', b'picture')
    connection = HTTPConnection(server.address.removeprefix('http://'), timeout=5)
    connection.request('GET', '/stream/0')
    answer = connection.getresponse()
    assert part(answer) == b'picture'
    began = time.monotonic()
    server.close()
    assert answer.read() == b''
    assert time.monotonic() - began < 2
    connection.close()
