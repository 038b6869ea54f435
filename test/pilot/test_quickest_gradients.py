# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which of two ways a gradient takes."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import (
    MissingDependencyError,
    NotDifferentiableError,
    UnknownNameError,
    UnsupportedError,
)
from featuremap_ros.pilot.gradients import QuickestGradients

PICTURES = np.zeros((3, 400, 400, 3), np.float32)
SMALL = PICTURES[:, :40, :50]


class Way:
    """Answers with its name, or refuses."""

    def __init__(self, name, refusal=None):
        self.name = name
        self.refusal = refusal

    def answer(self, *_, **__):
        """Answer, whatever is asked."""
        if self.refusal is not None:
            raise self.refusal
        return self.name

    by_input = by_layer = by_input_of_channel = first_kernels = answer


class Loader:
    """Loads the slow way and counts how often."""

    def __init__(self, refusal=None):
        self.count = 0
        self.refusal = refusal

    def __call__(self):
        """Load."""
        self.count += 1
        if self.refusal is not None:
            raise self.refusal
        return Way('slow')


def test_little_takes_the_quick_way_and_loads_nothing():
    """Maps, some small pictures and kernels."""
    load = Loader()
    gradients = QuickestGradients(Way('quick'), load)
    assert gradients.by_layer({}, 'conv', SMALL[0], None) == 'quick'
    assert gradients.by_input({}, SMALL, None) == 'quick'
    assert gradients.by_input_of_channel({}, SMALL, 'conv', 0) == 'quick'
    assert gradients.first_kernels() == 'quick'
    assert load.count == 0


def test_much_takes_the_slow_way_where_there_is_one():
    """It is loaded once; where it cannot be loaded, that is tried once."""
    for refusal, expected in (
        (None, 'slow'),
        (UnsupportedError('No model.'), 'quick'),
        (MissingDependencyError('Install it.'), 'quick'),
    ):
        load = Loader(refusal)
        gradients = QuickestGradients(Way('quick'), load)
        assert [gradients.by_input({}, PICTURES, None) for _ in range(3)] == [expected] * 3
        assert gradients.by_input_of_channel({}, PICTURES[:1], 'conv', 0) == expected
        assert load.count == 1


def test_what_the_quick_way_cannot_do_takes_the_slow_one():
    """Whatever is asked."""
    load = Loader()
    gradients = QuickestGradients(Way('quick', NotDifferentiableError('Not that.')), load)
    assert gradients.by_input({}, SMALL, None) == 'slow'
    assert gradients.first_kernels() == 'slow'
    assert load.count == 1


def test_where_neither_goes_both_reasons_are_given():
    """One of them can be mended."""
    quick = Way('quick', NotDifferentiableError('No derivative.'))
    gradients = QuickestGradients(quick, Loader(MissingDependencyError('Install TensorFlow.')))
    for pictures in (SMALL, PICTURES):
        with pytest.raises(UnsupportedError, match=r'No derivative. Install TensorFlow.'):
            gradients.by_input({}, pictures, None)


def test_a_wrong_question_is_not_asked_twice():
    """An unknown layer is none for TensorFlow either."""
    load = Loader()
    gradients = QuickestGradients(Way('quick', UnknownNameError('layer', 'x', [])), load)
    with pytest.raises(UnknownNameError):
        gradients.first_kernels()
    assert load.count == 0
