# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A seeded generator for the tests of judging."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def rng():
    """Return a generator of the same numbers in every run."""
    return np.random.default_rng(7)
