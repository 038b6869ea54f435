# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which views follow every image."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.tflite.gradients import TFLiteGradients
from featuremap_ros.ros import every_image
from featuremap_ros.ros.every_image import follows_every_image
from featuremap_ros.view import named_view, View


@pytest.fixture(scope='module')
def pilot(tiny_model, tiny_profile):
    """Return the tiny pilot."""
    return Pilot.load(tiny_model, profile=tiny_profile)


@pytest.mark.parametrize(
    ('name', 'follows'),
    [
        ('activation', True),
        ('visualbackprop', True),
        ('hirescam/throttle', True),
        ('gradcam/conv_1', True),
        ('saliency', False),
        ('occlusion', False),
        ('smoothgrad', False),
        ('integrated_gradients', False),
    ],
)
def test_cheap_methods_follow_every_image(pilot, name, follows):
    """All others go to the observer."""
    assert follows_every_image(named_view(name, Explainer(pilot), {}), pilot) is follows


def test_what_needs_tensorflow_does_not(pilot, monkeypatch):
    """An operation without a derivative in NumPy, or a pilot that LiteRT does not compute."""
    view = View(method='hirescam', layer='conv_2')

    def refuse(*_):
        raise NotDifferentiableError('no derivative of FANCY_OP')

    monkeypatch.setattr(TFLiteGradients, 'by_layer', refuse)
    assert not follows_every_image(view, pilot)
    monkeypatch.setattr(Pilot, 'quick_gradients', lambda _: None)
    assert not follows_every_image(view, pilot)


def test_what_goes_back_through_many_layers_does_not(pilot, monkeypatch):
    """A large network's first layer takes tens of milliseconds, its last one none."""
    behind = sum(int(np.prod(layer.shape)) for layer in pilot.network.layers[1:])
    monkeypatch.setattr(every_image, '_MOST_BEHIND', behind - 1)
    first, last = (layer.name for layer in pilot.network.layers)
    assert not follows_every_image(View(method='hirescam', layer=first), pilot)
    assert follows_every_image(View(method='hirescam', layer=last), pilot)


@pytest.mark.usefixtures('pilot')
def test_the_thread_that_drives_imports_no_tensorflow(tiny_model, tiny_profile):
    """Neither to decide nor to paint; checked in a fresh process, with the model converted."""
    code = (
        'import sys\n'
        'import numpy as np\n'
        'from featuremap_ros import Frame, Pilot, Pipeline, View\n'
        'from featuremap_ros.ros.every_image import follows_every_image\n'
        f'pilot = Pilot.load({str(tiny_model)!r}, profile={str(tiny_profile)!r})\n'
        "pipeline = Pipeline(pilot, [View(method='hirescam')])\n"
        'assert follows_every_image(*pipeline.views.values(), pilot)\n'
        'pipeline.process(Frame(np.zeros((48, 64, 3), np.uint8), 0))\n'
        "print('tensorflow' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == 'False', done.stderr
