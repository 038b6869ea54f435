# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every overlay shows, as JSON on a latched topic."""

from __future__ import annotations

import json
from typing import Any

from rclpy.node import Node
from std_msgs.msg import String

from featuremap_ros.pipeline import Drive
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.qos import latched_qos, overridable
from featuremap_ros.vision.registration import Registration

TOPIC = '~/views'


class ViewsTopic:
    """Describes the views whenever they, or the size of the picture, change."""

    def __init__(self, node: Node) -> None:
        """Create the topic."""
        self._publisher = node.create_publisher(
            String, TOPIC, latched_qos(), qos_overriding_options=overridable()
        )
        self._described: tuple[Driving, Any] | None = None

    def picture(self, driving: Driving, drive: Drive) -> None:
        """Describe the views for the size of this picture, if that is news.

        Args:
            driving: The configuration that drove it.
            drive: The picture.
        """
        shape = drive.frame.image.shape
        if self._described is None or self._described != (driving, shape):
            self._described = (driving, shape)
            self._publisher.publish(String(data=json.dumps(describe(driving, drive))))

    def begin(self, driving: Driving) -> None:
        """Describe the views as far as that is possible without a picture."""
        self._publisher.publish(String(data=json.dumps(describe(driving, None))))


def describe(driving: Driving, drive: Drive | None) -> dict[str, Any]:
    """Return what every view shows.

    Args:
        driving: The configuration.
        drive: A picture, for the place of the maps on it; without one, that is ``None``.
    """
    pilot = driving.pilot
    views = []
    for token, view in driving.pipeline.views.items():
        place = None
        rows, columns, channels = pilot.network.registered(view.layer).shape
        if drive is not None:
            place = _place(
                pilot.registration(view.layer, drive.forward.model_input), rows, columns
            )
        views.append(
            {
                'method': 'activation',
                'layer': view.layer,
                'target': None,
                'reduce': view.reduce,
                'unit': 'activation',
                'signed': False,
                'sign': None,
                'cells': {'rows': rows, 'columns': columns, 'channels': channels},
                'place': place,
                'topics': driving.outputs[token].topics,
            }
        )
    image = None
    if drive is not None:
        height, width = drive.frame.image.shape[:2]
        image = {'height': height, 'width': width}
    return {
        'model': driving.source.model or 'demo',
        'profile': pilot.profile.name,
        'image': image,
        'views': views,
    }


def _place(registration: Registration, rows: int, columns: int) -> dict[str, Any]:
    """Return where a map lies in the camera's picture (pixel centres are whole numbers)."""
    affine = registration.to_cell_centres
    rect = registration.rect(rows, columns)
    return {
        # camera x = scale_x * column + offset_x, and so for y and rows.
        'affine': {
            'scale_x': affine.scale_x,
            'scale_y': affine.scale_y,
            'offset_x': affine.offset_x,
            'offset_y': affine.offset_y,
        },
        'rect': {
            'left': rect.left,
            'top': rect.top,
            'right': rect.right,
            'bottom': rect.bottom,
        },
        'receptive_field': {'width': registration.field[0], 'height': registration.field[1]},
    }
