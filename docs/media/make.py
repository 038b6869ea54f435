# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes every picture of the documentation: runs the pages' own commands, keeps small copies.

``python docs/media/make.py`` makes all of them, ``python docs/media/make.py tutorial`` some.
"""

from __future__ import annotations

from collections.abc import Callable
import contextlib
import os
from pathlib import Path
import sys
import tempfile

from commands import commands
import gallery
import methods
import numpy as np
from pictures import frames, moving
import tutorial

from featuremap_ros.cli.main import main as featuremap

OUT = Path(__file__).resolve().parent
PAGES = OUT.parent
PACKAGE = PAGES.parent / 'featuremap_ros'


def front(work: Path, out: Path) -> None:
    """Put the views of the demo side by side, for the README: 6 s of 20 Hz, each second frame."""
    run(['demo', '--out', str(work / 'demo_out')])
    views = [frames(path, end=6.0, every=2) for path in sorted((work / 'demo_out').glob('*.mp4'))]
    side_by_side = [np.hstack(moment) for moment in zip(*views, strict=True)]
    moving(side_by_side, out / 'demo.webp', milliseconds=100)


def of_page(name: str, draw: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
    """Return what runs a page's commands and then draws its pictures."""

    def made(work: Path, out: Path) -> None:
        with contextlib.chdir(work):
            for command in commands(PAGES / name):
                if '--live' not in command.arguments:
                    run(command.arguments)
            draw(work, out)

    return made


def run(arguments: list[str] | tuple[str, ...]) -> None:
    """Run the program, which must not fail."""
    print('featuremap', *arguments, flush=True)
    if featuremap(arguments):
        raise SystemExit(1)


PARTS = {
    'front': front,
    'tutorial': of_page(tutorial.PAGE, tutorial.draw),
    'gallery': of_page(gallery.PAGE, gallery.draw),
    'methods': lambda _work, out: methods.main(out / 'methods.webp'),
}


def main(names: list[str]) -> None:
    """Make the pictures of some parts, or of all."""
    # The report would open itself.
    os.environ['BROWSER'] = 'true'
    for name in names or PARTS:
        with tempfile.TemporaryDirectory() as scratch:
            work = Path(scratch)
            (work / PACKAGE.name).symlink_to(PACKAGE)
            PARTS[name](work, OUT)


if __name__ == '__main__':
    main(sys.argv[1:])
