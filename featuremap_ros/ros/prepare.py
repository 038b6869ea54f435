# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A process that converts a model, so that the node can load it in milliseconds.

Importing TensorFlow and converting a Keras model hold Python's global lock for up to a second, in
which a node that drives would drive no more. The converted model stays in the cache.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

from featuremap_ros.errors import FeatureMapError, ModelFileError
from featuremap_ros.pilot.pilot import Pilot

_NICENESS = 10
_REFUSED = 3


class Preparation:
    """Converts one model in a process of its own."""

    def __init__(self, model: str, profile: str) -> None:
        """Start the process.

        Args:
            model: Path.
            profile: Name or path; empty to guess.
        """
        self._model = model
        self._process = subprocess.Popen(
            [sys.executable, '-m', 'featuremap_ros.ros.prepare', model, profile],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C is for the node, which ends this process itself.
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait until the model is converted, or ``cancel`` was called.

        Raises:
            FeatureMapError: It cannot be loaded, or the process broke down over it.
        """
        output, log = self._process.communicate()
        code = self._process.returncode
        if code == _REFUSED:
            raise FeatureMapError(output.strip())
        if code:
            last = log.strip().rpartition('\n')[2]
            msg = f'Loading {self._model!r} broke down (exit code {code}): {last}'
            raise ModelFileError(msg)

    def cancel(self) -> None:
        """End the process."""
        self._process.kill()


def main() -> int:
    """Load the pilot that the command line names, which leaves it in the cache.

    Returns:
        0, or 3 with the reason on standard output.
    """
    model, profile = sys.argv[1:]
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    try:
        Pilot.load(model, profile=profile or None)
    except FeatureMapError as error:
        sys.stdout.write(str(error))
        return _REFUSED
    return 0


if __name__ == '__main__':
    sys.exit(main())
