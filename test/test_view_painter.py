# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One view, frame after frame, on a small real network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.view import View
from featuremap_ros.view_painter import label_of, ViewPainter
from featuremap_ros.vision.frame import Frame

PLAIN = View(layer='conv_2', scale='frame', outline=False)


@pytest.fixture(scope='module')
def explainer(tiny_model, tiny_profile):
    """Return what explains the tiny pilot."""
    return Explainer(Pilot.load(tiny_model, profile=tiny_profile))


@pytest.fixture(scope='module')
def frame():
    """Return a frame of noise."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    return Frame(noise, 0)


@pytest.fixture
def painted(explainer, frame):
    """Return what paints a view of the frame."""

    def paint(view, remark=''):
        found = explainer.explain(frame, view.method, layer=view.layer)
        steering = explainer.pilot.forward(frame).steering
        painter = ViewPainter(view, explainer)
        return painter.paint(frame, found.raw, steering, None, remark=remark).astype(int)

    return paint


def test_label_gauge_and_outline_are_parameters(painted):
    """Each changes the picture, and only if asked for."""
    changes = ({}, {'outline': True}, {'label': True}, {'gauge': True})
    plain, *others = (painted(replace(PLAIN, **change)) for change in changes)
    assert all(not np.array_equal(plain, other) for other in others)


def test_a_remark_stands_below_the_label(painted):
    """Or in its place; both are written."""
    for label in (False, True):
        view = replace(PLAIN, label=label)
        rows = np.flatnonzero((painted(view) != painted(view, 'trust')).any(axis=(1, 2)))
        assert rows.size
        assert (rows.min() > 11) == label


@pytest.mark.parametrize(
    ('method', 'sees'),
    [('activation', True), ('hirescam', True), ('gradcam', True), ('visualbackprop', False)],
)
def test_a_label_says_what_a_cell_of_the_layer_sees(explainer, frame, method, sees):
    """Of a map of pixels it does not: what they see is not the layer's."""
    raw = explainer.explain(frame, method, layer='conv_2').raw
    sampling = explainer.pilot.network.sampling_of('conv_2')
    label = label_of(View(layer='conv_2', method=method), raw, sampling)
    assert ('sees' in label) == sees
    assert f'{raw.values.shape[1]}x{raw.values.shape[0]}' in label
