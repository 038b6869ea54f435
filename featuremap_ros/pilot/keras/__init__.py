# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Keras models from files of any age: their graph, their places in the picture, gradients."""
