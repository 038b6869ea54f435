# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Lambda layers that compute `x * scale + offset`, recognised without running them.

A Lambda layer stores marshalled Python bytecode. It is read as data and evaluated with pairs
(scale, offset) in place of tensors. The file does not name its Python: every version under which
the bytecode can be read must agree on the answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import math
from typing import Any

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot.keras.marshalled import Code, Layout, MalformedCodeError, read_code


@dataclass(frozen=True, slots=True)
class _Affine:
    """The argument times `scale`, plus `offset`."""

    scale: float
    offset: float


@dataclass(frozen=True, slots=True)
class _Python:
    """How a range of Pythons encodes the instructions that arithmetic needs."""

    layout: Layout
    two_bytes_each: bool
    operations: Mapping[int, str]


_OPERATIONS_2_7 = {
    9: 'nop', 11: 'negative', 20: '*', 21: 'old /', 23: '+', 24: '-', 27: '/', 83: 'return',
    100: 'constant', 124: 'local', 136: 'closure',
}  # fmt: skip
_OPERATIONS_3_0 = {n: name for n, name in _OPERATIONS_2_7.items() if name != 'old /'}
_OPERATIONS_3_11 = {
    0: 'nop', 9: 'nop', 149: 'nop', 151: 'nop', 11: 'negative', 83: 'return', 100: 'constant',
    121: 'return constant', 122: 'binary', 124: 'local', 137: 'local',
}  # fmt: skip
_OPERATIONS_3_13 = {
    0: 'nop', 30: 'nop', 62: 'nop', 149: 'nop', 36: 'return', 42: 'negative', 45: 'binary',
    83: 'constant', 84: 'local', 85: 'local', 88: 'two locals', 103: 'return constant',
}  # fmt: skip
# Numbers beyond it are no preprocessing; endless integers would take endless time.
_LARGEST = 1e30
_BINARY = {0: '+', 5: '*', 10: '-', 11: '/'}

_PYTHONS = (
    _Python('2.7', False, _OPERATIONS_2_7),
    _Python('3.0', False, _OPERATIONS_3_0),
    _Python('3.0', True, _OPERATIONS_3_0),
    _Python('3.8', True, _OPERATIONS_3_0),
    _Python('3.11', True, _OPERATIONS_3_11),
    _Python('3.11', True, _OPERATIONS_3_13),
)


class _NotAffineError(Exception):
    """The code does something else than arithmetic with constants."""


def scale_and_offset(
    config: Mapping[str, Any], declared: Mapping[str, tuple[float, float]]
) -> tuple[float, float]:
    """Return what a Lambda layer multiplies its input with, and then adds.

    Args:
        config: The layer's configuration, as Keras 1, 2 or 3 stored it.
        declared: (scale, offset) by layer name, of layers that need no recognition.

    Raises:
        ModelFileError: The function is not recognised as ``x * scale + offset``.
    """
    name = str(config.get('name'))
    if name in declared:
        return declared[name]
    text, defaults, closure = _stored_function(name, config)
    try:
        codes = read_code(_decoded(text))
    except MalformedCodeError as error:
        raise _refusal(name, f'its code is damaged: {error}') from None
    known = config.get('arguments') or {}
    answers = set()
    for code in codes:
        for python in _PYTHONS:
            if python.layout == code.layout:
                try:
                    answers.add(_evaluate(code, python, defaults, closure, known))
                except (_NotAffineError, LookupError, ArithmeticError, TypeError, ValueError):
                    continue
    if len(answers) != 1:
        raise _refusal(name, _mentioned(codes[0]))
    return answers.pop()


def _stored_function(name: str, config: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """Return the encoded bytecode, the default values and the closure of a Lambda."""
    function = config.get('function')
    if isinstance(function, Mapping):
        if function.get('class_name') == '__lambda__' and isinstance(function['config'], Mapping):
            stored = function['config']
            function = [stored.get('code'), stored.get('defaults'), stored.get('closure')]
        else:
            function = function.get('items', function.get('config'))
    if isinstance(function, str) and config.get('function_type') != 'lambda':
        raise _refusal(name, f'it calls the function {function[:80]!r}, which is not in the file')
    if isinstance(function, str):
        function = [function, None, None]
    if (
        not isinstance(function, Sequence)
        or len(function) != 3
        or not isinstance(function[0], str)
    ):
        raise _refusal(name, 'its function is stored in an unknown way')
    return function[0], function[1], function[2]


def _decoded(text: str) -> bytes:
    """Return the bytes behind a text: Base64 since Keras 2.1, raw characters before."""
    try:
        return base64.b64decode(''.join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return text.encode('raw_unicode_escape')


def _evaluate(
    code: Code, python: _Python, defaults: Any, closure: Any, known: Any
) -> tuple[float, float]:
    """Run the bytecode on (scale, offset) pairs."""
    if code.argument_count < 1:
        raise _NotAffineError
    arguments = code.local_names[: code.argument_count]
    values: dict[str, Any] = {}
    if defaults:
        values.update(zip(arguments[-len(defaults) :], defaults, strict=True))
    values.update(known)
    if code.closure_names:
        values.update(zip(code.closure_names, closure, strict=True))
    values[arguments[0]] = _Affine(1.0, 0.0)

    stack: list[Any] = []
    for operation, argument in _instructions(code, python):
        if operation == 'constant':
            stack.append(code.consts[argument])
        elif operation == 'local':
            stack.append(values[code.local_names[argument]])
        elif operation == 'two locals':
            stack += [values[code.local_names[n]] for n in (argument >> 4, argument & 15)]
        elif operation == 'closure':
            stack.append(values[code.closure_names[argument]])
        elif operation == 'negative':
            stack.append(_binary('*', stack.pop(), -1.0))
        elif operation == 'return':
            return _finite(stack.pop())
        elif operation != 'nop':
            right, left = stack.pop(), stack.pop()
            stack.append(_binary(operation, left, right))
    raise _NotAffineError


def _instructions(code: Code, python: _Python) -> Iterator[tuple[str, int]]:
    """Yield (operation, argument); an unknown instruction is not arithmetic."""
    at = 0
    while at < len(code.bytecode):
        number = code.bytecode[at]
        has_argument = number >= 90
        if python.two_bytes_each:
            argument, length = code.bytecode[at + 1], 2
        elif has_argument:
            argument, length = int.from_bytes(code.bytecode[at + 1 : at + 3], 'little'), 3
        else:
            argument, length = 0, 1
        operation = python.operations.get(number)
        if operation == 'binary':
            operation = _BINARY.get(argument)
        if operation is None:
            raise _NotAffineError
        if operation == 'return constant':
            yield 'constant', argument
            operation = 'return'
        yield operation, argument
        at += length


def _binary(operation: str, left: Any, right: Any) -> Any:
    """Combine two values, each a number or affine in the argument."""
    numbers = [value for value in (left, right) if not isinstance(value, _Affine)]
    if not all(isinstance(n, (int, float)) and abs(n) < _LARGEST for n in numbers):
        raise _NotAffineError
    if len(numbers) == 2:
        both_whole = all(isinstance(n, int) for n in numbers)
        if operation == 'old /' and both_whole:
            return left // right
        results = {'+': left + right, '-': left - right, '*': left * right}
        return results[operation] if operation in results else left / right
    if operation in ('+', '-'):
        sign = 1.0 if operation == '+' else -1.0
        a, b = _as_affine(left), _as_affine(right)
        return _Affine(a.scale + sign * b.scale, a.offset + sign * b.offset)
    if operation == '*' and numbers:
        a = left if isinstance(left, _Affine) else right
        return _Affine(a.scale * numbers[0], a.offset * numbers[0])
    if operation in ('/', 'old /') and isinstance(left, _Affine) and numbers:
        return _Affine(left.scale / right, left.offset / right)
    raise _NotAffineError


def _as_affine(value: Any) -> _Affine:
    return value if isinstance(value, _Affine) else _Affine(0.0, float(value))


def _finite(value: Any) -> tuple[float, float]:
    if not isinstance(value, _Affine) or value.scale == 0.0:
        raise _NotAffineError
    if not math.isfinite(value.scale) or not math.isfinite(value.offset):
        raise _NotAffineError
    return value.scale, value.offset


def _mentioned(code: Code) -> str:
    """Say in short what a function takes and uses; its names come from the file."""

    def listed(values: Sequence[Any]) -> str:
        shown = [str(v)[:40] for v in values if isinstance(v, (int, float, str))][:12]
        return ', '.join(shown) or 'none'

    return (
        f'its function of ({listed(code.local_names)}) is not x * scale + offset; '
        f'names it uses: {listed(code.names)}; constants: {listed(code.consts)}'
    )


def _refusal(name: str, reason: str) -> ModelFileError:
    return ModelFileError(
        f'Lambda layer {name!r} is not run, and {reason}. If it computes x * scale + offset, '
        f'declare it in the profile:\n  lambdas:\n    {name}: {{scale: 1.0, offset: 0.0}}\n'
        'Otherwise save the model again with a built-in or a custom layer in its place.'
    )
