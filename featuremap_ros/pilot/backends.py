# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The only place that imports TensorFlow, Keras and LiteRT: on first use, and quietly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
import importlib
import logging
import os
from pathlib import Path
import sys
import tempfile
from threading import Event, Lock
from types import SimpleNamespace
from typing import Any

from featuremap_ros.errors import MissingDependencyError, UnsupportedError

_logger = logging.getLogger(__name__)

_GRADIENTS = (
    "run `pip install '.[gradients]'` in the folder of featuremap_ros, or convert the model to "
    'TFLite on a computer that has TensorFlow'
)
# What libraries write to stderr before their log level applies, or that have none.
_START_UP_NOISE = (
    b'before absl::InitializeLog()',
    b'oneDNN custom operations are on',
    b'Could not find cuda drivers',
    b'Created TensorFlow Lite XNNPACK delegate',
)
# What LiteRT says it says once in a process.
_litert_has_said = Event()
_holding_back = Lock()


@cache
def tensorflow() -> Any:
    """Return the module ``tensorflow``, imported on the first call.

    Raises:
        MissingDependencyError: TensorFlow is not installed.
    """
    # Level 3 also hides errors: without a graphics processor they are only about its absence.
    has_gpu = any(Path('/dev').glob('nv[ih]*'))
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '1' if has_gpu else '3')
    # TensorFlow takes all of a graphics processor's memory at once, which small computers share.
    os.environ.setdefault('TF_FORCE_GPU_ALLOW_GROWTH', 'true')
    with _held_back_start_up_noise():
        module = _import('tensorflow', advice=_GRADIENTS)
    module.get_logger().setLevel(logging.ERROR)
    return module


@cache
def keras() -> Any:
    """Return the module ``keras`` (Keras 3 on TensorFlow), imported on the first call.

    Raises:
        MissingDependencyError: Keras or TensorFlow is not installed, or Keras is older than 3.
        UnsupportedError: Keras runs on another backend in this process.
    """
    os.environ.setdefault('KERAS_BACKEND', 'tensorflow')
    tensorflow()
    module = _import('keras', advice=_GRADIENTS)
    if int(module.__version__.split('.')[0]) < 3:
        msg = f'Keras {module.__version__} is too old: {_GRADIENTS}.'
        raise MissingDependencyError(msg)
    if (backend := module.backend.backend()) != 'tensorflow':
        msg = f'Keras runs on {backend!r} here: set KERAS_BACKEND=tensorflow before starting.'
        raise UnsupportedError(msg)
    return module


@cache
def litert() -> Any:
    """Return the module ``ai_edge_litert.interpreter``, imported on the first call.

    Raises:
        MissingDependencyError: LiteRT is not installed.
    """
    return _import('ai_edge_litert.interpreter', advice='run `pip install ai-edge-litert`')


def litert_interpreter(content: bytes, *, threads: int) -> Any:
    """Return a LiteRT interpreter whose tensors have their memory.

    Args:
        content: The flatbuffer of a model.
        threads: Of one forward pass.

    Raises:
        MissingDependencyError: LiteRT is not installed.
        RuntimeError, ValueError: LiteRT refuses the flatbuffer.
    """
    module = litert()
    with nullcontext() if _litert_has_said.is_set() else _held_back_start_up_noise():
        interpreter = module.Interpreter(model_content=content, num_threads=threads)
        interpreter.allocate_tensors()
        _litert_has_said.set()
    return interpreter


@cache
def litert_schema() -> Any:
    """Return the module ``ai_edge_litert.schema_py_generated`` (the TFLite flatbuffer schema).

    Raises:
        MissingDependencyError: LiteRT is not installed.
    """
    return _import('ai_edge_litert.schema_py_generated', advice='run `pip install ai-edge-litert`')


@cache
def protocols() -> Any:
    """Return the protocol buffers of TensorFlow's files, by the name of the message.

    Raises:
        MissingDependencyError: TensorFlow is not installed.
    """
    tensorflow()
    modules = {
        'SavedModel': 'tensorflow.core.protobuf.saved_model_pb2',
        'TrackableObjectGraph': 'tensorflow.core.protobuf.trackable_object_graph_pb2',
        'SavedMetadata': 'tensorflow.python.keras.protobuf.saved_metadata_pb2',
        'DecodeError': 'google.protobuf.message',
    }
    return SimpleNamespace(
        **{
            name: getattr(_import(module, advice=_GRADIENTS), name)
            for name, module in modules.items()
        }
    )


def set_threads(count: int) -> None:
    """Let TensorFlow compute one operation with `count` threads.

    TensorFlow fixes its threads with the first operation of the process; a later call that asks
    for another number only logs a warning. LiteRT takes its number of threads per interpreter.

    Args:
        count: At least 1.

    Raises:
        MissingDependencyError: TensorFlow is not installed.
    """
    threading = tensorflow().config.threading
    if threading.get_intra_op_parallelism_threads() == count:
        return
    try:
        threading.set_intra_op_parallelism_threads(count)
        threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        _logger.warning('TensorFlow already runs: its threads cannot be set to %d now.', count)


def _import(name: str, *, advice: str) -> Any:
    """Import a module, or say how to install it."""
    try:
        with _without_matplotlib():
            return importlib.import_module(name)
    except ImportError as error:
        msg = f'{name} cannot be imported ({error}): {advice}.'
        raise MissingDependencyError(msg) from error


@contextmanager
def _without_matplotlib() -> Iterator[None]:
    """Let imports do without Matplotlib, unless it is there already.

    Keras, which TensorFlow imports, takes it for its picture galleries if it is installed. That
    is a tenth of the start and 26 MB, and where the home cannot be written Matplotlib complains
    at length.
    """
    if 'matplotlib' in sys.modules:
        yield
        return
    # What is None here cannot be imported, which Keras takes as not installed.
    sys.modules['matplotlib'] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules['matplotlib']


@contextmanager
def _held_back_start_up_noise() -> Iterator[None]:
    """Hold back what is written to file descriptor 2, then forward it without the noise."""
    sys.stderr.flush()
    with _holding_back, tempfile.TemporaryFile() as held:
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            for line in held:
                if not any(noise in line for noise in _START_UP_NOISE):
                    os.write(2, line)
