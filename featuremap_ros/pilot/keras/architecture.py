# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The JSON text in which every generation of Keras stores a model's architecture."""

from __future__ import annotations

import json
from typing import Any

from featuremap_ros.errors import ModelFileError


def parsed_architecture(text: str) -> dict[str, Any]:
    """Parse the JSON text that describes a model.

    Raises:
        ModelFileError: It is no such text.
    """
    try:
        entry = json.loads(text, object_hook=_without_tuples)
    except (ValueError, RecursionError) as error:
        msg = f'The architecture is no JSON text ({error}): save the model again.'
        raise ModelFileError(msg) from error
    if not isinstance(entry, dict) or not isinstance(entry.get('config'), (dict, list)):
        msg = 'The architecture is no Keras model: expected "class_name" and "config".'
        raise ModelFileError(msg)
    return entry


def _without_tuples(value: dict[str, Any]) -> Any:
    """Read the tuples of Keras 2 as lists."""
    is_tuple = value.get('class_name') in ('__tuple__', 'TensorShape') and 'items' in value
    return value['items'] if is_tuple else value
