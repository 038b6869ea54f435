# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Methods bound to a pilot: what they need of a frame, and how a third party adds one."""
