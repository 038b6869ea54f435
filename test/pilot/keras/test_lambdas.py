# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of lambdas.py and marshalled.py against functions compiled by nine Pythons."""

from __future__ import annotations

import base64
from dataclasses import replace
import marshal
from pathlib import Path
import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot.keras import lambdas
from featuremap_ros.pilot.keras.lambdas import scale_and_offset
from featuremap_ros.pilot.keras.marshalled import Code, MalformedCodeError, MAX_BYTES, read_code

LINES = [line.split() for line in (Path(__file__).parent / 'lambdas.txt').read_text().splitlines()]
CODES = {(version, name): code for version, name, code in LINES}
AFFINE = {
    'divided': (1 / 127.5, -1.0),
    'multiplied': (0.25, 0.0),
    'centred': (1 / 128, -127.5 / 128),
    'halved': (1 / 255, -0.5),
    'default': (1 / 127.5, -1.0),
    'closure': (1 / 127.5, -1.0),
    'mirrored': (-2.0, 1.0),
    'negated': (-0.5, 0.0),
    'whole_numbers': (1.5, 0.0),
    'long': (3.0, -2.5),
}
EXTRAS: dict[str, tuple[Any, Any]] = {
    'default': ([127.5], None),
    'closure': (None, [127.5, 1.0]),
}


def config(code: str, defaults: Any = None, closure: Any = None) -> dict[str, Any]:
    """Return the configuration of a Lambda layer as Keras 2 stores it."""
    return {
        'name': 'norm',
        'function': [code, defaults, closure],
        'function_type': 'lambda',
        'arguments': {},
    }


def test_the_codes_come_from_every_generation() -> None:
    """Keras 1 ran on Python 2.7, the last Keras runs on 3.13."""
    versions = {version for version, _ in CODES}
    assert {'2.7', '3.6', '3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13'} == versions


@pytest.mark.parametrize(('version', 'name'), [key for key in CODES if key[1] in AFFINE])
def test_affine_functions_are_recognised(version: str, name: str) -> None:
    """Scale and offset are those of the source text in make_lambdas.py."""
    expected = AFFINE[name]
    if (version, name) == ('2.7', 'whole_numbers'):
        expected = (1.0, 0.0)  # In Python 2, 1 / 2 is 0.
    found = scale_and_offset(config(CODES[version, name], *EXTRAS.get(name, ())), {})
    assert found == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(('version', 'name'), [key for key in CODES if key[1] not in AFFINE])
def test_other_functions_are_refused(version: str, name: str) -> None:
    """The message names the layer and shows how to declare it."""
    with pytest.raises(ModelFileError, match=r"Lambda layer 'norm' is not run") as caught:
        scale_and_offset(config(CODES[version, name]), {})
    assert 'lambdas:\n    norm: {scale: 1.0, offset: 0.0}' in str(caught.value)


def test_the_refusal_shows_what_the_function_mentions() -> None:
    """Names and constants tell the owner which of his functions it is."""
    with pytest.raises(ModelFileError, match=r'function of \(x\).*names it uses: abs; .*: 3\.'):
        scale_and_offset(config(CODES['3.9', 'called']), {})


def test_a_declared_layer_needs_no_recognition() -> None:
    """The user's word counts, and the code is not even read."""
    assert scale_and_offset(config('garbage'), {'norm': (2.0, 3.0)}) == (2.0, 3.0)


def test_the_storage_of_every_keras_is_read() -> None:
    """Keras 1 stored raw characters, Keras 2 Base64 with line breaks, Keras 3 a mapping."""
    code = CODES['3.9', 'divided']
    raw = base64.b64decode(code).decode('raw_unicode_escape')
    broken = '\n'.join(code[i : i + 76] for i in range(0, len(code), 76)) + '\n'
    keras_3 = {
        'name': 'norm',
        'function': {
            'class_name': '__lambda__',
            'config': {'code': code, 'defaults': None, 'closure': None},
        },
    }
    for stored in (config(raw), config(broken), keras_3):
        assert scale_and_offset(stored, {}) == pytest.approx((1 / 127.5, -1.0))


def test_arguments_of_the_layer_are_known_values() -> None:
    """Keras passes `arguments` to the function; they win over its default values."""
    stored = config(CODES['3.8', 'default'], [127.5]) | {'arguments': {'c': 2.0}}
    assert scale_and_offset(stored, {}) == (0.5, -1.0)


@pytest.mark.parametrize(
    ('extras', 'name'),
    [(([], None), 'default'), ((['a'], None), 'default'), ((None, [127.5]), 'closure')],
)
def test_values_that_are_not_known_are_refused(extras: tuple[Any, Any], name: str) -> None:
    """A default or closure value that is missing or no number leaves the function unknown."""
    with pytest.raises(ModelFileError, match='is not run'):
        scale_and_offset(config(CODES['3.10', name], *extras), {})


@pytest.mark.parametrize(
    'function',
    [
        'preprocess',
        {'class_name': 'function', 'config': 'preprocess', 'module': 'os'},
        ['x'],
        [1, None, None],
        None,
    ],
)
def test_functions_outside_of_the_file_are_refused(function: Any) -> None:
    """Only a name is stored, or nothing that Keras writes."""
    stored = {'name': 'norm', 'function': function, 'function_type': 'function'}
    with pytest.raises(ModelFileError, match=r"Lambda layer 'norm' is not run"):
        scale_and_offset(stored, {})


def test_pythons_that_disagree_leave_the_function_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file does not say which Python wrote it, so all that can read it must agree."""
    (known,) = (python for python in lambdas._PYTHONS if python.layout == '3.8')
    turned = replace(known, operations={**known.operations, 23: '-', 24: '+'})
    monkeypatch.setattr(lambdas, '_PYTHONS', (*lambdas._PYTHONS, turned))
    assert scale_and_offset(config(CODES['3.8', 'multiplied']), {}) == (0.25, 0.0)
    with pytest.raises(ModelFileError, match='is not run'):
        scale_and_offset(config(CODES['3.8', 'divided']), {})


def test_damaged_code_is_refused() -> None:
    """A cut-off marshal stream is no code."""
    code = base64.b64encode(base64.b64decode(CODES['3.9', 'divided'])[:-5]).decode()
    with pytest.raises(ModelFileError, match='its code is damaged'):
        scale_and_offset(config(code), {})


def test_code_reads_like_this_pythons_marshal() -> None:
    """The fields agree with those of the code object of the running Python."""

    def function(first: float, second: float = 2.0, *, third: str = 'x') -> object:
        return [first * second - 1e3, third.upper(), (1, 2.5, None, True, ..., 10**20, -(10**20))]

    real = function.__code__
    (code,) = read_code(marshal.dumps(real))
    assert (code.bytecode, code.consts, code.names) == (
        real.co_code,
        real.co_consts,
        real.co_names,
    )
    assert code.argument_count == real.co_argcount
    assert code.local_names[:3] == real.co_varnames


def test_nested_code_is_data_too() -> None:
    """A function inside of the function is a constant of it."""
    real = compile('f = lambda x: (lambda y: y + x)', 'file', 'exec')
    (code,) = read_code(marshal.dumps(real))
    (outer,) = (constant for constant in code.consts if isinstance(constant, Code))
    (inner,) = (constant for constant in outer.consts if isinstance(constant, Code))
    assert inner.closure_names == ('x',)


@pytest.mark.parametrize(
    'data',
    [
        b'',
        b'c',
        b'i\x01\x00\x00\x00',
        b'(' + struct.pack('<i', 2**31 - 1) + b'N' * 100,
        b'(' + struct.pack('<i', -1),
        b'l' + struct.pack('<i', 2**31 - 1),
        b'r' + struct.pack('<i', 7),
        b'\xe3' + b'\xff' * 60,
        b')\x01' * 5000 + b'N',
        b'N' * (MAX_BYTES + 1),
    ],
    ids=lambda data: data[:6].hex(),
)
def test_hostile_streams_end_soon(data: bytes) -> None:
    """Endless lengths, deep nesting and wild references raise, and take no memory."""
    with pytest.raises(MalformedCodeError):
        read_code(data)


@given(st.data())
def test_changed_bytes_never_do_more_than_raise(data: st.DataObject) -> None:
    """Whatever a bit flip makes of a function, it is affine or refused."""
    code = bytearray(base64.b64decode(CODES[data.draw(st.sampled_from(sorted(CODES)))]))
    place = data.draw(st.integers(0, len(code) - 1))
    code[place] = data.draw(st.integers(0, 255))
    try:
        scale, offset = scale_and_offset(config(base64.b64encode(code).decode()), {})
    except ModelFileError:
        return
    assert abs(scale) < float('inf')
    assert abs(offset) < float('inf')
