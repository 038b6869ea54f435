# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pilot beside the driver or another pilot: how they steer, and what they look at."""
