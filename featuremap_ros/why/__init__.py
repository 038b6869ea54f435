# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Why it steered like that: the moments that ask for it, and the box that makes the difference."""
