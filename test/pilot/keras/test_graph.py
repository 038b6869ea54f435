# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where cells lie, against the gradients of a copy of the network that is linear and all ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from featuremap_ros.errors import ProfileError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.formats import read_keras
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.vision.registration import AxisSampling, Sampling

keras = backends.keras()
tf = backends.tensorflow()
L = keras.layers


def picture(rows: int = 40, columns: int = 57, channels: int = 3) -> Any:
    """Return a picture's input, not square unless asked for."""
    return keras.Input((rows, columns, channels), name='picture')


def linear_copy(model: Any) -> Any:
    """Return a copy whose gradients show the whole support: all ones, linear, mean pooling."""

    def linear(layer: Any) -> Any:
        config = layer.get_config()
        if isinstance(layer, L.MaxPooling2D):
            return L.AveragePooling2D.from_config(config)
        if isinstance(layer, L.Activation | L.ELU | L.LeakyReLU | L.ReLU):
            return L.Activation('linear', name=layer.name)
        if 'activation' in config:
            config['activation'] = 'linear'
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=linear, recursive=True)
    copy.set_weights([np.ones_like(weight) for weight in copy.get_weights()])
    return copy


def seen_by_cells(copy: Any, tensor: Any, axis: int) -> list[NDArray[np.int64]]:
    """Return, for every cell along an axis, the input pixels along it that the cell depends on."""
    spatial = keras.Model(copy.inputs, tensor)
    shape = spatial.output.shape
    middle = shape[2 - axis] // 2
    inputs = [tf.ones((shape[1 + axis], *tensor.shape[1:])) for tensor in spatial.inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        maps = tf.reduce_sum(spatial(inputs), axis=3)
        lines = maps[:, :, middle] if axis == 0 else maps[:, middle, :]
        cells = tf.reduce_sum(tf.linalg.diag_part(lines))
    gradients = tape.gradient(cells, inputs)[0].numpy()
    lines = np.abs(gradients).sum(axis=(2, 3) if axis == 0 else (1, 3))
    return [np.flatnonzero(line) for line in lines]


def check_axis(
    seen: list[NDArray[np.int64]], axis: AxisSampling, size: int, group: int | None
) -> int:
    """Compare the cells that see no border; return how many those are.

    Args:
        seen: The pixels that each cell depends on.
        axis: What registration says of them.
        size: Pixels of the picture.
        group: In enlarged maps, the neighbours that only together lie around their places.
    """
    reach = (axis.field - 1) / 2 + (group or 0) * axis.jump
    inner = [
        cell
        for cell in range(len(seen))
        if axis.centre(cell) - reach >= 0 and axis.centre(cell) + reach <= size - 1
    ]
    middles = {cell: (seen[cell][0] + seen[cell][-1]) / 2 for cell in inner}
    extents = {seen[cell][-1] - seen[cell][0] + 1 for cell in inner}
    if group is None:
        assert middles == {cell: axis.centre(cell) for cell in inner}
        assert extents <= {axis.field}
        return len(inner)
    assert max(extents) == axis.field
    wholes = [range(cell, cell + group) for cell in inner if cell + group - 1 in middles]
    for cells in wholes:
        expected = np.mean([axis.centre(cell) for cell in cells])
        assert np.mean([middles[cell] for cell in cells]) == pytest.approx(expected)
    return len(wholes)


def check(model: Any, *, group: int | None = None, only: str | None = None) -> Network:
    """Compare the registered layers of a model with the linear copy's gradients."""
    network = describe(model, 'built here')
    copy = linear_copy(model)
    tensors = {operation.name: operation.output for operation in copy.operations}
    tensors |= {'inner/last': copy.outputs[0]}
    rows_and_columns = network.inputs[0].shape
    for layer in network.layers:
        if layer.sampling is None or only not in (None, layer.name):
            continue
        for axis, sampling in enumerate((layer.sampling.y, layer.sampling.x)):
            seen = seen_by_cells(copy, tensors[layer.name], axis)
            assert len(seen) == layer.shape[axis]
            inner = check_axis(seen, sampling, rows_and_columns[axis] or 0, group)
            assert inner > 0 or len(seen) == 1
    return network


def valid_convolutions(x: Any) -> Any:
    """Strides, dilation and pooling without padding."""
    x = L.Conv2D(2, (5, 3), strides=2, activation='relu')(x)
    x = L.BatchNormalization()(x)
    x = L.MaxPooling2D((2, 3), strides=(1, 2))(x)
    return L.Conv2D(2, 3, dilation_rate=(2, 1), activation='elu')(x)


def same_convolutions(x: Any) -> Any:
    """TensorFlow's lopsided padding on even and odd sizes."""
    x = L.Conv2D(2, 5, strides=(2, 3), padding='same', activation='tanh')(x)
    x = L.AveragePooling2D(2, padding='same')(x)
    return L.Conv2D(2, (4, 2), padding='same', dilation_rate=2)(x)


def other_convolutions(x: Any) -> Any:
    """Depthwise and separable convolutions."""
    x = L.DepthwiseConv2D(3, strides=2, padding='same')(x)
    x = L.LeakyReLU()(x)
    return L.SeparableConv2D(4, (2, 5), strides=2)(x)


def cut_and_padded(x: Any) -> Any:
    """Margins cut off and added, by layers and by slices."""
    x = L.Cropping2D(((7, 2), (3, 5)))(x)
    x = x[:, 2:, 1::2, :]
    x = L.Rescaling(1 / 255)(x) - 0.5
    x = L.Conv2D(2, 3, strides=2)(x)
    return x[..., :-1, :]


def zero_padded(x: Any) -> Any:
    """Explicit zero padding before a convolution."""
    x = L.ZeroPadding2D(((3, 1), (0, 2)))(x)
    return L.Conv2D(2, 5, strides=2)(x)


def branches(x: Any) -> Any:
    """Branches that start at the same place, added and concatenated."""
    x = L.Conv2D(4, 3, strides=2)(x)
    y = L.Conv2D(4, 5, padding='same')(x)
    x = L.Add()([x, y])
    z = L.Conv2D(4, 3, dilation_rate=2, padding='same')(x)
    return L.Conv2D(1, 3)(L.Concatenate()([x, z]))


def whole_picture(x: Any) -> Any:
    """Everything reduced to one cell."""
    x = L.Conv2D(2, 3)(x)
    return L.GlobalAveragePooling2D(keepdims=True)(x)


@pytest.mark.parametrize(
    'body',
    [
        valid_convolutions,
        same_convolutions,
        other_convolutions,
        cut_and_padded,
        zero_padded,
        branches,
        whole_picture,
    ],
)
@pytest.mark.parametrize('size', [(40, 57), (41, 64)])
def test_every_cell_lies_in_the_middle_of_what_it_sees(
    body: Callable[[Any], Any], size: tuple[int, int]
) -> None:
    """The middle of a gradient's support is start + i * jump, and its extent the field."""
    x = picture(*size)
    network = check(keras.Model(x, L.Flatten()(body(x))))
    assert all(layer.sampling for layer in network.layers)


@pytest.mark.parametrize(
    ('enlarge', 'group'),
    [
        (L.UpSampling2D((2, 3)), 6),
        (L.UpSampling2D(2, interpolation='bilinear'), 2),
        (L.Resizing(54, 78), 3),
        (L.Conv2DTranspose(2, 3, strides=2, padding='same'), 1),
        (L.Conv2DTranspose(2, 4, strides=2, padding='same'), 2),
        (L.Conv2DTranspose(2, 5, strides=3), 3),
        (L.Conv2DTranspose(2, 3, dilation_rate=2), 1),
    ],
    ids=lambda value: getattr(value, 'name', value),
)
def test_enlarged_maps_lie_around_the_cells_they_come_from(enlarge: Any, group: int) -> None:
    """Enlarged cells share what they see; as many as came from one cell lie around its place."""
    x = picture(40, 56)
    y = L.Conv2D(2, 5, strides=2)(x)
    layer = type(enlarge).from_config(enlarge.get_config())
    model = keras.Model(x, layer(y))
    check(model, group=group, only=layer.name)


@pytest.mark.parametrize('kind', ['functional', 'sequential'])
def test_layers_of_nested_models_are_registered(kind: str) -> None:
    """Layers of a model inside of a model have both names and lie where they belong."""
    layers = [L.Conv2D(2, 3, strides=2, name='first'), L.Conv2D(2, 3, name='last')]
    if kind == 'sequential':
        inner = keras.Sequential([keras.Input((18, 27, 2)), *layers], name='inner')
    else:
        y = keras.Input((18, 27, 2))
        inner = keras.Model(y, layers[1](layers[0](y)), name='inner')
    x = picture(40, 57)
    model = keras.Model(x, inner(L.Conv2D(2, 5, strides=2)(x)))
    network = check(model, only='inner/last')
    assert [layer.name for layer in network.layers][1:] == ['inner/first', 'inner/last']


@pytest.mark.parametrize(
    'name', ['axionaut/autopilot.hdf5', 'udacity/model.h5', 'donkeycar/pilot_21-08-12_8.h5']
)
def test_every_cell_of_the_real_pilots_lies_in_the_middle_of_what_it_sees(
    shared_data: Path, name: str
) -> None:
    """All maps of three generations of pilots agree with the gradients, exactly."""
    network = check(read_keras(shared_data / name)[0])
    assert all(layer.sampling for layer in network.layers)


def test_donkeycars_last_map_is_not_a_stretched_one(shared_data: Path) -> None:
    """Its three rows lie at 38, 54 and 70 of 120; a plain stretch draws them at 19.5 to 99.5."""
    model, origin = read_keras(shared_data / 'donkeycar' / 'pilot_21-08-12_8.h5')
    last = describe(model, origin).registered('conv2d_5')
    assert last.shape == (3, 6, 64)
    assert last.sampling is not None
    assert [last.sampling.y.centre(row) for row in range(3)] == [38, 54, 70]


def test_branches_with_different_starts_get_the_mean_and_the_spread() -> None:
    """A strided shortcut beside a strided 'same' convolution starts a pixel earlier."""
    x = picture(40, 56)
    y = L.Conv2D(2, 3, strides=2, padding='same', name='main')(x)
    z = L.Conv2D(2, 1, strides=2, name='shortcut')(x)
    merged = L.Add(name='sum')([y, z])
    network = describe(keras.Model(x, L.Conv2D(2, 3, name='after')(merged)), 'built here')
    assert network.registered('main').sampling == Sampling(*2 * [AxisSampling(1, 2, 3)])
    assert network.registered('shortcut').sampling == Sampling(*2 * [AxisSampling(0, 2, 1)])
    # Together they see the pixels from -0.5 to 2.5, around 1.
    mean = AxisSampling(0.5, 2, 3)
    assert network.registered('sum').sampling == Sampling(mean, mean, spread=1)
    after = network.registered('after').sampling
    assert after is not None
    assert after.spread == 1


def test_gates_leave_maps_in_their_places() -> None:
    """Squeeze and excitation scales whole maps and moves no cell."""
    x = picture()
    y = L.Conv2D(4, 5, strides=2, name='map')(x)
    gate = L.Reshape((1, 1, 4))(L.Dense(4)(L.GlobalAveragePooling2D()(y)))
    network = describe(keras.Model(x, L.Multiply(name='gated')([gate, y])), 'built here')
    assert network.layer('gated').sampling == network.layer('map').sampling


def jumps_apart(x: Any) -> Any:
    """Branches of different strides, of equal sizes by accident."""
    y = L.Conv2D(2, 1, strides=2)(x)
    return L.Add(name='end')([y, L.Cropping2D(((0, 20), (0, 28)))(x)[..., :2]])


def attention(x: Any) -> Any:
    """Attention that lets every cell see every other."""
    y = L.Conv2D(4, 3, strides=2)(x)
    return L.Add(name='end')([y, L.MultiHeadAttention(1, 4, attention_axes=(1, 2))(y, y)])


@pytest.mark.parametrize(
    ('body', 'reason'),
    [
        (L.Permute((2, 1, 3), name='end'), r"'end' \(Permute\) is not known to keep cells"),
        (lambda x: L.ReLU(name='end')(L.Permute((2, 1, 3), name='p')(x)), r"'p' \(Permute\)"),
        (L.Reshape((20, 112, 3), name='end'), r"'end' \(Reshape\) is not known"),
        (lambda x: L.Concatenate(axis=1, name='end')([x, x]), 'puts maps side by side'),
        (lambda x: x[:, ::-1], 'reverses rows or columns'),
        (lambda x: L.Conv2DTranspose(1, 3, strides=2, output_padding=1)(x), 'output_padding'),
        (lambda x: L.Resizing(8, 8, pad_to_aspect_ratio=True)(x), 'aspect ratio'),
        (lambda x: L.CenterCrop(60, 60)(x), 'enlarges'),
        (jumps_apart, 'cells are 2 and 1 model pixels apart'),
        (attention, 'MultiHeadAttention'),
    ],
)
def test_what_moves_cells_elsewhere_is_not_placed(body: Callable[[Any], Any], reason: str) -> None:
    """Layers whose cells have no place of their own say why, and so do those behind them."""
    x = picture(40, 56)
    network = describe(keras.Model(x, L.Dropout(0.5, name='behind')(body(x))), 'built here')
    with pytest.raises(UnsupportedError, match=f"Layer 'behind' cannot be placed.*{reason}"):
        network.registered('behind')


def test_centre_crops_are_placed() -> None:
    """A crop from the middle shifts the start by what was cut off at the top and left."""
    x = picture(41, 60)
    network = describe(keras.Model(x, L.CenterCrop(20, 30, name='crop')(x)), 'built here')
    sampling = network.layer('crop').sampling
    assert sampling == Sampling(AxisSampling(start=10), AxisSampling(start=15))


def test_layers_of_other_classes_are_not_trusted_by_their_names() -> None:
    """A user's own class called Conv2D may do anything."""

    class Conv2D(L.Layer):
        def call(self, x: Any) -> Any:
            return keras.ops.flip(x, axis=1)

    x = picture()
    network = describe(keras.Model(x, Conv2D(name='mine')(x)), 'built here')
    assert 'not known' in network.layer('mine').unregistered


def test_maps_of_other_inputs_are_not_placed() -> None:
    """A map that is drawn from numbers lies nowhere, and does not move what it is added to."""
    numbers = keras.Input((6,), name='numbers')
    x = picture(4, 5)
    drawn = L.Reshape((4, 5, 3), name='drawn')(L.Dense(60)(numbers))
    network = describe(keras.Model([numbers, x], L.Add(name='sum')([drawn, x])), 'built here')
    assert network.layer('drawn').unregistered == 'it does not depend on the picture'
    assert network.layer('sum').sampling == Sampling()


def test_the_picture_comes_first_and_outputs_keep_their_order() -> None:
    """Inputs are sorted by what they are, outputs stay as the model has them."""
    numbers, x = keras.Input((6,), name='imu_in'), picture()
    flat = L.Concatenate()([L.Flatten()(x), numbers])
    heads = [L.Dense(2, name='z')(flat), L.Dense(1, name='a')(flat)]
    network = describe(keras.Model([numbers, x], heads), 'built here')
    assert network.origin == 'built here'
    assert network.inputs == (TensorSpec('picture', (40, 57, 3)), TensorSpec('imu_in', (6,)))
    assert network.outputs == (TensorSpec('z', (2,)), TensorSpec('a', (1,)))
    assert network.layers == ()


def test_another_picture_can_be_named() -> None:
    """Of two pictures the named one counts; a wrong name lists the inputs."""
    first, second = keras.Input((8, 8, 3), name='first'), keras.Input((9, 9, 3), name='second')
    outputs = [L.ReLU(name='one')(first), L.ReLU(name='two')(second)]
    model = keras.Model([first, second], outputs)
    network = describe(model, 'built here', picture='second')
    assert network.inputs[0].name == 'second'
    assert network.layer('one').sampling is None
    assert network.layer('two').sampling == Sampling()
    with pytest.raises(ProfileError, match=r"no input 'third': expected one of first, second"):
        describe(model, 'built here', picture='third')


def test_a_layer_that_is_used_twice_has_two_names() -> None:
    """The second use of a shared layer is another map, called name:2."""
    x = picture()
    shared = L.Conv2D(2, 3, name='shared')
    heads = [shared(x), shared(L.Cropping2D(((4, 0), (0, 0)), name='crop')(x))]
    network = describe(keras.Model(x, heads), 'built here')
    assert [layer.name for layer in network.layers] == ['crop', 'shared', 'shared:2']
    assert [tensor.name for tensor in network.outputs] == ['shared', 'shared:2']
    starts = [layer.sampling.y.start for layer in network.layers if layer.sampling]
    assert sorted(starts) == [1, 4, 5]


def test_free_sizes_must_be_given() -> None:
    """A model for any size is described for one; what it fixes stays."""
    x = keras.Input((None, 57, 3), name='any')
    model = keras.Model(x, L.Conv2D(2, 3, strides=2, padding='same')(x))
    with pytest.raises(ProfileError, match=r"Input 'any' of the shape \(None, 57, 3\)"):
        describe(model, 'built here')
    network = describe(model, 'built here', input_size=(64, 40))
    assert network.inputs[0].shape == (40, 57, 3)
    assert network.layers[0].shape == (20, 29, 2)


def test_models_without_a_graph_are_refused() -> None:
    """A subclassed model has nothing to look into."""

    class Own(keras.Model):
        pass

    with pytest.raises(UnsupportedError, match=r"'own' \(Own\) has no graph"):
        describe(Own(name='own'), 'built here')


def test_channels_before_rows_are_refused() -> None:
    """Maps of a model that puts channels first would be read crosswise."""
    x = keras.Input((3, 40, 57))
    layer = L.ZeroPadding2D(data_format='channels_first', name='pad')
    with pytest.raises(UnsupportedError, match="'pad' puts channels before rows"):
        describe(keras.Model(x, layer(x)), 'built here')


def test_every_layer_knows_the_spatial_layers_that_feed_it() -> None:
    """Branches name each other, and what has no rows and columns is passed over."""
    x = picture()
    stem = L.Conv2D(4, 3, padding='same', name='stem')(x)
    branch = L.Conv2D(4, 1, name='branch')(stem)
    gate = L.Dense(4, name='weigh')(L.GlobalAveragePooling2D(name='pool')(branch))
    gate = L.Reshape((1, 1, 4), name='gate')(gate)
    met = L.Add(name='met')([stem, L.Multiply(name='gated')([branch, gate])])
    inner_input = keras.Input((None, None, 4))
    inner = keras.Model(inner_input, L.Conv2D(2, 3, name='conv')(inner_input), name='inner')
    network = describe(keras.Model(x, inner(met)), 'built here')
    assert {layer.name: layer.inputs for layer in network.layers} == {
        'stem': ('picture',),
        'branch': ('stem',),
        'gate': ('branch',),
        'gated': ('branch', 'gate'),
        'met': ('stem', 'gated'),
        'inner/conv': ('met',),
    }
