# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A proposal as a file."""

from __future__ import annotations

import pytest
import yaml

from featuremap_ros.pilot.heads import Head
from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.proposing.as_yaml import as_yaml
from featuremap_ros.proposing.entry import ProposedEntry
from featuremap_ros.proposing.proposal import Proposal
from featuremap_ros.vision.preprocess import Crop, InputSpec


@pytest.fixture
def proposal():
    """Return a proposal with every kind of entry."""
    network = Network(
        'test',
        (TensorSpec('image', (120, 160, 3)), TensorSpec('imu: "in"', (2,))),
        (TensorSpec('angle', (15,)), TensorSpec('both', (2,))),
        (),
    )
    spec = InputSpec(
        (160, 120), 'bgr', Crop(top=45, mode='mask'), (160, 120), 'area', 3, '/127.5-1'
    )
    return Proposal(
        network,
        spec,
        (160, 120),
        heads={
            'steering': Head(
                'angle', 'bins', values=tuple(-1 + n / 7 for n in range(15)), positive='left'
            ),
            'throttle': Head('both', component=1),
        },
        max_steering_angle=0.35,
        decisions=[
            ProposedEntry('input.color', 'bgr', True, 'words ' * 40),
            ProposedEntry('input.crop', 'top 45 masked', False, 'nobody knows'),
        ],
        notes=['look at it'],
    )


def test_what_is_written_is_what_is_read(proposal):
    """All entries survive, and fit the model."""
    for entry in ('size', 'camera', 'interpolation', 'smoothing', 'normalisation'):
        proposal.decide(ProposedEntry(f'input.{entry}', None, False, 'because'))
    text = as_yaml(proposal, name='my "car": 1', model='m.h5', source='tub')
    profile = PilotProfile.parse(text, origin='test')
    assert profile.name == 'my "car": 1'
    assert profile.input == proposal.input
    for quantity, head in profile.heads.items():
        wanted = proposal.heads[quantity]
        assert head.values == pytest.approx(wanted.values)
        assert (head.output, head.component, head.kind) == (
            *(wanted.output, wanted.component, wanted.kind),
        )
    assert profile.heads['steering'].positive == 'left'
    assert profile.max_steering_angle == 0.35
    assert profile.extra_inputs == {'imu: "in"': (0.0, 0.0)}
    profile.check(proposal.network)


def test_every_entry_says_how_far_it_is_known(proposal):
    """Above itself, in lines that fit a screen."""
    lines = as_yaml(proposal, name='x', model='m.h5', source='tub').splitlines()
    assert max(map(len, lines)) <= 99
    assert '# Not decided, check these: input.crop' in lines
    assert '# Note: look at it' in lines
    assert lines[lines.index('  # UNDECIDED: nobody knows.') + 1].startswith('  crop: {top: 45')
    assert any(line.startswith('  # Decided: words words') for line in lines)


def test_the_limit_of_the_wheels_is_left_to_the_user(proposal):
    """Nothing is written for it but how."""
    proposal.max_steering_angle = None
    proposal.decide(ProposedEntry('max_steering_angle', None, False, 'measure'))
    text = as_yaml(proposal, name='x', model='m.h5', source='tub')
    assert 'max_steering_angle' not in yaml.safe_load(text)
    assert '# max_steering_angle: 0.35   # rad' in text
