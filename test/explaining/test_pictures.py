# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Grids, channels, animations, kernels and maximised inputs by name."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.pictures import Animation, draw_pictures
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.grid import draw_grid, GridStyle


def drawn(tiny, frame, kind, **asked):
    """Return the pictures of a kind."""
    return list(draw_pictures(tiny, frame, kind, **asked))


def test_a_grid_has_as_many_pages_as_it_needs(tiny, frame):
    """With the style that was asked for."""
    activation = tiny.pilot.forward(frame, ('conv_2',)).activations['conv_2']
    pages = drawn(tiny, frame, 'grid', per_page=4, order='energy')
    assert [page.name for page in pages] == ['grid/conv_2/page_0', 'grid/conv_2/page_1']
    style = GridStyle(per_page=4, order='energy')
    silent = dict.fromkeys(pages[0].details['silent'], 'silent')
    for number, page in enumerate(pages):
        drawing = draw_grid(activation, style, page=number, marks=silent)
        assert np.array_equal(page.content, drawing)


def test_channels_without_an_active_cell_are_marked(keras, make_pilot, frame):
    """On this frame; whether they are dead takes a race to know."""
    keras.utils.set_random_seed(1)
    x = keras.Input((24, 32, 3), name='image')
    bias = np.zeros(6, np.float32)
    bias[[1, 4]] = -1e6
    conv = keras.layers.Conv2D(6, 3, activation='relu', name='conv')
    model = keras.Model(x, keras.layers.Dense(1, name='steering')(keras.layers.Flatten()(conv(x))))
    conv.set_weights([np.abs(conv.get_weights()[0]), bias])
    explainer = Explainer(make_pilot(model))
    (page,) = drawn(explainer, frame, 'grid')
    assert page.details['silent'] == [1, 4]
    activation = explainer.pilot.forward(frame, ('conv',)).activations['conv']
    assert np.array_equal(page.content, draw_grid(activation, marks={1: 'silent', 4: 'silent'}))
    assert not np.array_equal(page.content, draw_grid(activation))


def test_one_channel_fills_a_screen(tiny, frame):
    """The strongest unless one is named."""
    activation = tiny.pilot.forward(frame, ('conv_2',)).activations['conv_2']
    strongest = int(np.square(activation).sum(axis=(0, 1)).argmax())
    (picture,) = drawn(tiny, frame, 'channel')
    assert picture.details['channel'] == strongest
    assert picture.content.shape == (1080, 1620, 3)
    (picture,) = drawn(tiny, frame, 'channel', channel=2, layer='conv_1', colormap='gray')
    assert picture.name == 'channel/conv_1/channel_2'
    assert (picture.content[..., 0] == picture.content[..., 2]).all()
    with pytest.raises(UnsupportedError, match=r'Channel 9 asked for, the layer has 0 to 5'):
        drawn(tiny, frame, 'channel', channel=9)


def test_an_animation_has_one_picture_a_channel(tiny, frame):
    """With the palette of its colours."""
    (picture,) = drawn(tiny, frame, 'channels', rate=4, colormap='viridis')
    moving = picture.content
    assert isinstance(moving, Animation)
    assert moving.rate == 4
    assert np.array_equal(moving.palette, color_table('viridis'))
    assert [frame.shape for frame in moving.pictures] == [(1080, 1620)] * 6


def test_kernels_and_maximised_inputs_need_no_frame(tiny, frame):
    """Whatever the frame shows."""
    (picture,) = drawn(tiny, frame, 'kernels')
    assert picture.details == {'filters': 4}
    (channel,) = drawn(tiny, frame, 'maximize', channel=1, steps=5)
    assert channel.name == 'maximize/conv_2/channel_1'
    height, width = channel.content.shape[:2]
    assert height > 24 * 40, 'enlarged by whole factors, below a line of words'
    assert width == pytest.approx(32 * (width // 32), abs=4)
    strip = channel.content[: height - 24 * (width // 32) - 4]
    assert (strip[:, 0] == 24).all()
    assert (strip > 200).any()
    assert channel.details['score'] > channel.details['noise_score']
    (target,) = drawn(tiny, frame, 'maximize', target='throttle', steps=5)
    assert target.name == 'maximize/throttle'


def test_patches_are_drawn_from_the_whole_race(tiny, frame):
    """One row a channel, and where each patch was, as data."""
    rng = np.random.default_rng(0)
    race = [Frame(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8), i * 10**9) for i in range(6)]
    (page,) = drawn(tiny, frame, 'patches', race=race, count=3, height=40)
    assert page.name == 'patches/conv_2/page_0'
    assert page.details['layer'] == 'conv_2'
    for patches in page.details['patches'].values():
        assert len(patches) <= 3
        assert all(patch['stamp_ns'] in {f.stamp_ns for f in race} for patch in patches)
    with pytest.raises(UnsupportedError, match=r'over a whole race, not on one frame'):
        drawn(tiny, frame, 'patches')


def test_what_is_not_there_is_refused(tiny, frame):
    """Kinds, options and layers, with the choices."""
    for kind, asked, message in (
        ('grids', {}, r"picture 'grids'. Did you mean 'grid'"),
        ('grid', {'channel': 3}, r"option of grid 'channel'.*scale, order"),
        ('grid', {'layer': 'conv_3'}, r"layer 'conv_3'"),
        ('channels', {'format': 'avi'}, r"format 'avi'.*gif, mp4"),
        ('maximize', {'color': 3}, r"option of maximize 'color'.*channel, steps"),
    ):
        with pytest.raises(UnknownNameError, match=message):
            drawn(tiny, frame, kind, **asked)
    for kind, asked, message in (
        ('maximize', {'centre': True}, r'"centre".*give "channel" as well'),
        ('maximize', {'jitter': -1}, r'must not be negative'),
        ('channels', {'rate': 0}, r'"rate".*above 0 and at most 50: got 0'),
        ('grid', {'per_page': 'all'}, r"'per_page' of grid must be a whole number"),
    ):
        with pytest.raises(UnsupportedError, match=message):
            drawn(tiny, frame, kind, **asked)


def test_every_kind_is_drawn_for_the_vgg_of_the_article(keras, make_pilot):
    """A network of blocks with a free input size, of which the profile says what it is fed."""
    keras.utils.set_random_seed(1)
    x = y = keras.Input((None, None, 3), name='image')
    for block, filters in enumerate((8, 16, 24), start=1):
        for number in (1, 2):
            name = f'block{block}_conv{number}'
            y = keras.layers.Conv2D(filters, 3, padding='same', activation='relu', name=name)(y)
        y = keras.layers.MaxPooling2D(2, name=f'block{block}_pool')(y)
    out = keras.layers.Dense(5, activation='softmax', name='predictions')(
        keras.layers.GlobalAveragePooling2D()(y)
    )
    pilot = make_pilot(
        keras.Model(x, out),
        'input: {size: [120, 80], normalisation: none, color: bgr}\n'
        'heads: {steering: {output: predictions, kind: classes, values: [-1, -0.5, 0, 0.5, 1]}}\n',
    )
    explainer = Explainer(pilot)
    image = np.random.default_rng(0).integers(0, 256, (160, 240, 3), dtype=np.uint8)
    frame = Frame(image, 0)
    for block, filters in ((1, 8), (2, 16), (3, 24)):
        layer = f'block{block}_conv1'
        (page,) = draw_pictures(explainer, frame, 'grid', layer=layer)
        assert page.content.shape[0] <= 1080
        (moving,) = draw_pictures(explainer, frame, 'channels', layer=layer)
        assert len(list(moving.content.pictures)) == filters
        found = explainer.explain(frame, 'hirescam', layer=layer, target='predictions:3')
        assert found.raw.values.shape == (80 >> (block - 1), 120 >> (block - 1))
