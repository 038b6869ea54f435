# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Two pilots on the same race: how their steering differs, and what they look at."""
