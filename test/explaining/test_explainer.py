# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every method through a pilot: closed forms, places, signs, and what is refused."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError, UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.method import Finding, Method
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.vision.frame import Frame

keras = backends.keras()
tf = backends.tensorflow()
L = keras.layers

METHODS = (
    'activation',
    'visualbackprop',
    'gradcam',
    'hirescam',
    'saliency',
    'smoothgrad',
    'integrated_gradients',
    'occlusion',
)
WITHOUT_GRADIENTS = ('activation', 'visualbackprop', 'occlusion')
PLAIN = 'input: {size: [32, 24], normalisation: /255}\n'
RIGHT = 'heads: {steering: {output: steering, positive: right}}\n'
IMAGE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
FRAME = Frame(IMAGE, 7)


def saved(model, folder, profile=PLAIN + RIGHT):
    """Save a model and load it as an explainer."""
    path = folder / 'pilot.keras'
    model.save(path)
    return Explainer(Pilot.load(path, profile=PilotProfile.parse(profile, origin='test')))


@pytest.fixture(scope='module')
def tiny(tiny_model, tiny_profile):
    """Return an explainer of the tiny network, for 64 x 48 pixels, the upper 8 rows cut off."""
    return Explainer(Pilot.load(tiny_model, profile=tiny_profile))


@pytest.fixture(scope='module')
def camera():
    """Return a frame of noise for the tiny network."""
    rng = np.random.default_rng(1)
    return Frame(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8), 7)


@pytest.fixture(scope='module')
def linear(tmp_path_factory):
    """Return an explainer of a linear network on 24 x 32 pixels, and its weights."""
    keras.utils.set_random_seed(9)
    x = keras.Input((24, 32, 3), name='image')
    maps = L.Conv2D(3, 1, use_bias=False, name='conv')(x)
    model = keras.Model(x, L.Dense(1, bias_initializer='ones', name='steering')(L.Flatten()(maps)))
    model.get_layer('conv').set_weights([np.eye(3, dtype=np.float32)[None, None]])
    weights = np.array(model.get_layer('steering').get_weights()[0], np.float64)
    return saved(model, tmp_path_factory.mktemp('linear')), weights.reshape(24, 32, 3)


X = IMAGE.astype(np.float64) / 255


def grey(x):
    """Return the grey baseline for the network."""
    return np.full_like(x, 128 / 255)


def blocks(evidence, side):
    """Return each block's sum in all of its pixels."""
    height, width = evidence.shape
    sums = evidence.reshape(height // side, side, width // side, side).sum(axis=(1, 3))
    return np.kron(sums, np.ones((side, side)))


# What left (-w x, since this model's + is right) gets from every pixel of a linear network.
CLOSED_FORMS = {
    'gradcam': ({}, lambda w: -(X @ w.mean(axis=(0, 1)))),
    'hirescam': ({}, lambda w: -(X * w).sum(axis=2)),
    'saliency': ({}, lambda w: np.abs(w).sum(axis=2)),
    'smoothgrad': ({}, lambda w: np.abs(w).sum(axis=2)),
    'integrated_gradients': (
        {'baseline': 'grey'},
        lambda w: -((X - grey(X)) * w).sum(axis=2),
    ),
    'occlusion': (
        {'patch': 8, 'step': 8},
        lambda w: blocks(-((X - grey(X)) * w).sum(axis=2), 8),
    ),
}


@pytest.mark.parametrize('method', CLOSED_FORMS)
def test_a_linear_network_has_the_closed_form(linear, method):
    """On a picture that is not square, with the sign that makes left positive."""
    explainer, weights = linear
    options, closed_form = CLOSED_FORMS[method]
    found = explainer.explain(FRAME, method, **options)
    tolerance = 1e-5 if method == 'occlusion' else 1e-7
    assert found.raw.values == pytest.approx(closed_form(weights), abs=tolerance)
    assert found.score == pytest.approx(-((X * weights).sum() + 1), abs=1e-4)
    assert found.raw.signed == (method not in ('saliency', 'smoothgrad'))


def test_the_residual_of_hirescam_is_published(linear):
    """What the cells do not add up to is the bias here, which is 1 to the right."""
    found = linear[0].explain(FRAME, 'hirescam')
    assert found.details['residual'] == pytest.approx(-1, abs=1e-4)


def test_integrated_gradients_are_complete(tiny, camera):
    """Their sum is the change from the baseline, within one per cent."""
    for baseline in ('blur', 'grey', 'mean'):
        found = tiny.explain(camera, 'integrated_gradients', baseline=baseline)
        change = found.details['change']
        assert abs(found.raw.values.sum(dtype=np.float64) - change) <= 0.01 * abs(change)


@pytest.mark.parametrize('method', METHODS)
def test_every_map_says_what_it_is(tiny, camera, method):
    """Method, layer, target, unit, place, and JSON of it all."""
    takes_layer = method in ('activation', 'visualbackprop', 'gradcam', 'hirescam')
    headless = method in ('activation', 'visualbackprop')
    found = tiny.explain(camera, method, target=None if headless else 'throttle')
    assert found.method == method
    assert found.layer == ('conv_2' if takes_layer else None)
    assert (found.target is None) == headless
    assert found.raw.unit
    assert found.raw.values.dtype == np.float32
    assert np.isfinite(found.raw.values).all()
    assert found.raw.values.any()
    data = json.loads(json.dumps(found.to_json()))
    assert data['target'] == (None if headless else 'throttle')
    assert data['sides'] == (['slower', 'faster'] if data['signed'] else ['low', 'high'])
    assert data['shape'] == list(found.raw.values.shape)
    assert data['maximum'] == pytest.approx(float(found.raw.values.max()))
    for cell in ((0, 0), (3, 2)):
        place = data['cells_to_camera']
        expected = found.raw.registration.to_cell_centres(*cell)
        assert expected == pytest.approx(
            (
                place['scale_x'] * cell[0] + place['offset_x'],
                place['scale_y'] * cell[1] + place['offset_y'],
            )
        )


def test_a_method_without_a_head_explains_no_target(tiny, camera):
    """Asked for one it refuses, and its map says so, so that nobody calls it steering."""
    found = tiny.explain(camera, 'visualbackprop')
    assert found.name == 'visualbackprop/conv_2'
    assert any('no output' in note for note in found.notes)
    with pytest.raises(UnsupportedError, match=r"no output.*leave 'throttle' out.*hirescam"):
        tiny.explain(camera, 'visualbackprop', target='throttle')


def test_a_map_of_one_cell_says_that_it_has_no_place(tmp_path):
    """It is drawn as a box in the middle, which looks like a finding."""
    x = keras.Input((24, 32, 3), name='image')
    y = L.Conv2D(3, 8, strides=8, activation='relu', name='some')(x)
    y = L.Conv2D(3, (3, 4), activation='relu', name='one')(y)
    explainer = saved(keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(y))), tmp_path)
    for method in ('activation', 'hirescam'):
        found = explainer.explain(FRAME, method, layer='one')
        assert any('a single cell' in note for note in found.notes)
    assert not explainer.explain(FRAME, 'activation', layer='some').notes


def test_activations_below_zero_count_as_zero_and_that_is_said(tmp_path):
    """The method multiplies maps and has no place for what an ELU lets through."""
    pictures = {}
    for activation in ('elu', 'relu'):
        keras.utils.set_random_seed(4)
        x = y = keras.Input((24, 32, 3), name='image')
        for number in (1, 2):
            y = L.Conv2D(4, 5, strides=2, activation=activation, name=f'conv_{number}')(y)
        model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(y)))
        pictures[activation] = saved(model, tmp_path).explain(
            FRAME, 'visualbackprop', layer='conv_1'
        )
    elu, relu = pictures['elu'], pictures['relu']
    assert any('below zero' in note for note in elu.notes)
    assert not any('below zero' in note for note in relu.notes)
    assert elu.raw.values == pytest.approx(relu.raw.values, abs=1e-5)


@pytest.mark.parametrize(
    ('normalisation', 'sigma'),
    [('none', 0.15 * 255), ('/255', 0.15), ('/127.5-1', 0.3), ('/255-0.5', 0.15)],
)
def test_noise_is_a_share_of_the_inputs_range(tmp_path, normalisation, sigma):
    """Whatever black and white are for the network."""
    x = keras.Input((24, 32, 3), name='image')
    model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(x)))
    explainer = saved(model, tmp_path, PLAIN.replace('/255', normalisation) + RIGHT)
    found = explainer.explain(FRAME, 'smoothgrad', copies=2)
    assert found.details['sigma'] == pytest.approx(sigma)


def test_noise_of_a_picture_that_is_normalised_for_itself(tmp_path):
    """A share of the range of the camera, through the picture's own deviation."""
    x = keras.Input((24, 32, 3), name='image')
    model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(x)))
    explainer = saved(model, tmp_path, PLAIN.replace('/255', 'per-image') + RIGHT)
    found = explainer.explain(FRAME, 'smoothgrad', copies=2)
    assert found.details['sigma'] == pytest.approx(0.15 * 255 / IMAGE.std(), rel=1e-3)
    flat = Frame(np.full_like(IMAGE, 77), 0)
    assert np.isfinite(explainer.explain(flat, 'smoothgrad').raw.values).all()


def test_a_sum_that_is_not_complete_is_said(tiny, camera):
    """With two points on the line, and no more allowed."""
    rough = tiny.explain(camera, 'integrated_gradients', steps=1, most_steps=1)
    assert rough.details['steps'] == 1
    assert abs(rough.details['residual']) > 0.01 * abs(rough.details['change'])
    assert any('it is rough' in note for note in rough.notes)
    fine = tiny.explain(camera, 'integrated_gradients')
    assert not fine.notes


def test_steering_and_throttle_are_explained_apart(tiny, camera):
    """Never blended."""
    steering, throttle = (
        tiny.explain(camera, 'hirescam', target=name) for name in ('steering', 'throttle')
    )
    assert not np.allclose(steering.raw.values, throttle.raw.values)
    assert steering.name == 'hirescam/conv_2/steering'


def test_the_sign_follows_the_profile_and_not_the_model(tmp_path):
    """The same network with its sides exchanged has the opposite map; orange stays left."""
    keras.utils.set_random_seed(4)
    x = keras.Input((24, 32, 3), name='image')
    maps = L.Conv2D(4, 5, activation='relu', name='conv')(x)
    model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(maps)))
    right = saved(model, tmp_path)
    left = saved(model, tmp_path, PLAIN + RIGHT.replace('positive: right', 'positive: left'))
    for method in ('gradcam', 'hirescam', 'integrated_gradients', 'occlusion'):
        first, second = (e.explain(FRAME, method) for e in (right, left))
        assert np.array_equal(first.raw.values, -second.raw.values)
        assert first.sides == second.sides == ('right', 'left')


GEOMETRY = {
    'valid': lambda: [('valid', 5, 2), ('valid', 5, 2), ('valid', 3, 1)],
    'same': lambda: [('same', 5, 2), ('same', 4, 2), ('same', 3, 1)],
    'pooling': lambda: [('valid', 3, 1), ('pool', 2, 2), ('same', 3, 1), ('pool', 3, 2)],
}


@pytest.mark.parametrize('kind', GEOMETRY)
@pytest.mark.parametrize('crop', ['{top: 21, left: 5, bottom: 3}', '{top: 9, mode: mask}'])
def test_heat_lies_where_the_gradient_says_at_every_layer(tmp_path, kind, crop):
    """A head that reads one inner cell: every layer's heat is centred where the pixels' is.

    The network is linear and all ones, so the support of the gradient is the receptive field; the
    pixels' support is found without any registration of layers.
    """
    x = y = keras.Input((66, 84, 3), name='image')
    for padding, kernel, stride in GEOMETRY[kind]():
        if padding == 'pool':
            y = L.AveragePooling2D(kernel, strides=stride)(y)
        else:
            y = L.Conv2D(1, kernel, strides=stride, padding=padding, kernel_initializer='ones')(y)
    rows, columns = y.shape[1:3]
    cell = (rows // 2, columns // 2 + 1)
    model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(y)))
    kernel = np.zeros((rows, columns), np.float32)
    kernel[cell] = 1
    model.get_layer('steering').set_weights([kernel.reshape(-1, 1), np.zeros(1, np.float32)])
    profile = f'input: {{size: [84, 66], crop: {crop}, normalisation: /255}}\n' + RIGHT
    explainer = saved(model, tmp_path, profile)
    white = Frame(np.full((200, 300, 3), 255, np.uint8), 0)

    def middle(found):
        heat = np.abs(found.raw.values)
        seen = [np.flatnonzero(heat.any(axis=axis)) for axis in (0, 1)]
        return found.raw.registration.to_cell_centres(*((s[0] + s[-1]) / 2 for s in seen))

    pixels = explainer.explain(white, 'saliency')
    expected = middle(pixels)
    scale = pixels.raw.registration.to_camera
    layers = [layer.name for layer in explainer.pilot.network.layers]
    assert len(layers) == len(GEOMETRY[kind]())
    for layer in layers:
        found = middle(explainer.explain(white, 'hirescam', layer=layer))
        assert abs(found[0] - expected[0]) / scale.scale_x <= 0.5
        assert abs(found[1] - expected[1]) / scale.scale_y <= 0.5


@pytest.mark.parametrize(
    ('method', 'options'),
    [
        ('saliency', {}),
        ('smoothgrad', {'copies': 2}),
        ('integrated_gradients', {}),
        ('occlusion', {'patch': 6, 'step': 3}),
    ],
)
def test_what_the_profile_masks_has_no_part_in_a_map(tmp_path, method, options):
    """The map covers what the network sees of the camera, and nothing else."""
    x = keras.Input((24, 32, 3), name='image')
    model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(x)))
    profile = PLAIN.replace('size', 'crop: {top: 10, right: 4, mode: mask}, size') + RIGHT
    found = saved(model, tmp_path, profile).explain(FRAME, method, **options)
    assert found.raw.values.shape == (14, 28)
    assert found.raw.values.any(axis=1).all()
    rect = found.raw.registration.rect(14, 28)
    assert (rect.left, rect.top, rect.right, rect.bottom) == (-0.5, 9.5, 27.5, 23.5)


def test_no_noise_is_made_where_the_mask_is(tmp_path):
    """The gradient at a pixel that is seen depends on those that are masked, which stay black."""
    x = keras.Input((24, 32, 3), name='image')
    masked = L.Cropping2D(((0, 14), (0, 0)))(x)
    seen = L.Cropping2D(((14, 0), (0, 0)))(x)
    product = L.Multiply()([masked, seen])
    steering = L.Dense(1, kernel_initializer='ones', name='steering')(L.Flatten()(product))
    profile = PLAIN.replace('size', 'crop: {top: 10, mode: mask}, size') + RIGHT
    explainer = saved(keras.Model(x, steering), tmp_path, profile)
    assert not explainer.explain(FRAME, 'smoothgrad').raw.values.any()


def test_a_forward_pass_that_was_computed_is_not_computed_again(tiny, camera, monkeypatch):
    """Cheap methods cost what follows the layer, and nothing before it."""
    for method in ('activation', 'visualbackprop', 'gradcam', 'hirescam'):
        taps = tiny.taps(method, 'conv_2')
        assert taps == (('conv_1', 'conv_2') if method == 'visualbackprop' else ('conv_2',))
        forward = tiny.pilot.forward(camera, taps)
        expected = tiny.explain(camera, method).raw.values
        with monkeypatch.context() as patched:
            patched.setattr(tiny.pilot, 'forward', None)
            patched.setattr(tiny.pilot, 'outputs', None)
            found = tiny.explain(camera, method, forward=forward)
        assert np.array_equal(found.raw.values, expected)


def test_only_gradients_of_many_pictures_read_the_keras_model(
    tiny_model, tiny_profile, camera, monkeypatch
):
    """A car that shows what drives a decision does not load TensorFlow."""
    explainer = Explainer(Pilot.load(tiny_model, profile=tiny_profile))
    reads = []
    read = explainer.pilot.keras_model
    monkeypatch.setattr(explainer.pilot, 'keras_model', lambda: reads.append(1) or read())
    for method in (*WITHOUT_GRADIENTS, 'gradcam', 'hirescam', 'saliency'):
        explainer.explain(camera, method)
    assert reads == []
    for _ in range(2):
        explainer.explain(camera, 'smoothgrad', copies=200)
    assert reads == [1]


def test_a_saturated_softmax_is_said(tmp_path):
    """The mean value hardly moves there; the logit of the class does."""
    keras.utils.set_random_seed(4)
    x = keras.Input((24, 32, 3), name='image')
    maps = L.Conv2D(4, 5, activation='relu', name='conv')(x)
    bias = keras.initializers.Constant([0.0, 90.0, 0.0])
    out = L.Dense(3, activation='softmax', bias_initializer=bias, name='angle')(L.Flatten()(maps))
    heads = 'heads: {steering: {output: angle, kind: bins, values: [-1, 0, 1]}}\n'
    explainer = saved(keras.Model(x, out), tmp_path, PLAIN + heads)
    mean = explainer.explain(FRAME, 'hirescam')
    assert mean.details['saturated'] is True
    assert any('p = 1.0000' in note and "'angle:1'" in note for note in mean.notes)
    one = explainer.explain(FRAME, 'hirescam', target='angle:1')
    assert one.unit == 'logit'
    assert one.sides == ('against', 'for')
    assert np.abs(one.raw.values).max() > 1e6 * np.abs(mean.raw.values).max()
    hidden = explainer.explain(FRAME, 'occlusion', target='angle:1')
    assert hidden.unit == 'probability'


def test_a_tflite_pilot_is_explained_like_the_model_that_it_was(
    tiny_model, tiny_profile, tiny, camera, tmp_path
):
    """By every method: the file holds all that gradients need."""
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.models.load_model(tiny_model))
    path = tmp_path / 'pilot.tflite'
    path.write_bytes(converter.convert())
    profile = tiny_profile.read_text().replace('output: steering', 'output: 0')
    profile = profile.replace('output: throttle', 'output: 1')
    explainer = Explainer(Pilot.load(path, profile=PilotProfile.parse(profile, origin='test')))
    for method in METHODS:
        found = explainer.explain(camera, method).raw.values
        expected = tiny.explain(camera, method).raw.values
        assert expected.any()
        assert found == pytest.approx(expected, abs=1e-5 * float(np.abs(expected).max()))


def test_an_operation_without_a_derivative_is_named(enlarging_tflite):
    """In a TFLite file; what lies behind it is explained all the same."""
    profile = PilotProfile.parse(PLAIN + 'heads: {steering: {output: 0}}\n', origin='test')
    explainer = Explainer(Pilot.load(enlarging_tflite, profile=profile))
    for layer in ('conv_1', 'conv_2'):
        assert explainer.explain(FRAME, 'hirescam', layer=layer).raw.values.any()
    for method in ('saliency', 'smoothgrad', 'integrated_gradients'):
        with pytest.raises(UnsupportedError, match=r'RESIZE_BILINEAR has no.*Keras model.*tflite'):
            explainer.explain(FRAME, method)


@pytest.mark.parametrize('method', METHODS)
def test_a_black_picture_is_explained_without_nan(tmp_path, method):
    """No evidence is an answer: zeros."""
    keras.utils.set_random_seed(4)
    x = keras.Input((24, 32, 3), name='image')
    maps = L.Conv2D(4, 5, activation='relu', name='conv')(x)
    explainer = saved(keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(maps))), tmp_path)
    black = Frame(np.zeros_like(IMAGE), 0)
    found = explainer.explain(black, method)
    assert np.isfinite(found.raw.values).all()
    if method in ('activation', 'visualbackprop', 'gradcam', 'hirescam', 'integrated_gradients'):
        assert not found.raw.values.any()


@pytest.mark.parametrize('method', METHODS)
def test_nan_is_an_error_and_never_a_picture(tmp_path, method):
    """Even from a broken weight that the steering does not depend on."""
    x = keras.Input((24, 32, 3), name='image')
    broken = L.Conv2D(2, 3, bias_initializer=keras.initializers.Constant(np.nan), name='conv')(x)
    model = keras.Model(
        x,
        [
            L.Dense(1, name='steering')(L.Flatten()(x)),
            L.Dense(1, name='other')(L.Flatten()(broken)),
        ],
    )
    with pytest.raises(NotFiniteError, match=r'not finite'):
        saved(model, tmp_path).explain(FRAME, method, layer='conv')


def test_what_is_not_there_is_refused_with_the_choices(tiny, camera):
    """Methods, layers, targets, options and baselines."""
    for asked, message in (
        ({'method': 'lime'}, r"method 'lime'.*activation, visualbackprop.*occlusion"),
        ({'method': 'hirescam', 'layer': 'conv2'}, r"layer 'conv2'. Did you mean 'conv_2'"),
        ({'method': 'occlusion', 'layer': 'conv2'}, r"layer 'conv2'. Did you mean 'conv_2'"),
        ({'method': 'hirescam', 'target': 'brake'}, r"target 'brake'.*steering, throttle"),
        ({'method': 'occlusion', 'target': 'steering:1'}, r"'steering:1'.*steering:0"),
        ({'method': 'occlusion', 'size': 3}, r"option of occlusion 'size'.*patch, step"),
        ({'method': 'occlusion', 'baseline': 'black'}, r"baseline 'black'.*grey, mean, blur"),
        ({'method': 'occlusion', 'show': 'all'}, r"show 'all'.*fall, probability"),
    ):
        with pytest.raises(UnknownNameError, match=message):
            tiny.explain(camera, **asked)


@pytest.mark.parametrize(
    ('method', 'options', 'message'),
    [
        ('occlusion', {'patch': 'big'}, r"'patch' of occlusion must be a whole number"),
        ('occlusion', {'patch': 8, 'step': 9}, r'got 9, which leaves holes'),
        ('occlusion', {'patch': 25}, r'25 pixels is larger than the picture of 32 x 24'),
        ('occlusion', {'rounds': 0}, r'1 round or more: got 0'),
        ('smoothgrad', {'copies': 0}, r'1 copy or more'),
        ('smoothgrad', {'noise': -1.0}, r'no negative noise'),
        ('integrated_gradients', {'steps': 0}, r'1 step or more: got 0'),
        ('activation', {'reduce': 'median'}, r"Unknown reduction 'median'"),
        ('activation', {'reduce': 'channel:6'}, r'Channel 6 asked for, the layer has 0 to 5'),
    ],
)
def test_values_that_cannot_be_computed_are_refused(tiny, camera, method, options, message):
    """The message names the value and what is possible."""
    with pytest.raises(UnsupportedError, match=message):
        tiny.explain(camera, method, **options)


def test_a_layer_without_a_place_is_refused(tmp_path):
    """The reason is the registration's."""
    x = keras.Input((24, 32, 3), name='image')
    turned = L.Permute((2, 1, 3), name='turned')(L.Conv2D(2, 3, name='conv')(x))
    model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(turned)))
    explainer = saved(model, tmp_path)
    for method in ('activation', 'visualbackprop', 'gradcam', 'hirescam'):
        with pytest.raises(UnsupportedError, match=r"'turned' cannot be placed on the picture"):
            explainer.explain(FRAME, method, layer='turned')


def test_the_articles_own_picture_is_a_view_of_occlusion(tiny, camera):
    """The mean of what remains, low where it matters, not signed."""
    found = tiny.explain(camera, 'occlusion', patch=8, step=4, show='probability')
    assert not found.raw.signed
    assert any('Low is important' in note for note in found.notes)
    assert abs(float(found.raw.values.mean()) - found.score) < 0.5


def test_greedy_occlusion_reports_every_round(tiny, camera):
    """The second round sees what the first found hidden."""
    found = tiny.explain(camera, 'occlusion', patch=8, step=4, rounds=3)
    strongest = found.details['strongest']
    assert len(strongest) == 3
    assert strongest[0]['score'] - strongest[0]['fall'] == pytest.approx(
        strongest[1]['score'], abs=1e-6
    )
    one = tiny.explain(camera, 'occlusion', patch=8, step=4)
    assert found.details['evaluations'] == 3 * one.details['evaluations']


def test_for_a_class_only_a_fall_is_evidence_for_the_steering_both(tmp_path):
    """One corner pulls up by two, another down by three."""
    x = keras.Input((24, 32, 3), name='image')
    model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(x)))
    weights = np.zeros((24, 32, 3), np.float32)
    weights[:8, :8], weights[-8:, -8:] = 2, -3
    model.get_layer('steering').set_weights([weights.reshape(-1, 1), np.zeros(1, np.float32)])
    explainer = saved(model, tmp_path)
    white = Frame(np.full_like(IMAGE, 255), 0)
    boxes = {
        target: explainer.explain(white, 'occlusion', patch=8, step=8, target=target).details[
            'strongest'
        ][0]['box']
        for target in ('steering', 'steering:0')
    }
    assert boxes == {'steering': [24, 16, 32, 24], 'steering:0': [0, 0, 8, 8]}


def test_another_method_can_be_brought_along(tiny, camera):
    """It gets the moment, and what it returns is placed and checked like the others."""

    def brightness(moment, *, factor=1.0):
        return Finding(values=factor * moment.tensor.mean(axis=2), unit='brightness')

    def broken(moment):
        return Finding(values=moment.tensor[..., 0] * np.nan, unit='nothing')

    def flat(moment):
        return Finding(values=moment.tensor[0, 0], unit='nothing')

    methods = tuple(
        Method(name=find.__name__, question='?', find=find) for find in (brightness, broken, flat)
    )
    explainer = Explainer(tiny.pilot, methods)
    found = explainer.explain(camera, 'brightness', factor=2.0)
    fed = tiny.pilot.forward(camera).model_input
    assert found.raw.values == pytest.approx(fed.pixels.mean(axis=2) / 255 * 2, abs=1e-6)
    assert found.raw.registration.to_camera == fed.to_camera
    assert found.target.name == 'steering'
    with pytest.raises(NotFiniteError, match=r"map of method 'broken' is not finite"):
        explainer.explain(camera, 'broken')
    with pytest.raises(UnsupportedError, match=r"'flat' returned a map of the shape \(3,\)"):
        explainer.explain(camera, 'flat')


REAL = {
    'axionaut': ('axionaut/autopilot.hdf5', 'axionaut/frames/frame4016.jpg'),
    'donkeycar_categorical': (
        'donkeycar/pilot_21-08-12_8.h5',
        'donkeycar/280_cam_image_array_.jpg',
    ),
    'pilotnet_udacity': ('udacity/model.h5', 'udacity/center.png'),
}


@pytest.mark.parametrize('profile', REAL)
def test_every_method_explains_the_real_pilots(shared_data, profile):
    """Keras 1 and 2, softmax and linear, with pooling, ELU and a Lambda layer."""
    model, picture = (shared_data / name for name in REAL[profile])
    explainer = Explainer(Pilot.load(model, profile=profile))
    frame = Frame(np.ascontiguousarray(cv2.imread(str(picture))[..., ::-1]), 0)
    for method in METHODS:
        found = explainer.explain(frame, method)
        assert np.isfinite(found.raw.values).all()
        assert found.raw.values.any()
