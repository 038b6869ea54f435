# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a benchmark found: shown, kept as JSON, and put into the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
import json
from pathlib import Path
import re
from typing import Any

from benchmarks.harness import Sample

HERE = Path(__file__).resolve().parent
RESULTS = HERE / 'results'
PAGE = HERE.parent / 'docs' / 'performance.md'


@dataclass(frozen=True, slots=True)
class Table:
    """Figures.

    Attributes:
        title: What they are, with their unit.
        columns: Headings.
        rows: One cell per column.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """What was aimed at and what was reached.

    Attributes:
        what: Name and unit.
        reached: The figure.
        limit: The aim.
        at_least: Whether more is better.
    """

    what: str
    reached: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.reached >= self.limit if self.at_least else self.reached <= self.limit


@dataclass(frozen=True, slots=True)
class Result:
    """What one benchmark found.

    Attributes:
        tables: The figures.
        targets: The aims.
        remarks: What has to be known to read the figures.
        samples: The times behind them.
    """

    tables: Sequence[Table]
    targets: Sequence[Target] = ()
    remarks: Sequence[str] = ()
    samples: Mapping[str, Sample] = field(default_factory=dict)


def joined(*results: Result) -> Result:
    """Return several results as one, in their order."""
    return Result(
        tables=[table for result in results for table in result.tables],
        targets=[target for result in results for target in result.targets],
        remarks=[remark for result in results for remark in result.remarks],
        samples={name: sample for result in results for name, sample in result.samples.items()},
    )


@dataclass(frozen=True, slots=True)
class Record:
    """A result with its circumstances.

    Attributes:
        name: Of the benchmark.
        machine: See ``machine.describe``.
        load: Processes that wanted to run, before and after.
        result: What was found.
    """

    name: str
    machine: dict[str, str]
    load: tuple[float, float]
    result: Result


def text(record: Record) -> str:
    """Return a result as Markdown, which also reads well on a terminal."""
    parts = []
    for table in record.result.tables:
        parts += [f'**{table.title}**', _markdown(table.columns, table.rows)]
    if record.result.targets:
        rows = [
            (
                target.what,
                f'{">=" if target.at_least else "<="} {target.limit:g}',
                f'{target.reached:.3g}',
                'yes' if target.met else '**no**',
            )
            for target in record.result.targets
        ]
        parts += ['**Targets**', _markdown(('What', 'Target', 'Reached', 'Met'), rows)]
    parts += [*record.result.remarks, _circumstances(record)]
    return '\n\n'.join(parts)


def keep(record: Record) -> None:
    """Write a result to ``results`` and into the page of the documentation."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f'{record.name}.json'
    file.write_text(json.dumps(_plain(record), indent=2) + '\n', encoding='utf-8')
    page = PAGE.read_text(encoding='utf-8')
    begin, end = f'<!-- {record.name}: generated -->', f'<!-- {record.name}: end -->'
    pattern = f'{re.escape(begin)}.*?{re.escape(end)}'
    if not re.search(pattern, page, re.DOTALL):
        raise LookupError(f'{PAGE.name} has no place for {record.name!r}: expected {begin}')
    filled = f'{begin}\n{text(record)}\n{end}'
    PAGE.write_text(re.sub(pattern, lambda _: filled, page, flags=re.DOTALL), encoding='utf-8')


def _plain(record: Record) -> dict[str, Any]:
    """Return a record as JSON can write it."""
    result = record.result
    return {
        'name': record.name,
        'machine': record.machine,
        'load': record.load,
        'targets': [{**asdict(target), 'met': target.met} for target in result.targets],
        'tables': [asdict(table) for table in result.tables],
        'remarks': result.remarks,
        'milliseconds': {
            name: {
                'median': round(1e3 * sample.median, 5),
                'quartiles': [round(1e3 * sample.percentile(p), 5) for p in (25, 75)],
                'rounds': len(sample.seconds),
            }
            for name, sample in result.samples.items()
        },
    }


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned Markdown table."""
    table = [tuple(columns), *(tuple(row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    lines = [
        '| ' + ' | '.join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)) + ' |'
        for row in table
    ]
    rule = '|' + '|'.join('-' * (n + 2) for n in widths) + '|'
    return '\n'.join([lines[0], rule, *lines[1:]])


def _circumstances(record: Record) -> str:
    """Return what it was measured on, in one sentence."""
    machine = dict(record.machine)
    head = f'{machine.pop("processor")}, {machine.pop("cores")} cores, {machine.pop("memory")}'
    rest = ', '.join(
        f'{name} {version}'
        for name, version in machine.items()
        if name not in {'system', 'priority'}
    )
    before, after = record.load
    return (
        f'Measured on: {head}, {machine["system"]}; {rest}. Load average {before:.1f} before, '
        f'{after:.1f} after; priority of the benchmark: {machine["priority"]}.'
    )
