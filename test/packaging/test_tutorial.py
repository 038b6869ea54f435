# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/tutorial.md, command by command: it prints what the page says, and finds the tape."""

from __future__ import annotations

import csv
import importlib.util
import json
import math
from pathlib import Path
import re
import sys
from types import ModuleType
from typing import Any

from in_picture import false_line_in_picture
import numpy as np
from numpy.typing import NDArray
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.demo.autopilot import as_policy, load_autopilot
from featuremap_ros.demo.crash import crash_world
from featuremap_ros.demo.race import START_NS
from featuremap_ros.demo.simulator import Simulator

NUMBER = re.compile(r'-?\d+(?:\.\d+)?')
# The same race and moments; the closer look of the page itself takes half a minute.
QUICKER = {'report': ['--methods', 'hirescam', '--trust', '0', '--open-nothing']}


@pytest.fixture(scope='module')
def reader(repository: Path) -> ModuleType:
    """Return docs/media/commands.py."""
    path = repository / 'docs' / 'media' / 'commands.py'
    spec = importlib.util.spec_from_file_location('commands_of_pages', path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def page(repository: Path) -> Path:
    """Return the tutorial."""
    return repository / 'docs' / 'tutorial.md'


@pytest.fixture(scope='module')
def done(
    reader: ModuleType, page: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[tuple[Any, str]]]:
    """Run every command that ends by itself; return the folder, and what each printed."""
    folder = tmp_path_factory.mktemp('tutorial')
    (folder / 'featuremap_ros').symlink_to(repository / 'featuremap_ros')
    printed = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in reader.commands(page):
            if '--live' in command.arguments:
                continue
            lines: list[str] = []
            patch.setattr('builtins.print', lambda *text, to=lines, **_: to.extend(text))
            verb = command.arguments[0]
            assert main([*command.arguments, *QUICKER.get(verb, [])]) == 0
            printed.append((command, '\n'.join(map(str, lines))))
    return folder, printed


@pytest.fixture(scope='module')
def tape() -> NDArray[np.bool_]:
    """Drive until 4.1 s and return where the tape is in the camera's picture."""
    world, policy = crash_world(), as_policy(load_autopilot())
    simulator = Simulator(world, start_ns=START_NS)
    while simulator.state.stamp_ns < START_NS + 4_100_000_000:
        simulator.step(policy(simulator.frame()))
    mask = false_line_in_picture(world, simulator.state.pose)
    assert 500 < mask.sum() < mask.size / 10
    return mask


def same(shown: str, printed: str) -> bool:
    """Whether two lines say the same, but for the last digit of their figures."""
    if NUMBER.sub('#', shown).split() != NUMBER.sub('#', printed).split():
        return False
    for left, right in zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True):
        last_digit = 10.0 ** -len(left.partition('.')[2])
        if abs(float(left) - float(right)) > max(last_digit, 0.03 * abs(float(left))) + 1e-9:
            return False
    return True


def test_the_page_shows_what_is_printed(done: tuple[Path, list[tuple[Any, str]]]) -> None:
    """Every line of a block of text, unless the page leaves lines out (...)."""
    shown = 0
    for command, printed in done[1]:
        for line in command.printed:
            if line == '...':
                continue
            shown += 1
            found = [other for other in printed.splitlines() if same(line, other)]
            assert found, f'{command.arguments[0]} does not print {line!r}, but:\n{printed}'
    assert shown >= 8


def test_the_page_names_files_that_are_written(
    done: tuple[Path, list[tuple[Any, str]]], page: Path
) -> None:
    """And every command of the section for one's own bag has been tried."""
    named = re.findall(r'`(crash_\w+/[\w.]+)`', page.read_text())
    assert named
    assert [name for name in named if not (done[0] / name).is_file()] == []
    assert [command.arguments[0] for command, _ in done[1]] == [
        'demo', 'render', 'why', 'why', 'explain', 'trust', 'report',
    ]  # fmt: skip


def test_the_steering_turns_over_when_the_page_says(
    done: tuple[Path, list[tuple[Any, str]]],
) -> None:
    """Left at 3.75 s, right 0.2 s later, 23 degrees at 4.7 s."""
    with (done[0] / 'crash_rendered' / 'steering.csv').open() as file:
        rows = list(csv.DictReader(file))
    at = {
        round((int(row['stamp_ns']) - START_NS) / 1e9, 2): math.degrees(
            float(row['steering_angle'])
        )
        for row in rows
    }
    assert at[3.75] > 5
    assert at[3.95] < -4
    assert at[4.7] == pytest.approx(-23, abs=1)


def test_the_box_lies_on_the_tape(
    done: tuple[Path, list[tuple[Any, str]]], tape: NDArray[np.bool_]
) -> None:
    """A fifth of it at least, where a fortieth of the picture is tape."""
    (answer,) = json.loads((done[0] / 'crash_why_there' / 'why.json').read_text())
    (box,) = answer['boxes']
    rows = slice(math.ceil(box['top']), math.floor(box['bottom']) + 1)
    columns = slice(math.ceil(box['left']), math.floor(box['right']) + 1)
    assert tape[rows, columns].mean() > 0.2
    assert answer['before']['steering_angle'] < -0.05
    assert answer['after']['steering_angle'] > 0.05


@pytest.mark.parametrize('method', ['hirescam', 'occlusion'])
def test_methods_put_the_pull_to_the_right_on_the_tape(
    done: tuple[Path, list[tuple[Any, str]]], tape: NDArray[np.bool_], method: str
) -> None:
    """The strongest cell is violet, and within 8 pixels of the tape."""
    found = json.loads((done[0] / 'crash_methods' / 'explain.json').read_text())['findings']
    (about,) = (finding for finding in found if finding.get('method') == method)
    values = np.load(done[0] / 'crash_methods' / about['map'])['values']
    row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
    assert values[row, column] < 0
    place = about['cells_to_camera']
    x = place['scale_x'] * column + place['offset_x']
    y = place['scale_y'] * row + place['offset_y']
    tape_rows, tape_columns = np.nonzero(tape)
    assert np.hypot(tape_rows - y, tape_columns - x).min() < 8


def test_the_methods_can_be_believed_there(done: tuple[Path, list[tuple[Any, str]]]) -> None:
    """As the page says: above chance for sure, and more than Grad-CAM."""
    rows = [line.split() for line in done[1][5][1].splitlines() if ' blur ' in line]
    trust = {row[0].partition('/')[0]: (float(row[6]), float(row[7])) for row in rows}
    for name in ('hirescam', 'occlusion'):
        assert trust[name][0] > trust['gradcam'][0]
        assert trust[name][1] > 0.2


def test_the_report_holds_the_answers(done: tuple[Path, list[tuple[Any, str]]]) -> None:
    """One file, with the sentence of the crash."""
    report = done[0] / 'crash.html'
    assert report.stat().st_size < 50e6
    assert 'it steers 6 degrees left instead of 6 degrees right' in report.read_text()


def test_every_picture_of_a_page_is_there_and_small(repository: Path) -> None:
    """All together below 5 MB; none is left over."""
    media = repository / 'docs' / 'media'
    pictures = {path.name for path in media.iterdir() if path.suffix in {'.webp', '.png'}}
    pages = [repository / 'README.md', *(repository / 'docs').glob('*.md')]
    shown = {name for path in pages for name in re.findall(r'media/([\w.]+)\)', path.read_text())}
    assert pictures == shown
    assert sum((media / name).stat().st_size for name in pictures) < 5e6
