# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Arrays in, arrays out: NumPy and OpenCV only."""
