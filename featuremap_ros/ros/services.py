# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node's services, answered in a thread of their own.

An answer takes seconds. A callback of the node's executor may neither wait, since images and
parameters come through it, nor be a coroutine that waits, since rclpy polls those without a break.
So the services belong to a hidden node whose executor does nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import threading

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_srvs.srv import Trigger

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.history import History
from featuremap_ros.ros.observer.messages import AskWhy, Explain, Keep, KeptAll
from featuremap_ros.ros.observer.second_worker import Ask, Errand, Run, SecondWorker
from featuremap_ros.ros.settings import ObserverSettings

_S = 1e9


class Services:
    """Answers to ``~/explain``, ``~/why`` and ``~/save``."""

    def __init__(
        self,
        node: Node,
        *,
        second: SecondWorker,
        history: History,
        settings: Callable[[], ObserverSettings],
    ) -> None:
        """Offer the services; ``start()`` answers.

        Args:
            node: Whose names they carry.
            second: Does the work.
            history: Holds the images.
            settings: Returns what is set now.
        """
        self._second = second
        self._history = history
        self._settings = settings
        self._node = Node(
            f'_{node.get_name()}_services',
            namespace=node.get_namespace(),
            context=node.context,
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )
        for name, prepare in (
            ('explain', self._explain),
            ('why', self._why),
            ('save', self._save),
        ):
            topic = node.resolve_service_name(f'~/{name}')
            self._node.create_service(Trigger, topic, self._answering(prepare))
        self._executor = SingleThreadedExecutor(context=node.context)
        self._executor.add_node(self._node)
        self._started = self._closed = False
        self._end = self._node.create_guard_condition(self._close)
        self._thread = threading.Thread(target=self._spin, name='services', daemon=True)

    def start(self) -> None:
        """Answer from now on, if that has not begun.

        The thread waits inside ROS, where the end of the interpreter must not find it: whoever
        starts it must come to ``close``, whatever signals come.
        """
        if not self._started:
            self._started = True
            self._thread.start()

    def close(self, timeout: float) -> None:
        """Answer no more; the second worker must have been closed before.

        Args:
            timeout: How long the thread may take to notice (s).
        """
        if self._thread.is_alive():
            self._end.trigger()
            self._thread.join(timeout)
        self._executor.shutdown()
        self._node.destroy_node()

    def _close(self) -> None:
        """End after this turn of the executor."""
        self._closed = True

    def _spin(self) -> None:
        """Answer one call after the other."""
        while not self._closed:
            self._executor.spin_once()

    def _answering(
        self, prepare: Callable[[ObserverSettings], Run]
    ) -> Callable[[Trigger.Request, Trigger.Response], Trigger.Response]:
        """Return a callback that takes what is there now, has it worked on, and waits for it."""

        def answer(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            try:
                errand = Errand(prepare(self._settings()))
                self._second.do(errand)
                response.success, response.message = errand.ok, errand.text
            except FeatureMapError as error:
                response.success, response.message = False, str(error)
            except Exception as error:  # the thread must go on to answer whatever one call does
                response.success, response.message = False, f'{type(error).__name__}: {error}'
            return response

        return answer

    def _explain(self, settings: ObserverSettings) -> Run:
        frame = self._history.at(settings.explain_stamp).frame
        folder = fresh(settings.folder, f'explain_{frame.stamp_ns}')
        return lambda ask: f'The image of {frame.stamp_ns} ns: {ask(Explain(frame, folder))}'

    def _why(self, settings: ObserverSettings) -> Run:
        frame = self._history.at(settings.explain_stamp).frame
        return lambda ask: ask(AskWhy(frame, fresh(settings.folder, f'why_{frame.stamp_ns}')))

    def _save(self, settings: ObserverSettings) -> Run:
        incident = self._history.incident()
        first, last = (incident.seen[i].frame.stamp_ns for i in (0, -1))
        folder = fresh(settings.folder, f'save_{last}')

        def save(ask: Ask) -> str:
            try:
                for seen in incident.seen:
                    steering = seen.steering
                    ask(Keep(seen.frame, steering.angle, steering.throttle, folder))
            finally:
                path = ask(KeptAll())
            # Not before: where the disk was full, the next call still finds what happened.
            self._history.forget(incident)
            return (
                f'{len(incident.seen)} images, {(last - first) / _S:.1f} s, until '
                f'{incident.reason}: {path}'
            )

        return save


def fresh(parent: Path, name: str) -> str:
    """Return a folder that does not exist yet.

    Args:
        parent: Where.
        name: Gets a number where it is taken.
    """
    path, number = parent / name, 2
    # Not Path.exists(), which raises where the name cannot be a path; making the folder says so.
    while os.path.exists(path):  # noqa: PTH110
        path = parent / f'{name}_{number}'
        number += 1
    return str(path)
