# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The page as a file: what is in it, how large it is, and that it is the same again."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
import json
import re

import cv2
from noise import write_noise
import numpy as np
import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.report.page import LIMIT, write_page
from featuremap_ros.vision.annotate import draw_gauge


@pytest.fixture
def html(made):
    """Return the page."""
    return made.path.read_text(encoding='utf-8')


def data_of(html):
    """Return what the script draws."""
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.S)[1])


def test_the_page_holds_every_section(html):
    """In the order in which they are read, and each of them is linked."""
    sections = re.findall(r'<section id="(\w+)"', html)
    assert sections == ['race', 'moments', 'trust', 'filters', 'times']
    assert re.findall(r'<a href="#(\w+)"', html.split('<main>')[0]) == sections


def test_the_chart_is_in_degrees_and_left_is_up(made, html):
    """Numbers as the decisions say, with marks at the times of the worst moments."""
    data = data_of(html)
    degrees = [decision.steering * made.recording.degrees for decision in made.recording.decisions]
    assert data['pilot'] == pytest.approx(degrees, abs=0.01)
    assert data['unit'] == 'degrees'
    assert [mark['at'] for mark in data['marks']] == pytest.approx(
        [made.recording.at(moment.stamp_ns) for moment in made.moments], abs=1e-4
    )


def test_without_a_limit_the_chart_has_shares(made, tmp_path):
    """And says so."""
    write_page(tmp_path / 'a.html', replace(made.recording, limit=None), made.moments)
    html = (tmp_path / 'a.html').read_text(encoding='utf-8')
    data = data_of(html)
    assert data['pilot'] == pytest.approx([d.steering for d in made.recording.decisions], abs=1e-3)
    assert 'steering in shares of the full steering' in html
    assert re.findall(r'<section id="(\w+)"', html) == ['race', 'times']


def test_the_clips_are_in_the_page(made, html):
    """Byte for byte."""
    for number, clip in enumerate(made.recording.clips):
        text = re.search(rf'id="clip-{number}">([^<]*)<', html)[1]
        assert b64decode(text) == clip.path.read_bytes()


def test_nothing_outside_is_named(html):
    """No address of another machine, but the namespace of SVG, which nobody asks."""
    markup = re.sub(r'base64,[^"]*|id="clip-\d+">[^<]*', '', html)
    assert set(re.findall(r'https?://[^\s"\'<]+', markup)) == {'http://www.w3.org/2000/svg'}
    assert not re.search(r'<link[^>]+href="(?!data:)', markup)
    assert not re.search(r'@import|url\((?!#)', markup)


def test_the_policy_allows_just_this_script_and_style(html):
    """By their digests, so that nothing else can run even if it got in."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; ")
    for name in ('style', 'script'):
        (content,) = re.findall(rf'<{name}>(.*?)</{name}>', html, re.S)
        digest = re.search(rf"{name}-src 'sha256-([^']*)'", policy)[1]
        assert b64decode(digest) == sha256(content.encode()).digest()


def test_left_and_right_have_the_colours_of_the_gauge(html):
    """The same colour means the same side in pictures and on the page."""
    for name, left in (('left', 1.0), ('right', -1.0)):
        image = np.zeros((400, 400, 3), np.uint8)
        draw_gauge(image, left, '')
        colour = re.search(rf'--{name}: #(\w{{6}});', html)[1]
        rgb = [int(colour[i : i + 2], 16) for i in (0, 2, 4)]
        assert (image == rgb).all(axis=2).sum() > 100


def test_the_same_race_gives_the_same_page(made, tmp_path):
    """Nothing of the clock or the folder is in it."""
    write_page(tmp_path / 'again.html', made.recording, made.moments, made.findings)
    assert (tmp_path / 'again.html').read_bytes() == made.path.read_bytes()


def test_a_page_that_is_too_large_gets_smaller_videos(made, tmp_path):
    """Everything else stays; and where that does not help, it is said what does."""
    write_noise(tmp_path / 'noise.mp4', shape=(240, 320))
    clips = tuple(replace(clip, path=tmp_path / 'noise.mp4') for clip in made.recording.clips)
    recording = replace(made.recording, clips=clips)
    size = write_page(tmp_path / 'a.html', recording, made.moments, made.findings)
    room = 2 * (tmp_path / 'noise.mp4').stat().st_size
    limit = size - room
    assert size < LIMIT
    written = write_page(tmp_path / 'a.html', recording, made.moments, made.findings, limit=limit)
    assert limit / 2 < written <= limit
    assert written == (tmp_path / 'a.html').stat().st_size
    with pytest.raises(SinkError, match='--every'):
        write_page(tmp_path / 'b.html', recording, made.moments, limit=1000)
    assert not (tmp_path / 'b.html').exists()


def test_a_page_that_cannot_be_written_is_explained(made, tmp_path):
    """With its path."""
    with pytest.raises(SinkError, match=r'report\.html cannot be written'):
        write_page(tmp_path / 'missing' / 'report.html', made.recording, made.moments)


def test_a_full_disk_leaves_no_empty_page(made, tmp_path):
    """It would open nowhere, and be in the way of the next report."""
    resource = pytest.importorskip('resource')
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(SinkError, match=r'report\.html cannot be written any further'):
            write_page(tmp_path / 'report.html', made.recording, made.moments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / 'report.html').exists()


def test_pictures_of_the_page_can_be_decoded(html):
    """Every one of them, with the size that the page says."""
    found = re.findall(
        r'<img src="data:image/\w+;base64,([^"]+)" width="(\d+)" height="(\d+)"', html
    )
    assert len(found) == 3 * (2 + 2 + 2) + 2 + 1
    for text, width, height in found:
        image = cv2.imdecode(np.frombuffer(b64decode(text), np.uint8), cv2.IMREAD_COLOR)
        assert image.shape[:2] == (int(height), int(width))
        assert int(width) <= 1100
