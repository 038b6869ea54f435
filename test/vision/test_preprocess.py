# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From the camera's picture to the network's input."""

from __future__ import annotations

import cv2
from hypothesis import assume, given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from featuremap_ros.errors import BadFrameError, ProfileError
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.vision.preprocess import as_rgb, Crop, InputSpec, normalise, Preprocessor


def read_rgb(path):
    """Read a picture as RGB."""
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


def noise(height, width, seed=0):
    """Return a random picture."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_axionaut_frames_become_the_golden_network_inputs(shared_data):
    """Crop, Lanczos and the 2 x 2 mean give the inputs behind the golden numbers."""
    golden = np.load(shared_data / 'inputs.npz')['axionaut']
    frames = sorted((shared_data / 'axionaut' / 'frames').glob('*.jpg'))
    preprocess = Preprocessor(PilotProfile.load('axionaut').input)
    for index in (0, 30, 60):
        fed = preprocess(read_rgb(frames[index]))
        difference = np.abs(fed.pixels.astype(int) - golden[index])
        assert difference.max() <= 2
        assert difference.mean() < 0.05
        assert np.array_equal(fed.tensor[0], fed.pixels.astype(np.float32))


def test_udacity_screenshots_become_the_golden_network_inputs(shared_data):
    """Rows 60:-25, bilinear to 200 x 66 and YUV give the inputs behind the golden numbers."""
    golden = np.load(shared_data / 'inputs.npz')
    preprocess = Preprocessor(PilotProfile.load('pilotnet_udacity').input)
    for view in ('center', 'left', 'right'):
        fed = preprocess(read_rgb(shared_data / 'udacity' / f'{view}.png'))
        expected = golden[f'udacity_{view}'].astype(int)
        assert np.abs(fed.pixels.astype(int) - expected).max() <= 2


@settings(max_examples=30, deadline=None)
@given(
    top=st.integers(0, 40),
    left=st.integers(0, 40),
    right=st.integers(0, 40),
    width=st.integers(40, 160),
    smoothing=st.integers(1, 3),
    column=st.integers(60, 100),
    row=st.integers(50, 70),
)
def test_a_spot_is_found_again_where_the_map_to_the_camera_says(
    top, left, right, width, smoothing, column, row
):
    """The centroid of a blurred spot in the network's input maps back to the spot."""
    # Where one side grows, OpenCV's area takes single pixels of the other and is off by up to
    # half a model pixel.
    assume(width <= 160 - left - right)
    image = np.zeros((120, 160, 3), np.uint8)
    image[row - 4 : row + 5, column - 4 : column + 5] = 255
    spec = InputSpec(
        size=(width, 60),
        crop=Crop(top=top, left=left, right=right),
        interpolation='area',
        smoothing=smoothing,
    )
    fed = Preprocessor(spec)(image)
    weights = fed.tensor[0, ..., 0].astype(np.float64)
    rows, columns = np.mgrid[: weights.shape[0], : weights.shape[1]]
    centroid = (
        float((weights * columns).sum() / weights.sum()),
        float((weights * rows).sum() / weights.sum()),
    )
    # Rounding to 8 bits moves the centroid a little; half a model pixel is 0.7 and more here.
    assert fed.to_camera(*centroid) == pytest.approx((column, row), abs=0.5)


def test_masked_rows_are_black_and_the_rest_stays_in_place():
    """Mask mode paints black after the resize and moves nothing."""
    image = noise(120, 160)
    spec = InputSpec(size=(160, 120), crop=Crop(top=45, bottom=10, mode='mask'))
    fed = Preprocessor(spec)(image)
    assert not fed.pixels[:45].any()
    assert not fed.pixels[110:].any()
    assert np.array_equal(fed.pixels[45:110], image[45:110])
    assert fed.to_camera(3, 50) == (3, 50)


def test_the_seen_part_is_the_crop_or_what_the_mask_leaves():
    """Both crop modes say which part of the camera's picture reaches the network."""
    image = noise(240, 320)
    removed = Preprocessor(InputSpec(size=(160, 60), crop=Crop(top=100, right=20)))
    assert removed.seen(image).to_pixels() == (0, 100, 300, 240)
    masked = Preprocessor(InputSpec(size=(160, 120), crop=Crop(top=45, mode='mask')))
    assert masked.seen(image).to_pixels() == (0, 90, 320, 240)


@pytest.mark.parametrize(
    ('color', 'expected'),
    [('rgb', [200, 100, 50]), ('bgr', [50, 100, 200]), ('gray', [124]), ('yuv', [124, 91, 194])],
)
def test_colours_come_in_the_order_the_network_was_trained_on(color, expected):
    """One colour, converted by hand (ITU-R BT.601), in every order."""
    image = np.full((4, 6, 3), (200, 100, 50), np.uint8)
    fed = Preprocessor(InputSpec(size=(6, 4), color=color))(image)
    assert fed.tensor.shape == (1, 4, 6, len(expected))
    assert np.abs(fed.pixels[0, 0].astype(int) - expected).max() <= 1


def test_values_are_normalised_as_the_profile_says():
    """Every normalisation on values that can be checked by hand."""
    pixels = np.array([0, 51, 255], np.uint8)
    assert normalise(pixels, 'none').tolist() == [0, 51, 255]
    assert normalise(pixels, '/255') == pytest.approx([0, 0.2, 1])
    assert normalise(pixels, '/127.5-1') == pytest.approx([-1, -0.6, 1])
    assert normalise(pixels, '/255-0.5') == pytest.approx([-0.5, -0.3, 0.5])
    standardised = normalise(pixels, 'per-image')
    assert standardised.mean() == pytest.approx(0, abs=1e-6)
    assert standardised.std() == pytest.approx(1, abs=1e-6)


def test_a_constant_picture_is_standardised_without_a_division_by_zero():
    """The deviation has a floor."""
    assert not normalise(np.full((4, 4), 7, np.uint8), 'per-image').any()


def test_the_picture_is_not_written_to():
    """A read-only picture can be prepared."""
    image = noise(120, 160)
    image.setflags(write=False)
    for mode in ('remove', 'mask'):
        Preprocessor(InputSpec(size=(160, 120), crop=Crop(top=5, mode=mode), smoothing=2))(image)


def test_a_crop_that_leaves_nothing_is_refused():
    """The message names the crop and the picture."""
    preprocess = Preprocessor(InputSpec(size=(250, 70), crop=Crop(top=600)))
    with pytest.raises(BadFrameError, match=r'top 600.*leaves nothing.*640 x 480'):
        preprocess(noise(480, 640))


def test_a_picture_of_another_camera_is_refused():
    """A crop in pixels is not stretched to another camera behind the user's back."""
    preprocess = Preprocessor(PilotProfile.load('axionaut').input)
    with pytest.raises(BadFrameError, match=r'Expected a picture of 1920 x 1080.*received 640 x'):
        preprocess(noise(480, 640))


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'color': 'hsv'}, "color 'hsv': expected one of rgb, bgr, yuv, gray"),
        ({'interpolation': 'sinc'}, "interpolation 'sinc'"),
        ({'normalisation': '/256'}, "normalisation '/256'"),
        ({'crop': Crop(mode='blur')}, "crop mode 'blur'"),
        ({'crop': Crop(top=-1)}, 'crop margins at least 0'),
        ({'size': (0, 10)}, r'size \(0, 10\)'),
        ({'crop': Crop(top=45, mode='mask')}, r"covers all of the 10 x 10.*not in the camera's"),
        ({'crop': Crop(left=4, right=6, mode='mask')}, 'covers all of the 10 x 10'),
    ],
)
def test_a_specification_that_makes_no_sense_is_refused(change, message):
    """The message names the value and the choices."""
    with pytest.raises(ProfileError, match=message):
        InputSpec(**{'size': (10, 10), **change})


@pytest.mark.parametrize('color', ['rgb', 'bgr', 'yuv', 'gray'])
@pytest.mark.parametrize('mode', ['remove', 'mask'])
def test_red_and_blue_exchanged_in_what_is_prepared_are_as_in_the_picture(color, mode):
    """To the bit, but for what YUV loses; nothing of the picture as it is changes."""
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    spec = InputSpec(
        (20, 12),
        color=color,
        crop=Crop(top=2, left=3, mode=mode),
        interpolation='lanczos',
        smoothing=3,
        normalisation='per-image',
    )
    preprocess = Preprocessor(spec)
    prepared, kept = preprocess(image), image.copy()
    pixels = prepared.pixels.copy()
    found = preprocess.swapped(image, prepared)
    expected = preprocess(np.ascontiguousarray(image[..., ::-1]))
    off = np.abs(found.pixels.astype(int) - expected.pixels)
    assert off.max() <= (2 if color == 'yuv' else 0)
    assert off.mean() < 0.5
    assert np.array_equal(found.tensor[0], normalise(found.pixels, 'per-image'))
    assert found.to_camera == expected.to_camera
    assert np.array_equal(image, kept)
    assert np.array_equal(prepared.pixels, pixels)


@pytest.mark.parametrize('color', ['rgb', 'bgr', 'yuv', 'gray'])
def test_what_a_network_is_fed_can_be_looked_at(color):
    """As RGB, in every order of colours: to the bit but for what YUV and grey lose."""
    image = noise(12, 20)
    shown = as_rgb(Preprocessor(InputSpec((20, 12), color=color))(image).pixels, color)
    expected = image
    if color == 'gray':
        expected = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    assert shown.shape == image.shape
    assert np.abs(shown.astype(int) - expected).max() <= (2 if color == 'yuv' else 0)
