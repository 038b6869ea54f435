# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m featuremap_ros.ros.browser_node``: the overlays of a pilot in a web browser."""

from __future__ import annotations

from collections.abc import Sequence
import json
import sys
from typing import Any

from rcl_interfaces.msg import IntegerRange, ParameterDescriptor
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import String

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.browser import BrowserServer
from featuremap_ros.ros.executable import run, Spin
from featuremap_ros.ros.parameter import Parameter
from featuremap_ros.ros.qos import input_qos, latched_qos
from featuremap_ros.ros.usage import usage

NAME = 'featuremap_browser'
VIEWS = 'featuremap/views'
DEFAULT_PORT = 8765

_WAIT_S = 0.1
_PORT_TEXT = 'TCP port on this machine; 0 takes any.'


class BrowserNode(Node):
    """Reads the overlays that the pilot's node offers, and serves them."""

    def __init__(self) -> None:
        """Open the port, and listen for what there is to see.

        Raises:
            FeatureMapError: The port is in use.
        """
        super().__init__(NAME)
        about = ParameterDescriptor(
            description=_PORT_TEXT,
            read_only=True,
            integer_range=[IntegerRange(from_value=0, to_value=65535, step=1)],
        )
        port = self.declare_parameter('port', DEFAULT_PORT, about).value
        try:
            self._server = BrowserServer(int(port))
        except OSError as error:
            msg = (
                f'Port {port} of this machine cannot be used ({error.strerror}). Give another: '
                '-p port:=0 takes any that is free.'
            )
            raise FeatureMapError(msg) from error
        self._overlays: dict[str, Any] = {}
        self._views = self.create_subscription(String, VIEWS, self._look, latched_qos())
        self.get_logger().info(f'Open {self._server.address} in a browser')

    def turn(self, spin: Spin) -> None:
        """Wait for the next picture.

        Args:
            spin: Listens for at most so long (s).
        """
        spin(_WAIT_S)

    def close(self) -> None:
        """Free the port and withdraw from the graph."""
        self._server.close()
        self.destroy_node()

    def _look(self, message: String) -> None:
        """Subscribe to overlays that are new, of those that follow each image."""
        for view in json.loads(message.data)['views']:
            topic = view['topics']['compressed']
            if view['every_image'] and topic not in self._overlays:
                self._overlays[topic] = self._subscribe(topic, view['name'])

    def _subscribe(self, topic: str, name: str) -> Any:
        def show(image: CompressedImage) -> None:
            self._server.pictures.put(name, bytes(image.data))

        return self.create_subscription(CompressedImage, topic, show, input_qos(reliable=True))


def main(args: Sequence[str] | None = None) -> int:
    """Serve until told to end.

    Args:
        args: Command line; that of the process if not given.

    Returns:
        0 after SIGINT, SIGTERM or SIGHUP, 1 if the node cannot start.
    """
    return run('browser_node', lambda: BrowserNode, args, usage=_usage)


def _usage() -> str:
    return usage(
        'browser_node',
        'Shows the overlays of a running overlay_node in a web browser on this machine.',
        f'-p port:={DEFAULT_PORT + 1}',
        [Parameter(name='port', default=DEFAULT_PORT, text=_PORT_TEXT)],
    )


if __name__ == '__main__':
    sys.exit(main())
