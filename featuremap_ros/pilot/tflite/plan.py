# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a TFLite graph computes on the way to one tensor, in NumPy, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.pilot.tflite.file import Operator, TFLiteFile
from featuremap_ros.pilot.tflite.rule import Array, Back, Rule
from featuremap_ros.pilot.tflite.rules import rule_of, varying


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation: what it reads that is not constant, what it returns, and if that matters."""

    rule: Rule
    inputs: tuple[int, ...]
    output: int
    depends: bool


class Plan:
    """Differentiates one tensor of a graph by another.

    Attributes:
        given: Tensors whose values are needed; the one that is differentiated by among them, if
            the other depends on it.
    """

    def __init__(self, file: TFLiteFile, *, by: int, of: int) -> None:
        """Find the operations in between and prepare their derivatives.

        Args:
            file: The graph.
            by: What to differentiate by; what only leads to it is left out.
            of: What to differentiate.

        Raises:
            NotDifferentiableError: An operation has no derivative here, or puts something else
                than pictures along its first axis.
        """
        self._by, self._of, self._shape = by, of, file.shape(by)[1:]
        found, self.given = _leading_to(file, of, {by, *file.inputs})
        moving = {by}
        self._steps = []
        for operator, inputs in found:
            output = operator.outputs[0]
            if any(file.shape(tensor)[:1] != (1,) for tensor in (*inputs, output)):
                msg = f'{operator.kind} rearranges the batch and has no derivative here'
                raise NotDifferentiableError(msg)
            depends = not moving.isdisjoint(inputs)
            if depends:
                moving.add(output)
            self._steps.append(_Step(rule_of(file, operator), inputs, output, depends))

    def run(
        self, given: Mapping[int, Array], towards: Callable[[Array], Array]
    ) -> tuple[Array, Array]:
        """Compute the value and a gradient.

        Args:
            given: Values of a batch, float32 (n, ...), by tensor: all of ``given``.
            towards: Returns from the value, float32 (n, ...), how much every number of it counts,
                of the same shape.

        Returns:
            The value, float32 (n, ...), and the gradient, float32 (n, ...).
        """
        values = dict(given)
        backs: list[tuple[_Step, Back]] = []
        for step in self._steps:
            values[step.output], back = step.rule(*(values[tensor] for tensor in step.inputs))
            if step.depends:
                backs.append((step, back))
        value = values[self._of]
        gradients = {self._of: towards(value)}
        for step, back in reversed(backs):
            for tensor, part in zip(step.inputs, back(gradients.pop(step.output)), strict=True):
                part = part.astype(values[tensor].dtype, copy=False)
                gradients[tensor] = gradients[tensor] + part if tensor in gradients else part
        if self._by not in gradients:  # Nothing connects them.
            return value, np.zeros((len(value), *self._shape), np.float32)
        return value, np.ascontiguousarray(gradients[self._by], np.float32)


def _leading_to(
    file: TFLiteFile, of: int, known: set[int]
) -> tuple[list[tuple[Operator, tuple[int, ...]]], frozenset[int]]:
    """Return the operations that compute a tensor, in order, with the inputs that vary.

    Also the tensors among the known ones that they begin with.
    """
    needed = {of}
    found: list[tuple[Operator, tuple[int, ...]]] = []
    for operator in reversed(file.operators):
        wanted = needed.intersection(operator.outputs) - known
        if not wanted:
            continue
        if len(operator.outputs) > 1:
            msg = f'{operator.kind} with several outputs has no derivative here'
            raise NotDifferentiableError(msg)
        inputs = varying(file, operator)
        needed.update(inputs)
        found.append((operator, inputs))
    return found[::-1], frozenset(needed & known)
