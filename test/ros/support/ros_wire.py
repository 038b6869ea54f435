# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The other end of the wire: a camera and listeners in the test's own process."""

from __future__ import annotations

import array
from collections.abc import Callable, Mapping
import json
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
from numpy.typing import NDArray
from rcl_interfaces.srv import GetParameters, SetParameters, SetParametersAtomically
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import Image
from std_msgs.msg import String

NODE = '/featuremap'


class Heard(list):
    """Messages of one topic, in order; ``sent`` has the time at which each was published (ns)."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[int] = []

    def clear(self) -> None:
        """Forget what was heard so far."""
        super().clear()
        self.sent.clear()


class Peer:
    """A ROS node in this process that talks to the node under test.

    Attributes:
        node: The ROS node.
    """

    def __init__(self, domain: int) -> None:
        """Join a domain."""
        self._context = rclpy.Context()
        self._context.init(domain_id=domain)
        self.node = rclpy.create_node('peer', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._cameras: dict[tuple[str, bool], Any] = {}

    def close(self) -> None:
        """Leave."""
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()

    def spin(self, seconds: float) -> None:
        """Listen for some time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left)

    def until(self, condition: Callable[[], Any], timeout: float = 10.0, what: str = '') -> Any:
        """Listen until something is true, and return it."""
        end = time.monotonic() + timeout
        while not (result := condition()):
            assert time.monotonic() < end, f'waited {timeout} s in vain: {what}'
            self._executor.spin_once(timeout_sec=0.02)
        return result

    def listen(
        self, kind: type, topic: str, *, reliable: bool = True, latched: bool = False
    ) -> Heard:
        """Subscribe, wait for the publisher, and return the list that messages go to."""
        heard = Heard()

        def hear(message: Any, info: Mapping[str, int]) -> None:
            heard.append(message)
            heard.sent.append(info['source_timestamp'])

        qos = QoSProfile(
            depth=50,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        )
        subscription = self.node.create_subscription(kind, topic, hear, qos)
        heard.unsubscribe = lambda: self.node.destroy_subscription(subscription)
        self.until(lambda: self.node.count_publishers(topic), what=f'a publisher on {topic}')
        # The other side has to find the subscription as well.
        self.spin(0.15)
        return heard

    def camera(
        self,
        topic: str = '/image',
        *,
        kind: type = Image,
        reliable: bool = True,
        followed: bool = True,
    ) -> Callable[[Any], None]:
        """Return what publishes images on a topic, once the node has subscribed to it.

        Args:
            topic: Full name.
            kind: Type of the images.
            reliable: Quality of the connection.
            followed: Wait until the subscription is as reliable as the camera.
        """
        reliability = ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT
        publisher = self.node.create_publisher(
            kind, topic, QoSProfile(depth=5, reliability=reliability)
        )

        def connected() -> bool:
            ends = self.node.get_subscriptions_info_by_topic(topic)
            return bool(publisher.get_subscription_count()) and (
                not followed or [end.qos_profile.reliability for end in ends] == [reliability]
            )

        self.until(connected, what=f'a subscription to {topic}')
        self.spin(0.15)
        publish: Any = publisher.publish

        def send(message: Any) -> None:
            publish(message)

        send.publisher = publisher
        return send

    def now_ns(self) -> int:
        """Return the time (ns)."""
        return time.time_ns()

    def set_parameters(self, atomically: bool = False, **values: Any) -> list[Any]:
        """Set parameters of the node; a double underscore stands for a dot.

        Returns:
            The results, with ``successful`` and ``reason``.
        """
        parameters = [
            Parameter(name.replace('__', '.'), value=value).to_parameter_msg()
            for name, value in values.items()
        ]
        if atomically:
            request: Any = SetParametersAtomically.Request(parameters=parameters)
            answer = self._call(SetParametersAtomically, 'set_parameters_atomically', request)
            return [answer.result]
        request = SetParameters.Request(parameters=parameters)
        return list(self._call(SetParameters, 'set_parameters', request).results)

    def parameter(self, name: str) -> Any:
        """Return the value of a parameter of the node."""
        answer = self._call(GetParameters, 'get_parameters', GetParameters.Request(names=[name]))
        return parameter_value_to_python(answer.values[0])

    def diagnostics(self) -> tuple[int, str, dict[str, str]]:
        """Return the next status of the node: level, message, values."""
        heard = self.listen(DiagnosticArray, '/diagnostics')
        status = self.until(lambda: heard and heard[-1].status[0], what='diagnostics')
        heard.unsubscribe()
        values = {entry.key: entry.value for entry in status.values}
        return int.from_bytes(status.level, 'little'), status.message, values

    def statuses(self, word: str) -> list[Any]:
        """Return the statuses whose name holds a word, of the next message on /diagnostics."""
        heard = self.listen(DiagnosticArray, '/diagnostics')
        self.until(lambda: heard, what='diagnostics')
        heard.unsubscribe()
        return [status for status in heard[-1].status if word in status.name]

    def drive_until(
        self,
        camera: Callable[[Any], None],
        pixels: NDArray[np.uint8],
        condition: Callable[[], Any],
        timeout: float = 60.0,
    ) -> tuple[list[Any], Any]:
        """Send images until something is true; return them and it."""
        sent = []

        def turn() -> Any:
            sent.append(image(pixels, frame_id='optical'))
            camera(sent[-1])
            self.spin(0.05)
            return condition()

        return sent, self.until(turn, timeout, 'what the images bring about')

    def views(self) -> dict[str, Any]:
        """Return what the latched topic says of the views."""
        heard = self.listen(String, f'{NODE}/views', latched=True)
        text = self.until(lambda: heard and heard[-1].data, what='views')
        heard.unsubscribe()
        return json.loads(text)

    def _call(self, kind: type, service: str, request: Any) -> Any:
        client = self.node.create_client(kind, f'{NODE}/{service}')
        assert client.wait_for_service(10)
        future = client.call_async(request)
        self.until(future.done, what=service)
        self.node.destroy_client(client)
        return future.result()


def image(
    pixels: NDArray[np.uint8],
    *,
    encoding: str = 'rgb8',
    stamp_ns: int | None = None,
    frame_id: str = 'camera',
    padding: int = 0,
) -> Image:
    """Return an image message.

    Args:
        pixels: uint8 (H, W) or (H, W, channels), as the encoding wants them.
        encoding: As ROS calls it.
        stamp_ns: Time of acquisition; now if not given.
        frame_id: Of the header.
        padding: Bytes of 7 added to every row.
    """
    rows = np.ascontiguousarray(pixels).reshape(pixels.shape[0], -1)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=7)
    message = Image(encoding=encoding, height=pixels.shape[0], width=pixels.shape[1])
    message.step = rows.shape[1]
    message.data = array.array('B', rows.tobytes())
    stamp_ns = time.time_ns() if stamp_ns is None else stamp_ns
    stamp = message.header.stamp
    stamp.sec, stamp.nanosec = divmod(stamp_ns, 10**9)
    message.header.frame_id = frame_id
    return message


def uniform(color: tuple[int, int, int], height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """Return a picture of one colour."""
    return np.full((height, width, 3), color, np.uint8)


def stamp_of(message: Any) -> int:
    """Return the time in a message's header (ns)."""
    return Time.from_msg(message.header.stamp).nanoseconds
