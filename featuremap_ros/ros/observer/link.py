# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Objects between two processes of this package, over a pair of pipes.

The pixels travel beside the pickle, so that neither side holds Python's global lock while it
copies a picture: the thread that drives wants it.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, BinaryIO

_COUNT = struct.Struct('<I')
_SIZE = struct.Struct('<Q')


def send(pipe: BinaryIO, thing: Any) -> None:
    """Write one object.

    Args:
        pipe: Unbuffered.
        thing: Of classes that the other side knows, with arrays of any size.

    Raises:
        OSError: The other side has gone.
    """
    pixels: list[pickle.PickleBuffer] = []
    body = pickle.dumps(thing, protocol=5, buffer_callback=pixels.append)
    parts = [memoryview(body), *(buffer.raw() for buffer in pixels)]
    head = _COUNT.pack(len(parts)) + b''.join(_SIZE.pack(part.nbytes) for part in parts)
    for part in (memoryview(head), *parts):
        written = 0
        while written < part.nbytes:
            written += pipe.write(part[written:])


def receive(pipe: BinaryIO) -> Any:
    """Read one object; wait for it.

    Args:
        pipe: From the other side, which must be trusted: unpickling runs code.

    Raises:
        EOFError: The other side has gone.
    """
    (count,) = _COUNT.unpack(_exactly(pipe, _COUNT.size))
    sizes = [_SIZE.unpack(_exactly(pipe, _SIZE.size))[0] for _ in range(count)]
    body, *pixels = (_exactly(pipe, size) for size in sizes)
    return pickle.loads(body, buffers=pixels)


def _exactly(pipe: BinaryIO, size: int) -> bytearray:
    """Read so many bytes."""
    data = bytearray(size)
    view = memoryview(data)
    read = 0
    while read < size:
        count = pipe.readinto(view[read:])  # type: ignore[attr-defined]
        if not count:
            msg = 'The other process has ended.'
            raise EOFError(msg)
        read += count
    return data
