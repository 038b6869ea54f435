# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Many races rendered with one pilot, by processes or on a cluster."""
