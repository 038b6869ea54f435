# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads marshalled code objects of any Python version as plain data.

`marshal.loads` only understands the running Python and may crash on foreign bytes. This reader
builds numbers, strings and tuples, never anything that could be called.

Format: Python/marshal.c of CPython 2.7 and 3.5 to 3.13.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import struct
from typing import Any, Literal, TypeAlias

Layout: TypeAlias = Literal['2.7', '3.0', '3.8', '3.11']
"""The first Python that wrote the fields of a code object in this order."""

MAX_BYTES = 1 << 16
_MAX_DEPTH = 20

# How many 32-bit numbers come before the bytecode, and the fields that follow it.
_TAIL = ('filename', 'name', int, 'lines')
_FIELDS: dict[Layout, tuple[int, tuple[str | type[int], ...]]] = {
    '2.7': (4, ('consts', 'names', 'locals', 'free', 'cells', *_TAIL)),
    '3.0': (5, ('consts', 'names', 'locals', 'free', 'cells', *_TAIL)),
    '3.8': (6, ('consts', 'names', 'locals', 'free', 'cells', *_TAIL)),
    '3.11': (
        5,
        ('consts', 'names', 'locals', 'kinds', 'filename', 'name', 'qualname', int, 'lines', 'x'),
    ),
}


class MalformedCodeError(ValueError):
    """The bytes are no marshalled code object of the layout."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code object as data.

    Attributes:
        layout: How it was stored.
        bytecode: Its instructions.
        consts: Its constants; nested code objects are ``Code``.
        names: Global names and attributes that it mentions.
        local_names: Arguments and local variables; since 3.11 closure variables, too.
        closure_names: Variables it takes from the function around it.
        argument_count: How many of the local variables are arguments.
    """

    layout: Layout
    bytecode: bytes
    consts: tuple[Any, ...]
    names: tuple[str, ...]
    local_names: tuple[str, ...]
    closure_names: tuple[str, ...]
    argument_count: int


def read_code(data: bytes) -> list[Code]:
    """Read a marshalled code object under every layout that fits all of its bytes.

    Args:
        data: What ``marshal.dumps(function.__code__)`` returned.

    Raises:
        MalformedCodeError: No layout fits, or there are too many bytes.
    """
    if len(data) > MAX_BYTES:
        msg = f'it has {len(data)} bytes, at most {MAX_BYTES} are read'
        raise MalformedCodeError(msg)
    codes = []
    for layout in _FIELDS:
        reader = _Reader(data, layout)
        try:
            value = reader.value()
        except (struct.error, LookupError, TypeError, ValueError):
            continue
        if isinstance(value, Code) and reader.at_end:
            codes.append(value)
    if not codes:
        msg = 'it is no marshalled code of Python 2.7 or 3.5 to 3.13'
        raise MalformedCodeError(msg)
    return codes


class _Reader:
    """One pass over the bytes under one layout."""

    def __init__(self, data: bytes, layout: Layout) -> None:
        self._data = data
        self._layout = layout
        self._at = 0
        self._depth = 0
        self._seen: list[Any] = []
        self._interned: list[str] = []

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def value(self) -> Any:
        """Read one object."""
        kind = self._take(1)[0]
        read = _READERS.get(chr(kind & 0x7F))
        self._depth += 1
        if read is None or self._depth > _MAX_DEPTH:
            msg = f'unexpected type {chr(kind & 0x7F)!r}'
            raise MalformedCodeError(msg)
        place = len(self._seen)
        if kind & 0x80:
            self._seen.append(None)
        value = read(self)
        if kind & 0x80:
            self._seen[place] = value
        self._depth -= 1
        return value

    def _take(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._data):
            msg = 'the bytes end early'
            raise MalformedCodeError(msg)
        self._at += count
        return self._data[self._at - count : self._at]

    def int32(self) -> int:
        return int(struct.unpack('<i', self._take(4))[0])

    def float64(self) -> float:
        return float(struct.unpack('<d', self._take(8))[0])

    def long(self) -> int:
        count = self.int32()
        digits = struct.unpack(f'<{abs(count)}H', self._take(2 * abs(count)))
        value: int = sum(digit << 15 * place for place, digit in enumerate(digits))
        return -value if count < 0 else value

    def bytes_(self) -> bytes:
        return self._take(self.int32())

    def text(self) -> str:
        return self.bytes_().decode('utf-8', 'surrogatepass')

    def short_text(self) -> str:
        return self._take(self._take(1)[0]).decode('latin-1')

    def interned(self) -> str:
        self._interned.append(self.text())
        return self._interned[-1]

    def interned_before(self) -> str:
        return self._interned[self.int32()]

    def seen_before(self) -> Any:
        return self._seen[self.int32()]

    def tuple_(self) -> tuple[Any, ...]:
        return tuple(self.value() for _ in range(self.int32()))

    def short_tuple(self) -> tuple[Any, ...]:
        return tuple(self.value() for _ in range(self._take(1)[0]))

    def code(self) -> Code:
        count, names = _FIELDS[self._layout]
        numbers = [self.int32() for _ in range(count)]
        bytecode = self.value()
        fields = {str(n): self.int32() if n is int else self.value() for n in names}
        if not isinstance(bytecode, bytes) or not isinstance(fields['consts'], tuple):
            msg = 'a field of the code object has the wrong type'
            raise MalformedCodeError(msg)
        return Code(
            self._layout,
            bytecode,
            fields['consts'],
            _texts(fields['names']),
            _texts(fields['locals']),
            _closure_names(fields),
            numbers[0],
        )


def _closure_names(fields: dict[str, Any]) -> tuple[str, ...]:
    if 'kinds' not in fields:
        return _texts(fields['cells']) + _texts(fields['free'])
    free = 0x80
    pairs = zip(_texts(fields['locals']), fields['kinds'], strict=True)
    return tuple(name for name, kind in pairs if kind & free)


def _texts(value: Any) -> tuple[str, ...]:
    """Return a tuple of names; Python 2 stores some of them as bytes."""
    if not isinstance(value, tuple):
        msg = 'a list of names is no tuple'
        raise MalformedCodeError(msg)
    return tuple(v.decode('latin-1') if isinstance(v, bytes) else str(v) for v in value)


_READERS: dict[str, Callable[[_Reader], Any]] = {
    'N': lambda _: None,
    'T': lambda _: True,
    'F': lambda _: False,
    '.': lambda _: ...,
    'i': _Reader.int32,
    'l': _Reader.long,
    'g': _Reader.float64,
    's': _Reader.bytes_,
    't': _Reader.interned,
    'R': _Reader.interned_before,
    'u': _Reader.text,
    'a': _Reader.text,
    'A': _Reader.text,
    'z': _Reader.short_text,
    'Z': _Reader.short_text,
    '(': _Reader.tuple_,
    ')': _Reader.short_tuple,
    'r': _Reader.seen_before,
    'c': _Reader.code,
}
