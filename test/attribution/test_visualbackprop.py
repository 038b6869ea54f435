# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""VisualBackProp, against a double loop over cells and taps."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from featuremap_ros.attribution.visualbackprop import (
    enlarge,
    OVERLAPS,
    Stage,
    visual_backprop,
    Window,
)
from featuremap_ros.errors import UnknownNameError


def spread_by_loops(values, window, size):
    """Add every cell to each input cell that it gathered, one after the other."""
    out = np.zeros(size)
    for row, column in np.ndindex(*values.shape):
        for i, j in np.ndindex(*window.kernel):
            r = row * window.stride[0] - window.pad[0] + i
            c = column * window.stride[1] - window.pad[1] + j
            if 0 <= r < size[0] and 0 <= c < size[1]:
                out[r, c] += values[row, column]
    return out


def averaged_by_loops(values, window, size):
    """Give every input cell the mean of the cells that gathered it."""
    gathered = spread_by_loops(np.ones_like(values), window, size)
    return spread_by_loops(values, window, size) / np.maximum(gathered, 1)


def chain(maps, windows, size, spread=spread_by_loops):
    """Return the picture for a chain of layers by loops."""
    relevance = maps[-1].astype(np.float64)
    for level in range(len(maps) - 1, 0, -1):
        relevance = spread(relevance, windows[level], maps[level - 1].shape)
        relevance = relevance * maps[level - 1]
    values = spread(relevance, windows[0], size)
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros(size)


def stages_of(maps, windows):
    """Return a chain of layers that all count."""
    names = ['picture', *(f'layer_{i}' for i in range(len(maps)))]
    return [
        Stage(name, {before: window}, values.shape, True)
        for name, before, window, values in zip(names[1:], names[:-1], windows, maps, strict=True)
    ]


def named(maps):
    """Return the maps by the names of their layers."""
    return {f'layer_{i}': values for i, values in enumerate(maps)}


# Donkeycar's five convolutions on a picture that is not square, 'valid' and with strides.
VALID = [Window((k, k), (s, s)) for k, s in ((5, 2), (5, 2), (5, 2), (3, 1), (3, 1))]


def sizes_after(windows, size):
    """Return the sizes of the maps of a chain without padding."""
    sizes = []
    for window in windows:
        size = tuple(
            (n - k) // s + 1 for n, k, s in zip(size, window.kernel, window.stride, strict=True)
        )
        sizes.append(size)
    return sizes


@pytest.mark.parametrize('size', [(67, 83), (64, 80)])
@pytest.mark.parametrize(
    ('overlap', 'spread'), [('sum', spread_by_loops), ('mean', averaged_by_loops)]
)
def test_it_agrees_with_a_double_loop_on_a_driving_network(size, overlap, spread):
    """Strides, kernels and the rows that no window reached."""
    rng = np.random.default_rng(3)
    maps = [
        rng.random(shape, np.float32) * (rng.random(shape) < 0.6).astype(np.float32)
        for shape in sizes_after(VALID, size)
    ]
    found = visual_backprop(stages_of(maps, VALID), named(maps), 'picture', size, overlap=overlap)
    assert found.dtype == np.float32
    assert np.abs(found - chain(maps, VALID, size, spread)).max() < 1e-6


@settings(deadline=None, max_examples=60)
@given(
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    pad=st.tuples(st.integers(-3, 3), st.integers(-3, 3)),
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_any_window_spreads_as_the_loop_does(kernel, stride, pad, shape, size):
    """'Same' padding is a positive pad, cropping a negative one; what is outside is lost."""
    values = np.random.default_rng(0).random(shape, np.float32)
    window = Window(kernel, stride, pad)
    assert enlarge(values, window, size) == pytest.approx(
        spread_by_loops(values, window, size), abs=1e-5
    )


def test_one_layer_of_ones_counts_how_often_a_pixel_is_covered():
    """A 3 x 3 window with stride 2 covers corners once, and up to four windows meet."""
    window = Window((3, 3), (2, 2))
    maps = [np.ones((3, 4), np.float32)]
    covered = spread_by_loops(maps[0], window, (7, 9))
    assert set(np.unique(covered)) == {1, 2, 4}
    found = visual_backprop(stages_of(maps, [window]), named(maps), 'picture', (7, 9))
    assert found == pytest.approx((covered - 1) / 3)


def test_the_mean_of_what_overlaps_has_no_pattern_of_its_own():
    """Maps that are the same everywhere stay so, but for the border that no window reaches."""
    maps = [np.ones(shape, np.float32) for shape in sizes_after(VALID, (120, 160))]
    summed, averaged = (
        visual_backprop(
            stages_of(maps, VALID), named(maps), 'picture', (120, 160), overlap=overlap
        )[:90, :130]
        for overlap in OVERLAPS
    )
    assert len(np.unique(summed)) > 50
    assert averaged == pytest.approx(1)


def test_another_overlap_is_refused():
    """The choices are named."""
    maps = [np.ones((3, 4), np.float32)]
    with pytest.raises(UnknownNameError, match=r"'max'.*sum, mean"):
        visual_backprop(stages_of(maps, [Window()]), named(maps), 'picture', (3, 4), overlap='max')


def test_a_single_active_cell_lights_its_receptive_field_and_nothing_else():
    """With every other map full of ones, the support is the receptive field of the cell."""
    maps = [np.ones(shape, np.float32) for shape in sizes_after(VALID, (120, 160))]
    maps[-1] = np.zeros_like(maps[-1])
    maps[-1][1, 2] = 1
    found = visual_backprop(stages_of(maps, VALID), named(maps), 'picture', (120, 160))
    rows, columns = np.nonzero(found.any(axis=1))[0], np.nonzero(found.any(axis=0))[0]
    # start = 2 + 4 + 8 + 8 + 8, jump 8, field 1 + 4 + 8 + 16 + 16 + 16: from the definition.
    assert (rows[0], rows[-1]) == (38 - 30, 38 + 30)
    assert (columns[0], columns[-1]) == (46 - 30, 46 + 30)


def test_the_scale_of_the_activations_has_no_effect():
    """Ten times, or a billion times, the same picture; nothing overflows."""
    rng = np.random.default_rng(1)
    maps = [rng.random(shape, np.float32) for shape in sizes_after(VALID, (64, 80))]
    stages = stages_of(maps, VALID)
    once = visual_backprop(stages, named(maps), 'picture', (64, 80))
    for factor in (10, 1e9, 1e-9):
        scaled = named([values * np.float32(factor) for values in maps])
        assert visual_backprop(stages, scaled, 'picture', (64, 80)) == pytest.approx(
            once, abs=1e-6
        )


def test_a_silent_layer_gives_zeros():
    """No division by the maximum of nothing."""
    maps = [np.ones(shape, np.float32) for shape in sizes_after(VALID, (64, 80))]
    maps[2][:] = 0
    found = visual_backprop(stages_of(maps, VALID), named(maps), 'picture', (64, 80))
    assert np.array_equal(found, np.zeros((64, 80), np.float32))


def test_layers_that_do_not_count_only_pass_on():
    """Pooling enlarges without a product."""
    rng = np.random.default_rng(2)
    first, last = rng.random((8, 10), np.float32), rng.random((3, 4), np.float32)
    stages = [
        Stage('conv', {'picture': Window((3, 3), pad=(1, 1))}, (8, 10), True),
        Stage('pool', {'conv': Window((2, 2), (2, 2))}, (4, 5), False),
        Stage('last', {'pool': Window((2, 2))}, (3, 4), True),
    ]
    found = visual_backprop(stages, {'conv': first, 'last': last}, 'picture', (8, 10))
    pooled = spread_by_loops(last, Window((2, 2)), (4, 5))
    back = spread_by_loops(pooled, Window((2, 2), (2, 2)), (8, 10)) * first
    expected = spread_by_loops(back, Window((3, 3), pad=(1, 1)), (8, 10))
    expected -= expected.min()
    assert found == pytest.approx(expected / expected.max(), abs=1e-6)


def test_branches_are_averaged_where_they_part():
    """Two ways back to one layer, each scaled to 1 on its way."""
    rng = np.random.default_rng(4)
    stem, left, last = (rng.random((6, 7), np.float32) for _ in range(3))
    window = Window((3, 3), pad=(1, 1))
    stages = [
        Stage('stem', {'picture': Window()}, (6, 7), True),
        Stage('left', {'stem': window}, (6, 7), True),
        Stage('last', {'stem': Window(), 'left': Window()}, (6, 7), True),
    ]
    maps = {'stem': stem, 'left': left, 'last': last}
    found = visual_backprop(stages, maps, 'picture', (6, 7))
    top = last / last.max()
    through_left = top * left
    through_left = spread_by_loops(through_left / through_left.max(), window, (6, 7))
    expected = (top + through_left) / 2 * stem
    expected -= expected.min()
    assert found == pytest.approx(expected / expected.max(), abs=1e-6)


def test_inputs_are_not_written_to():
    """The maps belong to the forward pass."""
    maps = [np.full(shape, 3, np.float32) for shape in sizes_after(VALID, (64, 80))]
    visual_backprop(stages_of(maps, VALID), named(maps), 'picture', (64, 80))
    assert all((values == 3).all() for values in maps)
