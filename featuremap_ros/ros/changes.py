# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Changes while the node runs: checked, built beside, swapped, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from rclpy.node import Node

from featuremap_ros.errors import FeatureMapError, ModelFileError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.ros import announce
from featuremap_ros.ros.building import Builder
from featuremap_ros.ros.declaration import Declaration
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.loader import Loaded, Loader
from featuremap_ros.ros.observer.second_worker import SecondWorker
from featuremap_ros.ros.outputs import GridOutput, ViewOutput
from featuremap_ros.ros.safety import check_replay
from featuremap_ros.ros.settings import Settings
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.ros.views import ViewsTopic
from featuremap_ros.ros.worker import Worker


class Changes:
    """Answers to changed parameters, in the executor's thread.

    Attributes:
        driving: The configuration at work.
    """

    def __init__(
        self,
        node: Node,
        *,
        parameters: Declaration,
        builder: Builder,
        workers: Sequence[Worker | SecondWorker],
        views: ViewsTopic,
        statistics: Statistics,
        driving: Driving,
    ) -> None:
        """Listen to the parameters.

        Args:
            node: Owns them.
            parameters: Tell of changes.
            builder: Builds configurations.
            workers: Get them.
            views: Described anew after a change.
            statistics: Keep the last error.
            driving: The configuration at work.
        """
        self.driving = driving
        self._node = node
        self._parameters = parameters
        self._builder = builder
        self._workers = tuple(workers)
        self._views = views
        self._statistics = statistics
        self._retired: list[ViewOutput | GridOutput] = []
        self._finished: SimpleQueue[Loaded] = SimpleQueue()
        self._wake = node.create_guard_condition(self._loaded)
        self._loader = Loader(self._hand_over)
        parameters.listen(self._check, self._apply)

    @property
    def loading(self) -> bool:
        """Whether another pilot is being loaded."""
        return self._loader.busy

    def tidy(self) -> None:
        """Withdraw topics that no worker publishes on any more."""
        for output in list(self._retired):
            if not any(worker.may_publish(output) for worker in self._workers):
                output.destroy()
                self._retired.remove(output)

    def close(self, timeout: float) -> None:
        """Give up a pilot that is being loaded, within a time (s)."""
        self._loader.close(timeout)

    def _check(self, settings: Settings, changed: Mapping[str, Any]) -> None:
        """Refuse what cannot work, as far as that is known before a pilot is loaded."""
        follows_clock = changed.get('use_sim_time', self._node.get_parameter('use_sim_time').value)
        check_replay(self._node, settings, follows_clock=bool(follows_clock))
        if settings.source == self.driving.source:
            self._builder.check(settings, self.driving.pilot)
            return
        model, profile = settings.source.model, settings.source.profile
        if model and not Path(model).exists():
            msg = f'There is no model file {model!r}.'
            raise ModelFileError(msg)
        if profile:
            PilotProfile.load(profile)

    def _apply(self, settings: Settings) -> None:
        """Make changed parameters work, now or once the pilot is loaded."""
        if settings.source != self.driving.source:
            self._node.get_logger().info(
                f'Loading {settings.source.model or "the demo pilot"}; the running pilot goes on.'
            )
            self._loader.request(settings)
        else:
            self._install(settings, self.driving.pilot)

    def _hand_over(self, loaded: Loaded) -> None:
        """Pass a loaded pilot to the executor's thread; called by the loader's."""
        self._finished.put(loaded)
        self._wake.trigger()

    def _loaded(self) -> None:
        """Take over a pilot that has been loaded."""
        while not self._finished.empty():
            loaded = self._finished.get()
            settings = self._parameters.settings()
            if loaded.settings.source != settings.source:
                continue
            if loaded.pilot is None:
                self._keep(loaded.error)
            else:
                self._install(settings, loaded.pilot)

    def _install(self, settings: Settings, pilot: Pilot) -> None:
        """Swap the configuration, or keep the running one."""
        before = self.driving
        try:
            driving = self._builder.build(settings, pilot, before)
        except FeatureMapError as error:
            self._keep(str(error))
            return
        except Exception as error:  # the running pilot must go on whatever a model does
            self._keep(f'{type(error).__name__}: {error}')
            return
        self.driving = driving
        # Before the swap: what the worker says of the first picture must stay the latest word.
        self._views.begin(driving)
        for worker in self._workers:
            worker.swap(driving)
        self._retired += [one for one in before.published if one not in driving.published]
        if pilot is not before.pilot or driving.outputs.keys() != before.outputs.keys():
            announce.pilot(self._node, driving)

    def _keep(self, error: str) -> None:
        """Say why a change failed, and set the parameters back to what drives."""
        source, settings = self.driving.source, self.driving.settings
        self._statistics.error('failed changes', error)
        self._node.get_logger().error(
            f'The change failed, {source.model or "the demo pilot"} goes on: {error}'
        )
        self._parameters.restore(
            {
                'model': source.model,
                'profile': source.profile,
                'layers': list(settings.layers) or [''],
                'methods': list(settings.methods) or [''],
            }
        )
