# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks as VisualBackProp walks them, against the gradients of copies that are all ones."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.visualbackprop import visual_backprop, Window
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining.stages import deepest_map, stages_to
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.graph import describe

keras = backends.keras()
tf = backends.tensorflow()
L = keras.layers


def conv(kernel, stride=1, padding='valid'):
    """Return a linear convolution of ones, one channel."""
    return L.Conv2D(
        1, kernel, strides=stride, padding=padding, use_bias=False, kernel_initializer='ones'
    )


CHAINS = {
    'donkeycar': lambda: [conv(5, 2), conv(5, 2), conv(5, 2), conv(3), conv(3)],
    'same padding': lambda: [conv(5, 2, 'same'), conv(4, 3, 'same'), conv(3, 1, 'same')],
    'uneven kernels': lambda: [conv((3, 5), (1, 2), 'same'), conv((5, 1)), conv((1, 4), (2, 3))],
    'pooling': lambda: [conv(3), L.AveragePooling2D(2), conv(3), L.AveragePooling2D((3, 2))],
    'pooling the same': lambda: [
        conv(3, 1, 'same'),
        L.AveragePooling2D(3, strides=2, padding='valid'),
        conv(3, 2, 'same'),
    ],
    'crop and pad': lambda: [
        L.Cropping2D(((7, 2), (3, 4))),
        conv(5, 2),
        L.ZeroPadding2D(((1, 2), (3, 0))),
        conv(3, 2),
        L.Cropping2D(((1, 0), (2, 1))),
        conv(2),
    ],
    'between': lambda: [
        L.Rescaling(2.0),
        conv(5, 2),
        L.Dropout(0.5),
        L.Activation('linear'),
        conv(3, 2),
    ],
}


@pytest.mark.parametrize('name', CHAINS)
def test_a_network_of_ones_spreads_as_its_gradient_does(name):
    """With maps of ones the picture is the gradient of all cells by the pixels, scaled."""
    x = y = keras.Input((83, 97, 1), name='image')
    for layer in CHAINS[name]():
        y = layer(y)
    network = describe(keras.Model(x, y), 'built here')
    stages = stages_to(network, network.layers[-1].name)
    maps = {stage.name: np.ones(stage.size, np.float32) for stage in stages}
    found = visual_backprop(stages, maps, 'image', (83, 97))
    picture = tf.ones((1, 83, 97, 1))
    with tf.GradientTape() as tape:
        tape.watch(picture)
        total = tf.reduce_sum(keras.Model(x, y)([picture]))
    gradient = np.array(tape.gradient(total, picture))[0, ..., 0]
    expected = (gradient - gradient.min()) / np.ptp(gradient)
    assert found == pytest.approx(expected, abs=1e-5)
    assert (found > 0).sum() > 100


def test_a_convolution_counts_after_its_activation():
    """Normalised first, then cut off: the map that the next layer sees, and it counts once."""
    x = keras.Input((30, 40, 3), name='image')
    y = L.Conv2D(4, 3, use_bias=False, name='conv')(x)
    y = L.Activation('relu', name='relu')(L.BatchNormalization(name='norm')(y))
    y = L.MaxPooling2D(name='pool')(L.Dropout(0.1, name='drop')(y))
    y = L.Conv2D(4, 3, activation='elu', name='last')(y)
    y = L.BatchNormalization(name='last_norm')(y)
    network = describe(keras.Model(x, L.Dense(1)(L.Flatten()(y))), 'built here')
    assert deepest_map(network) == 'last'
    stages = stages_to(network, 'last')
    assert [stage.name for stage in stages] == ['conv', 'norm', 'relu', 'drop', 'pool', 'last']
    assert [stage.name for stage in stages if stage.counts] == ['relu', 'last']
    assert stages[0].inputs == {'image': Window((3, 3))}
    assert stages[4].inputs == {'drop': Window((2, 2), (2, 2))}


def test_the_chosen_layer_counts_whatever_it_is():
    """Pooling or dropout too, as the article's own choice is."""
    x = keras.Input((30, 40, 3), name='image')
    y = L.MaxPooling2D(name='pool')(L.Conv2D(4, 3, activation='relu', name='conv')(x))
    network = describe(keras.Model(x, y), 'built here')
    assert [s.name for s in stages_to(network, 'pool') if s.counts] == ['conv', 'pool']


def test_what_does_not_lead_to_the_layer_is_left_out():
    """Later layers and other branches."""
    x = keras.Input((30, 40, 3), name='image')
    stem = L.Conv2D(4, 3, name='stem')(x)
    left, right = L.Conv2D(4, 3, name='left')(stem), L.Conv2D(4, 3, name='right')(stem)
    network = describe(keras.Model(x, [left, L.Conv2D(4, 3, name='after')(right)]), 'built here')
    assert [stage.name for stage in stages_to(network, 'left')] == ['stem', 'left']


def test_branches_meet_cell_by_cell_and_gates_are_no_maps():
    """A residual block with squeeze and excitation."""
    x = keras.Input((30, 40, 3), name='image')
    stem = L.Conv2D(4, 3, padding='same', activation='relu', name='stem')(x)
    branch = L.Conv2D(4, 3, padding='same', activation='relu', name='branch')(stem)
    gate = L.GlobalAveragePooling2D(keepdims=True, name='gate')(branch)
    gated = L.Multiply(name='gated')([branch, gate])
    met = L.Add(name='met')([stem, gated])
    network = describe(keras.Model(x, L.Conv2D(4, 3, name='last')(met)), 'built here')
    stages = {stage.name: stage for stage in stages_to(network, 'last')}
    assert list(stages) == ['stem', 'branch', 'gated', 'met', 'last']
    assert stages['met'].inputs == {'stem': Window(), 'gated': Window()}
    assert stages['gated'].inputs == {'branch': Window()}
    assert stages['branch'].inputs == {'stem': Window((3, 3), pad=(1, 1))}


def test_an_activation_behind_a_meeting_is_nobodys_own():
    """The convolution of a branch ends where the branch does."""
    x = keras.Input((30, 40, 3), name='image')
    stem = L.Conv2D(4, 3, padding='same', activation='relu', name='stem')(x)
    branch = L.Conv2D(4, 3, padding='same', name='branch')(stem)
    met = L.Activation('relu', name='relu')(L.Add(name='met')([stem, branch]))
    network = describe(keras.Model(x, L.Conv2D(4, 3, name='last')(met)), 'built here')
    counting = [stage.name for stage in stages_to(network, 'last') if stage.counts]
    assert counting == ['stem', 'branch', 'last']


def test_nested_models_are_walked_through():
    """With the names that the network lists."""
    inner_x = keras.Input((30, 40, 3))
    inner = keras.Model(inner_x, L.Conv2D(4, 5, strides=2, name='conv')(inner_x), name='inner')
    x = keras.Input((30, 40, 3), name='image')
    network = describe(keras.Model(x, L.Conv2D(4, 3, name='last')(inner(x))), 'built here')
    stages = stages_to(network, 'last')
    assert [stage.name for stage in stages] == ['inner/conv', 'last']
    assert stages[1].inputs == {'inner/conv': Window((3, 3))}


@pytest.mark.parametrize(
    'layer', [L.UpSampling2D(2, name='up'), L.Conv2DTranspose(4, 3, strides=2, name='up')]
)
def test_layers_that_enlarge_are_refused_by_name(layer):
    """There is no way back that the method defines; before them it works."""
    x = keras.Input((30, 40, 3), name='image')
    y = layer(L.Conv2D(4, 3, strides=2, name='conv')(x))
    network = describe(keras.Model(x, L.Conv2D(4, 3, name='last')(y)), 'built here')
    with pytest.raises(UnsupportedError, match=r"layer 'up' .*enlarges its input.*another method"):
        stages_to(network, 'last')
    assert [stage.name for stage in stages_to(network, 'conv')] == ['conv']


def test_layers_that_are_not_there_or_nowhere_are_refused():
    """By name, with the reason."""
    x = keras.Input((30, 40, 3), name='image')
    y = L.Permute((2, 1, 3), name='turned')(L.Conv2D(4, 3, name='conv')(x))
    network = describe(keras.Model(x, y), 'built here')
    with pytest.raises(UnknownNameError, match=r"'last'.*conv, turned"):
        stages_to(network, 'last')
    with pytest.raises(UnsupportedError, match=r"'turned' cannot be placed"):
        stages_to(network, 'turned')
