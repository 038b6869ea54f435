# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that take several names."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.cli.names import split_names
from featuremap_ros.errors import UnsupportedError


def test_names_are_taken_apart():
    """In their order, each once; people put spaces behind commas."""
    assert split_names('--layers', 'b, a,b', ('a', 'b')) == ['b', 'a']


@pytest.mark.parametrize('text', ['', ',', 'a,', 'a,,b', ' '])
def test_an_empty_name_is_refused(text):
    """It is mostly a variable that was not set; what there is is listed."""
    with pytest.raises(UnsupportedError, match=rf'--layers.*{text!r} is empty\. Choices: a, b\.'):
        split_names('--layers', text, ('a', 'b'))


@pytest.mark.parametrize(
    ('verb', 'option', 'choice'),
    [
        ('render', '--layers', 'conv_1'),
        ('render', '--method', 'hirescam'),
        ('explain', '--method', 'kernels'),
        ('trust', '--methods', 'occlusion'),
        ('trust', '--layers', 'conv_1'),
        ('trust', '--baselines', 'blur'),
        ('filters', '--layers', 'conv_1'),
        ('report', '--layers', 'conv_1'),
        ('report', '--methods', 'hirescam'),
        ('compare', '--maps', 'activation'),
    ],
)
@pytest.mark.parametrize('text', ['', 'x,'])
def test_no_verb_takes_an_empty_name(
    tiny_model, tiny_profile, tmp_path, capsys, verb, option, choice, text
):
    """Nor does any take it for what it shows when nothing is asked."""
    picture, out = tmp_path / 'frame.png', tmp_path / 'out'
    cv2.imwrite(str(picture), np.zeros((48, 64, 3), np.uint8))
    models = [str(tiny_model)] * 2 if verb == 'compare' else []
    named = [] if models else ['--model', str(tiny_model)]
    pilot = [*named, '--profile', str(tiny_profile), '--out', str(out)]
    assert main([verb, *models, str(picture), *pilot, option, text]) == 1
    said = capsys.readouterr().err
    assert f'{option} takes names with commas between them' in said
    assert choice in said.rpartition('Choices: ')[2]
    assert not out.exists()
