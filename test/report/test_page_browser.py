# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The report in a real browser: it plays, marks take it to their frames, and it fits a phone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from featuremap_ros.report.page import write_page

DESKTOP = {'width': 1280, 'height': 900}
PHONE = {'width': 380, 'height': 800}
# The clip that is seen.
SEEN = "document.querySelector('video:not([hidden])')"
READY = f'{SEEN} && {SEEN}.readyState >= 2 && !{SEEN}.seeking'
BRIGHTNESS = f"""(() => {{
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [{SEEN}.videoWidth, {SEEN}.videoHeight];
  const context = canvas.getContext('2d');
  context.drawImage({SEEN}, 0, 0);
  return context.getImageData(4, 40, 1, 1).data[1];
}})()"""


def show(page, path, *, width, height, dark=False):
    """Open a report and wait for its first picture."""
    page.open(path, width=width, height=height, dark=dark)
    page.wait(READY)


def choose(page, name):
    """Choose a clip and wait until it is seen."""
    page.ask(
        f"[...document.querySelectorAll('#switch button')].find(b => b.textContent === '{name}')"
        '.click()'
    )
    page.wait(READY)


def test_the_video_plays_to_its_end(page, made):
    """The time advances, and the figures beside it with it."""
    show(page, made.path, **DESKTOP)
    page.ask(f'{SEEN}.playbackRate = 8; {SEEN}.play()')
    page.wait(f'{SEEN}.currentTime > 1')
    page.wait(f'{SEEN}.ended')
    assert page.ask(f'{SEEN}.currentTime') == pytest.approx(8.0, abs=0.01)
    assert page.ask("document.getElementById('time-now').textContent") == '8.00 s'
    assert page.complaints == []


def test_nothing_is_asked_for_but_the_file_itself(page, made):
    """The report works offline, and its own policy would not let it do otherwise."""
    show(page, made.path, **DESKTOP)
    choose(page, 'camera')
    assert page.requests == [made.path.as_uri()]
    page.ask("fetch('https://example.org').catch(() => 0)")
    page.wait(lambda: any('Content Security Policy' in text for text in page.complaints))
    assert page.requests == [made.path.as_uri()]


@pytest.mark.parametrize('rank', [1, 2, 3])
def test_a_click_on_a_mark_shows_the_very_frame(page, made, rank):
    """Not the one before: the picture has the brightness of its number."""
    show(page, made.path, **DESKTOP)
    choose(page, 'camera')
    page.click(f'.chart .mark[data-rank="{rank}"] .touch')
    page.wait(f'{READY} && {SEEN}.currentTime > 0')
    number = made.number(rank)
    assert number % 30 == 0
    assert page.ask(f'{SEEN}.currentTime') == pytest.approx(number / 30, abs=0.002)
    assert page.ask(BRIGHTNESS) == pytest.approx(made.brightness(number), abs=2)
    assert page.ask("document.querySelector('.moment.current').id") == f'moment-{rank}'
    assert page.complaints == []


def test_marks_can_be_reached_with_the_keyboard(page, made):
    """Enter on a mark does what a click does."""
    show(page, made.path, **DESKTOP)
    page.ask('document.querySelector(\'.mark[data-rank="2"]\').focus()')
    for kind in ('rawKeyDown', 'keyUp'):
        page.send('Input.dispatchKeyEvent', type=kind, key='Enter', windowsVirtualKeyCode=13)
    at = made.recording.at(made.moments[1].stamp_ns)
    page.wait(f'Math.abs({SEEN}.currentTime - {at}) < 0.01')


def test_buttons_and_the_chart_seek_too(page, made):
    """The list beside the chart, the button of a moment, and any place of the chart."""
    show(page, made.path, **DESKTOP)
    for where, rank in (('.overview', 2), ('#moment-3', 3)):
        page.click(f'{where} .seek[data-rank="{rank}"]')
        at = made.recording.at(made.moments[rank - 1].stamp_ns)
        page.wait(f'Math.abs({SEEN}.currentTime - {at}) < 0.01')
    page.wait('scrollY < 300')
    page.click('#chart', from_left=0.5)
    page.wait(f'{SEEN}.currentTime > 3 && {SEEN}.currentTime < 5')


def test_the_layer_switch_keeps_the_time(page, made):
    """Another clip takes the place of the first at the same moment, playing or not."""
    show(page, made.path, **DESKTOP)
    page.click('.chart .mark[data-rank="1"] .touch')
    page.wait(f'{READY} && {SEEN}.currentTime > 0')
    before = page.ask(f'{SEEN}.currentTime')
    names = page.ask("[...document.querySelectorAll('#switch button')].map(b => b.textContent)")
    assert names == ['conv_2', 'conv_1', 'camera']
    choose(page, 'conv_1')
    page.wait("document.querySelectorAll('video').length === 2")
    page.wait(READY)
    assert page.ask("document.querySelectorAll('video:not([hidden])').length") == 1
    assert page.ask(f'{SEEN}.currentTime') == pytest.approx(before, abs=0.002)
    assert 'conv_1' in page.ask("document.getElementById('about').textContent")
    page.ask(f'{SEEN}.play()')
    choose(page, 'conv_2')
    page.wait(f'!{SEEN}.paused')
    assert page.complaints == []


def test_a_mark_counts_while_the_layer_is_being_switched(page, made):
    """The clip that is still on its way goes there."""
    show(page, made.path, **DESKTOP)
    page.ask(
        "document.querySelectorAll('#switch button')[2].click();"
        """document.querySelector('.overview .seek[data-rank="2"]').click()"""
    )
    at = made.recording.at(made.moments[1].stamp_ns)
    page.wait("document.querySelectorAll('video')[1].hidden === false")
    page.wait(f'{READY} && Math.abs({SEEN}.currentTime - {at}) < 0.01')


def test_the_chart_can_follow_the_video(page, made):
    """With a window of five seconds the cursor stays in sight."""
    show(page, made.path, **DESKTOP)
    page.ask("document.querySelectorAll('#windows button')[1].click()")
    page.ask(f'{SEEN}.currentTime = 7.9')
    page.wait(READY)
    labels = page.ask(
        "[...document.querySelectorAll('.chart text')].map(t => t.textContent)"
        ".filter(t => t.endsWith(' s'))"
    )
    assert labels[-1] == '7 s'
    assert '0 s' not in labels
    box, cursor = (
        page.ask(f"document.querySelector('{name}').getBoundingClientRect().x")
        for name in ('#chart', '.chart .cursor')
    )
    assert box < cursor < box + page.ask("document.getElementById('chart').clientWidth")


@pytest.mark.parametrize('size', [PHONE, DESKTOP], ids=['phone', 'desktop'])
def test_confidence_has_axes_of_its_own(page, made, tmp_path, size):
    """It has a scale, and neither letters nor the cursor are drawn over letters."""
    decisions = tuple(
        replace(decision, confidence=0.5 + number % 50 / 100)
        for number, decision in enumerate(made.recording.decisions)
    )
    recording = replace(made.recording, decisions=decisions)
    write_page(tmp_path / 'sure.html', recording, made.moments, made.findings)
    show(page, tmp_path / 'sure.html', **size)
    scale = page.ask("[...document.querySelectorAll('.chart .sure')].map(t => t.textContent)")
    assert scale == ['0', '0.5', '1']
    texts, cursor = (
        page.ask(
            f"[...document.querySelectorAll('{what}')].map(e => e.getBoundingClientRect())"
            '.map(b => [b.left, b.top, b.right, b.bottom])'
        )
        for what in ('.chart svg > text', '.chart .cursor line')
    )
    assert len(cursor) == 2
    for number, one in enumerate(texts):
        for other in (*texts[:number], *cursor):
            assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]


@pytest.mark.parametrize('size', [PHONE, DESKTOP], ids=['phone', 'desktop'])
@pytest.mark.parametrize('dark', [False, True], ids=['light', 'dark'])
def test_nothing_is_wider_than_the_screen(page, made, size, dark):
    """Neither folded nor unfolded; and text and background are far apart."""
    show(page, made.path, **size, dark=dark)
    for _ in range(2):
        assert page.ask('document.documentElement.scrollWidth') == size['width']
        page.ask("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    ink, paper = (
        page.ask(f'getComputedStyle(document.body).{name}')
        for name in ('color', 'backgroundColor')
    )
    shades = [sum(map(int, text[4:-1].split(','))) / 3 for text in (ink, paper)]
    assert (shades[0] > shades[1]) == dark
    assert abs(shades[0] - shades[1]) > 150
    assert page.complaints == []


def test_marks_are_large_enough_for_a_finger(page, made):
    """And do not cover each other on a phone."""
    show(page, made.path, **PHONE)
    boxes = page.ask(
        "[...document.querySelectorAll('.mark .touch')].map(m => m.getBoundingClientRect())"
        '.map(b => [b.left, b.right, b.height])'
    )
    assert len(boxes) == 3
    assert all(right - left > 27.9 and height > 27.9 for left, right, height in boxes)
    ordered = sorted(boxes)
    assert all(a[1] <= b[0] + 0.5 for a, b in pairwise(ordered))


def test_a_picture_opens_large_and_closes(page, made):
    """With a click each."""
    show(page, made.path, **DESKTOP)
    page.click('#moment-1 figure img')
    page.wait("document.getElementById('large').open")
    page.wait("document.querySelector('#large img').naturalWidth > 0")
    page.click('#large button')
    page.wait("!document.getElementById('large').open")


def test_names_from_files_do_nothing(page, made, tmp_path):
    """Whatever a path or topic is called, it is text."""
    evil = '</title></script><script>document.title = "owned"</script><img src=x onerror=alert(1)>'
    clips = tuple(replace(clip, name=evil, about=evil) for clip in made.recording.clips)
    recording = replace(
        made.recording,
        source=evil,
        title=evil,
        model=evil,
        profile=evil,
        driver=evil,
        clips=clips,
        stages={evil: (1.0, 2.0)},
        frames_skipped=3,
        skipped=(evil,),
        warnings=(evil,),
    )
    scene = replace(made.findings.scenes[0], sentence=evil, refused={evil: evil})
    findings = replace(made.findings, scenes=(scene,))
    path = tmp_path / 'report.html'
    write_page(path, recording, made.moments, findings, notes=[evil])
    show(page, path, **PHONE)
    assert page.ask('document.title').startswith(evil)
    assert page.ask("document.querySelector('h1').textContent") == evil
    assert page.ask("document.querySelector('#switch button').textContent") == evil
    assert page.ask("document.querySelectorAll('img[src=x]').length") == 0
    assert page.ask('document.documentElement.scrollWidth') == PHONE['width']
    assert page.complaints == []


def test_where_pilot_and_driver_differ_is_marked(page, made, tmp_path):
    """Each stretch is shaded from its first to its last frame; a click there goes there."""
    decisions = list(made.recording.decisions)
    for number, decision in enumerate(decisions):
        away = 0.3 if 60 <= number < 90 or 150 <= number < 151 else 0.05
        decisions[number] = replace(decision, driver=decision.steering - away)
    path = tmp_path / 'report.html'
    recording = replace(made.recording, decisions=tuple(decisions), driver='/drive')
    write_page(path, recording, made.moments, made.findings)
    show(page, path, **DESKTOP)
    boxes = page.ask(
        "[...document.querySelectorAll('.chart .apart')].map(b => b.getBoundingClientRect())"
        '.map(b => [b.left, b.right])'
    )
    zero, end = page.ask(
        "(box => [box.left, box.right])(document.querySelector('.chart .zero')"
        '.getBoundingClientRect())'
    )
    scale = (end - zero) / (239 / 30)
    found = [[round((x - zero) / scale, 1) for x in box] for box in boxes]
    assert found == [[2.0, 3.0], [5.0, 5.0]]
    assert page.ask("document.getElementById('apart').getClientRects().length") == 1
    assert page.complaints == []
    show(page, made.path, **DESKTOP)
    assert page.ask("document.getElementById('apart').getClientRects().length") == 0
    assert page.ask("document.querySelectorAll('.chart .apart').length") == 0
