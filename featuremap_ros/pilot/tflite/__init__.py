# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""TFLite models: what is in the file, where its maps lie in the picture, gradients in NumPy."""
