# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Keras layers from their stored configuration, without Keras' own deserialiser.

That deserialiser looks classes and functions up by the names in the file and imports modules for
it. Here only the layers below and the classes that the user declared are built, only options that
a layer has are passed on, and only as plain values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import importlib
import inspect
from typing import Any

from featuremap_ros.errors import MissingDependencyError, ModelFileError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.lambdas import scale_and_offset
from featuremap_ros.pilot.limits import Budget

# fmt: off
# Layers whose weights every format stores in one order, and that neither read files nor run code.
_ALLOWED = frozenset((
    'Activation', 'Add', 'AlphaDropout', 'Average', 'AveragePooling1D', 'AveragePooling2D',
    'AveragePooling3D', 'BatchNormalization', 'Bidirectional', 'CenterCrop', 'Concatenate',
    'Conv1D', 'Conv1DTranspose', 'Conv2D', 'Conv2DTranspose', 'Conv3D', 'Conv3DTranspose',
    'ConvLSTM2D', 'Cropping1D', 'Cropping2D', 'Cropping3D', 'Dense', 'DepthwiseConv1D',
    'DepthwiseConv2D', 'Dot', 'Dropout', 'ELU', 'Embedding', 'Flatten', 'GRU',
    'GaussianDropout', 'GaussianNoise', 'GlobalAveragePooling1D', 'GlobalAveragePooling2D',
    'GlobalAveragePooling3D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D', 'GlobalMaxPooling3D',
    'GroupNormalization', 'Identity', 'LSTM', 'LayerNormalization', 'LeakyReLU', 'Masking',
    'MaxPooling1D', 'MaxPooling2D', 'MaxPooling3D', 'Maximum', 'Minimum', 'Multiply',
    'Normalization', 'PReLU', 'Permute', 'RandomBrightness', 'RandomContrast', 'RandomFlip',
    'RandomRotation', 'RandomTranslation', 'RandomZoom', 'ReLU', 'RepeatVector', 'Rescaling',
    'Reshape', 'Resizing', 'SeparableConv1D', 'SeparableConv2D', 'SimpleRNN', 'Softmax',
    'SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D', 'Subtract', 'TimeDistributed',
    'UnitNormalization', 'UpSampling1D', 'UpSampling2D', 'UpSampling3D', 'ZeroPadding1D',
    'ZeroPadding2D', 'ZeroPadding3D',
))

_ALIASES = {'BatchNormalizationV1': 'BatchNormalization', 'ThresholdedReLU': 'ReLU'}

# What only matters in training, or to other versions of Keras. Weights come from the file and
# everything is computed in float32.
_IRRELEVANT = frozenset((
    'dtype', 'batch_input_shape', 'batch_shape', 'input_shape', 'input_dtype', 'noise_shape',
    'seed', 'implementation', 'fused', 'renorm_clipping', 'renorm_momentum',
    'virtual_batch_size', 'synchronized', 'quantization_config', 'lora_rank', 'lora_alpha',
    'build_config', 'use_cudnn', 'activity_regularizer',
))
# Hints about the input, stored with every first layer; some layers do need them.
_HINTS = ('input_dim', 'input_length')
# fmt: on
_IRRELEVANT_ENDINGS = ('_initializer', '_regularizer', '_constraint')


@dataclass(frozen=True, slots=True)
class Options:
    """How the layers of one file are read.

    Attributes:
        lambdas: (scale, offset) by name of a Lambda layer.
        custom_layers: Import path ``'package.module:Class'`` by class name.
        before_keras_3: The file was written by Keras 1 or 2.
        budget: What building may allocate.
    """

    budget: Budget
    lambdas: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    custom_layers: Mapping[str, str] = field(default_factory=dict)
    before_keras_3: bool = True


def make_layer(class_name: str, config: Mapping[str, Any], options: Options) -> Any:
    """Build one layer.

    Args:
        class_name: As the file names it.
        config: Its stored configuration in the words of Keras 2 or 3.
        options: How the file is read.

    Returns:
        The ``keras.layers.Layer``; a Lambda becomes a ``Rescaling`` of the same name.

    Raises:
        ModelFileError: The layer is unknown, would run code, or has an option that is not
            understood.
        MissingDependencyError: A class that the user declared cannot be imported.
    """
    name = config.get('name')
    if class_name in options.custom_layers:
        return _custom_layer(class_name, config, options.custom_layers[class_name])
    if class_name == 'Lambda':
        scale, offset = scale_and_offset(config, options.lambdas)
        return backends.keras().layers.Rescaling(scale, offset, name=name, dtype='float32')
    class_name = _ALIASES.get(class_name, class_name)
    if class_name not in _ALLOWED:
        own = not hasattr(backends.keras().layers, class_name)
        msg = (
            f'Layer {name!r} is of the class {class_name!r}, which is not among the built-in '
            f'layers that are opened. {"If it is your own layer, declare" if own else "Declare"} '
            f'it in the profile:\n  custom_layers:\n    {class_name}: '
            f'{"your_package.your_module" if own else "keras.layers"}:{class_name}'
        )
        raise ModelFileError(msg)
    layer_class = getattr(backends.keras().layers, class_name)
    parameters = inspect.signature(layer_class.__init__).parameters
    arguments: dict[str, Any] = {}
    for key, value in _modern(class_name, config, options).items():
        if key in ('layer', 'backward_layer') and isinstance(value, Mapping):
            arguments[key] = _wrapped(value, name, options)
        elif 'activation' in key:
            arguments[key] = _activation(value, f'{name}.{key}', options)
        elif key in parameters and _is_plain(value):
            arguments[key] = value
        elif key not in _HINTS and value not in (None, False, 1):
            msg = f'Layer {name!r} ({class_name}) has the option {key}={value!r}: not supported.'
            raise ModelFileError(msg)
    arguments |= {key: options.budget for key in parameters if key.endswith('_initializer')}
    if 'data_format' in parameters:  # Else it would be what this user's Keras is set to.
        arguments.setdefault('data_format', 'channels_last')
    layer = layer_class(**arguments, name=name, dtype='float32')
    layer.trainable = bool(config.get('trainable', True))
    return layer


def _wrapped(entry: Mapping[str, Any], name: Any, options: Options) -> Any:
    """Build the layer inside of a wrapper such as TimeDistributed."""
    class_name, config = str(entry['class_name']), entry['config']
    if isinstance(config, list) or 'layers' in config:
        msg = (
            f'Layer {name!r} wraps a whole model, which is not opened: wrap its layers singly, '
            'or convert the model to .tflite.'
        )
        raise ModelFileError(msg)
    return make_layer(class_name, config, options)


def _custom_layer(class_name: str, config: Mapping[str, Any], path: str) -> Any:
    """Build a layer of a class that the user declared."""
    plain = {
        key: value
        for key, value in config.items()
        if key not in _IRRELEVANT and not key.endswith(_IRRELEVANT_ENDINGS)
    }
    strange = [key for key, value in plain.items() if not _is_plain(value)]
    if strange:
        msg = f'Custom layer {class_name!r} has the option {strange[0]!r} that is no plain value.'
        raise ModelFileError(msg)
    return _imported(class_name, path).from_config({**plain, 'dtype': 'float32'})


def _imported(class_name: str, path: str) -> Any:
    """Import a class from where the user, not the file, says that it is."""
    module_name, _, attribute = path.partition(':')
    try:
        layer_class = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        msg = (
            f'Custom layer {class_name!r} cannot be imported from {path!r} ({error}): expected '
            "'package.module:Class' of something installed beside featuremap_ros."
        )
        raise MissingDependencyError(msg) from error
    base = backends.keras().layers.Layer
    if not isinstance(layer_class, type) or not issubclass(layer_class, base):
        msg = f'Custom layer {class_name!r}: {path!r} is no subclass of keras.layers.Layer.'
        raise ModelFileError(msg)
    return layer_class


def copyable(options: Options) -> dict[str, Any]:
    """Return what Keras must find by name when a wrapper such as Bidirectional copies a layer."""
    return {
        'Budget': options.budget,
        hard_sigmoid_before_keras_3.__name__: hard_sigmoid_before_keras_3,
    }


def _modern(class_name: str, config: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Return a layer's options in the words of Keras 3, without those that do not matter."""
    result = {
        key: value
        for key, value in config.items()
        if key not in _IRRELEVANT
        and key not in ('name', 'trainable')
        and not key.endswith(_IRRELEVANT_ENDINGS)
    }
    if class_name == 'LeakyReLU' and 'alpha' in result:
        result['negative_slope'] = result.pop('alpha')
    elif class_name == 'ReLU' and 'theta' in result:
        result['threshold'] = result.pop('theta')
    elif class_name == 'GRU' and options.before_keras_3:
        result.setdefault('reset_after', False)
    elif class_name == 'BatchNormalization' and isinstance(result.get('axis'), list):
        (result['axis'],) = result['axis']
    return result


def _is_plain(value: Any) -> bool:
    """Return whether a value consists of numbers, strings and lists of them."""
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))


def _activation(value: Any, name: str, options: Options) -> Any:
    """Return an activation function or layer of Keras by what the file calls it."""
    if isinstance(value, Mapping):
        if isinstance(value.get('config'), Mapping):
            config = {'name': name, **value['config']}
            return make_layer(str(value.get('class_name')), config, options)
        value = value.get('config')
    if value is None:
        return None
    if value == 'hard_sigmoid' and options.before_keras_3:
        return hard_sigmoid_before_keras_3
    if not isinstance(value, str):
        msg = f'{name!r} is stored as {str(value)[:80]}: expected the name of an activation.'
        raise ModelFileError(msg)
    return backends.keras().activations.get(value)


def hard_sigmoid_before_keras_3(x: Any) -> Any:
    """Return min(max(0.2 x + 0.5, 0), 1); Keras 3 changed the slope to 1/6."""
    return backends.keras().ops.clip(0.2 * x + 0.5, 0.0, 1.0)
