# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Layer names as parts of ROS topic names."""

from __future__ import annotations

from collections.abc import Iterable
import re

from featuremap_ros.errors import ProfileError


def topic_token(name: str) -> str:
    """Return a name that ROS accepts as one part of a topic.

    Everything but letters, digits and underscores becomes an underscore, runs of underscores
    become one, and a leading digit gets the prefix ``layer_``.

    Args:
        name: E.g. a layer's name, ``'conv-1'`` or ``'outer/conv'``.
    """
    token = re.sub(r'_+', '_', re.sub(r'\W', '_', name, flags=re.ASCII)).strip('_') or 'layer'
    return f'layer_{token}' if token[0].isdigit() else token


def unique_tokens(names: Iterable[str]) -> dict[str, str]:
    """Return the token of every name.

    Raises:
        ProfileError: Two names have the same token.
    """
    owners: dict[str, str] = {}
    for name in names:
        token = topic_token(name)
        if owners.setdefault(token, name) != name:
            msg = f'Layers {owners[token]!r} and {name!r} would share the topic name {token!r}.'
            raise ProfileError(msg)
    return {name: token for token, name in owners.items()}
