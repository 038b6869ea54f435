# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The command ``featuremap``."""

from __future__ import annotations

import os
from pathlib import Path
import platform
import shutil
import subprocess
import sys

import pytest

import featuremap_ros
from featuremap_ros.cli.main import main, VERBS
from featuremap_ros.version import __version__
from featuremap_ros.vision.blend import COMPILED


def test_the_version_is_printed(capsys):
    """``--version`` tells several installations apart, and ends with success."""
    with pytest.raises(SystemExit) as stop:
        main(['--version'])
    assert stop.value.code == 0
    painting = 'compiled' if COMPILED else 'by OpenCV'
    where = Path(featuremap_ros.__file__).parent
    assert capsys.readouterr().out == (
        f'featuremap {__version__} from {where} (Python {platform.python_version()}, '
        f'painting {painting})\n'
    )


def test_without_a_verb_the_usage_is_shown(capsys):
    """Wrong usage is exit code 2."""
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert 'VERB' in capsys.readouterr().err


@pytest.mark.parametrize('verb', VERBS)
def test_every_verb_explains_itself_with_examples(verb, capsys):
    """``--help`` of every verb works and shows commands to copy."""
    with pytest.raises(SystemExit) as stop:
        main([verb, '--help'])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert 'examples:' in text
    assert f'featuremap {verb}' in text.split('examples:')[1]


def test_an_error_is_one_line_and_exit_code_1(capsys):
    """No traceback for what the user can mend."""
    assert main(['layers', 'nowhere.h5']) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith('featuremap layers: ')
    assert 'nowhere.h5' in captured.err
    assert captured.err.count('\n') == 1


def test_the_exit_codes_are_in_the_help(capsys):
    """Scripts need them."""
    with pytest.raises(SystemExit):
        main(['--help'])
    text = capsys.readouterr().out
    for code in ('0', '1', '2', '3', '130', '141'):
        assert f'\n  {code} ' in text


def test_a_reader_who_leaves_early_is_no_error(tiny_model):
    """`featuremap layers pilot.h5 | head -1` prints no traceback."""
    command = [sys.executable, '-m', 'featuremap_ros.cli.main', 'layers', str(tiny_model)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.close()
    _, said = running.communicate(timeout=120)
    assert running.returncode == 141
    assert b'Traceback' not in said
    assert b'BrokenPipe' not in said


def test_a_closed_output_is_no_error(monkeypatch, capsys):
    """As `featuremap render ... >&-` leaves it, for scripts that want files only."""
    monkeypatch.setattr('featuremap_ros.cli.layers.run', lambda _: print('for nobody') or 0)
    monkeypatch.setattr(sys, 'stdout', None)
    assert main(['layers', 'xx.h5']) == 0
    assert capsys.readouterr().err == ''


@pytest.mark.parametrize('verb', VERBS)
def test_every_verb_speaks_json(verb, capsys):
    """For scripts."""
    with pytest.raises(SystemExit):
        main([verb, '--help'])
    assert '--json' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('error', 'code', 'said'),
    [
        (KeyboardInterrupt(), 130, 'featuremap layers: stopped\n'),
        (OSError(36, 'File name too long', 'xx.h5'), 1, 'layers: xx.h5: File name too long\n'),
    ],
)
def test_whatever_stops_a_verb_while_it_begins_is_a_line(monkeypatch, capsys, error, code, said):
    """Ctrl-C while TensorFlow or ROS is imported; an error of a disk that nobody foresaw."""

    def fails(_):
        raise error

    monkeypatch.setattr('featuremap_ros.cli.layers.run', fails)
    assert main(['layers', 'xx.h5']) == code
    assert capsys.readouterr().err.endswith(said)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['demo', '--seconds=nan'], "'nan' must be above 0"),
        (['demo', '--seed=-5'], "'-5' must be 0 or more"),
        (['demo', '--live', '--port=99999'], "'99999' must be 0 to 65535, and whole"),
        (['demo', '--seed=many'], "'many' must be 0 or more, and whole"),
        (['compare', 'a', 'b', 'c', '--worst=-1'], "--worst: '-1' must be 0 or more, and whole"),
        (['compare', 'a', 'b', 'c', '--map-frames=-1'], "--map-frames: '-1' must be 0 or more"),
        (['explain', 'a', '--model=b', '--frame=-1'], "--frame: '-1' must be 0 or more"),
        (['filters', 'a', '--model=b', '--every=0'], "--every: '0' must be 1 or more"),
        (['filters', 'a', '--model=b', '--start=-1'], "'-1' must be 0 or more and finite (s)"),
        (['filters', 'a', '--model=b', '--duration=0'], "'0' must be above 0 and finite (s)"),
        (['filters', 'a', '--model=b', '--fps=nan'], "'nan' must be above 0 and at most 1e+06"),
        (['layers', 'a', '--max-steering-angle=inf'], "'inf' must be above 0 and at most 1.57"),
        (['new-profile', 'a', 'b', '--max-steering-angle=20'], 'at most 1.57 (rad, of the'),
        (['new-profile', 'a', 'b', '--frames=0'], "--frames: '0' must be 1 or more"),
        (['new-profile', 'a', 'b', '--input-size', '0', '9'], "'0' must be 1 or more, and whole"),
        (['render', 'a', '--model=b', '--explain-worst=-1'], "'-1' must be 0 or more, and whole"),
        (['render', 'a', '--model=b', '--jobs=0'], "--jobs: '0' must be 1 or more, and whole"),
        (
            ['render', 'a', '--model=b', '--wheelbase=long'],
            "'long' must be above 0 and finite",
        ),
        (['report', 'a', '--trust=-1'], "--trust: '-1' must be 0 or more, and whole"),
        (['report', 'a', '--worst=1e9'], "--worst: '1e9' must be 0 or more, and whole"),
        (['trust', 'a', '--model=b', '--frames=0'], "--frames: '0' must be 1 or more, and whole"),
        (['why', 'a', '--model=b', '--worst=0'], "--worst: '0' must be 1 or more, and whole"),
        (
            ['why', 'a', '--model=b', '--apart=inf'],
            "'inf' must be 0 or more and at most 1e+06",
        ),
        (['render', 'a', '--model=b', '--prefix=bad prefix'], "'bad prefix' is no name of topics"),
    ],
)
def test_values_that_make_no_sense_are_wrong_usage(arguments, message, capsys):
    """The message names the value and what was expected."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert message in ' '.join(capsys.readouterr().err.split())


@pytest.mark.parametrize('rate', ['0', '-1', 'nan', 'inf', 'fast'])
def test_a_rate_that_is_none_is_explained(rate, capsys):
    """What is allowed, and what to take for as fast as possible."""
    with pytest.raises(SystemExit) as stop:
        main(['play', 'race.mcap', f'--rate={rate}'])
    assert stop.value.code == 2
    said = ' '.join(capsys.readouterr().err.split())
    assert f"'{rate}' is no rate: it must be above 0 and finite" in said
    assert 'for as fast as possible take a large one, 1000' in said


def test_the_help_needs_neither_tensorflow_nor_ros():
    """It answers at once, in a process that imports nothing heavy."""
    code = (
        'import sys\n'
        'from featuremap_ros.cli.main import main\n'
        'try:\n'
        "    main(['--help'])\n"
        'except SystemExit:\n'
        "    print([m for m in ('tensorflow', 'rclpy', 'av') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.endswith('[]\n')


def test_a_terminal_that_knows_few_letters(tiny_model, tmp_path):
    """Names of files are still printed, in another way."""
    model = tmp_path / 'гонка.keras'
    shutil.copy(tiny_model, model)
    done = subprocess.run(
        [sys.executable, '-m', 'featuremap_ros.cli.main', 'layers', str(model)],
        env={**os.environ, 'PYTHONIOENCODING': 'latin-1'},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert rb'\u0433\u043e\u043d\u043a\u0430.keras: Keras' in done.stdout
