# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a season: a folder for each race, and an account of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import json
from pathlib import Path
import shutil
from tempfile import mkdtemp, TemporaryDirectory
from typing import Any, Protocol

from featuremap_ros.comparing.against_driver import CHART
from featuremap_ros.errors import SinkError
from featuremap_ros.rendering.renderer import SUMMARY
from featuremap_ros.season.remote import file_system, is_url
from featuremap_ros.streams.output_file import sink_error
from featuremap_ros.streams.output_folder import prepare_output
from featuremap_ros.streams.write import write_json

ACCOUNT = 'season.json'
_PART = '.part-'


class SeasonFolder(Protocol):
    """Where the races of a season go."""

    def prepare(self, *, overwrite: bool) -> None:
        """Make sure that results can be written; a season that is there is continued.

        Raises:
            SinkError: They cannot, or the folder holds something else than a season.
        """
        ...

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a JSON file, e.g. ``'monday/summary.json'``; ``None`` if it is none."""
        ...

    def write(self, name: str, data: Any) -> None:
        """Write a JSON file, which is there as a whole or not at all.

        Raises:
            SinkError: It cannot be written.
        """
        ...

    @contextmanager
    def workplace(self, race: str) -> Iterator[Path]:
        """Give an empty folder in which a race is rendered; then its files become the race's.

        Files of an earlier render are replaced, ``summary.json`` last. This happens also after an
        error: what was written can be used.

        Raises:
            SinkError: The folder cannot be made, or its files not be moved.
        """
        ...

    def tidy(self, race: str | None = None) -> None:
        """Remove what a killed process left of a race, or of all."""
        ...


def season_folder(place: str) -> SeasonFolder:
    """Return the folder at a plain path or a URL."""
    return _Remote(place) if is_url(place) else _Local(Path(place))


class _Local:
    """A folder of this machine, or one that all machines see at the same path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self, *, overwrite: bool) -> None:
        continues = (self._folder / ACCOUNT).is_file()
        prepare_output(self._folder, overwrite=overwrite or continues)

    def read(self, name: str) -> dict[str, Any] | None:
        try:
            return _as_json((self._folder / name).read_bytes())
        except OSError:
            return None

    def write(self, name: str, data: Any) -> None:
        part = self._folder / f'.{name}.part'
        write_json(part, data)
        try:
            part.replace(self._folder / name)
        except OSError as error:
            raise sink_error(self._folder / name, error) from None

    @contextmanager
    def workplace(self, race: str) -> Iterator[Path]:
        try:
            # On the same file system, so that moving the files takes neither time nor space.
            part = Path(mkdtemp(prefix=f'.{race}{_PART}', dir=self._folder))
        except OSError as error:
            raise sink_error(self._folder / race, error) from None
        try:
            yield part
        finally:
            try:
                self._take(part, self._folder / race)
            except OSError as error:
                raise sink_error(self._folder / race, error) from None
            finally:
                shutil.rmtree(part, ignore_errors=True)

    def tidy(self, race: str | None = None) -> None:
        for part in self._folder.glob(f'.{race or "*"}{_PART}*'):
            shutil.rmtree(part, ignore_errors=True)

    def _take(self, part: Path, race: Path) -> None:
        """Move the files of a finished render to where they belong."""
        paths = sorted(part.rglob('*'), key=lambda path: path.name == SUMMARY)
        if not paths:
            return
        race.mkdir(exist_ok=True)
        for name in _outdated(self.read(f'{race.name}/{SUMMARY}')):
            if (race / name).is_dir():
                shutil.rmtree(race / name)
            else:
                (race / name).unlink(missing_ok=True)
        for path in paths:
            target = race / path.relative_to(part)
            if path.is_dir():
                target.mkdir(exist_ok=True)
        for path in paths:
            if path.is_file():
                path.replace(race / path.relative_to(part))


class _Remote:
    """A folder that fsspec reaches."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip('/')
        self._system, self._path = file_system(self._url)

    def prepare(self, *, overwrite: bool) -> None:
        with self._writing(self._url):
            self._system.makedirs(self._path, exist_ok=True)
            held = self._system.ls(self._path, detail=False)
        if held and not overwrite and not self._system.exists(f'{self._path}/{ACCOUNT}'):
            raise SinkError(
                f'{self._url} is not empty and no season. Choose another --out, or replace '
                'its files with --overwrite.'
            )

    def read(self, name: str) -> dict[str, Any] | None:
        try:
            return _as_json(self._system.cat_file(f'{self._path}/{name}'))
        except Exception:  # each file system raises errors of its own
            return None

    def write(self, name: str, data: Any) -> None:
        with self._writing(name):
            text = json.dumps(data, indent=2) + '\n'
            self._system.pipe_file(f'{self._path}/{name}', text.encode())

    @contextmanager
    def workplace(self, race: str) -> Iterator[Path]:
        with TemporaryDirectory(prefix='featuremap-') as name:
            part = Path(name)
            try:
                yield part
            finally:
                self._upload(part, race)

    def tidy(self, race: str | None = None) -> None:
        """Do nothing: only whole files are uploaded."""

    def _upload(self, part: Path, race: str) -> None:
        files = [path for path in part.rglob('*') if path.is_file()]
        if not files:
            return
        with self._writing(race):
            for name in _outdated(self.read(f'{race}/{SUMMARY}')):
                with suppress(FileNotFoundError):
                    self._system.rm(f'{self._path}/{race}/{name}', recursive=True)
            for path in sorted(files, key=lambda path: path.name == SUMMARY):
                target = f'{self._path}/{race}/{path.relative_to(part).as_posix()}'
                self._system.makedirs(target.rpartition('/')[0], exist_ok=True)
                self._system.put_file(str(path), target)

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # each file system raises errors of its own
            msg = f'{self._url}: {what} cannot be written: {type(error).__name__}: {error}'
            raise SinkError(msg) from None


def _as_json(data: bytes) -> dict[str, Any] | None:
    """Read an object; ``None`` if it is none."""
    try:
        found = json.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _outdated(summary: dict[str, Any] | None) -> list[str]:
    """Return which files and folders of an earlier render would be wrong beside a new one."""
    if summary is None:
        return []
    shown = (*summary.get('views', ()), *summary.get('grids', ()))
    driver = summary.get('driver') or {}
    moments = (moment['folder'] for moment in driver.get('worst', ()))
    return [SUMMARY, CHART, *(f'{token}.mp4' for token in shown), *moments]
