# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks [--quick] [NAME ...]``: each benchmark in a process of its own."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys

from benchmarks import machine, report

NAMES = ('article', 'engines', 'rivals', 'floor', 'steering', 'live', 'render', 'season')


def main() -> int:
    """Run benchmarks; return the exit code."""
    parser = argparse.ArgumentParser(prog='python -m benchmarks', description=__doc__)
    parser.add_argument('names', nargs='*', metavar='NAME', help=f'{", ".join(NAMES)}; all')
    parser.add_argument(
        '--quick', action='store_true', help='few rounds, and nothing is written: does it work?'
    )
    parser.add_argument('--here', action='store_true', help=argparse.SUPPRESS)
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - set(NAMES)):
        parser.error(f'no such benchmark: {", ".join(unknown)}; there are {", ".join(NAMES)}')
    if args.here:
        (name,) = args.names
        _measure(name, quick=args.quick)
        return 0
    # One thread for NumPy's matrix products: the maps are small, and idle threads only spin.
    environment = {**os.environ, 'OPENBLAS_NUM_THREADS': '1'}
    failed = []
    for name in args.names or NAMES:
        command = [sys.executable, '-m', 'benchmarks', '--here', name]
        command += ['--quick'] * args.quick
        if subprocess.run(command, env=environment).returncode:
            failed.append(name)
    if failed:
        print(f'Failed: {", ".join(failed)}', file=sys.stderr)
    return 1 if failed else 0


def _measure(name: str, *, quick: bool) -> None:
    """Run one benchmark in this process, print what it found, and keep it."""
    benchmark = importlib.import_module(f'benchmarks.{name}')
    before = machine.load()
    result = benchmark.run(quick=quick)
    record = report.Record(name, machine.describe(), (before, machine.load()), result)
    print(f'\n## {name}: {str(benchmark.__doc__).strip()}\n\n{report.text(record)}', flush=True)
    if not quick:
        report.keep(record)


if __name__ == '__main__':
    sys.exit(main())
