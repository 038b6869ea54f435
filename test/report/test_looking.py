# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A closer look at the worst moments."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.method import Method
from featuremap_ros.report.looking import look_closer
from featuremap_ros.streams.source import open_source


def test_every_moment_is_looked_at_in_its_order(made):
    """Worst first, although the race has another order; each with its own frame."""
    scenes = made.findings.scenes
    assert [scene.moment for scene in scenes] == made.moments
    assert [scene.rank for scene in scenes] == [1, 2, 3]
    for scene in scenes:
        # Title and gauge are at the top, the rest of the frame is as bright as its number says.
        corner = scene.before[400:, :8]
        assert np.abs(corner.astype(int) - made.brightness(made.number(scene.rank))).max() <= 1


def test_a_scene_holds_why_methods_and_channels(made):
    """Pictures large enough for their words, methods as asked, one grid for each layer."""
    scene = made.findings.scenes[0]
    assert scene.before.shape == scene.after.shape == (480, 640, 3)
    assert scene.sentence.startswith(('Hide', 'It steers'))
    assert [look.name for look in scene.methods] == ['activation', 'occlusion']
    assert all(look.image.shape == (480, 640, 3) for look in scene.methods)
    assert scene.methods[0].notes[0] == 'Where does this layer fire?'
    assert [look.name for look in scene.grids] == ['conv_1', 'conv_2']
    assert scene.refused == {}


def test_filters_are_judged_over_the_whole_race(made):
    """Not only at the worst moments."""
    filters = made.findings.filters
    assert list(filters.verdicts) == list(filters.charts) == ['conv_1', 'conv_2']
    assert all(verdict.frames == 240 for verdict in filters.verdicts.values())


def test_methods_that_need_more_are_left_out_with_their_reason(made, tiny_pilot, grey_race):
    """The others are shown."""

    def refuse(_moment):
        raise UnsupportedError('Needs a Keras model.')

    refusing = Method(name='refusing', question='Why not?', find=refuse)
    bare = type(tiny_pilot)(tiny_pilot._engine, tiny_pilot.profile)
    with open_source(grey_race, duration=3) as source:
        found = look_closer(
            Explainer(bare, (refusing,)),
            source,
            made.moments[:1],
            ['conv_1'],
            methods=['refusing', 'activation'],
        )
    (scene,) = found.scenes
    assert [look.name for look in scene.methods] == ['activation']
    assert scene.refused == {'refusing': 'Needs a Keras model.'}
    assert found.filters.no_proof == ''
    assert all(verdict.proof for verdict in found.filters.verdicts.values())


def test_an_unknown_method_is_refused_at_once(tiny_pilot, grey_race):
    """Before the race is gone through."""
    with open_source(grey_race) as source, pytest.raises(UnknownNameError, match='hirescan'):
        look_closer(Explainer(tiny_pilot), source, [], [], methods=['hirescan'])
