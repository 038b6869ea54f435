# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The options that say which layers are shown, and how."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.pilot.network import Network
from featuremap_ros.view import View


def _truth(text: str) -> bool:
    """Read yes or no."""
    known = {'true': True, 'yes': True, 'on': True, 'false': False, 'no': False, 'off': False}
    return known[text.lower()]


def _range(text: str) -> tuple[float, float]:
    """Read ``LOW:HIGH``."""
    low, high = text.split(':')
    return float(low), float(high)


_SETTINGS: Mapping[str, Callable[[str], Any]] = {
    'reduce': str,
    'scale': str,
    'range': _range,
    'half_life': float,
    'threshold': float,
    'colormap': str,
    'mode': str,
    'opacity': float,
    'outline': _truth,
    'label': _truth,
    'gauge': _truth,
}


def add_view_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--layers`` and ``--set``."""
    parser.add_argument(
        '--layers',
        metavar='A,B',
        help='layers to show (see featuremap layers); default: first and last convolution',
    )
    parser.add_argument(
        '--set',
        metavar='[LAYER.]NAME=VALUE',
        action='append',
        default=[],
        help='how all layers or one are shown, repeatable: ' + ', '.join(_SETTINGS),
    )


def parse_views(args: argparse.Namespace, network: Network, **defaults: Any) -> list[View]:
    """Build the views that the options ask for.

    Args:
        args: With what ``add_view_arguments`` declared.
        network: To look the layers up in.
        **defaults: Settings of all views unless the options say otherwise.

    Raises:
        UnknownNameError: A layer or setting does not exist.
        UnsupportedError: A value cannot be read.
    """
    names: Sequence[str] = args.layers.split(',') if args.layers else network.showcase()
    common: dict[str, Any] = dict(defaults)
    own: dict[str, dict[str, Any]] = {network.layer(name).name: {} for name in names}
    for assignment in args.set:
        layer, name, value = _parse_setting(assignment)
        if layer and layer not in own:
            raise UnknownNameError('shown layer', layer, own)
        (own[layer] if layer else common)[name] = value
    return [View(layer=layer, **{**common, **settings}) for layer, settings in own.items()]


def _parse_setting(assignment: str) -> tuple[str, str, Any]:
    """Split ``[LAYER.]NAME=VALUE``."""
    target, equals, text = assignment.partition('=')
    layer, _, name = target.rpartition('.')
    if not equals:
        msg = f'--set takes [LAYER.]NAME=VALUE: got {assignment!r}.'
        raise UnsupportedError(msg)
    if name not in _SETTINGS:
        raise UnknownNameError('setting', name, _SETTINGS)
    try:
        return layer, name, _SETTINGS[name](text)
    except (KeyError, ValueError) as error:
        msg = f'--set {assignment}: cannot read {text!r} as a value of {name}.'
        raise UnsupportedError(msg) from error
