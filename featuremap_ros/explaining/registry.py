# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every method by name: those of the package, and those that other packages add."""

from __future__ import annotations

from functools import cache
from importlib import metadata
import logging

from featuremap_ros.explaining.builtin import BUILTIN
from featuremap_ros.explaining.method import Method

ENTRY_POINTS = 'featuremap_ros.attribution_methods'

_logger = logging.getLogger(__name__)


@cache
def methods() -> dict[str, Method]:
    """Return every method by name, the package's own first.

    An installed package adds one by an entry point in the group
    ``featuremap_ros.attribution_methods`` that names a ``Method``. One that cannot be loaded, or
    has a name that is taken, is left out with a warning: it must not keep the car from driving.
    """
    found = {method.name: method for method in BUILTIN}
    for entry in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda e: e.name):
        try:
            method = entry.load()
        except Exception as error:
            _logger.warning('Method %r (%s) cannot be loaded: %s', entry.name, entry.value, error)
            continue
        if not isinstance(method, Method):
            _logger.warning(
                'Method %r (%s) is left out: expected a Method, received %s.',
                entry.name,
                entry.value,
                type(method).__name__,
            )
        elif found.setdefault(method.name, method) is not method:
            _logger.warning(
                'Method %r (%s) is left out: there is one of the name %r.',
                entry.name,
                entry.value,
                method.name,
            )
    return found
