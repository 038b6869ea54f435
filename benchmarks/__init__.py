# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How fast it is, against the originals and against what the machine allows."""
