# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A table that is complete up to its last line at any moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
import csv
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Any

from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.output_file import OutputFile


class CsvSink(Closing):
    """A CSV file (UTF-8, one header line); each line is written at once.

    Attributes:
        path: Where the file lies.
        columns: Names of the columns.
        rows: Number of lines written, without the header.
    """

    def __init__(self, path: str | PathLike[str], columns: Sequence[str]) -> None:
        """Create the file and write its header.

        Args:
            path: Where to write; an existing file is replaced.
            columns: Names of the columns.

        Raises:
            SinkError: The file cannot be written.
        """
        self.path = Path(path)
        self.columns = tuple(columns)
        self.rows = 0
        self._file = OutputFile(self.path)
        self._write_line(self.columns)

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one line.

        Args:
            row: Values by column; missing ones and ``None`` stay empty. Floats are written
                with as many digits as it takes to read the same number back.

        Raises:
            ValueError: A value has no column.
            SinkError: The disk is full; the file ends with the line before.
        """
        unknown = row.keys() - set(self.columns)
        if unknown:
            raise ValueError(
                f'No column for {", ".join(sorted(unknown))}; columns: {", ".join(self.columns)}.'
            )
        self._write_line(row.get(column) for column in self.columns)
        self.rows += 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write_line(self, values: Iterable[Any]) -> None:
        line = StringIO()
        csv.writer(line, lineterminator='\n').writerow(values)
        self._file.write(line.getvalue().encode())
