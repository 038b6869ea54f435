# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m featuremap_ros.ros.observer.process``: the observer, a process beside the node.

A process and not a thread: TensorFlow's import and every loop of a method hold Python's global
lock, in which the thread that drives would wait. It runs with a lower priority than the node, on
one core, and ends with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from typing import Any

import cv2

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.observer.link import receive, send
from featuremap_ros.ros.observer.messages import Failed
from featuremap_ros.ros.observer.observer import Observer

_NICENESS = 10


def main() -> int:
    """Answer requests on standard input until the node closes it.

    Returns:
        0.
    """
    # Ctrl-C is for the node, which ends this process by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    cv2.setNumThreads(1)
    requests = os.fdopen(os.dup(0), 'rb', buffering=0)
    replies = os.fdopen(os.dup(1), 'wb', buffering=0)
    # What a library prints must not end up between the replies.
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    observer = Observer()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            send(replies, _answer(observer, receive(requests)))
    return 0


def _answer(observer: Observer, request: Any) -> Any:
    """Answer one request, whatever happens."""
    try:
        return observer.answer(request)
    except FeatureMapError as error:
        return Failed(str(error))
    except Exception as error:  # the observer must outlive one odd frame
        sys.stderr.write(traceback.format_exc())
        return Failed(f'{type(error).__name__}: {error}')


if __name__ == '__main__':
    sys.exit(main())
