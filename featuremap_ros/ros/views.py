# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every overlay and grid shows, as JSON on a latched topic."""

from __future__ import annotations

from collections.abc import Mapping
import json
import threading
from typing import Any

from rclpy.node import Node
from std_msgs.msg import String

from featuremap_ros.pipeline import Drive
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.qos import latched_qos, overridable
from featuremap_ros.view import ACTIVATION, View
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import Registration

TOPIC = '~/views'


class ViewsTopic:
    """Describes the views whenever they, or the size of the picture, change; any thread asks."""

    def __init__(self, node: Node) -> None:
        """Create the topic."""
        self._publisher = node.create_publisher(
            String, TOPIC, latched_qos(), qos_overriding_options=overridable()
        )
        self._lock = threading.Lock()
        self._driving: Driving | None = None
        self._drive: Drive | None = None
        self._maps: dict[str, RawMap] = {}

    def begin(self, driving: Driving) -> None:
        """Describe the views as far as that is possible without a picture."""
        with self._lock:
            self._driving, self._drive, self._maps = driving, None, {}
            self._publish(driving)

    def picture(self, driving: Driving, drive: Drive) -> None:
        """Describe the views for the size of this picture, if that is news.

        Args:
            driving: The configuration that drove it.
            drive: The picture.
        """
        with self._lock:
            known = self._drive
            if (
                driving is self._driving
                and known is not None
                and known.frame.image.shape == drive.frame.image.shape
            ):
                return
            self._driving, self._drive, self._maps = driving, drive, {}
            self._publish(driving)

    def found(self, driving: Driving, maps: Mapping[str, RawMap]) -> None:
        """Describe where maps lie that only their method knows, if that is news.

        Args:
            driving: The configuration that computed them.
            maps: By token.
        """
        with self._lock:
            news = {
                token: raw
                for token, raw in maps.items()
                if driving.views[token].method != ACTIVATION
                and not _alike(self._maps.get(token), raw)
            }
            if news and driving is self._driving:
                self._maps.update(news)
                self._publish(driving)

    def _publish(self, driving: Driving) -> None:
        described = describe(driving, self._drive, self._maps)
        self._publisher.publish(String(data=json.dumps(described)))


def describe(
    driving: Driving, drive: Drive | None, maps: Mapping[str, RawMap] | None = None
) -> dict[str, Any]:
    """Return what every view and grid shows.

    Args:
        driving: The configuration.
        drive: A picture, for the place of the activations on it; without one, that is ``None``.
        maps: Maps of other views on such a picture, by token, as far as there are any.
    """
    image = None
    if drive is not None:
        height, width = drive.frame.image.shape[:2]
        image = {'height': height, 'width': width}
    return {
        'model': driving.source.model or 'demo',
        'profile': driving.pilot.profile.name,
        'image': image,
        'views': [
            _view(driving, token, view, drive, (maps or {}).get(token))
            for token, view in driving.views.items()
        ],
        'grids': [_grid(driving, token) for token in driving.grids],
    }


def _view(
    driving: Driving, token: str, view: View, drive: Drive | None, raw: RawMap | None
) -> dict[str, Any]:
    """Describe one view: an activation by its layer, all others by a map."""
    network, cells, place = driving.pilot.network, None, None
    unit: str | None = 'activation'
    if view.method == ACTIVATION:
        rows, columns, channels = network.registered(view.layer).shape
        cells = {'rows': rows, 'columns': columns, 'channels': channels}
        if drive is not None:
            registration = driving.pilot.registration(view.layer, drive.forward.model_input)
            place = _place(registration, rows, columns)
    else:
        unit = None
    if raw is not None:
        rows, columns = raw.values.shape
        cells, unit = {'rows': rows, 'columns': columns}, raw.unit
        place = _place(raw.registration, rows, columns)
    about, signed = view.about, None if unit is None else raw is not None and raw.signed
    return {
        'name': view.name,
        'method': view.method,
        'layer': view.layer or None,
        'target': view.target if about.headed else None,
        'reduce': view.reduce if view.method == ACTIVATION else None,
        'options': dict(view.options),
        'unit': unit,
        'signed': signed,
        'sign': _sign(driving, view) if signed else None,
        'every_image': token in driving.pipeline.views,
        'cells': cells,
        'place': place,
        'topics': driving.outputs[token].topics,
    }


def _sign(driving: Driving, view: View) -> dict[str, str]:
    """Say what values below and above zero speak for."""
    target = view.target if view.about.headed else 'steering'
    below, above = driving.pipeline.explainer.target(target).sides
    return {'negative': below, 'positive': above}


def _grid(driving: Driving, token: str) -> dict[str, Any]:
    """Describe one grid."""
    grid = driving.pipeline.grids[token]
    channels = driving.pilot.network.layer(grid.layer).shape[2]
    return {
        'layer': grid.layer,
        'channels': channels,
        'page': grid.shown_page(channels),
        'pages': grid.pages(channels),
        'scale': grid.style.scale,
        'order': grid.style.order,
        'topics': driving.grids[token].topics,
    }


def _alike(before: RawMap | None, now: RawMap) -> bool:
    """Whether two maps are of the same kind and lie in the same place."""
    return before is not None and (
        (before.values.shape, before.registration, before.unit, before.signed)
        == (now.values.shape, now.registration, now.unit, now.signed)
    )


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
