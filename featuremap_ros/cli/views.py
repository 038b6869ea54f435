# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The options that say what is shown, and how."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explain import Explainer
from featuremap_ros.view import ACTIVATION, named_view, View


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


def add_view_arguments(parser: argparse.ArgumentParser, *, methods: bool = False) -> None:
    """Declare ``--layers`` and ``--set``, and where wanted ``--method`` and ``--target``.

    Args:
        parser: Gets the options.
        methods: Whether anything but activations can be shown.
    """
    parser.add_argument(
        '--layers',
        metavar='A,B',
        help='layers to show (see featuremap layers); default: first and last convolution',
    )
    if methods:
        parser.add_argument(
            '--method',
            default=ACTIVATION,
            metavar='A,B',
            help='what is shown (see docs/methods.md), for each of the layers where it takes '
            'one, of the last convolution unless they are named; or METHOD[/LAYER][/TARGET] '
            '(%(default)s)',
        )
        parser.add_argument(
            '--target',
            default='steering',
            help='what methods explain: steering, throttle or OUTPUT:ENTRY (%(default)s)',
        )
    else:
        parser.set_defaults(method=ACTIVATION, target='steering')
    parser.add_argument(
        '--set',
        metavar='[VIEW.]NAME=VALUE',
        action='append',
        default=[],
        help='how everything is shown, or one layer or method, repeatable: '
        + ', '.join(_SETTINGS),
    )


def parse_views(args: argparse.Namespace, explainer: Explainer, **defaults: Any) -> list[View]:
    """Build the views that the options ask for.

    Args:
        args: With what ``add_view_arguments`` declared.
        explainer: Of the pilot.
        **defaults: Settings of all views unless the options say otherwise.

    Raises:
        UnknownNameError: A layer, method, target or setting does not exist.
        UnsupportedError: A value cannot be read.
    """
    views = list(_asked(args, explainer))
    settings = [_parse_setting(assignment) for assignment in args.set]
    for target, _, _ in settings:
        shown = dict.fromkeys(name for view in views for name in _names(view))
        if target and target not in shown:
            raise UnknownNameError('shown layer or method', target, shown)
    return [
        replace(view, **{**defaults, **_common(settings), **_own(settings, view)})
        for view in views
    ]


def _asked(args: argparse.Namespace, explainer: Explainer) -> Iterator[View]:
    """Yield what is to be shown, in its default look."""
    network = explainer.pilot.network
    layers = args.layers.split(',') if args.layers else []
    for name in args.method.split(','):
        if '/' in name:
            yield named_view(name, explainer, {})
            continue
        about = explainer.method(name)
        chosen = layers or (network.showcase() if name == ACTIVATION else [''])
        for layer in dict.fromkeys(chosen) if about.layered else ['']:
            yield View(method=name, layer=layer, target=args.target).complete(explainer)


def _names(view: View) -> tuple[str, ...]:
    """Return by what names a setting can mean a view."""
    return tuple(name for name in (view.layer, view.method, view.name) if name)


def _common(settings: list[tuple[str, str, Any]]) -> dict[str, Any]:
    """Return what is set for all views."""
    return {name: value for target, name, value in settings if not target}


def _own(settings: list[tuple[str, str, Any]], view: View) -> dict[str, Any]:
    """Return what is set for one view."""
    return {name: value for target, name, value in settings if target in _names(view)}


def _parse_setting(assignment: str) -> tuple[str, str, Any]:
    """Split ``[VIEW.]NAME=VALUE``."""
    target, equals, text = assignment.partition('=')
    view, _, name = target.rpartition('.')
    if not equals:
        msg = f'--set takes [VIEW.]NAME=VALUE: got {assignment!r}.'
        raise UnsupportedError(msg)
    if name not in _SETTINGS:
        raise UnknownNameError('setting', name, _SETTINGS)
    try:
        return view, name, _SETTINGS[name](text)
    except (KeyError, ValueError) as error:
        msg = f'--set {assignment}: cannot read {text!r} as a value of {name}.'
        raise UnsupportedError(msg) from error
