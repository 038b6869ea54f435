# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Proposing a profile for a model and a race, and naming what they leave open."""
