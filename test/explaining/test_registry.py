# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Methods by name, and those of other packages."""

from __future__ import annotations

from importlib import metadata
import logging

import pytest

from featuremap_ros.errors import UnknownNameError
from featuremap_ros.explaining import registry
from featuremap_ros.explaining.builtin import BUILTIN
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.method import Finding, Method


def brightness(moment, *, factor=1.0):
    """Return how bright the picture is."""
    return Finding(values=factor * moment.tensor.mean(axis=2), unit='brightness')


THIRD = Method(name='brightness', question='How bright is it?', find=brightness, headed=False)
IMPOSTOR = Method(name='occlusion', question='?', find=brightness)
NOT_A_METHOD = 'brightness'


@pytest.fixture
def installed(monkeypatch):
    """Install entry points; return what sets them."""

    def install(**values):
        points = [
            metadata.EntryPoint(name, value, registry.ENTRY_POINTS)
            for name, value in values.items()
        ]
        monkeypatch.setattr(
            metadata,
            'entry_points',
            lambda group: points if group == 'featuremap_ros.attribution_methods' else [],
        )
        registry.methods.cache_clear()
        return registry.methods()

    yield install
    registry.methods.cache_clear()


def test_the_packages_own_methods_have_their_own_names():
    """A name, a question, and options with defaults."""
    assert len({method.name for method in BUILTIN}) == len(BUILTIN) == 8
    for method in BUILTIN:
        assert method.question.endswith('?')


def test_an_installed_package_adds_a_method(installed, tiny, frame):
    """It is listed, its options are checked, and it explains."""
    found = installed(brightness=f'{__name__}:THIRD')
    assert list(found) == [*(method.name for method in BUILTIN), 'brightness']
    explanation = Explainer(tiny.pilot).explain(frame, 'brightness', factor=2)
    assert explanation.target is None
    assert explanation.raw.values.max() > 1
    with pytest.raises(UnknownNameError, match=r"option of brightness 'power'.*factor"):
        Explainer(tiny.pilot).explain(frame, 'brightness', power=2)


@pytest.mark.parametrize(
    ('value', 'reason'),
    [
        ('no_such_module:METHOD', r'cannot be loaded: No module named'),
        ('featuremap_ros.version:NOTHING', r'cannot be loaded'),
        ('{here}:NOT_A_METHOD', r'expected a Method, received str'),
        ('{here}:IMPOSTOR', r"there is one of the name 'occlusion'"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_a_warning(installed, caplog, value, reason):
    """A broken package must not keep the car from driving."""
    with caplog.at_level(logging.WARNING):
        found = installed(strange=value.format(here=__name__))
    assert list(found) == [method.name for method in BUILTIN]
    assert found['occlusion'] is not IMPOSTOR
    (record,) = caplog.records
    assert "'strange'" in record.getMessage()
    assert reason in record.getMessage()


def test_options_are_the_keywords_of_the_function():
    """Those with defaults, by name."""
    assert tuple(THIRD.defaults) == ('factor',)
    options = {method.name: tuple(method.defaults) for method in BUILTIN}
    assert options['activation'] == ('reduce',)
    assert options['occlusion'] == ('patch', 'step', 'baseline', 'rounds', 'show')
