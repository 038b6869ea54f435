# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The thread that works with the observer: expensive pictures, judgements, services."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
import threading
import time
from typing import Any

from rclpy.time import Time
from std_msgs.msg import Header

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.history import History, Seen
from featuremap_ros.ros.observer.handle import ObserverHandle
from featuremap_ros.ros.observer.judged import Judged
from featuremap_ros.ros.observer.messages import Look, Looked, Request, Setup
from featuremap_ros.ros.observer.pace import Pace
from featuremap_ros.ros.outputs import GridOutput, ViewOutput
from featuremap_ros.ros.views import ViewsTopic
from featuremap_ros.ros.worker import Host
from featuremap_ros.vision.frame import Frame

_IDLE_S = 0.2
_BACK_OFF_S = 2.0

Ask = Callable[[Request], str]
"""Asks the observer and returns what it says."""

Run = Callable[[Ask], str]
"""Does something with the observer and returns what there is to say."""


@dataclass(slots=True)
class Errand:
    """Work that a service was asked for.

    Attributes:
        run: What is to be done.
        done: Set when it has ended.
        text: What there is to say.
        ok: Whether it could be done.
    """

    run: Run
    done: threading.Event = field(default_factory=threading.Event)
    text: str = ''
    ok: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """A part of a round.

    Attributes:
        kind: ``'paint'``, ``'judge'`` or ``'filters'``.
        token: Of the view; empty for filters.
    """

    kind: str
    token: str = ''


class SecondWorker(threading.Thread):
    """Asks the observer about the newest image, at most as often as it may."""

    def __init__(
        self,
        *,
        host: Host,
        history: History,
        judged: Judged,
        views: ViewsTopic,
        driving: Driving,
    ) -> None:
        """Prepare; ``start()`` starts. The observer is started when there is something to do.

        Args:
            host: The node.
            history: Where the images are.
            judged: Gets what is found out.
            views: Told where the maps lie.
            driving: To begin with.
        """
        super().__init__(name='second', daemon=True)
        self.pace = Pace()
        self._host = host
        self._history = history
        self._judged = judged
        self._views = views
        self._observer = ObserverHandle()
        self._changed = threading.Condition()
        self._errands: deque[Errand] = deque()
        self._next = driving
        self._current: Driving | None = None
        self._closed = False
        self._looked_at: Frame | None = None
        self._judged_at: dict[str, float] = {}
        self._steps: deque[_Step] = deque()
        self._began = 0.0

    @property
    def observer_pid(self) -> int | None:
        """Of the observer's process; ``None`` while there is none."""
        return self._observer.pid

    def swap(self, driving: Driving) -> None:
        """Use another configuration from the next step on."""
        with self._changed:
            if driving.pilot is not self._next.pilot:
                self._judged.forget()
            self._judged.forget_views_except(driving.views)
            self._next = driving
            self._changed.notify()

    def may_publish(self, output: ViewOutput | GridOutput) -> bool:
        """Whether topics belong to the configuration at work, or to the next one."""
        with self._changed:
            current = self._current.published if self._current else ()
            return output in (*current, *self._next.published)

    def do(self, errand: Errand) -> None:
        """Have work done, and wait for it; called by another thread."""
        with self._changed:
            if self._closed:
                errand.text = 'The node ends.'
                return
            self._errands.append(errand)
            self._changed.notify()
        errand.done.wait()

    def close(self) -> None:
        """End, whatever the observer is doing."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._observer.close()

    def run(self) -> None:
        """Do errands, and look in between, at one view after the other."""
        due = time.monotonic()
        while (turn := self._wait(due)) is not None:
            driving, errand = turn
            try:
                if errand is not None:
                    self._do(driving, errand)
                else:
                    due = self._step(driving)
            except Exception as error:  # services must be answered whatever one image does
                if self._closed:
                    break
                self._steps.clear()
                text = str(error) if isinstance(error, FeatureMapError) else repr(error)
                self.pace.failed(text)
                self._host.complain('observer', f'The observer fails: {text}')
                due = time.monotonic() + _BACK_OFF_S
            with self._changed:
                self._current = None
        for errand in self._errands:
            errand.text = 'The node ends.'
            errand.done.set()

    def _wait(self, due: float) -> tuple[Driving, Errand | None] | None:
        """Wait for an errand or until it is time to look; return ``None`` at the end."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._errands, max(due - time.monotonic(), 0)
            )
            if self._closed:
                return None
            self._current = self._next
            return self._current, self._errands.popleft() if self._errands else None

    def _do(self, driving: Driving, errand: Errand) -> None:
        """Do one errand; whatever happens, whoever waits gets an answer."""
        try:
            errand.text = errand.run(lambda request: str(self._ask(driving, request).text))
            errand.ok = True
        except FeatureMapError as error:
            errand.text = str(error)
        except Exception as error:
            errand.text = f'{type(error).__name__}: {error}'
            raise
        finally:
            errand.done.set()

    def _ask(self, driving: Driving, request: Request) -> Any:
        """Ask the observer, and wait for its reply."""
        with self.pace.asking():
            return self._observer.ask(request, _setup(driving))

    def _step(self, driving: Driving) -> float:
        """Take the next step of a round, or begin one; return when the next is due."""
        now = time.monotonic()
        if not self._steps:
            self._steps.extend(self._round(driving))
            self._began = now
        if not self._steps:
            return now + _IDLE_S
        step = self._steps.popleft()
        newest, before = self._history.newest()
        if newest is not None and not (step.token and step.token not in driving.outputs):
            self._take(driving, step, newest, before)
        if self._steps:
            return now
        self.pace.round()
        rate = driving.settings.observer.slow_rate
        return self._began + (1 / rate if rate else _IDLE_S)

    def _round(self, driving: Driving) -> Iterator[_Step]:
        """Yield what is to be looked at now: nothing if nobody watches, or nothing is new."""
        settings = driving.settings.observer
        watched = [token for token, output in driving.outputs.items() if output.wanted()]
        watching = bool(watched) or any(grid.wanted() for grid in driving.grids.values())
        judging = settings.judge == 'always' or (settings.judge == 'watched' and watching)
        wanted = [token for token in driving.slow if token in watched]
        if not settings.slow_rate or not (wanted or judging):
            self.pace.rest()
            return
        newest, _ = self._history.newest()
        if newest is None or newest.frame is self._looked_at:
            return
        self._looked_at = newest.frame
        for token in wanted:
            yield _Step('paint', token)
        if judging:
            yield _Step('filters')
            judged = tuple(driving.outputs) if settings.judge == 'always' else watched
            yield from self._judgement(judged, settings.trust_period)

    def _judgement(self, tokens: Sequence[str], period: float) -> Iterator[_Step]:
        """Yield the view whose judgement is the oldest, if it is due; one in a round."""
        oldest = min(tokens, key=lambda token: self._judged_at.get(token, 0.0), default='')
        now = time.monotonic()
        if oldest and now - self._judged_at.get(oldest, float('-inf')) >= period:
            self._judged_at[oldest] = now
            yield _Step('judge', oldest)

    def _take(self, driving: Driving, step: _Step, newest: Seen, before: Seen | None) -> None:
        """Ask the observer about the newest image."""
        frame, settings = newest.frame, driving.settings.observer
        if step.kind == 'paint':
            look = Look(frame=frame, wanted=(step.token,), remarks=settings.trust_label)
        elif step.kind == 'judge':
            then = None if before is None else before.frame
            look = Look(frame=frame, before=then, judged=(step.token,))
        else:
            look = Look(frame=frame, filters=True)
        began = time.monotonic()
        looked: Looked = self._ask(driving, look)
        self.pace.step(
            step.kind, step.token, time.monotonic() - began, looked.refused.get(step.token, '')
        )
        self._publish(driving, frame, looked)

    def _publish(self, driving: Driving, frame: Frame, looked: Looked) -> None:
        """Publish what was painted, and keep what was found out."""
        header = Header(stamp=Time(nanoseconds=frame.stamp_ns).to_msg(), frame_id=frame.frame_id)
        for token, overlay in looked.overlays.items():
            driving.outputs[token].publish_found(
                header, overlay, looked.maps[token], driving.settings.jpeg_quality
            )
        self._views.found(driving, looked.maps)
        self._keep(driving, looked)
        for token, reason in looked.refused.items():
            self._host.complain(f'refused {token}', f'{driving.views[token].name}: {reason}')

    def _keep(self, driving: Driving, looked: Looked) -> None:
        """Keep what was found out, as far as the configuration did not change meanwhile."""
        with self._changed:
            if driving.pilot is not self._next.pilot:
                return
            if looked.judgements:
                self._judged.views = {**self._judged.views, **looked.judgements}
                self._judged.forget_views_except(self._next.views)
            if looked.filters:
                self._judged.filters = looked.filters


def _setup(driving: Driving) -> Setup:
    """Return what the observer must be set up as."""
    return Setup(
        driving.source,
        driving.settings.steering.max_steering_angle,
        tuple(driving.views.values()),
        tuple(grid.layer for grid in driving.grids.values()),
    )
