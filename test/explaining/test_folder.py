# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Everything about one frame in a folder."""

from __future__ import annotations

import json

import av
import cv2
import numpy as np
import pytest

from featuremap_ros.errors import SinkError, UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.folder import everything, write_explanations
from featuremap_ros.explaining.overview import draw_overview
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile


def test_every_map_is_a_picture_an_archive_and_data(tiny, frame, tmp_path):
    """The three agree with what the explainer finds."""
    names = ['hirescam', 'visualbackprop']
    data = write_explanations(tiny, frame, tmp_path, names, target='throttle')
    assert data == json.loads((tmp_path / 'explain.json').read_text())
    assert data['stamp_ns'] == frame.stamp_ns
    assert data['steering'] == pytest.approx(tiny.pilot.forward(frame).steering.value)
    assert [f['name'] for f in data['findings']] == [
        'hirescam/conv_2/throttle',
        'visualbackprop/conv_2',
    ]
    for finding, name in zip(data['findings'], names, strict=True):
        target = None if name == 'visualbackprop' else 'throttle'
        found = tiny.explain(frame, name, target=target)
        with np.load(tmp_path / finding['map']) as archive:
            assert np.array_equal(archive['values'], found.raw.values)
            assert int(archive['stamp_ns']) == frame.stamp_ns
            assert json.loads(str(archive['about'])) == found.to_json()
        assert cv2.imread(str(tmp_path / finding['picture'])).shape == (720, 960, 3)
        assert finding['seconds'] >= 0
    assert cv2.imread(str(tmp_path / 'all.png')) is not None
    assert {path.name for path in tmp_path.iterdir()} == {
        'all.png',
        'explain.json',
        'hirescam.conv_2.throttle.npz',
        'hirescam.conv_2.throttle.png',
        'visualbackprop.conv_2.npz',
        'visualbackprop.conv_2.png',
    }


def test_the_page_holds_all_that_is_written(tiny, frame, tmp_path, monkeypatch):
    """The camera, what is fed, and every map and picture; what moves has files of its own."""
    pages = []

    def draw(tiles):
        pages.append(list(tiles))
        return draw_overview(tiles)

    monkeypatch.setattr('featuremap_ros.explaining.folder.draw_overview', draw)
    for names in (everything(tiny), ['grid', 'kernels', 'channel', 'maximize', 'channels']):
        options = {'maximize': {'steps': 2}}
        data = write_explanations(tiny, frame, tmp_path, names, options=options, at=5.0)
        still = [f for f in data['findings'] if f['picture'].endswith('.png')]
        tiles = pages.pop()
        assert len(tiles) == 2 + len(still)
        assert len({tile.shape for tile in tiles}) == 1
        assert len(np.unique([tile.mean() for tile in tiles])) == len(tiles)
        assert cv2.imread(str(tmp_path / 'all.png')).shape == draw_overview(tiles).shape


def test_pictures_of_their_own_are_written_too(tiny, frame, tmp_path):
    """Grids as PNG, animations as GIF."""
    names = ['grid', 'channels']
    options = {'channels': {'rate': 5}}
    data = write_explanations(tiny, frame, tmp_path, names, options=options)
    assert [f['picture'] for f in data['findings']] == [
        'grid.conv_2.page_0.png',
        'channels.conv_2.gif',
    ]
    with av.open(str(tmp_path / 'channels.conv_2.gif')) as container:
        gif = [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]
    assert len(gif) == 6
    write_explanations(
        tiny, frame, tmp_path, ['channels'], options={'channels': {'format': 'mp4', 'rate': 5}}
    )
    with av.open(str(tmp_path / 'channels.conv_2.mp4')) as container:
        video = [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]
        assert float(container.duration / av.time_base) == pytest.approx(6 / 5, rel=0.1)
    for exact, shown in zip(gif, video, strict=True):
        assert np.abs(exact.astype(int) - shown).mean() < 6


def test_one_pass_through_the_network_serves_all_maps(tiny, frame, tmp_path, monkeypatch):
    """A large network takes seconds for each."""
    passes = []
    forward = tiny.pilot.forward
    monkeypatch.setattr(
        tiny.pilot, 'forward', lambda *asked: passes.append(asked) or forward(*asked)
    )
    names = ['activation', 'visualbackprop', 'hirescam', 'grid', 'channel', 'channels']
    write_explanations(tiny, frame, tmp_path, names)
    assert len(passes) == 1


def test_everything_is_every_method_and_the_quick_pictures(tiny, frame, tmp_path):
    """One forward pass serves all methods."""
    names = everything(tiny)
    data = write_explanations(tiny, frame, tmp_path, names)
    assert len(data['findings']) == len(names) == 10
    assert data['refused'] == {}


def test_what_cannot_be_computed_is_left_out_with_the_reason(enlarging_tflite, frame, tmp_path):
    """Unless it was asked for by name."""
    text = (
        'input: {size: [32, 24], interpolation: area, normalisation: /255}\n'
        'heads: {steering: {output: 0, positive: right}}\n'
    )
    profile = PilotProfile.parse(text, origin='t')
    explainer = Explainer(Pilot.load(enlarging_tflite, profile=profile))
    folder = tmp_path / 'out'
    folder.mkdir()
    data = write_explanations(explainer, frame, folder, everything(explainer))
    gradients = {'saliency', 'smoothgrad', 'integrated_gradients'}
    assert not gradients & {f['name'].partition('/')[0] for f in data['findings']}
    assert set(data['refused']) == {*gradients, 'visualbackprop'}
    assert all('Keras model' in data['refused'][name] for name in gradients)
    with pytest.raises(UnsupportedError, match=r'Gradients need a Keras model'):
        write_explanations(explainer, frame, folder, ['saliency'], strict=True)


def test_a_wrong_layer_or_target_is_an_error_even_for_everything(tiny, frame, tmp_path):
    """Nothing is written then."""
    for asked in ({'layer': 'conv_9'}, {'target': 'brake'}):
        with pytest.raises(UnknownNameError):
            write_explanations(tiny, frame, tmp_path, everything(tiny), **asked)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_an_error(tiny, frame, tmp_path):
    """Whatever is written first."""
    for names in (['activation'], ['grid'], []):
        with pytest.raises(SinkError, match=r'nowhere.* cannot be written'):
            write_explanations(tiny, frame, tmp_path / 'nowhere', names)
