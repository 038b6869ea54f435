# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading rosbag2's sqlite3 files (``.db3``) of every schema version."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from pathlib import Path
import sqlite3
from typing import Any

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.bag_file import BagMessage, BagTopic
from featuremap_ros.streams.zstd import decompress

DEFINITION_ENCODINGS = {'ros2msg', 'ros2idl'}


class SqliteFile:
    """A ``.db3`` file.

    Attributes:
        counts: Number of messages per topic.
        start_ns: Log time of the first message (ns).
        end_ns: Log time of the last message (ns).
        warnings: Where the file is damaged.
    """

    def __init__(self, path: Path, *, zstd_messages: bool = False) -> None:
        """Open the file and read what topics it has.

        Args:
            path: The file.
            zstd_messages: Whether each message has been compressed by itself.

        Raises:
            SourceError: The file is no sqlite3 bag.
        """
        self._path = path
        self._zstd_messages = zstd_messages
        self._database = _connect(path)
        self.warnings: list[str] = []
        try:
            self._topics = dict(self._read_topics())
            ids = dict.fromkeys(self._topics, 0)
            ids.update(self._query('SELECT topic_id, count(*) FROM messages GROUP BY topic_id'))
            self.counts: dict[BagTopic, int] = {}
            for key, topic in self._topics.items():
                self.counts[topic] = self.counts.get(topic, 0) + ids[key]
            row = next(self._query('SELECT min(timestamp), max(timestamp) FROM messages'))
        except BaseException:
            self._database.close()
            raise
        self.start_ns: int | None = row[0]
        self.end_ns: int | None = row[1]

    def times(self, topic: BagTopic) -> array[int]:
        """Return the log times (ns) of all messages of a topic in ascending order."""
        keys = [key for key, value in self._topics.items() if value == topic]
        rows = self._query(
            'SELECT timestamp FROM messages WHERE topic_id = ? ORDER BY timestamp', *keys
        )
        return array('q', (row[0] for row in rows))

    def messages(
        self,
        topics: Collection[BagTopic] | None = None,
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[BagMessage]:
        """Read messages in order of their log time; see :class:`BagFile`."""
        wanted = [key for key, topic in self._topics.items() if topics is None or topic in topics]
        low = -(2**63) if start is None else start
        high = 2**63 - 1 if stop is None else stop - 1
        # Only numbers are sorted; each message is fetched when its turn has come.
        rows = self._query(
            f'SELECT id, topic_id, timestamp FROM messages WHERE timestamp BETWEEN ? AND ? '
            f'AND topic_id IN ({",".join("?" * len(wanted))}) ORDER BY timestamp, id',
            low,
            high,
            *wanted,
        )
        for key, topic_id, log_ns in rows:
            row = next(self._query('SELECT data FROM messages WHERE id = ?', key), None)
            if row is not None:
                data = decompress(row[0]) if self._zstd_messages else row[0]
                yield BagMessage(self._topics[topic_id], log_ns, log_ns, data)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _query(self, sql: str, *values: int) -> Iterator[Any]:
        """Run a query and hand out its rows; a damaged page ends them with an error."""
        try:
            yield from iter(self._database.execute(sql, values).fetchone, None)
        except sqlite3.Error as error:
            raise _unreadable(self._path, error) from None

    def _columns(self, table: str) -> set[str]:
        return {row[1] for row in self._query(f'PRAGMA table_info({table})')}

    def _read_topics(self) -> Iterator[tuple[int, BagTopic]]:
        """Read the topics; older schema versions lack QoS, definitions and type hashes."""
        columns = self._columns('topics')
        if not columns or not self._columns('messages'):
            raise SourceError(f'{self._path} is no bag: it has no tables "topics" and "messages".')
        definitions = {}
        if self._columns('message_definitions'):
            definitions = {
                name: (text, encoding)
                for name, text, encoding in self._query(
                    'SELECT topic_type, encoded_message_definition, encoding '
                    'FROM message_definitions'
                )
                if encoding in DEFINITION_ENCODINGS and text
            }
        qos = 'offered_qos_profiles' if 'offered_qos_profiles' in columns else "''"
        digest = 'type_description_hash' if 'type_description_hash' in columns else "''"
        for key, name, msgtype, encoding, profiles, hashed in self._query(
            f'SELECT id, name, type, serialization_format, {qos}, {digest} FROM topics ORDER BY id'
        ):
            metadata = {'offered_qos_profiles': profiles, 'topic_type_hash': hashed}
            text, definition_encoding = definitions.get(msgtype, ('', ''))
            yield (
                key,
                BagTopic(
                    name,
                    msgtype,
                    encoding,
                    text,
                    definition_encoding,
                    tuple((name, value) for name, value in metadata.items() if value),
                ),
            )


def _unreadable(path: Path, error: sqlite3.Error) -> SourceError:
    return SourceError(
        f'{path} is no readable sqlite3 bag: {str(error).rstrip(".")}. '
        'If the recording was cut off, "sqlite3 FILE .recover" may save most of it.'
    )


def _connect(path: Path) -> sqlite3.Connection:
    """Open a database for reading; one that cannot be locked is taken as it lies there."""
    # What is read in one thread may be closed in another; the caller sees to the order.
    address = f'{path.resolve().as_uri()}?mode=ro'
    for suffix in ('', '&immutable=1'):
        try:
            database = sqlite3.connect(address + suffix, uri=True, check_same_thread=False)
            database.execute('SELECT count(*) FROM sqlite_master').fetchone()
        except sqlite3.OperationalError:
            continue
        except sqlite3.DatabaseError as error:
            raise _unreadable(path, error) from None
        return database
    raise SourceError(f'{path} cannot be opened as sqlite3 bag.')
