# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a proposal decides must be right; what cannot be known must stay undecided."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.proposing.as_yaml import as_yaml
from featuremap_ros.proposing.propose import propose
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import open_source
from featuremap_ros.vision.preprocess import Crop


def verdicts(proposal):
    """Return by entry what is proposed, and whether it is decided."""
    return {d.entry: (d.value, d.decided) for d in proposal.decisions}


def on(engine, path, **options):
    """Propose with the driver of a race."""
    with open_source(path) as source:
        return propose(engine, source, track=driver_of(source, None), **options)


def test_the_whole_profile_of_the_demo_is_found(demo_engine, race):
    """Colours, scale, crop and side, from the driver's angles and the limit of the wheels."""
    proposal = on(demo_engine, race, count=100, limit=0.42)
    found = verdicts(proposal)
    assert found['input.size'] == ([160, 80], True)
    assert found['input.camera'] == ([320, 240], True)
    assert found['input.color'] == ('rgb', True)
    assert found['input.normalisation'] == ('/255', True)
    assert found['input.crop'] == ('top 80', True)
    crop = proposal.decision('input.crop')
    assert f'none at all {crop.figures["none"]:.3f}' in crop.reason
    assert f'{crop.figures["top 80"]:.3f} of full steering away' in crop.reason
    assert found['heads.steering'] == ('steering, a regression', True)
    assert found['heads.steering.positive'] == ('right', True)
    assert found['input.interpolation'] == ('area', False)
    assert found['max_steering_angle'] == (0.42, True)
    assert proposal.notes == []
    known = PilotProfile.load('demo')
    profile = proposal.profile('demo')
    assert profile.input == known.input
    assert profile.heads == known.heads


def test_the_limit_of_the_wheels_is_never_guessed(demo_engine, race):
    """Without it the driver's angles tell less, and what they would fit is only a note."""
    proposal = on(demo_engine, race, count=60)
    found = verdicts(proposal)
    assert found['max_steering_angle'] == (None, False)
    assert proposal.max_steering_angle is None
    assert 'would fit wheels of about 0.4' in proposal.notes[0]
    assert 'That is no measurement' in proposal.notes[0]
    assert "of the driver's largest angle away" in proposal.decision('input.color').reason
    assert found['input.color'] == ('rgb', True)
    assert found['input.normalisation'] == ('/255', True)
    assert found['heads.steering.positive'] == ('right', True)


@pytest.mark.parametrize('swapped', [False, True])
def test_a_tub_whose_colours_and_sides_are_others(
    demo_engine, frames, write_tub, tmp_path, swapped
):
    """Swapped colours are found, and the side comes from the driver and not from a profile."""
    sign = 1.0 if swapped else -1.0
    tub = write_tub(
        tmp_path / 'data',
        [image[..., ::-1] if swapped else image for image, _ in frames],
        [{'user/angle': sign * share} for _, share in frames],
    )
    found = verdicts(on(demo_engine, tub, limit=0.42, count=80))
    # To this pilot the YUV of swapped colours looks like the colours it knows.
    assert found['input.color'] == ('bgr' if swapped else 'rgb', not swapped)
    assert found['heads.steering.positive'] == ('left' if swapped else 'right', True)
    assert found['input.normalisation'] == ('/255', True)
    assert found['max_steering_angle'] == (0.42, True)


def test_without_a_driver_little_is_decided(demo_engine, frames, write_tub, tmp_path):
    """Side, crop and colours of a regression cannot be known; nothing is claimed."""
    tub = write_tub(tmp_path / 'data', [image for image, _ in frames[:60]], [{}] * 60)
    found = verdicts(on(demo_engine, tub))
    undecided = {entry for entry, (_, decided) in found.items() if not decided}
    assert undecided >= {'input.color', 'input.crop', 'heads.steering.positive'}
    assert undecided >= {'max_steering_angle', 'input.interpolation', 'input.normalisation'}
    assert found['input.crop'][0] == 'top 80', 'the shipped profile still helps'


def test_an_untrained_network_drives_like_nobody(race, tmp_path):
    """The best of a hundred ways to feed it is no evidence."""
    keras = backends.keras()
    keras.utils.set_random_seed(1)
    image = keras.Input((60, 80, 3))
    maps = keras.layers.Conv2D(8, 5, strides=4, activation='relu')(image)
    out = keras.layers.Dense(1, name='out')(keras.layers.Flatten()(maps))
    keras.Model(image, out).save(tmp_path / 'new.keras')
    proposal = on(load_engine(tmp_path / 'new.keras'), race, count=60)
    assert 'does not drive like the driver' in proposal.notes[0]
    found = verdicts(proposal)
    assert [entry for entry, (_, decided) in found.items() if decided] == [
        *('input.size', 'input.camera', 'heads.steering')
    ]


def test_a_driver_who_never_steers_tells_nothing(demo_engine, frames, write_tub, tmp_path):
    """That is said, and the rest goes on without him."""
    tub = write_tub(
        tmp_path / 'data', [image for image, _ in frames[:30]], [{'user/angle': 0.0}] * 30
    )
    proposal = on(demo_engine, tub)
    assert 'never moves the wheel' in proposal.notes[0]
    assert not verdicts(proposal)['heads.steering.positive'][1]


def test_the_axionaut(shared_data):
    """Raw values, because it is blind to others; colours and sides cannot be known."""
    engine = load_engine(shared_data / 'axionaut' / 'autopilot.hdf5')
    with open_source(shared_data / 'axionaut' / 'frames', fps=15) as source:
        proposal = propose(engine, source)
    found = verdicts(proposal)
    assert found['input.normalisation'] == ('none', True)
    assert found['input.color'] == ('rgb', False)
    assert found['input.crop'] == ('top 600 right 120', False)
    assert found['heads.steering'] == ('activation_2, 5 classes', True)
    assert found['heads.steering.values'] == ([-1.0, -0.5, 0.0, 0.5, 1.0], False)
    assert found['heads.steering.positive'] == ('right', False)
    assert proposal.profile('x').input.crop == Crop(top=600, right=120)


def test_the_udacity_pilot_scales_its_input_itself(shared_data):
    """Its Lambda layer says so; three pictures say nothing of the rest."""
    engine = load_engine(shared_data / 'udacity' / 'model.h5')
    with open_source(shared_data / 'udacity') as source:
        found = verdicts(propose(engine, source))
    assert found['input.normalisation'] == ('none', True)
    assert found['input.color'] == ('yuv', False)
    assert found['heads.steering.positive'] == ('right', False)


def test_the_donkeycar_pilot(shared_data):
    """It reacts to raw pictures as well as to scaled ones: /255 is right and cannot be known."""
    (path,) = (shared_data / 'donkeycar').glob('*.h5')
    with open_source(shared_data / 'donkeycar') as source:
        proposal = propose(load_engine(path), source)
    found = verdicts(proposal)
    assert found['input.normalisation'] == ('/255', False)
    assert found['heads.steering'] == ('angle_out, 15 bins', True)
    assert found['heads.throttle'] == ('throttle_out, 20 bins', False)
    known = PilotProfile.load('donkeycar_categorical')
    assert proposal.profile('x').heads == known.heads


def test_a_model_of_several_pictures_is_refused(race, tmp_path):
    """The shape is named."""
    keras = backends.keras()
    image = keras.Input((3, 20, 20, 3), name='pictures')
    out = keras.layers.Dense(1)(keras.layers.Flatten()(image))
    keras.Model(image, out).save(tmp_path / 'rnn.keras')
    with pytest.raises(UnsupportedError, match=r"'pictures', has the shape \(3, 20, 20, 3\)"):
        on(load_engine(tmp_path / 'rnn.keras'), race)


def test_a_second_picture_is_filled_with_one_number(race, tmp_path):
    """And not with a line of thousands; that it cannot be fed is said."""
    keras = backends.keras()
    images = [keras.Input((30, 40, 1), name=name) for name in ('image', 'other')]
    flat = [keras.layers.Flatten()(image) for image in images]
    both = keras.layers.Concatenate()(flat)
    model = keras.Model(images, keras.layers.Dense(1, name='angle')(both))
    model.save(tmp_path / 'i.keras')
    engine = load_engine(tmp_path / 'i.keras')
    with open_source(race) as source:
        proposal = propose(engine, source, count=25)
    assert 'only one camera' in proposal.decision('extra_inputs.other').reason
    text = as_yaml(proposal, name='x', model='i.keras', source='race')
    assert '"other": 0.0\n' in text
    pilot = Pilot(
        engine, PilotProfile.parse(text.replace('"other": 0.0', 'other: 0.5'), origin='x')
    )
    (frame,) = open_source(race).sample(1)
    (found,) = pilot.forward(frame).steering.heads['angle']
    seen = pilot.preprocess(frame.image).tensor
    expected = model([seen, np.full((1, 30, 40, 1), 0.5, np.float32)])
    assert found == pytest.approx(float(expected[0, 0]), abs=1e-5)


def test_further_inputs_are_fed_zeros_and_said(race, tmp_path):
    """What the car feeds them is not in the pictures."""
    keras = backends.keras()
    image, imu = keras.Input((30, 40, 1), name='image'), keras.Input((6,), name='imu_in')
    both = keras.layers.Concatenate()([keras.layers.Flatten()(image), imu])
    keras.Model([image, imu], keras.layers.Dense(1, name='angle')(both)).save(tmp_path / 'i.keras')
    engine = load_engine(tmp_path / 'i.keras')
    with open_source(race) as source:
        proposal = propose(engine, source, count=25)
    assert proposal.profile('x').extra_inputs == {'imu_in': (0.0,) * 6}
    assert verdicts(proposal)['extra_inputs.imu_in'] == ('zeros', False)
    assert verdicts(proposal)['input.color'] == ('gray', True)
    proposal.profile('x').check(engine.network)


def test_a_crop_that_is_not_among_the_usual_ones(demo_engine, frames, write_tub, tmp_path):
    """Twenty rows more at the bottom of the picture: its edges are moved until it drives best."""
    images = [np.pad(image, ((0, 20), (0, 0), (0, 0)), mode='edge') for image, _ in frames]
    tub = write_tub(tmp_path / 'data', images, [{'user/angle': -share} for _, share in frames])
    proposal = on(demo_engine, tub, count=60)
    value, decided = verdicts(proposal)['input.crop']
    crop = proposal.input.crop
    assert decided
    assert crop.top == pytest.approx(80, abs=11)
    assert crop.bottom == pytest.approx(20, abs=11)
    assert value.startswith('top ')
    assert (crop.left, crop.right) == (0, 0), 'less than is known is nothing'


def test_the_output_that_steers_is_found_among_several(race, tmp_path):
    """Bins of which the first is on the right, beside outputs that say nothing."""
    keras = backends.keras()
    keras.utils.set_random_seed(2)
    with pilot_path() as path:
        pilot = keras.saving.load_model(path)
    places = np.linspace(1, -1, 9, dtype=np.float32)
    spread = keras.layers.Dense(9, name='spread')
    probable = keras.layers.Softmax(name='dense_7')
    # exp(-40 (v - p)^2) but for a factor that all bins share.
    bins = probable(spread(pilot.outputs[0]))
    spread.set_weights([80 * places[None], -40 * places**2])
    still = keras.layers.Dense(1, name='dense_8')(keras.layers.Flatten()(pilot.inputs[0]))
    keras.Model(pilot.inputs[0], [still, bins]).save(tmp_path / 'bins.keras')
    found = verdicts(on(load_engine(tmp_path / 'bins.keras'), race, count=50, limit=0.42))
    assert found['heads.steering'] == ('dense_7', True)
    assert found['heads.steering.positive'] == ('left', True)
    assert not found['heads.steering.values'][1]
