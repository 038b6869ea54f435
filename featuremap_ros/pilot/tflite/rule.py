# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a rule is: an operation of a TFLite graph in NumPy, with its derivative.

A rule is made once from the operation's constants. It is a function of the operation's inputs that
are not constant, each (n, ...), in their order. It returns the output, (n, ...), and a function
from the gradient by the output to the gradients by these inputs. All are float32, or float64
behind a small dense layer. Where a function has a kink, the side is TensorFlow's: ReLU at 0 has
the slope 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Back: TypeAlias = Callable[[Array], Sequence[Array]]
Rule: TypeAlias = Callable[..., tuple[Array, Back]]
