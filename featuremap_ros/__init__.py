# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""See what a driving network reacts to, live on the robot and on recorded races."""
