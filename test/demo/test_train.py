# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The script that made the pilot still makes one."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.vision.frame import Frame


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Return a pilot after one short epoch, and what the script said."""
    pytest.importorskip('tensorflow')
    out = tmp_path_factory.mktemp('train') / 'pilot.keras'
    command = [sys.executable, '-m', 'featuremap_ros.demo.train', '--out', str(out)]
    command += ['--worlds', '1', '--epochs', '1', '--laps', '0']
    result = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr[-2000:]
    return out, result.stdout + result.stderr


def test_the_script_writes_a_pilot_of_the_demos_profile(trained):
    """With the same layers as the shipped one."""
    path, _ = trained
    pilot = Pilot.load(path, profile='demo')
    with pilot_path() as shipped_path:
        shipped = Pilot.load(shipped_path, profile='demo')
    layers = [layer.name for layer in pilot.network.layers]
    assert layers == [layer.name for layer in shipped.network.layers]
    frame = Frame(np.full((240, 320, 3), 90, np.uint8), 0)
    assert abs(pilot.forward(frame).steering.value) < 3.0
    assert path.stat().st_size < 1_000_000


def test_the_script_says_how_it_went(trained):
    """Pictures, weights and times."""
    _, said = trained
    assert '160 pictures after' in said
    assert 'weights after' in said
