# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Image encodings against plain loops and against rosbags-image."""

from __future__ import annotations

import array
import subprocess
import sys
from types import SimpleNamespace

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from featuremap_ros.errors import BadFrameError
from featuremap_ros.vision.encodings import decode_jpeg, LAYOUTS, to_rgb

ORDERS = {'rgb': (0, 1, 2), 'bgr': (2, 1, 0), 'rgba': (0, 1, 2), 'bgra': (2, 1, 0)}
COLOUR = {
    **{
        f'{name}{bits}': (len(name), bits, order)
        for name, order in ORDERS.items()
        for bits in (8, 16)
    },
    'mono8': (1, 8, (0, 0, 0)),
    '8UC1': (1, 8, (0, 0, 0)),
    'mono16': (1, 16, (0, 0, 0)),
    '8UC3': (3, 8, (2, 1, 0)),
    '8UC4': (4, 8, (2, 1, 0)),
}
BAYER = {'rggb': ('rg', 'gb'), 'bggr': ('bg', 'gr'), 'gbrg': ('gb', 'rg'), 'grbg': ('gr', 'bg')}


def packed(rows, step):
    """Put each row's bytes at a multiple of ``step``, with junk in the padding."""
    return b''.join(bytes(row) + b'\xa5' * (step - len(bytes(row))) for row in rows)


def plain_loop(data, height, width, encoding, step, is_bigendian):
    """Read colour and grey pixels byte by byte."""
    samples, bits, order = COLOUR[encoding]
    picture = np.zeros((height, width, 3), np.uint8)
    for y in range(height):
        for x in range(width):
            for channel, sample in enumerate(order):
                at = y * step + (x * samples + sample) * bits // 8
                high = at + 1 if bits == 16 and not is_bigendian else at
                picture[y, x, channel] = data[high]
    return picture


@given(
    st.sampled_from(sorted(COLOUR)),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 7),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_colour_and_grey_equal_a_plain_loop(encoding, height, width, padding, big, random):
    """Every packed encoding is read at the right byte, whatever the padding and byte order."""
    samples, bits, _ = COLOUR[encoding]
    step = width * samples * bits // 8 + padding
    data = random.randbytes(step * height + random.randrange(3))
    fields = {
        'height': height,
        'width': width,
        'encoding': encoding,
        'step': step,
        'is_bigendian': big,
    }
    result = to_rgb(data, **fields)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, plain_loop(data, **fields))


@given(
    st.sampled_from([name for name in LAYOUTS if name.startswith(('bayer', 'yuv', 'uyvy', 'nv'))]),
    st.integers(2, 6),
    st.integers(2, 6),
    st.integers(0, 3),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_other_encodings_equal_rosbags_image_on_unpadded_rows(
    encoding, half_height, half_width, padding, big, random
):
    """With the padding taken off, a converter that shares no code with ours agrees."""
    image_to_cvimage = pytest.importorskip('rosbags.image').image_to_cvimage
    height, width = 2 * half_height, 2 * half_width
    row = width * (2 if encoding.startswith(('yuv', 'uyvy')) or encoding.endswith('16') else 1)
    rows = height * 3 // 2 if encoding.startswith('nv') else height
    lines = [random.randbytes(row) for _ in range(rows)]
    message = SimpleNamespace(
        height=rows,
        width=width,
        encoding=encoding,
        is_bigendian=big,
        step=row,
        data=np.frombuffer(b''.join(lines), np.uint8),
    )
    if encoding.endswith('16'):
        # Its 16-bit conversion interpolates before it drops the low byte.
        samples = image_to_cvimage(message)
        message.data = (samples >> 8).astype(np.uint8).ravel()
        message.encoding = encoding[:-2] + '8'
    expected = image_to_cvimage(message, 'rgb8')
    result = to_rgb(
        packed(lines, row + padding),
        height=height,
        width=width,
        encoding=encoding,
        step=row + padding,
        is_bigendian=big,
    )
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize('pattern', BAYER)
def test_bayer_keeps_a_plain_colour(pattern):
    """A mosaic of one colour comes back as that colour: no channel is swapped."""
    colour = {'r': 200, 'g': 120, 'b': 30}
    mosaic = np.array(
        [[colour[BAYER[pattern][y % 2][x % 2]] for x in range(8)] for y in range(6)], np.uint8
    )
    result = to_rgb(mosaic.tobytes(), height=6, width=8, encoding=f'bayer_{pattern}8', step=8)
    assert (result == (200, 120, 30)).all()


@pytest.mark.parametrize(
    ('encoding', 'pair'),
    [
        ('uyvy', (90, 81, 240, 81)),
        ('yuv422', (90, 81, 240, 81)),
        ('yuyv', (81, 90, 81, 240)),
        ('yuv422_yuy2', (81, 90, 81, 240)),
    ],
)
def test_yuv422_shows_red_as_red(encoding, pair):
    """The video red of BT.601 (Y 81, U 90, V 240) is red, not blue."""
    result = to_rgb(bytes(pair) * 2, height=1, width=4, encoding=encoding, step=8)
    assert result[..., 0].min() > 250
    assert result[..., 1:].max() < 5


@pytest.mark.parametrize(('encoding', 'chroma'), [('nv12', (90, 240)), ('nv21', (240, 90))])
def test_planar_colour_shows_red_as_red(encoding, chroma):
    """The half plane below the brightness is U, V in nv12 and V, U in nv21."""
    lines = [[81, 81]] * 2 + [list(chroma)]
    result = to_rgb(packed(lines, 5), height=2, width=2, encoding=encoding, step=5)
    assert result[..., 0].min() > 250
    assert result[..., 1:].max() < 5


@pytest.mark.parametrize('big', [False, True])
def test_depth_is_stretched_over_its_readings(big):
    """The nearest reading is black, the farthest white, zero (no reading) black."""
    depth = np.array([[0, 1000, 2000], [3000, 2000, 0]], '>u2' if big else '<u2')
    result = to_rgb(depth.tobytes(), height=2, width=3, encoding='16UC1', step=6, is_bigendian=big)
    np.testing.assert_array_equal(result[..., 1], [[0, 0, 128], [255, 128, 0]])


@pytest.mark.parametrize('big', [False, True])
def test_floats_are_stretched_and_nan_is_black(big):
    """NaN and infinity are no readings; a negative smallest value maps to 0."""
    values = np.array([[-1, 0, 1, np.nan, np.inf]], '>f4' if big else '<f4')
    result = to_rgb(
        values.tobytes(), height=1, width=5, encoding='32FC1', step=20, is_bigendian=big
    )
    np.testing.assert_array_equal(result[0, :, 0], [0, 128, 255, 0, 0])


def test_an_image_of_equal_readings_is_grey():
    """Nothing to stretch gives mid-grey, and no reading at all gives black."""
    equal = np.full((2, 2), 7, '<f4').tobytes()
    assert (to_rgb(equal, height=2, width=2, encoding='32FC1', step=8) == 128).all()
    none = bytes(8)
    assert (to_rgb(none, height=2, width=2, encoding='16UC1', step=4) == 0).all()


@pytest.mark.parametrize('padding', [0, 5])
def test_rgb_is_a_view_that_cannot_be_written(padding):
    """No byte of an rgb8 message is copied, and nobody can write into it."""
    data = bytearray((4 * 3 + padding) * 2)
    result = to_rgb(data, height=2, width=4, encoding='rgb8', step=4 * 3 + padding)
    assert np.shares_memory(result, np.frombuffer(data, np.uint8))
    with pytest.raises(ValueError, match='read-only'):
        result[0, 0, 0] = 1


@pytest.mark.parametrize(
    'kind',
    [
        bytes,
        bytearray,
        memoryview,
        lambda b: array.array('B', b),
        lambda b: np.frombuffer(b, np.uint8),
    ],
)
def test_any_buffer_will_do(kind):
    """Messages of rclpy hold an array, those of rosbags an ndarray."""
    result = to_rgb(kind(bytes(range(12))), height=2, width=2, encoding='bgr8', step=6)
    assert result[1, 1].tolist() == [11, 10, 9]


def test_a_step_of_zero_means_no_padding():
    """Drivers that leave step unset send rows back to back."""
    result = to_rgb(bytes(range(12)), height=2, width=2, encoding='rgb8', step=0)
    assert result[1, 0].tolist() == [6, 7, 8]


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'data': bytes(35)}, r'too short: 35 bytes, expected 36 \(3 rows of 12 bytes'),
        ({'height': 0}, 'empty: 4 x 0'),
        ({'width': 0}, 'empty: 0 x 3'),
        ({'step': 11}, 'take 12 bytes, step is 11'),
        ({'encoding': 'jpeg'}, "'jpeg' is not supported. Choices: rgb8, bgr8"),
        ({'encoding': 'yuv422', 'width': 3}, 'needs an even size, got 3 x 3'),
        ({'encoding': 'nv12', 'height': 3}, 'needs an even size, got 4 x 3'),
        ({'encoding': 'nv12', 'height': 2, 'data': bytes(35)}, 'expected 36 .3 rows'),
    ],
)
def test_bad_images_are_refused(change, message):
    """Each kind of bad image has its own clear error."""
    fields = {'data': bytes(36), 'height': 3, 'width': 4, 'encoding': 'rgb8', 'step': 12, **change}
    data = fields.pop('data')
    with pytest.raises(BadFrameError, match=message):
        to_rgb(data, **fields)


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(LAYOUTS)),
    st.integers(-1, 5),
    st.integers(-1, 5),
    st.integers(-1, 40),
    st.binary(max_size=200),
    st.booleans(),
)
def test_any_input_gives_a_picture_or_a_bad_frame(encoding, height, width, step, data, big):
    """Whatever the fields say, nothing else than BadFrameError is raised."""
    try:
        result = to_rgb(
            data, height=height, width=width, encoding=encoding, step=step, is_bigendian=big
        )
    except BadFrameError:
        return
    assert result.shape == (height, width, 3)


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_compressed_pictures_are_rgb(suffix):
    """A red picture comes back red."""
    red = np.zeros((16, 24, 3), np.uint8)
    red[..., 2] = 255  # BGR, as OpenCV writes
    data = cv2.imencode(suffix, red)[1].tobytes()
    result = decode_jpeg(data)
    assert result.shape == (16, 24, 3)
    assert result[8, 8, 0] > 250
    assert result[8, 8, 1:].max() < 5


def test_grey_alpha_and_16_bit_pictures_are_converted():
    """PNG of other kinds become 8-bit RGB."""
    grey = cv2.imencode('.png', np.full((4, 4), 9, np.uint8))[1]
    assert decode_jpeg(grey)[0, 0].tolist() == [9, 9, 9]
    deep = cv2.imencode('.png', np.full((4, 4, 4), 0x1234, np.uint16))[1]
    assert decode_jpeg(deep)[0, 0].tolist() == [0x12, 0x12, 0x12]


def with_thumbnail(data):
    """Put a whole small JPEG into an application segment, as cameras do."""
    small = cv2.imencode('.jpg', np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    segment = b'\xff\xe1' + (len(small) + 2).to_bytes(2, 'big') + small
    return data[:2] + segment + data[2:]


@pytest.mark.parametrize('start', [b'\0\0\0\1', b'\0\0\1'])
def test_a_part_of_a_video_is_no_picture(start):
    """The message says what it probably is, and what to do."""
    with pytest.raises(BadFrameError, match=r'part of a video.* let a node decode it first'):
        decode_jpeg(start + b'\x67\x64\x00\x0d' * 50)


@pytest.mark.parametrize('thumbnail', [False, True])
def test_a_cut_jpeg_is_refused(thumbnail):
    """Half a picture must not reach the network as a picture with a grey half."""
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = cv2.imencode('.jpg', noise)[1].tobytes()
    data = with_thumbnail(data) if thumbnail else data
    assert decode_jpeg(data + bytes(100)).shape == (64, 64, 3)
    with pytest.raises(BadFrameError, match='cut off after'):
        decode_jpeg(data[: len(data) // 2])


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        (b'', 'is empty'),
        (b'no picture at all', "starting with b'no pictu'"),
        (b'\x89PNG\r\n\x1a\n' + bytes(20), 'cannot be decoded'),
        (b'\xff\xd8\xff\xd9', 'cannot be'),
    ],
)
def test_undecodable_data_is_refused(data, message):
    """Junk gives an error that shows how it starts."""
    with pytest.raises(BadFrameError, match=message):
        decode_jpeg(data)


def test_the_encodings_need_numpy_and_opencv_only():
    """The node reads images without rosbags, PyAV or a ROS distribution."""
    code = (
        'import sys, featuremap_ros.vision.encodings;'
        "print({'rosbags', 'av', 'rclpy', 'cv_bridge', 'tensorflow'} & set(sys.modules))"
    )
    command = [sys.executable, '-c', code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == 'set()'
