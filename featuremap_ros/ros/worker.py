# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The thread that drives: newest image, network, steering; pictures after that."""

from __future__ import annotations

import threading
import time
import traceback
from typing import Protocol

from featuremap_ros.errors import FeatureMapError, NotFiniteError
from featuremap_ros.judging.colour_probe import say
from featuremap_ros.pipeline import Drive
from featuremap_ros.ros.age import Age, replay_warning
from featuremap_ros.ros.arrival import Arrival
from featuremap_ros.ros.command import command_of
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.history import History, Seen
from featuremap_ros.ros.mailbox import Mailbox
from featuremap_ros.ros.messages import frame_of
from featuremap_ros.ros.observer.judged import Judged
from featuremap_ros.ros.outputs import GridOutput, ViewOutput
from featuremap_ros.ros.settings import SteeringSettings
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.ros.steering import SteeringPublisher
from featuremap_ros.ros.views import ViewsTopic
from featuremap_ros.trust.colour_order import Verdict
from featuremap_ros.vision.encodings import warning_of

# So many images in a row whose stamps are off come from a clock that is off, and not from a moment
# in which the machine was busy.
_CLOCK_IS_OFF = 10


class Host(Protocol):
    """What the worker needs of the node."""

    def now_ns(self) -> int:
        """Return the node's clock (ns)."""
        ...

    def follows_clock(self) -> bool:
        """Return whether that clock is ``/clock``."""
        ...

    def warn(self, text: str) -> None:
        """Report a lasting fault."""
        ...

    def complain(self, kind: str, text: str) -> None:
        """Report a temporary fault, each kind at most once every few seconds."""
        ...


class Worker(threading.Thread):
    """Takes images out of the mailbox until that is closed."""

    def __init__(
        self,
        *,
        host: Host,
        mailbox: Mailbox[Arrival],
        steering: SteeringPublisher,
        views: ViewsTopic,
        statistics: Statistics,
        history: History,
        judged: Judged,
        driving: Driving,
    ) -> None:
        """Prepare; ``start()`` starts.

        Args:
            host: The node.
            mailbox: Where the images come from.
            steering: Where the commands go.
            views: Told about the size of the pictures.
            statistics: Count what happens.
            history: Gets every image.
            judged: What is written on overlays and grids.
            driving: To begin with.
        """
        super().__init__(name='drive', daemon=True)
        self._host = host
        self._mailbox = mailbox
        self._steering = steering
        self._views = views
        self._statistics = statistics
        self._history = history
        self._judged = judged
        self._lock = threading.Lock()
        self._next = driving
        self._current: Driving | None = None
        self._stamps_off = 0
        self._clock_said = False
        self._replay_said = False
        self._encoding_said = False

    def swap(self, driving: Driving) -> None:
        """Drive the next image with another configuration."""
        with self._lock:
            self._next = driving

    def may_publish(self, output: ViewOutput | GridOutput) -> bool:
        """Whether topics belong to the configuration at work, or to the next one."""
        with self._lock:
            current = self._current.published if self._current else ()
            return output in (*current, *self._next.published)

    def run(self) -> None:
        """Drive one image after the other."""
        while (arrival := self._mailbox.take()) is not None:
            with self._lock:
                driving = self._current = self._next
            try:
                self._serve(driving, arrival)
            except NotFiniteError as error:
                self._fault('not finite', str(error))
            except FeatureMapError as error:
                self._fault('bad frames', str(error))
            except Exception as error:  # the car must not lose its pilot to one odd frame
                self._fault('faults', f'{error!r}\n{traceback.format_exc()}')
            with self._lock:
                self._current = None

    def _serve(self, driving: Driving, arrival: Arrival) -> None:
        """Drive one image: the command first, then pictures for those who listen."""
        began = time.perf_counter()
        header = arrival.message.header
        frame = frame_of(arrival)
        wanted = [t for t in driving.pipeline.views if driving.outputs[t].wanted()]
        grids = [token for token, grid in driving.grids.items() if grid.wanted()]
        drive = driving.pipeline.drive(frame, (*wanted, *grids))
        self._command(driving, arrival, drive)
        self._statistics.sample('drive', time.perf_counter() - began)
        self._statistics.count('driven')
        self._warn_of_encoding(arrival)
        self._remember(driving, drive)
        self._probe_colours(driving, drive)
        self._views.picture(driving, drive)
        quality, labelled = driving.settings.jpeg_quality, driving.settings.observer.trust_label
        for token in wanted:
            remark = self._judged.remark(token) if labelled else ''
            driving.outputs[token].publish(driving.pipeline, drive, header, quality, remark=remark)
        for token in grids:
            output = driving.grids[token]
            marks = self._judged.marks(output.layer)
            output.publish(driving.pipeline, drive, header, quality, marks=marks)
        self._views.found(driving, drive.maps)
        self._statistics.sample('frame', time.perf_counter() - began)

    def _remember(self, driving: Driving, drive: Drive) -> None:
        """Keep the image for whoever asks later; a jump of the steering puts all aside."""
        settings = driving.settings.observer
        self._history.add(
            Seen(drive.frame, drive.steering),
            seconds=settings.history,
            most_bytes=settings.history_bytes,
        )
        _, before = self._history.newest()
        if before is None or not settings.jump:
            return
        full_scale = driving.pipeline.explainer.target('steering').full_scale
        change = abs(drive.steering.value - before.steering.value) / full_scale
        if change >= settings.jump and self._history.keep(
            f'the steering jumped by {change:.0%} of its range'
        ):
            self._statistics.count('jumps')

    def _probe_colours(self, driving: Driving, drive: Drive) -> None:
        """Look at the colours of the first images; say what was found once that is known."""
        probe = driving.colours
        if not probe.left:
            return
        probe.add(drive.frame, drive.forward)
        if not probe.left:
            self._judged.colours = order = probe.order()
            if order.verdict is Verdict.SWAPPED:
                self._host.warn(say(order))

    def _command(self, driving: Driving, arrival: Arrival, drive: Drive) -> None:
        """Publish the command, if the image is fresh."""
        decided = time.perf_counter()
        settings = driving.settings.steering
        if drive.steering.angle is None:
            return
        command = command_of(drive.steering, settings)
        age = Age.measure(arrival, clock_ns=self._host.now_ns(), source=settings.age_from)
        if age.may_steer(settings):
            self._stamps_off = 0
            self._steering.publish(arrival.message.header, command)
            self._statistics.sample('command', time.perf_counter() - decided)
            self._steering.publish_angle(command)
            self._statistics.count('commands')
        else:
            self._statistics.count('too old')
            self._explain(age, driving)
        self._statistics.sample('age', age.seconds)
        if settings.age_from == 'arrival' and not self._replay_said:
            self._warn_of_replay(arrival, settings)

    def _warn_of_encoding(self, arrival: Arrival) -> None:
        """Say once that the scale of the images is not known."""
        if not self._encoding_said:
            warning = warning_of(getattr(arrival.message, 'encoding', ''), 'the camera')
            if warning:
                self._encoding_said = True
                self._host.warn(warning)

    def _warn_of_replay(self, arrival: Arrival, settings: SteeringSettings) -> None:
        """Say once that a recording may be steering."""
        warning = replay_warning(arrival, settings, sim_time=self._host.follows_clock())
        if warning:
            self._replay_said = True
            self._host.warn(warning)

    def _explain(self, age: Age, driving: Driving) -> None:
        """Say why there is no steering."""
        settings = driving.settings.steering
        complaint = age.complaint(settings, sim_time=self._host.follows_clock())
        if not complaint:
            self._host.complain(
                'too old',
                f'No steering: the image was {age.seconds:.2f} s old when it had been decided on, '
                f'max_age is {settings.max_age} s.',
            )
            return
        self._stamps_off += 1
        if self._stamps_off >= _CLOCK_IS_OFF and not self._clock_said:
            self._clock_said = True
            self._host.warn(complaint)

    def _fault(self, name: str, text: str) -> None:
        """Count a fault and report it."""
        self._statistics.error(name, text.partition('\n')[0])
        self._host.complain(name, f'Image skipped: {text}')
