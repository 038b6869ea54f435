# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A small race: a track in a hall, a car with sensors, and the pilot that drives it.

The world needs NumPy and OpenCV only; :mod:`.race` adds rosbags, and :mod:`.train` Keras.
"""
