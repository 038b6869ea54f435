# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The options that say what is shown, and how."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from featuremap_ros.cli.names import split_names
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot.showcase import showcase
from featuremap_ros.view import ACTIVATION, named_view, View


def _truth(text: str) -> bool:
    """Read yes or no."""
    known = {'true': True, 'yes': True, 'on': True, 'false': False, 'no': False, 'off': False}
    return known[text.lower()]


def _range(text: str) -> tuple[float, float]:
    """Read ``LOW:HIGH``."""
    low, high = text.split(':')
    return float(low), float(high)


SETTINGS: Mapping[str, Callable[[str], Any]] = {
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

_EXPECTED: Mapping[Callable[[str], Any], str] = {
    _truth: 'yes or no',
    _range: 'LOW:HIGH, as in -0.2:0.2',
    float: 'a number',
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
            'one, of the last convolution unless they are named; or METHOD[/LAYER][/TARGET]; '
            'grid: all channels of the layers, in videos of their own, or grid/LAYER '
            '(%(default)s)',
        )
        parser.add_argument(
            '--target',
            help='what methods explain: steering (default), throttle or OUTPUT:ENTRY',
        )
    else:
        parser.set_defaults(method=ACTIVATION, target=None)
    parser.add_argument(
        '--set',
        metavar='[VIEW.]NAME=VALUE',
        action='append',
        default=[],
        help='how everything is shown, or one layer or method, repeatable: '
        + ', '.join(SETTINGS)
        + (
            '; or an option of a method, e.g. occlusion.patch=32, or of grids, grid.order=energy'
            if methods
            else ''
        ),
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
    settings = [_parse_setting(assignment, views) for assignment in args.set]
    return [_set(replace(view, **defaults), settings) for view in views]


def _asked(args: argparse.Namespace, explainer: Explainer) -> Iterator[View]:
    """Yield what is to be shown, in its default look."""
    network = explainer.pilot.network
    target = 'steering' if args.target is None else args.target
    layers: list[str] = []
    if args.layers is not None:
        layers = split_names('--layers', args.layers, (layer.name for layer in network.layers))
    names = split_names('--method', args.method, explainer.methods)
    explainer.refuse_idle_target((name.split('/')[0] for name in names), args.target)
    for name in names:
        if '/' in name:
            yield named_view(name, explainer, {})
            continue
        about = explainer.method(name)
        chosen = layers or (showcase(network) if name == ACTIVATION else [''])
        for layer in chosen if about.layered else ['']:
            yield View(method=name, layer=layer, target=target).complete(explainer)


def _names(view: View) -> tuple[str, ...]:
    """Return by what names a setting can mean a view."""
    return tuple(name for name in (view.layer, view.method, view.name) if name)


@dataclass(frozen=True, slots=True)
class _Setting:
    """``[VIEW.]NAME=VALUE``; without ``view`` it holds for all that know the name."""

    view: str
    name: str
    value: Any

    def applies(self, view: View) -> bool:
        """Whether it is about a view."""
        named = not self.view or self.view in _names(view)
        return named and _takes(view, self.name)


def _takes(view: View, name: str) -> bool:
    """Whether a setting makes a difference to a view."""
    if name == 'reduce':
        return view.method == ACTIVATION
    return name in SETTINGS or name in view.option_defaults


def _set(view: View, settings: Sequence[_Setting]) -> View:
    """Return a view as it is to be shown: what names it counts more than what names none."""
    mine = sorted((one for one in settings if one.applies(view)), key=lambda one: bool(one.view))
    look = {one.name: one.value for one in mine if one.name in SETTINGS}
    options = {one.name: one.value for one in mine if one.name not in SETTINGS}
    return replace(view, options=options, **look)


def _parse_setting(assignment: str, views: Sequence[View]) -> _Setting:
    """Read ``[VIEW.]NAME=VALUE`` for one of the views or for all."""
    shown, name, text = split_setting(assignment)
    names = dict.fromkeys(name for view in views for name in _names(view))
    if shown and shown not in names:
        raise UnknownNameError('shown layer or method', shown, names)
    about = [view for view in views if not shown or shown in _names(view)]
    options = dict.fromkeys(option for view in about for option in view.option_defaults)
    if name not in SETTINGS and name not in options:
        raise UnknownNameError('setting', name, (*SETTINGS, *options))
    if not any(_takes(view, name) for view in about):
        shown_instead = ', '.join(view.name for view in about)
        msg = f'--set {assignment}: {name} is for activations, and {shown_instead} is shown.'
        raise UnsupportedError(msg)
    value = read_setting(assignment, name, text, SETTINGS.get(name, yaml.safe_load))
    return _Setting(shown, name, value)


def split_setting(assignment: str) -> tuple[str, str, str]:
    """Take ``[VIEW.]NAME=VALUE`` apart; without ``VIEW`` it is empty.

    Raises:
        UnsupportedError: A part is missing.
    """
    target, equals, text = assignment.partition('=')
    shown, dot, name = target.rpartition('.')
    if not equals or not name or (dot and not shown):
        msg = f'--set takes [VIEW.]NAME=VALUE: got {assignment!r}.'
        raise UnsupportedError(msg)
    return shown, name, text


def read_setting(assignment: str, name: str, text: str, read: Callable[[str], Any]) -> Any:
    """Return the value of a setting.

    Args:
        assignment: As it was given, for the message.
        name: Of the setting.
        text: Of the value.
        read: Makes the value of it.

    Raises:
        UnsupportedError: It cannot be read.
    """
    try:
        return read(text)
    except (KeyError, ValueError, yaml.YAMLError) as error:
        expected = f', expected {_EXPECTED[read]}' if read in _EXPECTED else ''
        msg = f'--set {assignment}: cannot read {text!r} as a value of {name}{expected}.'
        raise UnsupportedError(msg) from error
