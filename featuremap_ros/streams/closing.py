# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What has to be closed, as a context manager."""

from __future__ import annotations

from types import TracebackType
from typing import TypeVar

_Self = TypeVar('_Self', bound='Closing')


class Closing:
    """A context manager that is open from the beginning and closed on leaving."""

    def close(self) -> None:
        """Close what is open; nothing, unless a class keeps something open."""

    def __enter__(self: _Self) -> _Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it, whatever the reason."""
        self.close()
