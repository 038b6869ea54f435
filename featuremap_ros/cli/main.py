# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The command ``featuremap``: picks a verb and runs it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import importlib
import io
import logging
import os
from pathlib import Path
import platform
import sys
from types import ModuleType

from featuremap_ros.cli.interrupt import STOPPED_CODE
from featuremap_ros.errors import FeatureMapError
from featuremap_ros.version import __version__

VERBS = {
    'layers': 'list what can be seen of a model: layers, sizes, receptive fields, topics',
    'new-profile': 'propose a profile for a model and a race, and say what cannot be told',
    'render': 'drive a model through a recorded race: video, bag and CSV with overlays',
    'explain': 'show one frame with every method: what drives the decision, and where',
    'why': 'find the smallest box without which it steers otherwise',
    'report': 'one page for any browser: the race, its worst moments, and why',
    'compare': 'drive two models through the same race: where they differ, and what each sees',
    'trust': 'measure how far the maps of each method can be believed',
    'filters': 'find filters that are dead, silent, saturated or alike over a race',
    'play': 'publish a bag on ROS 2 topics, for machines without ros2 bag',
    'tell': 'set parameters of a running node and call its services, for machines without ros2',
    'demo': 'draw a race, drive it and render it; nothing else is needed',
}

EXIT_CODES = """exit codes:
  0    done
  1    an error, explained in a line on standard error
  2    wrong usage, also a number outside of what is allowed
  3    some of several races failed, others are done
  130  stopped with Ctrl-C before its end; what was written so far is whole. What runs among
       nodes, play and demo --live, gives 0: it is there to be stopped
  141  whoever read the output has gone

Each verb explains itself, with examples: featuremap VERB --help
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; those of the process if not given.

    Returns:
        The exit code, see ``EXIT_CODES``.
    """
    _fill_closed_streams()
    _let_any_name_be_printed()
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog='featuremap',
        description='See why a driving network steers the way it does.',
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=_version())
    try:
        return _run(parser, arguments)
    except KeyboardInterrupt:
        print(f'{" ".join(["featuremap", *arguments[:1]])}: stopped', file=sys.stderr)
        return STOPPED_CODE


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> int:
    """Declare the verbs and run the one that is asked for; see ``main``."""
    verbs = parser.add_subparsers(dest='verb', required=True, metavar='VERB')
    for name, text in VERBS.items():
        # Only the verb that runs is imported: some need ROS, some PyAV.
        chosen = name in arguments[:1]
        module = import_verb(name) if chosen else None
        verb = verbs.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + '.',
            epilog=module.EXAMPLES if module else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if module:
            module.add_arguments(verb)
            verb.set_defaults(run=module.run)
    args = parser.parse_args(arguments)
    logging.basicConfig(format='%(levelname)s: %(message)s', stream=sys.stderr)
    try:
        code = int(args.run(args))
        sys.stdout.flush()
        return code
    except FeatureMapError as error:
        print(f'featuremap {args.verb}: {error}', file=sys.stderr)
        return 1
    except BrokenPipeError:
        # As `featuremap layers ... | head` does. Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        # Disks and paths have more ways to fail than their readers and writers know of.
        where = '' if error.filename is None else f'{error.filename}: '
        print(f'featuremap {args.verb}: {where}{error.strerror or error}', file=sys.stderr)
        return 1


def _version() -> str:
    """Say which of several installations this is, and how it paints."""
    try:
        importlib.import_module('featuremap_ros.vision._blend')
        painting = 'painting compiled'
    except ImportError:
        painting = 'painting by OpenCV'
    where = Path(__file__).resolve().parents[1]
    python = platform.python_version()
    return f'featuremap {__version__} from {where} (Python {python}, {painting})'


def _fill_closed_streams() -> None:
    """Give the standard streams that were closed (``>&-``) somewhere to go.

    Without one, the next file that is opened would be the standard output.
    """
    for name, mode in (('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w')):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _let_any_name_be_printed() -> None:
    """Write what the standard output has no letters for escaped, as the standard error does.

    Files may have names that are no text, and terminals may know few letters.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == 'strict':
        sys.stdout.reconfigure(errors='backslashreplace')


def import_verb(name: str) -> ModuleType:
    """Return the module of a verb."""
    return importlib.import_module(f'featuremap_ros.cli.{name.replace("-", "_")}')


if __name__ == '__main__':
    sys.exit(main())
