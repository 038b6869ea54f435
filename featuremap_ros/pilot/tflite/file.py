# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The main graph of a TFLite flatbuffer, read without running it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import ModelFileError, UnsupportedError
from featuremap_ros.pilot import backends


@dataclass(frozen=True, slots=True)
class Operator:
    """One operation of the graph.

    Attributes:
        kind: Name in the TFLite schema, e.g. ``'CONV_2D'``.
        inputs: Tensor indices; -1 for one that is left out.
        outputs: Tensor indices.
        options: The schema's options table, e.g. ``Conv2DOptionsT``; ``None`` if it has none.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any


class TFLiteFile:
    """Read access to a TFLite flatbuffer.

    Attributes:
        content: The flatbuffer.
    """

    def __init__(self, content: bytes, *, source: str) -> None:
        """Have LiteRT verify the content.

        Args:
            content: The flatbuffer.
            source: Where it comes from, for messages.

        Raises:
            ModelFileError: It is no valid flatbuffer.
            UnsupportedError: It needs operations outside of LiteRT.
        """
        self.content = content
        if content[4:8] != b'TFL3':
            msg = f'{source} is no TFLite file: expected TFL3 at its bytes 4 to 7.'
            raise ModelFileError(msg)
        try:
            # The constructor checks every offset; reading an unchecked file could go anywhere.
            backends.litert().Interpreter(model_content=content)
        except ValueError as error:
            msg = f'{source} is a damaged TFLite file: {error}'
            raise ModelFileError(msg) from error
        self._model = backends.litert_schema().ModelT.InitFromPackedBuf(self.content)
        self._graph = self._model.subgraphs[0]
        codes = self._model.operatorCodes
        lacking = sorted({code.customCode.decode() for code in codes if code.customCode})
        if lacking:
            msg = (
                f'{source} needs the operations {", ".join(lacking)}, which LiteRT does not '
                'have: convert the model with tf.lite.OpsSet.TFLITE_BUILTINS only.'
            )
            raise UnsupportedError(msg)

    @cached_property
    def operators(self) -> tuple[Operator, ...]:
        """The operations, in the order of computation."""
        names = _constants('BuiltinOperator')
        codes = [
            # Codes above 126 do not fit the older field.
            names[max(code.builtinCode, code.deprecatedBuiltinCode)]
            for code in self._model.operatorCodes
        ]
        return tuple(
            Operator(
                codes[operator.opcodeIndex],
                tuple(int(index) for index in operator.inputs),
                tuple(int(index) for index in operator.outputs),
                operator.builtinOptions,
            )
            for operator in self._graph.operators
        )

    @cached_property
    def producers(self) -> dict[int, Operator]:
        """The operation that computes a tensor, by tensor."""
        return {tensor: operator for operator in self.operators for tensor in operator.outputs}

    @cached_property
    def inputs(self) -> dict[int, str]:
        """Name by tensor index: the signature's, or else the tensor's own."""
        named = self._signature('inputs')
        return {
            index: named.get(index, self.name(index).removeprefix('serving_default_'))
            for index in map(int, self._graph.inputs)
        }

    @cached_property
    def outputs(self) -> dict[int, str]:
        """Name by tensor index, in the order of the signature's names, or else the file's."""
        signature = self._signature('outputs')
        return signature or {index: self.name(index) for index in map(int, self._graph.outputs)}

    def name(self, tensor: int) -> str:
        """Return a tensor's own name, without the number of the output that it is."""
        return re.sub(r':\d+$', '', (self._graph.tensors[tensor].name or b'').decode())

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Return a tensor's shape, batch axis included."""
        shape = self._graph.tensors[tensor].shape
        return () if shape is None else tuple(int(side) for side in shape)

    def free_axes(self, tensor: int) -> list[int]:
        """Return the axes whose size the file leaves free."""
        signature = self._graph.tensors[tensor].shapeSignature
        return [] if signature is None else [i for i, side in enumerate(signature) if side < 0]

    def dtype(self, tensor: int) -> str:
        """Return the type of a tensor's numbers as the schema calls it, e.g. ``'FLOAT32'``."""
        return _constants('TensorType')[self._graph.tensors[tensor].type]

    def constant(self, tensor: int) -> NDArray[np.int64] | None:
        """Return the values of a constant tensor of integers; ``None`` if it is none."""
        dtype, stored = self.dtype(tensor), self.stored(tensor)
        if stored is None or dtype not in ('INT32', 'INT64'):
            return None
        values = np.frombuffer(stored, np.int32 if dtype == 'INT32' else np.int64)
        return values.astype(np.int64).reshape(self.shape(tensor))

    def stored(self, tensor: int) -> NDArray[np.uint8] | None:
        """Return the bytes of a constant tensor, not copied; ``None`` if it is none."""
        data = self._model.buffers[self.buffer(tensor)].data
        # An empty tensor is written without bytes, and so is one that is computed.
        return data if isinstance(data, np.ndarray) and data.size else None

    def buffer(self, tensor: int) -> int:
        """Return the number of the buffer that holds a constant; equal constants share one."""
        return int(self._graph.tensors[tensor].buffer)

    def sparse(self, tensor: int) -> bool:
        """Return whether a tensor leaves out its zeros."""
        return self._graph.tensors[tensor].sparsity is not None

    def quantisation(
        self, tensor: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64], int] | None:
        """Return scales, zero points and the axis that they lie along; ``None`` if plain."""
        found = self._graph.tensors[tensor].quantization
        if found is None or found.scale is None or not len(found.scale):
            return None
        scale = np.asarray(found.scale, np.float32)
        zero = np.zeros(len(scale)) if found.zeroPoint is None else found.zeroPoint
        return scale, np.asarray(zero, np.int64), int(found.quantizedDimension)

    def _signature(self, side: str) -> dict[int, str]:
        """Return the names that the file's only signature gives to its inputs or outputs."""
        signatures: list[Any] = self._model.signatureDefs or []
        if len(signatures) != 1:
            return {}
        named = [(t.name.decode(), int(t.tensorIndex)) for t in getattr(signatures[0], side)]
        # output_2 comes before output_10.
        named.sort(key=lambda item: [int(p) if p.isdigit() else p for p in _parts(item[0])])
        return {index: name for name, index in named}


def _constants(enumeration: str) -> dict[int, str]:
    """Return the names of an enumeration of the schema."""
    values = vars(getattr(backends.litert_schema(), enumeration))
    return {value: name for name, value in values.items() if isinstance(value, int)}


def _parts(name: str) -> list[str]:
    """Split a name into text and numbers, beginning with text."""
    return re.split(r'(\d+)', name)
