# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The stages in their order, on a small real network."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest

from featuremap_ros.errors import ProfileError, UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.grid_view import GridView
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.view import View
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.grid import draw_grid, GridStyle

SECOND = 10**9


@pytest.fixture(scope='module')
def pilot(tiny_model, tiny_profile):
    """Return the tiny pilot."""
    return Pilot.load(tiny_model, profile=tiny_profile)


def frame(stamp_ns=0, seed=0, brightness=256):
    """Return a frame of noise."""
    rng = np.random.default_rng(seed)
    return Frame(rng.integers(0, brightness, (48, 64, 3), dtype=np.uint8), stamp_ns)


def test_every_view_gets_an_overlay_of_the_cameras_size(pilot):
    """All views are painted unless some are chosen."""
    pipeline = Pipeline(pilot, [View(layer='conv_1'), View(layer='conv_2')])
    result = pipeline.process(frame())
    assert {t: o.shape for t, o in result.overlays.items()} == {
        'conv_1': (48, 64, 3),
        'conv_2': (48, 64, 3),
    }
    assert list(pipeline.process(frame(), ['conv_2']).overlays) == ['conv_2']


def test_steering_needs_no_view(pilot):
    """With nothing to paint, nothing but the forward pass is done."""
    drive = Pipeline(pilot, [View(layer='conv_1')]).drive(frame())
    assert drive.forward.activations == {}
    assert drive.steering.angle == pilot.forward(frame()).steering.angle


def test_heat_lies_where_the_receptive_fields_are(pilot):
    """A bright spot lights the overlay around itself, as the gradient-free oracle demands.

    The camera is black but for one spot; the cell with the strongest response, mapped to the
    camera by the registration, must see it.
    """
    image = np.zeros((48, 64, 3), np.uint8)
    image[26:30, 40:44] = 255
    dark = Frame(np.zeros_like(image), 0)
    pipeline = Pipeline(pilot, [View(layer='conv_2', reduce='energy', scale='frame')])
    lit = pipeline.raw(pipeline.drive(Frame(image, 0), ['conv_2']), 'conv_2')
    base = pipeline.raw(pipeline.drive(dark, ['conv_2']), 'conv_2')
    response = np.abs(lit.values - base.values)
    for row, column in np.argwhere(response > 1e-6):
        x, y = lit.registration.to_cell_centres(column, row)
        across, down = lit.registration.field
        assert abs(x - 41.5) <= across / 2 + 2
        assert abs(y - 27.5) <= down / 2 + 2
    assert (response > 1e-6).any()


def test_outside_its_rectangle_the_picture_is_untouched(pilot):
    """The crop's rows above the map are the camera's."""
    view = View(layer='conv_2', scale='frame', outline=False)
    original = frame()
    overlay = Pipeline(pilot, [view]).process(original).overlays['conv_2']
    assert np.array_equal(overlay[:8], original.image[:8])
    assert not np.array_equal(overlay, original.image)


def test_it_paints_straight_into_a_message(pilot):
    """The given memory is used, and the result is the same as without."""
    pipeline = Pipeline(pilot, [View(layer='conv_2', scale='frame')])
    drive = pipeline.drive(frame(), ['conv_2'])
    out = np.zeros((48, 64, 3), np.uint8)
    assert pipeline.paint(drive, 'conv_2', out) is out
    assert np.array_equal(out, pipeline.paint(drive, 'conv_2'))


def test_fixed_scales_are_fitted_to_a_sample(pilot):
    """After calibration the same frame is the same bytes, whatever came between."""
    pipeline = Pipeline(pilot, [View(layer='conv_2', scale='fixed')])
    pipeline.calibrate(frame(i * SECOND, seed=i) for i in range(5))
    low, high = pipeline.scale_ranges()['conv_2']
    assert high > low
    first = pipeline.process(frame(0)).overlays['conv_2']
    pipeline.process(frame(1, seed=9, brightness=40))
    assert np.array_equal(pipeline.process(frame(2)).overlays['conv_2'], first)


def test_a_fixed_range_needs_no_calibration(pilot):
    """The given range is kept."""
    pipeline = Pipeline(pilot, [View(layer='conv_2', scale='fixed', range=(0.0, 2.0))])
    pipeline.calibrate([frame()])
    assert pipeline.scale_ranges() == {'conv_2': (0.0, 2.0)}


def test_time_that_jumps_back_starts_the_sequence_anew(pilot):
    """A looping bag gives the same pictures in every round."""
    pipeline = Pipeline(pilot, [View(layer='conv_2', scale='running')])

    def round_of_three():
        return [pipeline.process(frame(i * SECOND, seed=i)).overlays['conv_2'] for i in range(3)]

    assert all(map(np.array_equal, round_of_three(), round_of_three()))


def test_the_seed_mode_covers_what_the_network_sees(pilot):
    """The article stretches the map over the crop; nothing above it changes."""
    view = View(layer='conv_2', mode='seed', reduce='channel:1')
    original = frame(brightness=120)
    overlay = Pipeline(pilot, [view]).process(original).overlays['conv_2']
    assert np.array_equal(overlay[:8], original.image[:8])
    assert (overlay[8:].astype(int) >= original.image[8:]).all()


def test_the_seed_mode_scales_every_frame_on_its_own(pilot):
    """Whatever scale is set, and whether a race was sampled or not."""
    view = View(layer='conv_2', mode='seed', reduce='channel:1', scale='fixed')
    sampled, plain = Pipeline(pilot, [view]), Pipeline(pilot, [view])
    sampled.calibrate(frame(i, seed=i) for i in range(3))
    assert sampled.scale_ranges() == {}
    dim = frame(brightness=60)
    pictures = [pipeline.process(dim).overlays['conv_2'] for pipeline in (sampled, plain)]
    assert np.array_equal(*pictures)


def test_every_method_is_painted_after_one_forward_pass(pilot, monkeypatch):
    """Activations, hidden layers and the decision come from the same run of the network."""
    runs = []
    run = pilot._engine.run

    def counted(inputs, taps=()):
        runs.append(taps)
        return run(inputs, taps)

    monkeypatch.setattr(pilot._engine, 'run', counted)
    methods = ('activation', 'visualbackprop', 'hirescam', 'gradcam', 'saliency')
    pipeline = Pipeline(pilot, [View(method=method) for method in methods])
    assert list(pipeline.views) == [
        'conv_2',
        'visualbackprop.conv_2',
        'hirescam.conv_2.steering',
        'gradcam.conv_2.steering',
        'saliency.steering',
    ]
    result = pipeline.process(frame())
    assert runs == [('conv_2', 'conv_1')]
    assert result.overlays.keys() == result.maps.keys() == pipeline.views.keys()


def test_a_view_shows_what_its_method_finds(pilot):
    """The same map as from an explainer, with its unit and sign."""
    view = View(method='hirescam', layer='conv_1', scale='frame')
    raw = Pipeline(pilot, [view]).process(frame()).maps[view.token]
    found = Explainer(pilot).explain(frame(), 'hirescam', layer='conv_1')
    assert np.array_equal(raw.values, found.raw.values)
    assert (raw.unit, raw.signed) == ('steering', True)


def test_signed_maps_have_colours_of_their_own(pilot):
    """Orange is left whatever table is chosen for the others, and a legend says so."""
    pictures = [
        Pipeline(pilot, [View(method='hirescam', scale='frame', colormap=table)])
        .process(frame())
        .overlays['hirescam.conv_2.steering']
        for table in ('inferno', 'viridis')
    ]
    assert np.array_equal(*pictures)
    legend = pictures[0][-16:, :32].astype(int)
    assert (legend[..., 0] - legend[..., 2] > 100).any()
    assert not np.array_equal(legend, frame().image[-16:, :32])


def test_expensive_methods_look_at_every_tenth_frame_of_a_sample(pilot, monkeypatch):
    """A scale needs not two hundred maps that take a second each."""
    views = [View(method='occlusion', scale='fixed'), View(layer='conv_1', scale='fixed')]
    pipeline = Pipeline(pilot, views)
    asked = []
    explain = pipeline.explainer.explain

    def counted(seen, method, **options):
        asked.append(seen.stamp_ns)
        return explain(seen, method, **options)

    monkeypatch.setattr(pipeline.explainer, 'explain', counted)
    pipeline.calibrate(frame(i, seed=i) for i in range(12))
    assert asked == [0, 10]
    low, high = pipeline.scale_ranges()['occlusion.steering']
    assert high == -low > 0


@pytest.mark.parametrize(
    ('views', 'error', 'message'),
    [
        ([View(layer='conv_3')], UnknownNameError, r"'conv_3'. Did you mean 'conv_2'"),
        ([View(layer='conv_1', reduce='channel:4')], UnsupportedError, r'has 0 to 3'),
        ([View(method='hirescam', layer='conv_3')], UnknownNameError, r"layer 'conv_3'"),
        ([View(method='occlusion', target='steer')], UnknownNameError, r"target 'steer'"),
    ],
)
def test_views_that_cannot_be_shown_are_refused(pilot, views, error, message):
    """The message names the layer or channel."""
    with pytest.raises(error, match=message):
        Pipeline(pilot, views)


def test_two_views_of_one_topic_are_refused(pilot):
    """A layer asked for twice would overwrite its own topic."""
    with pytest.raises(ProfileError, match=r"'conv_1' is shown twice"):
        Pipeline(pilot, [View(layer='conv_1'), View(layer='conv_1', reduce='max')])


def test_what_the_pipeline_does_not_show_cannot_be_wanted(pilot):
    """A layer's name is no token: the message lists what there is."""
    pipeline = Pipeline(pilot, [View(layer='conv_1')], [GridView()])
    with pytest.raises(UnknownNameError, match=r"'conv_3'.*Choices: conv_1, grid.conv_2\."):
        pipeline.process(frame(), ['conv_1', 'conv_3'])


def test_a_grid_is_drawn_beside_the_overlays(pilot):
    """All channels of its layer, the last one unless named; on a page that there is."""
    style = GridStyle(per_page=4)
    pipeline = Pipeline(pilot, [View(layer='conv_1')], [GridView(style=style, page=7)])
    assert list(pipeline.grids) == ['grid.conv_2']
    result = pipeline.process(frame())
    activation = pilot.forward(frame(), ['conv_2']).activations['conv_2']
    assert list(result.overlays) == list(result.maps) == ['conv_1']
    assert np.array_equal(result.grids['grid.conv_2'], draw_grid(activation, style, page=1))
    assert 'paint grid.conv_2' in result.timings
    assert pipeline.process(frame(), ['conv_1']).grids == {}


def test_a_fixed_grid_is_fitted_to_a_sample(pilot):
    """Its colours are those of the race; without frames, those of each frame."""
    grids = [GridView(layer='conv_2', fixed=True), GridView(layer='conv_1')]
    pipeline = Pipeline(pilot, [], grids)
    pipeline.calibrate([])
    assert pipeline.grid_painters['grid.conv_2'].scale is None
    pipeline.calibrate([frame(seed=seed) for seed in range(3)])
    painter = pipeline.grid_painters['grid.conv_2']
    scale = painter.scale
    assert scale is not None
    assert pipeline.grid_painters['grid.conv_1'].scale is None
    dim = frame(seed=9, brightness=20)
    activation = pilot.forward(dim, ['conv_2']).activations['conv_2']
    assert activation.max() < scale.high[0]
    drawn = pipeline.process(dim).grids['grid.conv_2']
    assert np.array_equal(drawn, draw_grid(activation, fixed=scale, marks=painter.marks))
    assert not np.array_equal(drawn, draw_grid(activation, marks=painter.marks))


@pytest.mark.parametrize(
    ('grids', 'error', 'message'),
    [
        ([GridView(layer='conv_9')], UnknownNameError, "layer 'conv_9'"),
        ([GridView(), GridView(layer='conv_2')], ProfileError, "'grid/conv_2' is shown twice"),
    ],
)
def test_grids_that_cannot_be_shown_are_refused(pilot, grids, error, message):
    """When the pipeline is made."""
    with pytest.raises(error, match=message):
        Pipeline(pilot, [], grids)
    with pytest.raises(UnsupportedError, match='page of view'):
        GridView(page=-1)


def test_the_package_imports_neither_tensorflow_nor_ros():
    """Checked in a fresh process."""
    code = (
        'import sys, featuremap_ros\n'
        "print([m for m in ('tensorflow', 'keras', 'rclpy', 'rosbags', 'av') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == '[]'


def test_lanes_light_up_on_the_axionaut_race(shared_data):
    """On the article's frames the heat lies on bright lane paint, not on the floor."""
    model = shared_data / 'axionaut' / 'autopilot.hdf5'
    pilot = Pilot.load(model, profile='axionaut')
    pipeline = Pipeline(pilot, [View(layer='dropout_2', scale='frame', outline=False)])
    path = shared_data / 'axionaut' / 'frames' / 'frame4016.jpg'
    image = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
    overlay = pipeline.process(Frame(image, 0)).overlays['dropout_2']
    heat = np.abs(overlay.astype(int) - image).sum(axis=2)[620:1040, :1740]
    floor = image[620:1040, :1740].astype(float)
    paint = (floor.max(axis=2) - np.median(floor)) > 40
    assert heat[paint].mean() > 3 * heat[~paint].mean()
