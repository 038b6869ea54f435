# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A report of a small race, and a browser to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
import sys

import cv2
import numpy as np
import pytest

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.report.driving import drive
from featuremap_ros.report.looking import Findings, look_closer
from featuremap_ros.report.page import write_page
from featuremap_ros.report.recording import Recording
from featuremap_ros.report.trusting import measure_trust
from featuremap_ros.streams.source import open_source
from featuremap_ros.view import View
from featuremap_ros.why.moments import worst_moments, WorstMoment

sys.path.append(str(Path(__file__).parent / 'support'))

from devtools import CHROMIUM, Page


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """Return a page of a browser, or skip where there is none."""
    if CHROMIUM is None:
        pytest.skip('no Chromium is installed')
    opened = Page(tmp_path / 'browser')
    yield opened
    opened.close()


@dataclass(frozen=True, repr=False)
class Made:
    """A report and what it was made from.

    Attributes:
        path: The page.
        recording: The driven race.
        moments: The worst ones.
        findings: Of a closer look.
    """

    path: Path
    recording: Recording
    moments: list[WorstMoment]
    findings: Findings

    def number(self, rank: int) -> int:
        """Return the number of the picture of a worst moment."""
        stamps = [decision.stamp_ns for decision in self.recording.decisions]
        return stamps.index(self.moments[rank - 1].stamp_ns)

    def brightness(self, number: int) -> int:
        """Return how bright a picture is."""
        return grey(number)


def grey(number: int) -> int:
    """Return how bright a picture of the race is: it tells which one it is."""
    return 30 + 6 * (number % 30)


@pytest.fixture(scope='session')
def grey_race(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with 240 pictures, eight seconds, whose brightness tells their number."""
    folder = tmp_path_factory.mktemp('races') / 'grey'
    folder.mkdir()
    for number in range(240):
        picture = np.full((48, 64, 3), grey(number), np.uint8)
        cv2.imwrite(str(folder / f'{number:03}.png'), picture)
    return folder


@pytest.fixture(scope='session')
def tiny_pilot(tiny_model: Path, tiny_profile: Path) -> Pilot:
    """Return the tiny network, ready to drive."""
    return Pilot.load(tiny_model, profile=tiny_profile)


@pytest.fixture(scope='session')
def made(grey_race: Path, tiny_pilot: Pilot, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return the report of the grey race, with three moments and two methods."""
    folder = tmp_path_factory.mktemp('report')
    layers = ['conv_1', 'conv_2']
    views = [View(layer=layer, scale='fixed', gauge=True) for layer in layers]
    with open_source(grey_race) as source:
        recording = drive(source, Pipeline(tiny_pilot, views), folder, model='tiny.keras')
        moments = worst_moments(recording.decisions, 3)
        methods = ['activation', 'occlusion']
        explainer = Explainer(tiny_pilot)
        findings = look_closer(explainer, source, moments, layers, methods=methods)
        trust = measure_trust(explainer, source, methods, 2)
    findings = replace(findings, trust=trust)
    write_page(folder / 'report.html', recording, moments, findings)
    return Made(folder / 'report.html', recording, moments, findings)
