# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Profiles: what a family of models must be fed and how its outputs read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
import math
from pathlib import Path
from typing import Any

import yaml

from featuremap_ros.errors import ProfileError, UnknownNameError
from featuremap_ros.pilot.feeding import why_not_fed
from featuremap_ros.pilot.heads import Head, parse_head, Steering
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.profile_entries import named_parts, parse_input
from featuremap_ros.vision.preprocess import InputSpec

QUANTITIES = ('steering', 'throttle')

_KEYS = (
    'name',
    'description',
    'input',
    'heads',
    'extra_inputs',
    'max_steering_angle',
    'lambdas',
    'custom_layers',
)


@dataclass(frozen=True, slots=True)
class PilotProfile:
    """What a model must be fed and how its outputs read.

    Attributes:
        name: Of the profile.
        input: See ``InputSpec``.
        heads: By quantity: ``'steering'`` always, ``'throttle'`` if the model has one.
        description: One line for people.
        extra_inputs: Constant values of further inputs, by input name; a single one fills it.
        max_steering_angle: Angle of the wheels (rad) where the steering head reads 1; ``None``
            where that depends on the car.
        lambdas: ``(scale, offset)`` of Lambda layers that compute ``x * scale + offset``.
        custom_layers: Import path ``'package.module:Class'`` of layers the model file names.
    """

    name: str
    input: InputSpec
    heads: Mapping[str, Head]
    description: str = ''
    extra_inputs: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    max_steering_angle: float | None = None
    lambdas: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    custom_layers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a profile without steering, or with a limit that is none."""
        if 'steering' not in self.heads:
            msg = f'Profile {self.name!r} has no head "steering": found {list(self.heads)}.'
            raise ProfileError(msg)
        for quantity in self.heads:
            if quantity not in QUANTITIES:
                error = UnknownNameError('head', quantity, QUANTITIES)
                msg = f'Profile {self.name!r}: {error}'
                raise ProfileError(msg)
        steering = self.heads['steering']
        reach = steering.values or steering.range
        if max(abs(value) for value in reach) > 1:
            # Beyond 1 the wheels would be told to turn further than they can.
            msg = (
                f'The steering head of profile {self.name!r} must stay within -1 to 1, where 1 is '
                f'full steering: got {list(reach)}.'
            )
            raise ProfileError(msg)
        limit = self.max_steering_angle
        # Beyond a right angle a twist, which holds the tangent, would turn to the other side.
        if limit is not None and not 0 < limit <= 1.57:
            msg = f'max_steering_angle is in radians, above 0 and at most 1.57: got {limit!r}.'
            raise ProfileError(msg)

    @classmethod
    def load(cls, name: str | Path) -> PilotProfile:
        """Read a shipped profile by name, or a file by path.

        Args:
            name: A name from ``shipped()``, or a path that ends in ``.yaml`` or ``.yml``.

        Raises:
            UnknownNameError: No shipped profile has that name.
            ProfileError: The file cannot be read or is malformed.
        """
        path = Path(name)
        if path.suffix in ('.yaml', '.yml'):
            try:
                return cls.parse(path.read_text(encoding='utf-8'), origin=str(path))
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, 'strerror', None) or error
                msg = f'Cannot read profile {str(path)!r}: {reason}.'
                raise ProfileError(msg) from error
        if str(name) not in shipped():
            raise UnknownNameError('profile', str(name), [*shipped(), 'PATH.yaml'])
        text = (_folder() / f'{name}.yaml').read_text(encoding='utf-8')
        return cls.parse(text, origin=str(name))

    @classmethod
    def parse(cls, text: str, *, origin: str) -> PilotProfile:
        """Build a profile from YAML.

        Args:
            text: The YAML document.
            origin: Named in errors; also the profile's name unless the document gives one.

        Raises:
            ProfileError: The document is malformed; the message names the entry.
        """
        try:
            data = yaml.safe_load(text)
        except yaml.YAMLError as error:
            msg = f'Profile {origin!r} is no YAML: {error}'
            raise ProfileError(msg) from error
        if not isinstance(data, Mapping) or not {'input', 'heads'} <= set(data):
            msg = f'Profile {origin!r} must be a mapping with at least "input" and "heads".'
            raise ProfileError(msg)
        unknown = [key for key in data if key not in _KEYS]
        if unknown:
            raise ProfileError(f'Profile {origin!r}: {UnknownNameError("key", unknown[0], _KEYS)}')
        try:
            limit = data.get('max_steering_angle')
            return cls(
                name=str(data.get('name', Path(origin).stem)),
                description=str(data.get('description', '')).strip(),
                input=parse_input(data['input']),
                heads={q: parse_head(q, head) for q, head in dict(data['heads']).items()},
                extra_inputs={
                    k: tuple(float(v) for v in (values if isinstance(values, list) else [values]))
                    for k, values in named_parts(
                        data, 'extra_inputs', (list, float, int), '[0.0, ...]'
                    )
                },
                max_steering_angle=None if limit is None else float(limit),
                lambdas={
                    k: (float(v['scale']), float(v['offset']))
                    for k, v in named_parts(data, 'lambdas', dict, '{scale: 1.0, offset: 0.0}')
                },
                custom_layers=dict(
                    named_parts(data, 'custom_layers', str, 'package.module:Class')
                ),
            )
        except ProfileError as error:
            msg = f'Profile {origin!r}: {error}'
            raise ProfileError(msg) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = f'Profile {origin!r} is malformed: {type(error).__name__}: {error}.'
            raise ProfileError(msg) from error

    def leftward(self, steering: Steering) -> float:
        """Return a decision from -1 (full right) to 1 (full left), whatever the model's sign."""
        return self.heads['steering'].left * steering.value

    def with_max_steering_angle(self, angle: float | None) -> PilotProfile:
        """Return this profile for a car with another steering limit (rad), if one is given."""
        return self if angle is None else replace(self, max_steering_angle=angle)

    def check(self, network: Network) -> None:
        """Refuse a network that this profile cannot feed or read.

        Raises:
            ProfileError: A shape or name does not fit; the message gives expected and received.
        """
        problems = self.mismatches(network)
        if problems:
            msg = f'Profile {self.name!r} does not fit the model: ' + '; '.join(problems) + '.'
            raise ProfileError(msg)

    def mismatches(self, network: Network) -> list[str]:
        """Return what does not fit, in words; nothing if all does."""
        width, height = self.input.size
        fed = (height, width, self.input.channels)
        camera, *extra = network.inputs
        problems = []
        why = why_not_fed(camera)
        if why:
            problems.append(why.removesuffix('.'))
        elif any(n is not None and n != m for n, m in zip(camera.shape, fed, strict=True)):
            problems.append(
                f'the model expects an input of shape {camera.shape}, the profile feeds {fed}'
            )
        for tensor in extra:
            size = _size(tensor.shape)
            given = self.extra_inputs.get(tensor.name)
            if given is None or (size is not None and len(given) not in (1, size)):
                problems.append(
                    f'input {tensor.name!r} needs {size} constant values, as in "extra_inputs: '
                    f'{{{tensor.name}: [0.0, ...]}}", the profile has '
                    f'{"none" if given is None else len(given)}'
                )
        sizes = {tensor.name: _size(tensor.shape) for tensor in network.outputs}
        for quantity, head in self.heads.items():
            problem = _head_problem(head, sizes)
            if problem:
                problems.append(f'head {quantity!r} {problem}')
        return problems


def shipped() -> tuple[str, ...]:
    """Return the names of the profiles that come with the package."""
    return tuple(sorted(f.name[:-5] for f in _folder().iterdir() if f.name.endswith('.yaml')))


def guess(network: Network) -> PilotProfile:
    """Return the one shipped profile that fits a network.

    A profile fits when the input's shape and every head's name and size agree, and the model has
    no output the profile does not read.

    Raises:
        ProfileError: None fits, or several do.
    """
    profiles = [PilotProfile.load(name) for name in shipped()]
    fitting = [p for p in profiles if _certain(p, network)]
    if len(fitting) == 1:
        return fitting[0]
    possible = ', '.join(p.name for p in profiles if not p.mismatches(network)) or 'none'
    shapes = ', '.join(f'{t.name} {t.shape}' for t in (*network.inputs, *network.outputs))
    msg = (
        f'No profile can be told from the model alone: its inputs and outputs ({shapes}) would '
        f'suit {possible}, and say nothing of crop, colours and scale. Name one: '
        f'{", ".join(shipped())}, or the path of your own YAML file, which featuremap '
        'new-profile proposes.'
    )
    raise ProfileError(msg)


def _certain(profile: PilotProfile, network: Network) -> bool:
    """Whether a profile fits and reads every output by its name."""
    names = {tensor.name for tensor in network.outputs}
    read = {head.output for head in profile.heads.values()}
    return not profile.mismatches(network) and names == read


def _head_problem(head: Head, sizes: Mapping[str, int | None]) -> str:
    """Say why a head cannot be read from outputs of these sizes; empty if it can."""
    if isinstance(head.output, int):
        if not 0 <= head.output < len(sizes):
            return f'reads output {head.output}, the model has {len(sizes)}'
        size = list(sizes.values())[head.output]
    elif head.output not in sizes:
        return f'reads output {head.output!r}, the model has {", ".join(sizes)}'
    else:
        size = sizes[head.output]
    if size is None or (head.size <= size if head.kind == 'regression' else head.size == size):
        return ''
    return f'has {head.size} values, output {head.output!r} has {size}'


def _size(shape: tuple[int | None, ...]) -> int | None:
    """Return how many entries a tensor has, ``None`` where that is free."""
    known = [n for n in shape if n is not None]
    return math.prod(known) if len(known) == len(shape) else None


def _folder() -> Any:
    """Return where the shipped profiles are."""
    return resources.files('featuremap_ros') / 'profiles'
