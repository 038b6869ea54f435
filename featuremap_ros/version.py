# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The version, read by setup.py without importing the package."""

from __future__ import annotations

__version__ = '0.1.0'
