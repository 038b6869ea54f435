# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What trust needs of a pilot and a race: frames, scores, weights."""
