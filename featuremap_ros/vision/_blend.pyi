# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
from numpy.typing import NDArray

def blend(
    image: NDArray[np.uint8],
    up: NDArray[np.uint8],
    table: NDArray[np.uint8],
    out: NDArray[np.uint8],
    /,
) -> None: ...
