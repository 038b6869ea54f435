# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Errors of featuremap_ros: each names the value, what was expected, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
import difflib


class FeatureMapError(Exception):
    """Base of every error that this package raises on purpose."""


class ModelFileError(FeatureMapError):
    """A model file is missing, damaged, of a foreign format, or would run code."""


class ProfileError(FeatureMapError):
    """A pilot profile is malformed or does not fit the model or the camera."""


class UnknownNameError(FeatureMapError):
    """A name was asked for that does not exist.

    Attributes:
        name: What was asked for.
        choices: What there is.
    """

    def __init__(self, kind: str, name: str, choices: Iterable[str]) -> None:
        """Word the message with the nearest choices first.

        Args:
            kind: What the name stands for, e.g. ``'layer'``.
            name: What was asked for.
            choices: What there is.
        """
        self.name = name
        self.choices = tuple(choices)
        near = difflib.get_close_matches(name, self.choices, n=3, cutoff=0.5)
        hint = f' Did you mean {" or ".join(map(repr, near))}?' if near else ''
        listed = ', '.join(self.choices) or 'none'
        super().__init__(f'Unknown {kind} {name!r}.{hint} Choices: {listed}.')


class UnsupportedError(FeatureMapError):
    """The request is understood but cannot be computed for this model or data."""


class NotDifferentiableError(UnsupportedError):
    """Something that a TFLite graph computes has no derivative in NumPy."""


class BadFrameError(FeatureMapError):
    """One image cannot be used: too short, empty, undecodable or of an unknown encoding."""


class NotFiniteError(FeatureMapError):
    """The network returned NaN or infinity."""


class SourceError(FeatureMapError):
    """A bag, video or folder cannot be read, or holds no usable image topic."""


class SinkError(FeatureMapError):
    """An output cannot be written: it exists, is read-only, or the disk is full."""


class MissingDependencyError(FeatureMapError):
    """An optional package is needed for this request and is not installed."""
