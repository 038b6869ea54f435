# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""SavedModels that hold only a computation graph, turned into TFLite without loading them.

Loading a SavedModel runs its initialisers, and a graph can hold operations that write files or
call Python. So only the functions behind the signature are taken, only if all of their operations
are plain arithmetic, and the variables are read as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from featuremap_ros.errors import ModelFileError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.limits import Budget
from featuremap_ros.pilot.savedmodel import Checkpoint, parsed_message

_CALLS = ('PartitionedCall', 'StatefulPartitionedCall')

# fmt: off
_ALLOWED = frozenset((
    *_CALLS, 'Abs', 'Add', 'AddN', 'AddV2', 'All', 'Any', 'ArgMax', 'ArgMin', 'Atan', 'Atan2',
    'AvgPool', 'AvgPool3D', 'BatchMatMul', 'BatchMatMulV2', 'BatchToSpaceND', 'BiasAdd',
    'BroadcastTo', 'Cast', 'Ceil', 'ClipByValue', 'Concat', 'ConcatV2', 'Const', 'Conv2D',
    'Conv2DBackpropInput', 'Conv3D', 'Cos', 'Cumsum', 'DepthwiseConv2dNative', 'Div', 'DivNoNan',
    'Einsum', 'Elu', 'Equal', 'Erf', 'Exp', 'ExpandDims', 'Expm1', 'Fill', 'Floor', 'FloorDiv',
    'FloorMod', 'FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3', 'GatherV2', 'Greater',
    'GreaterEqual', 'Identity', 'IdentityN', 'LeakyRelu', 'Less', 'LessEqual', 'Log', 'Log1p',
    'LogSoftmax', 'LogicalAnd', 'LogicalNot', 'LogicalOr', 'MatMul', 'Max', 'MaxPool',
    'MaxPool3D', 'Maximum', 'Mean', 'Min', 'Minimum', 'MirrorPad', 'Mul', 'Neg', 'NoOp',
    'NotEqual', 'OnesLike', 'Pack', 'Pad', 'PadV2', 'Pow', 'Prod', 'Range', 'ReadVariableOp',
    'RealDiv', 'Reciprocal', 'Relu', 'Relu6', 'Reshape', 'ResizeBilinear',
    'ResizeNearestNeighbor', 'ReverseV2', 'Rint', 'Round', 'Rsqrt', 'Select', 'SelectV2', 'Selu',
    'Shape', 'Sigmoid', 'Sign', 'Sin', 'Slice', 'Softmax', 'Softplus', 'Softsign',
    'SpaceToBatchND', 'Split', 'SplitV', 'Sqrt', 'Square', 'SquaredDifference', 'Squeeze',
    'StopGradient', 'StridedSlice', 'Sub', 'Sum', 'Tanh', 'Tile', 'Transpose', 'Unpack',
    'ZerosLike',
))
# fmt: on
_loads = count()


def graph_to_tflite(folder: str | Path) -> bytes:
    """Convert the graph of a SavedModel for a batch of one picture.

    Args:
        folder: The folder with ``saved_model.pb``, e.g. of Keras 3's ``model.export()``.

    Returns:
        A TFLite file in float32, its inputs and outputs named as in the signature. It gives
        outputs and feature maps; there are no Keras layers and no gradients.

    Raises:
        ModelFileError: The folder is damaged, or an operation is not plain arithmetic.
        UnsupportedError: It cannot be converted: TensorFlow 1, free sizes, or LiteRT lacks an
            operation.
    """
    folder = Path(folder)
    meta = _served(folder)
    signature = _signature(folder, meta.signature_def)
    call = _call_behind(folder, signature, meta.graph_def)
    functions = _reachable(folder, call.attr['f'].func.name, meta.graph_def.library.function)
    captured = _captured(folder, meta, call.attr['f'].func.name)
    return _converted(folder, signature, call, functions, captured)


def _served(folder: Path) -> Any:
    message = parsed_message(folder / 'saved_model.pb', backends.protocols().SavedModel)
    for meta in message.meta_graphs:
        if 'serve' in meta.meta_info_def.tags:
            return meta
    msg = f'SavedModel {folder} has no graph to serve: export it again with model.export().'
    raise ModelFileError(msg)


def _signature(folder: Path, signatures: Mapping[str, Any]) -> Any:
    usable = {name: s for name, s in signatures.items() if s.inputs and s.outputs}
    if 'serving_default' in usable:
        return usable['serving_default']
    if len(usable) != 1:
        msg = f'SavedModel {folder} has the signatures {sorted(usable)}: expected serving_default.'
        raise UnsupportedError(msg)
    return next(iter(usable.values()))


def _call_behind(folder: Path, signature: Any, graph: Any) -> Any:
    """Return the one node that computes a signature's outputs from its inputs."""
    names = {tensor.name.partition(':')[0] for tensor in signature.outputs.values()}
    nodes = [node for node in graph.node if node.name in names and node.op in _CALLS]
    inputs = [tensor.name.partition(':')[0] for tensor in signature.inputs.values()]
    if len(names) == len(nodes) == 1 and sorted(nodes[0].input[: len(inputs)]) == sorted(inputs):
        return nodes[0]
    msg = (
        f'SavedModel {folder} is not one function of its inputs, as TensorFlow 2 writes it: '
        'convert it to .tflite where it was made.'
    )
    raise UnsupportedError(msg)


def _reachable(folder: Path, name: str, library: Sequence[Any]) -> dict[str, Any]:
    """Return a function and those that it calls, all of plain arithmetic."""
    by_name = {function.signature.name: function for function in library}
    reached: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if name not in by_name:
            msg = f'SavedModel {folder} is damaged: it calls {name!r}, which it does not have.'
            raise ModelFileError(msg)
        if name in reached:
            continue
        reached[name] = by_name[name]
        for node in by_name[name].node_def:
            if node.op not in _ALLOWED:
                msg = (
                    f'SavedModel {folder} holds the operation {node.op!r} ({node.name}), which is '
                    'not plain arithmetic and is not run. Convert the model to .tflite where it '
                    'was made, with TFLiteConverter.'
                )
                raise ModelFileError(msg)
            if node.op == 'Const':
                shape = node.attr['value'].tensor.tensor_shape
                Budget.check_tensor([dimension.size for dimension in shape.dim])
            waiting += [node.attr['f'].func.name] if node.op in _CALLS else []
    return reached


def _captured(folder: Path, meta: Any, function: str) -> list[NDArray[Any]]:
    """Return the arrays that a function takes after its inputs: variables and constants."""
    objects = meta.object_graph_def
    checkpoint = Checkpoint(folder)
    places = checkpoint.places_of(objects.nodes)
    constants = {node.name: node for node in meta.graph_def.node if node.op == 'Const'}
    arrays = []
    for number in objects.concrete_functions[function].bound_inputs:
        place = places.get(number)
        constant = constants.get(objects.nodes[number].constant.operation)
        if place is not None and checkpoint.nodes[place].attributes:
            arrays.append(checkpoint.array(checkpoint.nodes[place].attributes[0].checkpoint_key))
        elif constant is not None:
            tensor = constant.attr['value'].tensor
            Budget.check_tensor([dimension.size for dimension in tensor.tensor_shape.dim])
            arrays.append(backends.tensorflow().make_ndarray(tensor))
        if not arrays or arrays[-1].dtype.kind not in 'fiub':
            msg = f'SavedModel {folder} uses more than variables and constants: use .tflite.'
            raise UnsupportedError(msg)
    return arrays


def _converted(
    folder: Path,
    signature: Any,
    call: Any,
    functions: Mapping[str, Any],
    arrays: Sequence[Any],
) -> bytes:
    tf = backends.tensorflow()
    names = {tensor.name.partition(':')[0]: key for key, tensor in signature.inputs.items()}
    inputs = [names[name] for name in call.input[: len(names)]]
    graph = _graph_of(call, functions, len(inputs) + len(arrays))
    outputs = {
        key: f'call:{tensor.name.partition(":")[2] or 0}'
        for key, tensor in signature.outputs.items()
    }
    holder = tf.Module()
    types = next(iter(functions.values())).signature.input_arg[len(inputs) :]
    holder.captured = [
        tf.Variable(array) if argument.type == tf.resource.as_datatype_enum else tf.constant(array)
        for argument, array in zip(types, arrays, strict=True)
    ]

    def compute(*tensors: Any) -> dict[str, Any]:
        capture = tf.compat.v1.get_default_graph().capture
        values = [*tensors, *(capture(getattr(c, 'handle', c)) for c in holder.captured)]
        results = tf.graph_util.import_graph_def(
            graph,
            input_map={f'argument_{n}': value for n, value in enumerate(values)},
            return_elements=list(outputs.values()),
            name='',
        )
        return dict(zip(outputs, results, strict=True))

    specs = [_spec(folder, name, signature.inputs[name]) for name in inputs]
    try:
        concrete = tf.function(compute, autograph=False).get_concrete_function(*specs)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], holder)
        return bytes(converter.convert())
    except Exception as error:  # The converter raises nearly everything.
        msg = f'SavedModel {folder} cannot be converted for LiteRT: {str(error)[:500]}'
        raise UnsupportedError(msg) from error


def _spec(folder: Path, name: str, tensor: Any) -> Any:
    """Return the shape of an input for one picture."""
    tf = backends.tensorflow()
    sides = [dimension.size for dimension in tensor.tensor_shape.dim][1:]
    if tensor.tensor_shape.unknown_rank or any(side < 1 for side in sides):
        msg = (
            f'Input {name!r} of SavedModel {folder} leaves sizes free ({sides}): export the model '
            'with a fixed input size.'
        )
        raise UnsupportedError(msg)
    Budget.check_tensor(sides)
    return tf.TensorSpec((1, *sides), tf.dtypes.as_dtype(tensor.dtype), name=name)


def _graph_of(call: Any, functions: Mapping[str, Any], arguments: int) -> Any:
    """Return a graph of nothing but the call, its functions, and a placeholder per argument."""
    tf = backends.tensorflow()
    prefix = f'featuremap_{next(_loads)}_'  # Another file's functions may be called the same.
    graph = tf.compat.v1.GraphDef()
    types = next(iter(functions.values())).signature.input_arg
    for number in range(arguments):
        node = graph.node.add(name=f'argument_{number}', op='Placeholder')
        node.attr['dtype'].type = types[number].type
    main = graph.node.add()
    main.CopyFrom(call)
    main.name = 'call'
    main.input[:] = [f'argument_{number}' for number in range(arguments)]
    for function in functions.values():
        graph.library.function.add().CopyFrom(function)
    for function in graph.library.function:
        function.signature.name = prefix + function.signature.name
        function.attr.clear()
    nodes = [main, *(node for function in graph.library.function for node in function.node_def)]
    for node in nodes:
        if node.op in _CALLS:
            node.attr['f'].func.name = prefix + node.attr['f'].func.name
    for function in graph.library.function:
        _replace_arc_tangents(function)
    return graph


def _replace_arc_tangents(function: Any) -> None:
    """Write atan(x) as atan2(x, 1), which is the same and which LiteRT has."""
    renamed = {}
    for node in [node for node in function.node_def if node.op == 'Atan']:
        one = function.node_def.add(name=f'{node.name}_one', op='OnesLike', input=node.input)
        one.attr['T'].CopyFrom(node.attr['T'])
        node.op = 'Atan2'
        node.input.insert(1, f'{one.name}:y:0')
        renamed[f'{node.name}:y:0'] = f'{node.name}:z:0'
    for node in function.node_def:
        node.input[:] = [renamed.get(name, name) for name in node.input]
    for name, result in function.ret.items():
        function.ret[name] = renamed.get(result, result)
