# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a render shows: overlays on the frame, and grids beside it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import yaml

from featuremap_ros.cli.names import split_names
from featuremap_ros.cli.views import parse_views, read_setting, split_setting
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.options import checked_options, defaults_of
from featuremap_ros.grid_view import GRID, GridView
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.showcase import showcase
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.vision.grid import GridStyle

_STYLE = defaults_of(GridStyle)
_OPTIONS = {**_STYLE, 'page': 0, 'fixed': True}


def shown_pipeline(args: argparse.Namespace, pilot: Pilot) -> Pipeline:
    """Prepare what the options ask for, with the looks of a recorded race.

    Args:
        args: With what ``add_view_arguments`` declared, methods included.
        pilot: The network.

    Raises:
        FeatureMapError: Something that was named does not exist or cannot be shown.
    """
    explainer = Explainer(pilot)
    names = split_names('--method', args.method, (GRID, *explainer.methods))
    for name in names:
        method = name.partition('/')[0]
        if method not in (GRID, *explainer.methods):
            raise UnknownNameError('method', method, (GRID, *explainer.methods))
    methods = [name for name in names if not _is_grid(name)]
    grids = _asked(names, args.layers, explainer)
    of_grids = [one for one in args.set if grids and _is_grid(split_setting(one)[0])]
    others = [one for one in args.set if one not in of_grids]
    if methods:
        about_views = {**vars(args), 'method': ','.join(methods), 'set': others}
        views = parse_views(
            argparse.Namespace(**about_views), explainer, scale='fixed', label=True, gauge=True
        )
    else:
        views = []
        _refuse_idle(others, args.target, grids)
    grids = _set(grids, of_grids)
    _refuse_page(grids, explainer)
    return Pipeline(pilot, views, grids)


def _is_grid(name: str) -> bool:
    """Whether ``NAME[/...]`` is about grids."""
    return name.partition('/')[0] == GRID


def _asked(names: Sequence[str], layers: str | None, explainer: Explainer) -> list[GridView]:
    """Return the grids that are to be shown, in their default look."""
    network = explainer.pilot.network
    chosen: Iterable[str] = showcase(network)
    if layers is not None:
        chosen = split_names('--layers', layers, (layer.name for layer in network.layers))
    asked: list[str] = []
    for name in filter(_is_grid, names):
        # No name of a layer is not the last convolution here: it is mostly an unset variable.
        asked += chosen if name == GRID else [explainer.layer(name.removeprefix(f'{GRID}/'))]
    return [GridView(layer=layer, fixed=True).complete(explainer) for layer in asked]


def _refuse_idle(settings: Sequence[str], target: str | None, grids: Sequence[GridView]) -> None:
    """Refuse what is about overlays where there are only grids."""
    if target is not None:
        msg = f'A grid shows the same for every target: leave {target!r} out, or name a method.'
        raise UnsupportedError(msg)
    for setting in settings:
        shown, name, _ = split_setting(setting)
        if shown:
            raise UnknownNameError('grid', shown, [GRID, *(grid.name for grid in grids)])
        raise UnknownNameError('setting', name, [f'{GRID}.{option}' for option in _OPTIONS])


def _refuse_page(grids: Sequence[GridView], explainer: Explainer) -> None:
    """Refuse a page that none of the layers has; those with fewer show their last one."""
    pages = {
        grid.name: grid.pages(explainer.pilot.network.layer(grid.layer).shape[2]) for grid in grids
    }
    for page in {grid.page for grid in grids}:
        those = [grid.name for grid in grids if grid.page == page]
        if all(page >= pages[name] for name in those):
            had = ', '.join(f'{name} has pages 0 to {pages[name] - 1}' for name in those)
            raise UnsupportedError(f'There is no page {page}: {had}. See also grid.per_page.')


def _set(grids: Sequence[GridView], settings: Sequence[str]) -> list[GridView]:
    """Return the grids as they are to be shown: what names one counts more than what names all."""
    known = [GRID, *(grid.name for grid in grids)]
    read = []
    for setting in settings:
        shown, name, text = split_setting(setting)
        if shown not in known:
            raise UnknownNameError('grid', shown, known)
        value = read_setting(setting, name, text, yaml.safe_load)
        read.append((shown, checked_options(GRID, {name: value}, _OPTIONS)))
    read.sort(key=lambda one: one[0] != GRID)
    found = []
    for grid in grids:
        chosen: dict[str, Any] = {}
        for shown, option in read:
            if shown in (GRID, grid.name):
                chosen.update(option)
        style = {name: chosen.pop(name) for name in tuple(chosen) if name in _STYLE}
        found.append(replace(grid, style=replace(grid.style, **style), **chosen))
    return found
