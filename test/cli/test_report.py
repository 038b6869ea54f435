# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap report``."""

from __future__ import annotations

import json
import os
from pathlib import Path
import re
import webbrowser

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.demo.race import write_race


@pytest.fixture
def race(tmp_path):
    """Return a folder of twelve pictures."""
    folder = tmp_path / 'race'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(12):
        image = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{i:02}.jpg'), image)
    return folder


@pytest.fixture
def options(tiny_model, tiny_profile):
    """Return the pilot's options, and those that save time."""
    model = ['--model', str(tiny_model), '--profile', str(tiny_profile)]
    return [*model, '--methods', 'activation', '--trust', '0', '--open-nothing']


def test_a_race_becomes_a_page(race, options, tmp_path, capsys):
    """The moments and what to open are said; every frame is in the chart."""
    out = tmp_path / 'report.html'
    assert main(['report', str(race), *options, '--out', str(out), '--worst', '1']) == 0
    text = capsys.readouterr().out
    assert '12 frames' in text
    assert 'any browser' in text
    assert len(re.findall(r'^ +\d+\.\d\d s  ', text, re.M)) == 1
    data = re.search(r'id="data">(.*?)</script>', out.read_text(encoding='utf-8'), re.S)[1]
    assert len(json.loads(data)['times']) == 12


def test_layers_and_a_part_can_be_chosen(race, options, tmp_path, capsys):
    """As with render; --json has the same figures for scripts."""
    chosen = ['--layers', 'conv_1', '--every', '2', '--trust', '1', '--json']
    out = tmp_path / 'a.html'
    assert main(['report', str(race), *options, *chosen, '--out', str(out)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found['frames'] == 6
    assert found['bytes'] == out.stat().st_size
    assert {'at', 'stamp_ns', 'reason'} == set(found['moments'][0])
    html = out.read_text(encoding='utf-8')
    names = json.loads(re.search(r'id="data">(.*?)</script>', html, re.S)[1])['clips']
    assert [clip['name'] for clip in names] == ['conv_1', 'camera']
    assert '<section id="trust">' in html


def test_a_render_of_a_method_becomes_a_page(race, options, tmp_path):
    """Its clip is named for the method, its channels are those of the layer."""
    folder, out = tmp_path / 'done', tmp_path / 'report.html'
    shown = ['--method', 'visualbackprop', '--layers', 'conv_1', '--out', str(folder)]
    assert main(['render', str(race), *options[:4], *shown]) == 0
    assert main(['report', str(folder), *options, '--out', str(out)]) == 0
    html = out.read_text(encoding='utf-8')
    clips = json.loads(re.search(r'id="data">(.*?)</script>', html, re.S)[1])['clips']
    assert [clip['name'] for clip in clips] == ['visualbackprop/conv_1']
    assert 'bar' not in clips[0]
    assert 'agree on' in clips[0]['about']


def test_a_finished_render_knows_its_model(options, tmp_path, capsys):
    """Its folder alone is enough; why and filters are there as well."""
    bag = write_race(tmp_path / 'bag', seconds=1)
    folder, out = tmp_path / 'done', tmp_path / 'report.html'
    model = options[:4]
    assert main(['render', str(bag), *model, '--out', str(folder)]) == 0
    profile = ['--profile', options[3]]
    quick = ['--methods', 'none', '--open-nothing', '--out', str(out)]
    assert main(['report', str(folder), *profile, *quick]) == 0
    html = out.read_text(encoding='utf-8')
    assert re.findall(r'<section id="(\w+)"', html) == ['race', 'moments', 'filters', 'times']
    assert 'recorded on /drive' in html
    capsys.readouterr()
    assert main(['report', str(folder), *quick, '--overwrite', '--every', '2']) == 1
    assert 'leave --every out' in capsys.readouterr().err


def test_a_race_whose_name_is_no_text(race, options, tmp_path):
    """Old disks hold names in other encodings."""
    odd = race.rename(race.parent / os.fsdecode(b'rac\xff'))
    out = tmp_path / 'report.html'
    assert main(['report', str(odd), *options, '--out', str(out), '--worst', '0']) == 0
    assert r'rac\udcff' in out.read_text(encoding='utf-8')


def test_a_rendered_tub_keeps_its_driver(options, write_tub, tmp_path, capsys):
    """The tub itself is not asked again; who has no bag cannot name a topic."""
    images = np.random.default_rng(1).integers(0, 255, (9, 48, 64, 3), np.uint8)
    tub = write_tub(tmp_path / 'tub', images, [{'user/angle': n / 9} for n in range(9)])
    folder, out = tmp_path / 'done', tmp_path / 'report.html'
    assert main(['render', str(tub), *options[:4], '--out', str(folder)]) == 0
    quick = ['--methods', 'none', '--open-nothing', '--worst', '1', '--out', str(out)]
    capsys.readouterr()
    assert main(['report', str(folder), *options[2:4], *quick]) == 0
    text = capsys.readouterr().out
    assert 'disagreement: pilot' in text
    assert "No driver's steering" not in text
    assert 'recorded on user/angle' in out.read_text(encoding='utf-8')
    assert main(['report', str(folder), *quick, '--overwrite', '--driver', '/drive']) == 1
    assert 'leave --driver out' in capsys.readouterr().err


def test_a_render_with_a_profile_of_ones_own_says_so(race, options, tmp_path, capsys):
    """Its name alone does not lead to the file; the page is made of what there is."""
    folder, out = tmp_path / 'done', tmp_path / 'report.html'
    assert main(['render', str(race), *options[:4], '--out', str(folder)]) == 0
    assert main(['report', str(folder), '--open-nothing', '--out', str(out)]) == 0
    assert "The profile 'tiny' of the render is a file of yours" in capsys.readouterr().out


def test_a_render_without_its_model_says_what_is_missing(race, options, tmp_path, capsys):
    """The page is made of what there is."""
    folder, out = tmp_path / 'done', tmp_path / 'report.html'
    assert main(['render', str(race), *options[:4], '--out', str(folder)]) == 0
    summary = json.loads((folder / 'summary.json').read_text())
    summary['model']['path'] = 'moved.keras'
    (folder / 'summary.json').write_text(json.dumps(summary))
    assert main(['report', str(folder), '--open-nothing', '--out', str(out)]) == 0
    text = capsys.readouterr().out
    assert 'give --model' in text
    assert 'give the race itself' in text
    html = out.read_text(encoding='utf-8')
    assert re.findall(r'<section id="(\w+)"', html) == ['race', 'times']
    assert 'give --model' in html


def test_an_unknown_limit_of_the_wheels_is_said(options, tiny_profile, tmp_path, capsys):
    """The driver cannot be compared then, and the chart has no degrees."""
    bag = write_race(tmp_path / 'bag', seconds=0.5)
    profile = tmp_path / 'unknown.yaml'
    profile.write_text(tiny_profile.read_text().replace('max_steering_angle: 0.4\n', ''))
    chosen = [*options[:2], '--profile', str(profile), *options[4:], '--methods', 'none']
    assert main(['report', str(bag), *chosen, '--out', str(tmp_path / 'a.html')]) == 0
    assert '/drive cannot be compared' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('extra', 'message'),
    [
        (['--layers', 'conv_9'], "Unknown layer 'conv_9'"),
        (['--methods', 'hirescan'], "Unknown method 'hirescan'"),
        (['--at', 'noon'], "got 'noon'"),
        (['--driver', '/drive'], 'leave --driver out'),
        (['--out', '.'], '--out names the file'),
        (['--out', 'race.pdf'], 'expected .html. Try --out race.html'),
        (['--out', 'missing/a.html'], 'Make it first'),
    ],
)
def test_wrong_options_are_explained(race, options, extra, message, tmp_path, monkeypatch, capsys):
    """One line each and exit code 1."""
    monkeypatch.chdir(tmp_path)
    assert main(['report', str(race), *options, '--out', 'a.html', *extra]) == 1
    assert message in capsys.readouterr().err
    assert not Path('a.html').exists()


def test_a_race_needs_a_model_and_a_file_is_not_overwritten(race, options, tmp_path, capsys):
    """Both are said before any work is done."""
    out = tmp_path / 'a.html'
    assert main(['report', str(race), '--out', str(out)]) == 1
    assert 'give --model' in capsys.readouterr().err
    out.write_text('mine')
    assert main(['report', str(race), *options, '--out', str(out)]) == 1
    assert '--overwrite' in capsys.readouterr().err
    assert out.read_text() == 'mine'


@pytest.mark.parametrize(('screen', 'asked', 'opened'), [(1, 1, 1), (1, 0, 0), (0, 1, 0)])
def test_the_page_is_opened_where_somebody_looks(
    race, options, screen, asked, opened, tmp_path, monkeypatch
):
    """On a terminal with a screen, unless it is asked to open nothing."""
    seen = []
    monkeypatch.setattr(webbrowser, 'open', seen.append)
    monkeypatch.setattr('sys.stdout.isatty', lambda: True)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    monkeypatch.delenv('DISPLAY', raising=False)
    if screen:
        monkeypatch.setenv('DISPLAY', ':0')
    out = tmp_path / 'a.html'
    chosen = [*options[:-1], *([] if asked else ['--open-nothing']), '--out', str(out)]
    assert main(['report', str(race), *chosen]) == 0
    assert seen == [out.as_uri()] * opened


def test_a_moment_can_be_asked_for(race, options, tmp_path, capsys):
    """It comes before the worst ones, in words and on the page."""
    out = tmp_path / 'a.html'
    asked = ['--at', '0.2', '--worst', '0', '--json']
    assert main(['report', str(race), *options, *asked, '--out', str(out)]) == 0
    (moment,) = json.loads(capsys.readouterr().out)['moments']
    assert moment['at'] == pytest.approx(0.2)
    assert moment['reason'].startswith('asked for: pilot ')
    html = out.read_text(encoding='utf-8')
    assert html.count('class="moment"') == 1
    assert moment['reason'] in html
