# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The process beside the node, for what is too expensive for the thread that drives."""
