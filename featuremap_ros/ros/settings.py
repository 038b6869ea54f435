# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node's configuration at one moment: read from the parameters, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
import math
import os
from pathlib import Path
from typing import Any

from featuremap_ros.errors import FeatureMapError, UnknownNameError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot.showcase import showcase
from featuremap_ros.ros.parameter import Parameter
from featuremap_ros.ros.parameters import OVERLAY_PARAMETERS, PARAMETERS
from featuremap_ros.view import ACTIVATION, named_view, View
from featuremap_ros.vision.grid import GridStyle

DEFAULT_TOKEN = 'default'


class SettingsError(FeatureMapError):
    """A parameter, or parameters together, cannot be used."""


@dataclass(frozen=True, slots=True)
class PilotSource:
    """What has to be loaded.

    Attributes:
        model: Path of the pilot; empty for the demo pilot.
        profile: Name or path; empty to guess.
    """

    model: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SteeringSettings:
    """How decisions become commands.

    Attributes:
        message: One of ``parameters.MESSAGES``.
        in_simulation: Whether sim time is a simulator's.
        max_age: Of an image that may steer (s).
        age_from: ``'stamp'`` or ``'arrival'``.
        stop_after: Silence after which the car is stopped (s).
        max_steering_angle: Overrides the profile's (rad); ``None`` for the profile's.
        wheelbase: (m); ``None`` if not set.
        speed: (m/s); 0 if not set.
        speed_scale: (m/s) at full throttle; 0 if not set.
    """

    message: str = 'auto'
    in_simulation: bool = False
    max_age: float = 0.2
    age_from: str = 'stamp'
    stop_after: float = 0.5
    max_steering_angle: float | None = None
    wheelbase: float | None = None
    speed: float = 0.0
    speed_scale: float = 0.0

    def __post_init__(self) -> None:
        """Refuse two speeds."""
        if self.speed and self.speed_scale:
            msg = (
                f'speed ({self.speed} m/s) and speed_scale ({self.speed_scale} m/s at full '
                'throttle) are both set: set one of them to 0.'
            )
            raise SettingsError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverSettings:
    """What the process beside the node does, and what it is given.

    Attributes:
        slow_rate: Rounds per second at most (Hz); 0 for none.
        judge: One of ``parameters.JUDGED``.
        trust_period: Between two judgements (s).
        trust_label: Whether trust is written on overlays.
        history: How long images are kept (s).
        history_bytes: Memory for these images.
        jump: Share of the steering's range; 0 for none.
        explain_stamp: Of the image that services are about (ns); 0 for the newest.
        folder: Where services write.
    """

    slow_rate: float
    judge: str
    trust_period: float
    trust_label: bool
    history: float
    history_bytes: int
    jump: float
    explain_stamp: int
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the parameters say.

    Attributes:
        source: The pilot.
        layers: Names of the layers to show; none for the first and the last.
        methods: What else to show, by name; see ``named_view``.
        threads: Of the forward pass; ``None`` leaves it to the engine.
        image_transport: ``'raw'`` or ``'compressed'``.
        jpeg_quality: 1..100.
        steering: See there.
        observer: See there.
        grid: How grids look.
        page: Which page of a grid is shown.
        overlays: By the view's token, or ``'default'``: what is set of a view.
        options: By the view's token: options of its method.
    """

    source: PilotSource
    layers: tuple[str, ...]
    methods: tuple[str, ...]
    threads: int | None
    image_transport: str
    jpeg_quality: int
    steering: SteeringSettings
    observer: ObserverSettings
    grid: GridStyle
    page: int
    overlays: Mapping[str, Mapping[str, Any]]
    options: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Settings:
        """Read the values of the parameters.

        Args:
            values: By full name; ``None`` and missing names mean the default.

        Raises:
            SettingsError: Parameters contradict each other.
            UnknownNameError: A value is none of the choices.
        """
        got = {p.name: _checked(p, p.name, values.get(p.name)) for p in PARAMETERS}
        return cls(
            source=PilotSource(got['model'], got['profile']),
            layers=tuple(dict.fromkeys(name for name in got['layers'] if name)),
            methods=tuple(dict.fromkeys(name for name in got['methods'] if name)),
            threads=got['threads'] or None,
            image_transport=got['image_transport'],
            jpeg_quality=got['jpeg_quality'],
            steering=SteeringSettings(
                message=got['steering.message'],
                in_simulation=got['steering.in_simulation'],
                max_age=got['max_age'],
                age_from=got['age_from'],
                stop_after=got['stop_after'],
                max_steering_angle=got['max_steering_angle'] or None,
                wheelbase=got['wheelbase'] or None,
                speed=got['speed'],
                speed_scale=got['speed_scale'],
            ),
            observer=ObserverSettings(
                slow_rate=got['slow_rate'],
                judge=got['judge'],
                trust_period=got['trust_period'],
                trust_label=got['trust_label'],
                history=got['history'],
                history_bytes=got['history_memory'] * 2**20,
                jump=got['jump'],
                explain_stamp=got['explain_stamp'],
                folder=_folder(got['folder']),
            ),
            grid=GridStyle(
                scale=got['grid.scale'],
                order=got['grid.order'],
                ids=got['grid.ids'],
                per_page=got['grid.per_page'],
                max_size=(got['grid.width'], got['grid.height']),
            ),
            page=got['grid.page'],
            overlays=_overlays(values),
            options=_options(values),
        )

    def views(self, explainer: Explainer) -> list[View]:
        """Return what is shown: the activations of the layers, then what was asked for by name.

        Args:
            explainer: Of the pilot.

        Raises:
            FeatureMapError: A name means nothing, or the settings cannot be drawn.
        """
        layers = self.layers or showcase(explainer.pilot.network)
        asked = [View(layer=layer).complete(explainer) for layer in layers]
        asked += [named_view(name, explainer, {}) for name in self.methods]
        return [self.shown(view) for view in asked]

    def shown(self, view: View) -> View:
        """Return a view as it is shown: by what is set for it, else by the common default.

        Raises:
            FeatureMapError: The settings cannot be drawn.
        """
        common = dict(self.overlays.get(DEFAULT_TOKEN, {}))
        if view.method != ACTIVATION and common.get('mode') == 'seed':
            del common['mode']
        options = self.options.get(view.token, {})
        return replace(view, **{**common, **self.overlays.get(view.token, {})}, options=options)


def overlay_name(token: str, setting: str) -> str:
    """Return the parameter that holds a setting of a view."""
    return f'overlay.{token}.{setting}'


def option_name(token: str, option: str) -> str:
    """Return the parameter that holds an option of a view's method."""
    return f'method.{token}.{option}'


def view_setting(name: str) -> tuple[str, str]:
    """Return the view's token and the setting of a parameter; nothing for other parameters."""
    return _of_group('overlay', name)


def view_option(name: str) -> tuple[str, str]:
    """Return the view's token and the option of a parameter; nothing for other parameters."""
    return _of_group('method', name)


def _of_group(group: str, name: str) -> tuple[str, str]:
    """Split ``group.token.setting``."""
    first, _, rest = name.partition('.')
    token, _, setting = rest.rpartition('.')
    return (token, setting) if first == group else ('', '')


def _folder(name: str) -> Path:
    """Return where services write."""
    if not name:
        return Path(os.environ.get('ROS_HOME') or Path.home() / '.ros') / 'featuremap'
    try:
        return Path(name).expanduser()
    except RuntimeError:
        msg = f'folder: the home directory of {name!r} is not known. Give an absolute path.'
        raise SettingsError(msg) from None


def _overlays(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Collect what is set of every view, by token."""
    table = {p.name: p for p in OVERLAY_PARAMETERS}
    overlays: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        token, setting = view_setting(name)
        if not token or value is None:
            continue
        value = _checked(table[setting], name, value)
        if setting == 'range' and (
            len(value) != 2 or not -math.inf < value[0] < value[1] < math.inf
        ):
            msg = f'{name} must be two finite numbers, the smaller first: got {list(value)}.'
            raise SettingsError(msg)
        overlays.setdefault(token, {})[setting] = value
    return overlays


def _options(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Collect the options of every view's method, by token."""
    options: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        token, option = view_option(name)
        if token and value is not None:
            options.setdefault(token, {})[option] = _plain(value)
    return options


def _checked(parameter: Parameter, name: str, value: Any) -> Any:
    """Return a value, or the default for ``None``; refuse what is out of choices or range."""
    if value is None:
        return parameter.default
    if parameter.choices and value not in parameter.choices:
        raise UnknownNameError(name, value, parameter.choices)
    # ROS checks ranges too, but lets NaN pass.
    if parameter.low is not None and not parameter.low <= value <= parameter.high:
        msg = f'{name} must be from {parameter.low} to {parameter.high}: got {value}.'
        raise SettingsError(msg)
    return _plain(value)


def _plain(value: Any) -> Any:
    """Return a value with its sequences as tuples: ROS hands over lists or ``array.array``."""
    return value if isinstance(value, bool | int | float | str) else tuple(value)
