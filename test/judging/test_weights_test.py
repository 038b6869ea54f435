# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What shuffled weights leave of maps, where the answer is known."""

from __future__ import annotations

from contextlib import suppress

import cv2
import numpy as np
import pytest

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.method import Finding, Method
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.judging.subject import map_of, Subject, subjects_of, taps_of
from featuremap_ros.judging.weights_report import weights_chart
from featuremap_ros.judging.weights_test import WeightsTest
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.tflite.shuffling import WeightShuffler
from featuremap_ros.vision.frame import Frame

HEIGHT, WIDTH = 24, 32


@pytest.fixture(scope='module')
def load(tmp_path_factory):
    """Return a function that opens a Keras model of a 24 x 32 picture as a pilot."""
    folder = tmp_path_factory.mktemp('pilots')
    (folder / 'pilot.yaml').write_text(
        f'input: {{size: [{WIDTH}, {HEIGHT}], normalisation: /255}}\n'
        'heads:\n  steering: {output: steering, positive: left}\n'
    )

    def opened(model):
        path = folder / f'{len(list(folder.iterdir()))}.keras'
        model.save(path)
        return Pilot.load(path, profile=folder / 'pilot.yaml')

    return opened


@pytest.fixture(scope='module')
def layers():
    """Return Keras' layers, seeded."""
    backends.keras().utils.set_random_seed(2)
    return backends.keras().layers


@pytest.fixture(scope='module')
def pilot(load, layers):
    """Return a pilot of two convolutions behind a pooling, and two dense layers."""
    image = backends.keras().Input((HEIGHT, WIDTH, 3), name='image')
    maps = layers.AveragePooling2D(2, name='pool')(image)
    maps = layers.Conv2D(8, 3, activation='relu', name='conv_1')(maps)
    maps = layers.Conv2D(8, 3, activation='relu', name='conv_2')(maps)
    flat = layers.Dense(16, activation='relu')(layers.Flatten()(maps))
    return load(backends.keras().Model(image, layers.Dense(1, name='steering')(flat)))


@pytest.fixture(scope='module')
def linear(load, layers):
    """Return a linear pilot: a grey picture, and a weight for every pixel."""
    image = backends.keras().Input((HEIGHT, WIDTH, 3), name='image')
    grey = layers.Conv2D(1, 1, use_bias=False, name='grey')(image)
    steering = layers.Dense(1, name='steering', kernel_initializer='random_normal')
    return load(backends.keras().Model(image, steering(layers.Flatten()(grey))))


def edges(moment):
    """Return the edges of the picture, which any network is shown."""
    grey = cv2.cvtColor(moment.pixels, cv2.COLOR_RGB2GRAY)
    return Finding(values=np.abs(cv2.Laplacian(grey, cv2.CV_32F)), unit='', signed=False)


def sided(moment):
    """Return the same edges, speaking for the side to which the network steers."""
    values = edges(moment).values * np.float32(np.sign(moment.value))
    return Finding(values=values, unit='', signed=True)


def refused(moment):
    """Refuse every pilot but the trained one, whose file holds a Keras model."""
    moment.pilot.keras_model()
    return edges(moment)


EXTRA = (
    Method(name='edges', question='', find=edges),
    Method(name='sided', question='', find=sided),
    Method(name='from_keras', question='', find=refused),
    Method(
        name='constant',
        question='',
        find=lambda moment: Finding(
            values=np.ones(moment.pixels.shape[:2], np.float32), unit='', signed=False
        ),
    ),
)


@pytest.fixture
def race(rng):
    """Return ten frames of noise with blocks."""
    coarse = rng.integers(0, 256, (10, 6, 8, 3), dtype=np.uint8)
    return [
        Frame(cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR), i)
        for i, image in enumerate(coarse)
    ]


def judged(pilot, frames, methods, layers=('conv_2',)):
    """Return a test of methods on frames."""
    explainer = Explainer(pilot, EXTRA)
    subjects = subjects_of(explainer, methods, layers)
    test = WeightsTest(explainer, subjects)
    for frame in frames:
        forward = pilot.forward(frame, taps_of(explainer, subjects))
        moment = Moment(pilot, frame, explainer.target(), forward, explainer.gradients)
        test.judge(moment, {one: map_of(explainer, one, moment) for one in subjects})
    return test


def ranked(a, b):
    """Return Spearman's correlation of values that are all different, by its textbook formula."""
    d = np.argsort(np.argsort(a.ravel())) - np.argsort(np.argsort(b.ravel()))
    n = d.size
    return 1 - 6 * float((d.astype(float) ** 2).sum()) / (n * (n**2 - 1))


def dense_weights(model):
    """Return a weight for every pixel, as LiteRT reads it from the flatbuffer."""
    interpreter = backends.litert().Interpreter(model_content=model.content)
    found = []
    for one in interpreter.get_tensor_details():
        if tuple(one['shape']) == (1, HEIGHT * WIDTH):
            with suppress(ValueError):  # It is computed.
                found.append(interpreter.get_tensor(one['index']))
    (weights,) = found
    return weights


def test_an_edge_detector_is_caught(pilot, race):
    """It shows the same for any network; gradients of this network do not."""
    test = judged(pilot, race, ['edges', 'hirescam'])
    edges_of, hirescam = test.tallies.values()
    assert edges_of.left.values == pytest.approx(np.ones(10))
    assert edges_of.between.values == pytest.approx(np.ones(10))
    assert edges_of.verdict == 'barely depends on them'
    assert hirescam.left.interval[1] < 0.5
    assert hirescam.verdict == 'follows the weights'
    assert hirescam.signed.mean == pytest.approx(0, abs=0.2)


def test_a_side_alone_does_not_hide_an_edge_detector(pilot, race):
    """Random networks steer to either side: with the signs nothing is left of the same edges."""
    (tally,) = judged(pilot, race, ['sided']).tallies.values()
    assert tally.left.values == pytest.approx(np.ones(10))
    assert tally.verdict == 'barely depends on them'
    assert abs(tally.signed.mean) < 0.8
    assert min(tally.signed.values) == pytest.approx(-1, abs=0.01)


def test_a_linear_network_has_a_known_answer(linear, race):
    """Its saliency is the size of its weights: what is left is how alike two shuffles are."""
    (tally,) = judged(linear, race[:2], ['saliency'], ()).tallies.values()
    shuffler = WeightShuffler(linear.litert_model)
    trained = np.abs(dense_weights(linear.litert_model))
    for frame, (left, between) in enumerate(
        zip(tally.left.values, tally.between.values, strict=True)
    ):
        one, two = (np.abs(dense_weights(shuffler.shuffled(2, (frame, draw)))) for draw in (0, 1))
        expected = (ranked(trained, one) + ranked(trained, two)) / 2
        assert left == pytest.approx(expected, abs=1e-4)
        assert between == pytest.approx(ranked(one, two), abs=1e-4)
        assert abs(left) < 4 / np.sqrt(HEIGHT * WIDTH)


def test_what_looks_at_no_output_is_blind_to_the_layers_behind_it(pilot, race):
    """That is said, and its way begins where it can depend on the weights."""
    test = judged(pilot, race[:2], ['activation', 'saliency'], ['conv_1', 'conv_2'])
    deep, all_ = (
        test.tallies[one] for one in (Subject('activation', 'conv_2'), Subject('saliency'))
    )
    first = test.tallies[Subject('activation', 'conv_1')]
    assert test.layers == ('fully_connected_1', 'fully_connected_2', 'conv_2', 'conv_1')
    assert test.counts == (1, 2, 3, 4)
    assert deep.blind == ('fully_connected_1', 'fully_connected_2')
    assert (list(deep.way), deep.untouched) == ([3, 4], 2)
    assert first.blind == ('fully_connected_1', 'fully_connected_2', 'conv_2')
    assert (list(first.way), first.untouched) == ([4], 3)
    assert all_.blind == ()
    assert (list(all_.way), all_.untouched) == ([1, 2, 3, 4], 0)


def test_no_weights_below_a_layer_is_told(pilot, race):
    """A pooling of the picture is not a failure of the method."""
    (tally,) = judged(pilot, race, ['activation'], ['pool']).tallies.values()
    assert tally.verdict == 'not applicable'
    assert tally.refused == "No weights lie at or below 'pool'."
    assert tally.left.mean is None


def test_a_method_that_cannot_be_asked_is_told(pilot, race):
    """With the reason; the others go on."""
    test = judged(pilot, race, ['from_keras', 'edges'])
    refusing, other = test.tallies.values()
    assert refusing.verdict == 'not applicable'
    assert 'Only the converted model is shuffled' in refusing.refused
    assert other.verdict == 'barely depends on them'


def test_a_constant_map_is_undefined(pilot, race):
    """There is no order that could be kept."""
    (tally,) = judged(pilot, race, ['constant']).tallies.values()
    assert tally.verdict == 'undefined'
    assert tally.left.undefined == 10


def test_a_network_that_cannot_change_is_refused(load, layers):
    """Zeros are zeros wherever they go."""
    image = backends.keras().Input((HEIGHT, WIDTH, 3), name='image')
    steering = layers.Dense(1, name='steering', kernel_initializer='zeros')
    still = load(backends.keras().Model(image, steering(layers.Flatten()(image))))
    with pytest.raises(UnsupportedError, match='no weights that could be shuffled'):
        WeightsTest(Explainer(still), [Subject('occlusion')])


def test_the_same_race_gives_the_same_bits(pilot, race):
    """And the pilot drives as before."""
    content = bytes(pilot.litert_model.content)
    before = pilot.forward(race[0]).steering.heads['steering']
    one, two = (judged(pilot, race[:3], ['hirescam', 'activation', 'saliency']) for _ in range(2))
    assert [t.to_json() for t in one.tallies.values()] == [
        t.to_json() for t in two.tallies.values()
    ]
    assert pilot.litert_model.content == content
    assert pilot.forward(race[0]).steering.heads['steering'] == before


def test_few_frames_have_no_verdict(pilot, race):
    """Eight are too few to be sure, even of an edge detector."""
    (tally,) = judged(pilot, race[:8], ['edges']).tallies.values()
    assert (tally.left.mean, tally.verdict) == (pytest.approx(1), 'too few frames')


def test_the_picture_shows_every_method_that_was_tested(pilot, race):
    """Also those that are undefined, but not those to which the test does not apply."""
    test = judged(pilot, race[:2], ['edges', 'constant', 'hirescam'])
    alone = judged(pilot, race[:2], ['edges'])
    assert weights_chart(test).shape[1] > weights_chart(alone).shape[1]


def test_a_long_network_has_six_steps(load, layers):
    """Spread evenly, and the last with all layers."""
    image = backends.keras().Input((HEIGHT, WIDTH, 3), name='image')
    maps = image
    for _ in range(9):
        maps = layers.Conv2D(2, 3, padding='same', activation='tanh')(maps)
    steering = layers.Dense(1, name='steering')(layers.Flatten()(maps))
    explainer = Explainer(load(backends.keras().Model(image, steering)))
    fourth = explainer.pilot.network.layers[3].name
    test = WeightsTest(explainer, [Subject('activation', fourth)])
    assert test.counts == (2, 4, 5, 7, 9, 10)
    (tally,) = test.tallies.values()
    assert (tally.untouched, list(tally.way)) == (6, [7, 9, 10])
