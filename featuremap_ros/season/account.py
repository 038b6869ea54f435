# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What became of the races of a season: ``season.json``, and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from featuremap_ros.season.outcome import NOT_BEGUN, Outcome, STATES
from featuremap_ros.season.season_folder import ACCOUNT, SeasonFolder
from featuremap_ros.version import __version__


class Account:
    """Writes down what became of each race as soon as it is known.

    Races of earlier runs into the same folder stay in it.
    """

    def __init__(self, folder: SeasonFolder) -> None:
        """Read what there is.

        Args:
            folder: Of the season.
        """
        self._folder = folder
        self._races: dict[str, Outcome] = {}
        for entry in (folder.read(ACCOUNT) or {}).get('races', ()):
            outcome = _as_outcome(entry)
            if outcome is not None:
                self._races[outcome.source] = outcome

    @property
    def folders(self) -> Mapping[str, str]:
        """The folder of every race, by source."""
        return {source: outcome.name for source, outcome in self._races.items()}

    def announce(self, names: Mapping[str, str]) -> None:
        """Write down which races there will be, before anything is rendered.

        Without it a season that is killed during its first races could not be told from a folder
        of something else, nor which of its folders belong to which race.

        Args:
            names: The folder of every race, by source.

        Raises:
            SinkError: It cannot be written.
        """
        self.take(
            [
                Outcome(name=name, source=source, state=NOT_BEGUN)
                for source, name in names.items()
                if source not in self._races
            ]
        )

    def take(self, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """Write down what became of races.

        Returns:
            The account.

        Raises:
            SinkError: It cannot be written.
        """
        self._races |= {outcome.source: outcome for outcome in outcomes}
        data = {
            'featuremap_ros': __version__,
            'finished': all(outcome.done for outcome in self._races.values()),
            'races': [asdict(outcome) for outcome in self._races.values()],
        }
        self._folder.write(ACCOUNT, data)
        return data


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a line for each race, those that failed last, with the reason."""
    order = sorted(outcomes, key=lambda outcome: not outcome.done)
    width = max(len('race'), *(len(outcome.name) for outcome in order))
    state = max(len(name) for name in STATES)
    lines = [f'{"race":{width}}  {"result":{state}}  {"frames":>8}  {"skipped":>7}  frames/s']
    for outcome in order:
        rate = f'{outcome.frames / outcome.seconds:8.0f}' if outcome.seconds else ' ' * 8
        lines.append(
            f'{outcome.name:{width}}  {outcome.state:{state}}  {outcome.frames:8}  '
            f'{outcome.frames_skipped:7}  {rate}  {outcome.reason or outcome.driver}'.rstrip()
        )
    return '\n'.join(lines)


def _as_outcome(entry: Any) -> Outcome | None:
    """Read what another run wrote down; ``None`` if it cannot be read."""
    names = {field.name for field in fields(Outcome)}
    try:
        return Outcome(**{name: value for name, value in entry.items() if name in names})
    except (AttributeError, TypeError):
        return None
