# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The constants of a TFLite graph as float32, whatever they are stored as."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.pilot.tflite.file import TFLiteFile

_DTYPES = {
    'FLOAT32': np.float32,
    'FLOAT16': np.float16,
    'INT64': np.int64,
    'INT32': np.int32,
    'INT16': np.int16,
    'INT8': np.int8,
    'UINT8': np.uint8,
}


def constant_values(file: TFLiteFile, tensor: int) -> NDArray[Any] | None:
    """Return a constant tensor; ``None`` if it is computed, an input or left out.

    Numbers that stand for others (int8 weights and the like) become what they stand for; plain
    integers, such as shapes, stay as they are.

    Args:
        file: The graph.
        tensor: Its index.

    Returns:
        float32, without a copy where the file holds float32 already; or int32 or int64.

    Raises:
        NotDifferentiableError: It is stored in a way that cannot be read here.
    """
    if tensor < 0:
        return None
    stored = file.stored(tensor)
    if stored is None:
        producer = file.producers.get(tensor)
        if producer is None or producer.kind != 'DEQUANTIZE':
            return None
        return constant_values(file, producer.inputs[0])  # Weights in float16.
    kind = file.dtype(tensor)
    if kind not in _DTYPES or file.sparse(tensor):
        msg = f'Tensor {file.name(tensor)!r} is stored as sparse or {kind} numbers.'
        raise NotDifferentiableError(msg)
    dtype = np.dtype(_DTYPES[kind]).newbyteorder('<')
    values = np.frombuffer(stored, dtype).reshape(file.shape(tensor))
    scales = file.quantisation(tensor)
    if scales is None:
        return values.astype(np.float32, copy=False) if values.dtype.kind == 'f' else values
    scale, zero, axis = scales
    shape = [1] * values.ndim
    if scale.size > 1:
        shape[axis] = scale.size
    offset = values.astype(np.float32) - zero.reshape(shape).astype(np.float32)
    return np.asarray(offset * scale.reshape(shape), np.float32)
