# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Blending by a table, compiled and in OpenCV's passes, against the definition."""

from __future__ import annotations

import shutil
import sysconfig

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from featuremap_ros.vision import blend
from featuremap_ros.vision.passes import Passes

WAYS = {'passes': Passes, 'quickest': blend.blend_by}


def define(image, up, table):
    """Every pixel by itself, in float64."""
    entries = table[up].astype(float)
    return np.minimum(np.rint(image * entries[..., 3:] / 255) + entries[..., :3], 255)


def example(rng, height, width, *, dark=0):
    """Return noise: a picture, entries, a table whose first ``dark`` entries paint nothing."""
    table = rng.integers(0, 256, (256, 4), dtype=np.uint8)
    table[:dark] = (0, 0, 0, 255)
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return image, rng.integers(0, 256, (height, width), dtype=np.uint8), table


def test_the_compiled_one_is_there():
    """It is built wherever there is a compiler and Python's headers."""
    compiler = (sysconfig.get_config_var('CC') or 'cc').split()[0]
    if not shutil.which(compiler):
        pytest.skip(f'{compiler}, which this Python was built with, is not there')
    assert blend.COMPILED


@pytest.mark.parametrize('way', WAYS)
@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.tuples(st.integers(1, 5), st.integers(1, 600)),
    dark=st.sampled_from([0, 30, 250, 256]),
    opaque=st.booleans(),
)
def test_blending_equals_its_definition_bit_for_bit(way, seed, size, dark, opaque):
    """Any table, on rows of any length."""
    image, up, table = example(np.random.default_rng(seed), *size, dark=dark)
    if opaque:
        table[:, 3] = 255
    out = np.empty_like(image)
    WAYS[way](table)(image, up, out)
    assert np.array_equal(out, define(image, up, table))


@pytest.mark.parametrize('way', WAYS)
def test_every_value_under_every_share_is_rounded_alike(way):
    """All 65,536 products of a pixel and what is kept of it."""
    image = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 256, 1)[..., None].repeat(3, 2)
    up = np.repeat(np.arange(256, dtype=np.uint8)[None], 256, 0)
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = np.arange(256)
    out = np.empty_like(image)
    WAYS[way](table)(np.ascontiguousarray(image), up, out)
    assert np.array_equal(out, define(image, up, table))


@pytest.mark.parametrize('way', WAYS)
@pytest.mark.parametrize('width', [1, 5, 6, 7, 255, 256, 257, 700])
def test_part_of_a_picture_changes_nothing_beside_it(way, width):
    """The pixels around it, in memory before and after it, stay what they are."""
    rng = np.random.default_rng(1)
    image, up, table = example(rng, 40, 720)
    out = np.full_like(image, 7)
    box = np.s_[3:29, 11 : 11 + width]
    WAYS[way](table)(image[box], up[box], out[box])
    assert np.array_equal(out[box], define(image[box], up[box], table))
    out[box] = 7
    assert (out == 7).all()


@pytest.mark.parametrize('way', WAYS)
def test_a_large_picture_equals_its_rows(way):
    """Where the passes cut it into bands does not show."""
    image, up, table = example(np.random.default_rng(2), 480, 900, dark=120)
    up[:300] //= 4
    up[:200] = 0
    out = np.empty_like(image)
    WAYS[way](table)(image, up, out)
    assert np.array_equal(out, define(image, up, table))


@pytest.mark.parametrize('way', WAYS)
def test_the_output_may_be_the_picture(way):
    """Painting over what is there."""
    image, up, table = example(np.random.default_rng(3), 20, 301)
    expected = define(image, up, table)
    WAYS[way](table)(image, up, image)
    assert np.array_equal(image, expected)


@pytest.mark.parametrize('way', WAYS)
def test_a_picture_may_be_a_view_of_another_order(way):
    """Red and blue exchanged by a view, as is usual where pictures come from OpenCV."""
    image, up, table = example(np.random.default_rng(4), 20, 301)
    out = np.empty_like(image)
    WAYS[way](table)(image[..., ::-1], up, out)
    assert np.array_equal(out, define(image[..., ::-1], up, table))


def test_compiled_code_refuses_what_would_lead_it_out_of_memory():
    """Sizes, types and read-only outputs are looked at before anything is written."""
    compiled = pytest.importorskip('featuremap_ros.vision._blend').blend
    image, up, table = example(np.random.default_rng(5), 20, 30)
    out = np.empty_like(image)
    locked = out.copy()
    locked.setflags(write=False)
    for arguments in (
        (image, up[:-1], table, out),
        (image, up, table, out[:, :-1]),
        (image, up, table[:-1], out),
        (image, up, table[:, :3], out),
        (image, up, table[::2], out),
        (image[..., :2], up, table, out),
        (image[..., ::-1], up, table, out),
        (image[:, ::2], up[:, ::2], table, out[:, ::2]),
        (image.astype(np.int8), up, table, out),
        (image.astype(np.float32), up, table, out),
        (image, up[..., None], table, out),
        (image, up, table, locked),
    ):
        with pytest.raises(ValueError, match=r'expected|differ|read-only'):
            compiled(*arguments)
    with pytest.raises(TypeError, match='got 3'):
        compiled(image, up, table)
