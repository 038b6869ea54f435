# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/gallery.md: its commands run, and what they write is what its pictures are made of."""

from __future__ import annotations

from collections.abc import Iterator
import importlib
from pathlib import Path
import re
from types import ModuleType

import cv2
import pytest

from featuremap_ros.cli.main import main

# The same files; the page itself takes its time.
QUICKER = {
    'report': ['--methods', 'none', '--open-nothing'],
    'trust': ['--frames', '1', '--baselines', 'blur,mean'],
}


@pytest.fixture(scope='module')
def media(repository: Path) -> Iterator[tuple[ModuleType, ModuleType]]:
    """Return docs/media/commands.py and gallery.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(repository / 'docs' / 'media')
        yield importlib.import_module('commands'), importlib.import_module('gallery')


@pytest.fixture(scope='module')
def drawn(
    media: tuple[ModuleType, ModuleType],
    repository: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Run every command, draw what needs no browser, and return the folder."""
    commands, gallery = media
    folder = tmp_path_factory.mktemp('gallery')
    (folder / 'featuremap_ros').symlink_to(repository / 'featuremap_ros')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in commands.commands(repository / 'docs' / gallery.PAGE):
            quicker = QUICKER.get(command.arguments[0], [])
            assert main([*command.arguments, *quicker]) == 0
        (folder / 'drawn').mkdir()
        gallery.draw_files(folder, folder / 'drawn')
    return folder


def test_every_picture_is_drawn_from_what_the_commands_write(
    drawn: Path, media: tuple[ModuleType, ModuleType], repository: Path
) -> None:
    """None is shown that is not made here, and none is empty."""
    page = (repository / 'docs' / media[1].PAGE).read_text()
    shown = set(re.findall(r'media/([\w.]+)\)', page))
    made = {path.name for path in (drawn / 'drawn').iterdir()}
    assert shown == made | {'gallery_report.webp', 'gallery_phone.webp'}
    assert (drawn / 'race.html').stat().st_size > 100_000
    for name in made:
        assert cv2.imread(str(drawn / 'drawn' / name)).std() > 5


def test_the_pictures_are_those_of_the_page(drawn: Path, repository: Path) -> None:
    """The kept copies still show what the commands draw now."""
    for name in ('gallery_layers.webp', 'gallery_grid.webp', 'gallery_why.webp'):
        now, kept = (
            cv2.imread(str(folder / name)).astype(float)
            for folder in (drawn / 'drawn', repository / 'docs' / 'media')
        )
        assert now.shape == kept.shape, f'python docs/media/make.py gallery makes {name} again'
        assert abs(now - kept).mean() < 8, f'python docs/media/make.py gallery makes {name} again'
