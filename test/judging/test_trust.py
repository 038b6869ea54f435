# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A survey of trust, on a pilot that steers by one part of the picture and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import (
    BadFrameError,
    NotFiniteError,
    ProfileError,
    UnknownNameError,
    UnsupportedError,
)
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.method import Finding, Method
from featuremap_ros.judging.race_pictures import race_pictures
from featuremap_ros.judging.subject import Subject, subjects_of
from featuremap_ros.judging.trust import neighbours, TrustSurvey
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.source import open_source
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.registration import AxisSampling, Sampling

HEIGHT, WIDTH = 24, 32
CUE = np.s_[8:16, 20:28]


@pytest.fixture(scope='module')
def pilot(tmp_path_factory):
    """Return a linear pilot that steers by the brightness of its cue, +1 for white."""
    keras = backends.keras()
    folder = tmp_path_factory.mktemp('cue')
    image = keras.Input((HEIGHT, WIDTH, 3), name='image')
    grey = keras.layers.Conv2D(1, 1, use_bias=False, name='grey')
    dense = keras.layers.Dense(1, name='steering')
    model = keras.Model(image, dense(keras.layers.Flatten()(grey(image))))
    grey.set_weights([np.full((1, 1, 3, 1), 1 / 3, np.float32)])
    weights = np.zeros((HEIGHT, WIDTH), np.float32)
    weights[CUE] = 2 / 64
    dense.set_weights([weights.reshape(-1, 1), np.array([-1.0], np.float32)])
    model.save(folder / 'cue.keras')
    (folder / 'cue.yaml').write_text(
        f'input: {{size: [{WIDTH}, {HEIGHT}], normalisation: /255}}\n'
        'heads:\n  steering: {output: steering, positive: left}\n'
    )
    return Pilot.load(folder / 'cue.keras', profile=folder / 'cue.yaml')


def planted(name, make):
    """Return a method whose map a function makes of a frame's pixels."""
    return Method(
        name=name,
        question='',
        find=lambda moment: Finding(values=make(moment.pixels), unit='', signed=False),
    )


def cue_map(_):
    """Return heat on the cue and none elsewhere."""
    heat = np.zeros((HEIGHT, WIDTH), np.float32)
    heat[CUE] = 1
    return heat


def noise_map(pixels):
    """Return heat that has nothing to do with the steering."""
    return np.random.default_rng(int(pixels.sum())).random((HEIGHT, WIDTH)).astype(np.float32)


def refused(_):
    """Refuse to be computed for this pilot."""
    raise UnsupportedError('The pilot is not made for this.')


EXTRA = (
    planted('impossible', refused),
    planted('cue', cue_map),
    planted('upside_down', lambda pixels: -cue_map(pixels)),
    planted('noise', noise_map),
    planted('constant', lambda _: np.ones((HEIGHT, WIDTH), np.float32)),
    planted('broken', lambda _: np.full((HEIGHT, WIDTH), np.nan, np.float32)),
)


@pytest.fixture(scope='module')
def explainer(pilot):
    """Return an explainer with planted methods besides its own."""
    return Explainer(pilot, EXTRA)


@pytest.fixture
def race(rng):
    """Return 12 frames of noise whose cue goes from dark to bright."""
    frames = []
    for i in range(12):
        image = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        image[CUE] = 20 * i
        frames.append(Frame(image, i * 10**8))
    return frames


def survey(explainer, names, race, *, baselines=('blur', 'p5', 'p95'), target='steering'):
    """Judge methods on every frame of a race."""
    subjects = subjects_of(explainer, names, ['grey'])
    pictures = race_pictures(explainer.pilot, race, baselines)
    made = TrustSurvey(explainer, subjects, baselines=baselines, pictures=pictures, target=target)
    for frame, following in neighbours(race, [frame.stamp_ns for frame in race]):
        made.judge(frame, following)
    return made


def trust(made, subject, baseline):
    """Return the mean trust of a method against a baseline."""
    return made.tallies[subject].faithfulness[baseline].trust


def test_methods_are_ranked_by_how_much_they_know(explainer, race):
    """The cue and the exact attribution lead; noise is chance; lies are as far below it."""
    names = ['cue', 'upside_down', 'noise', 'hirescam', 'occlusion']
    made = survey(explainer, names, race)
    for baseline in ('p5', 'p95'):
        means = {s.method: trust(made, s, baseline).mean for s in made.tallies}
        assert means['cue'] > 0.8
        assert abs(means['noise']) < 0.15
        assert means['upside_down'] < -0.8
    against_dark = {s.method: trust(made, s, 'p5').mean for s in made.tallies}
    assert against_dark['hirescam'] > 0.8
    # It hides with grey, which is brighter than the cue on the first half of the race.
    assert 0.3 < against_dark['occlusion'] < against_dark['hirescam']


def test_a_perfect_map_scores_what_the_cue_is_worth(explainer, race):
    """64 of 768 pixels are everything: the curve reaches its end in the second step of 20."""
    made = survey(explainer, ['cue'], race)
    tally = made.tallies[Subject('cue')].faithfulness['p5']
    assert tally.curves.deletion[0] == pytest.approx(0)
    assert tally.curves.deletion[2:] == pytest.approx(np.ones(19), abs=1e-5)
    # Random orders lose evenly: their two areas are a half each.
    assert tally.chance.mean == pytest.approx(0, abs=0.05)


def test_pixels_that_a_map_does_not_reach_come_last(pilot, race):
    """Also where all heat is negative, as that of ELU can be: an offset changes no order."""
    made = {}
    for name, offset in (('above', 2), ('below', -2)):
        cells = cue_map(None)[4:20, 12:30]
        method = Method(
            name=name,
            question='',
            find=lambda _, values=cells + offset: Finding(
                values=values,
                unit='',
                sampling=Sampling(AxisSampling(start=4.0), AxisSampling(start=12.0)),
                signed=False,
            ),
        )
        tallies = survey(Explainer(pilot, (method,)), [name], race).tallies
        made[name] = tallies[Subject(name)]
    for baseline in ('p5', 'p95'):
        above, below = (made[name].faithfulness[baseline].trust.mean for name in made)
        assert below == pytest.approx(above, abs=0.02)
        assert below > 0.8


def test_frames_like_the_baseline_are_undefined(explainer, race):
    """The frame that is the baseline, and none of the far ones."""
    made = survey(explainer, ['cue'], race)
    found = trust(made, Subject('cue'), 'p95')
    assert found.undefined == 1
    assert len(found.values) == 11


def test_only_the_cue_moves_the_steering(explainer, race):
    """The shift test of the planted map: the rest of the picture may move as it likes."""
    made = survey(explainer, ['cue', 'constant'], race)
    shift = made.tallies[Subject('cue')].shift
    assert shift.rest.mean == pytest.approx(0, abs=1e-5)
    assert shift.salient.mean == pytest.approx(shift.everything.mean, abs=1e-5)
    assert shift.everything.mean > 0.01
    assert made.tallies[Subject('constant')].shift.area.undefined == 12


def test_flicker_is_that_of_neighbours(explainer, race):
    """None of a map that stays, nearly one of noise, undefined of a constant one."""
    made = survey(explainer, ['cue', 'noise', 'constant'], race)
    flickers = {s.method: tally.flicker for s, tally in made.tallies.items()}
    assert flickers['cue'].mean == pytest.approx(0, abs=1e-6)
    assert flickers['noise'].mean == pytest.approx(1, abs=0.1)
    assert flickers['constant'].undefined == 11
    assert made.camera_flicker.mean == pytest.approx(1, abs=0.2)
    # 20 of 255 from frame to frame, on a scale from -1 to 1.
    assert made.steering_change.mean == pytest.approx(2 * 20 / 255, rel=0.01)


def test_the_mirror_shows_a_preferred_side(explainer, race):
    """The cue is on one side only: the mirror image shows noise there."""
    made = survey(explainer, ['cue'], race)
    expected = []
    for frame in race:
        flipped = frame.image[:, ::-1]
        expected.append(sum(2 * i[CUE].mean() / 255 - 1 for i in (frame.image, flipped)))
    assert made.mirror.values == pytest.approx(expected, abs=1e-4)
    throttle = survey(explainer, ['cue'], race[:2], target='steering:0')
    assert throttle.mirror.mean is None


def test_a_map_that_is_not_finite_is_noted_and_the_rest_goes_on(explainer, race):
    """On each frame; the method is not given up."""
    made = survey(explainer, ['broken', 'cue'], race[:3])
    assert len(made.tallies[Subject('broken')].faults) == 3
    assert 'not finite' in made.tallies[Subject('broken')].faults[0]
    assert len(trust(made, Subject('cue'), 'blur').values) > 0


def test_a_method_that_cannot_be_computed_is_given_up(explainer, race):
    """With its reason; the others go on."""
    made = survey(explainer, ['impossible', 'occlusion'], race[:3])
    assert 'not made for this' in made.tallies[Subject('impossible')].refused
    assert [subject.method for subject in made.alive()] == ['occlusion']


def test_a_bad_neighbour_costs_only_the_comparison(explainer, race):
    """The frame itself counts."""
    bad = Frame(np.zeros((1, 1, 3), np.uint8), 1)
    made = TrustSurvey(explainer, [Subject('cue')], baselines=('blur', 'mean'), pictures={})
    good = race[3]
    with pytest.MonkeyPatch.context() as patch:
        forward = explainer.pilot.forward

        def failing(frame, layers=()):
            if frame is bad:
                raise BadFrameError('bad')
            return forward(frame, layers)

        patch.setattr(explainer.pilot, 'forward', failing)
        made.judge(good, bad)
        with pytest.raises(BadFrameError):
            made.judge(bad)
    assert made.frames == 1
    assert made.camera_flicker.mean is None


def test_each_frame_is_looked_at_once(explainer, race):
    """A frame that was the neighbour of one and is judged next is not computed again."""
    counted = []
    method = planted('counting', lambda pixels: counted.append(1) or cue_map(pixels))
    survey(Explainer(explainer.pilot, (method,)), ['counting'], race)
    assert len(counted) == 12


def test_one_baseline_is_not_enough(explainer):
    """A method may share it."""
    for baselines in (['blur'], ['blur', 'blur']):
        with pytest.raises(UnsupportedError, match='two baselines at least: got blur'):
            TrustSurvey(explainer, [Subject('cue')], baselines=baselines, pictures={})


def test_unknown_names_are_refused(explainer):
    """Methods, layers, baselines and targets; and a class where there are none."""
    with pytest.raises(UnknownNameError, match='saliency'):
        subjects_of(explainer, ['salience'], ['grey'])
    with pytest.raises(UnknownNameError, match='grey'):
        subjects_of(explainer, ['activation'], ['gray'])
    two = {'baselines': ('blur', 'mean'), 'pictures': {}}
    with pytest.raises(UnknownNameError, match='p0 to p100'):
        TrustSurvey(explainer, [], baselines=('blur', 'black'), pictures={})
    with pytest.raises(UnknownNameError, match='steering:0'):
        TrustSurvey(explainer, [], target='brake', **two)
    with pytest.raises(ProfileError, match='regression'):
        TrustSurvey(explainer, [], target='decided', **two)


def test_methods_without_layers_count_once(explainer):
    """Others count once a layer."""
    subjects = subjects_of(explainer, ['activation', 'occlusion', 'activation'], ['grey'])
    assert [subject.name for subject in subjects] == ['activation/grey', 'occlusion']


def test_neighbours_are_the_frames_after_the_chosen():
    """The race is left when the last has its neighbour; the last frame has none."""
    frames = [Frame(np.zeros((1, 1, 3), np.uint8), i) for i in range(6)]
    read = []

    def reading():
        for frame in frames:
            read.append(frame.stamp_ns)
            yield frame

    def stamps(chosen):
        return [
            (a.stamp_ns, None if b is None else b.stamp_ns)
            for a, b in neighbours(reading(), chosen)
        ]

    assert stamps([1, 2]) == [(1, 2), (2, 3)]
    assert read == [0, 1, 2, 3]
    assert stamps([0, 5]) == [(0, 1), (5, None)]


def test_the_methods_on_the_axionaut_race(shared_data):
    """Against blur: what asks the network is above what only looks at it, all above chance."""
    explainer = Explainer(Pilot.load(shared_data / 'axionaut' / 'autopilot.hdf5'))
    names = ['activation', 'hirescam', 'occlusion']
    subjects = subjects_of(explainer, names, ['convolution2d_2', 'convolution2d_4'])
    made = TrustSurvey(explainer, subjects, baselines=('blur', 'mean'), pictures={})
    with open_source(shared_data / 'axionaut' / 'frames', every=12) as source:
        for frame in source:
            made.judge(frame)
    means = {s.name: trust(made, s, 'blur').mean for s in made.tallies}
    assert 0.1 < means['activation/convolution2d_2'] < means['activation/convolution2d_4']
    assert means['activation/convolution2d_4'] < means['hirescam/convolution2d_4']
    assert means['hirescam/convolution2d_4'] < means['occlusion'] + 0.5
    chance = made.tallies[Subject('occlusion')].faithfulness['blur'].chance.mean
    assert abs(chance) < 0.15


def test_the_probability_of_the_decided_class(shared_data):
    """Curves begin at its mean and end at that of the baseline."""
    explainer = Explainer(Pilot.load(shared_data / 'axionaut' / 'autopilot.hdf5'))
    made = TrustSurvey(
        explainer,
        [Subject('occlusion')],
        baselines=('blur', 'mean'),
        pictures={},
        target='decided',
    )
    sure = []
    with open_source(shared_data / 'axionaut' / 'frames', every=20) as source:
        for frame in source:
            made.judge(frame)
            sure.append(explainer.pilot.forward(frame).steering.confidence)
    tally = made.tallies[Subject('occlusion')].faithfulness['blur']
    assert tally.curves.deletion[0] == pytest.approx(np.mean(sure), abs=1e-5)
    assert tally.curves.insertion[-1] == pytest.approx(np.mean(sure), abs=1e-5)
    assert tally.trust.mean > 0.05


def test_a_network_that_is_not_finite_counts_as_no_frame(explainer, race):
    """The error says so, and nothing is kept."""
    made = TrustSurvey(explainer, [Subject('cue')], baselines=('blur', 'mean'), pictures={})

    def failing(*_):
        raise NotFiniteError('not finite')

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explainer.pilot, 'forward', failing)
        with pytest.raises(NotFiniteError):
            made.judge(race[0])
    assert made.frames == 0
