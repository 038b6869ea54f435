# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the figures were measured on."""

from __future__ import annotations

from importlib import metadata
import os
from pathlib import Path
import platform
import re

from featuremap_ros.vision.blend import COMPILED

_PACKAGES = {
    'NumPy': ('numpy',),
    'OpenCV': ('opencv-python-headless', 'opencv-python'),
    'TensorFlow': ('tensorflow',),
    'Keras': ('keras',),
    'LiteRT': ('ai-edge-litert',),
    'matplotlib': ('matplotlib',),
    'PyAV': ('av',),
    'rclpy': ('ros-jazzy-rclpy', 'ros-kilted-rclpy'),
}


def describe() -> dict[str, str]:
    """Return processor, cores, memory, system and versions; nothing that tells whose it is."""
    return {
        'processor': _processor(),
        'cores': str(len(os.sched_getaffinity(0))),
        'memory': f'{os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30:.0f} GiB',
        'system': f'{platform.system()} {platform.release().split("-")[0]}',
        'Python': platform.python_version(),
        'painting': 'compiled' if COMPILED else 'OpenCV',
        'priority': _priority(),
        **_versions(),
    }


def load() -> float:
    """Return how many processes wanted to run, on average over the last minute."""
    return os.getloadavg()[0]


def peak_mb(process: int | str = 'self') -> float:
    """Return the most memory that a process ever held (MB).

    Args:
        process: Its number; this one if not given.
    """
    status = Path(f'/proc/{process}/status').read_text()
    found = re.search(r'^VmHWM:\s+(\d+) kB', status, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else float('nan')


def _priority() -> str:
    """Return how this process is scheduled: real-time ones do not wait for others."""
    if os.sched_getscheduler(0) == os.SCHED_OTHER:
        return 'normal'
    return f'real-time {os.sched_getparam(0).sched_priority}'


def _processor() -> str:
    """Return the processor's name; Arm's cores are only numbered, their board has a name."""
    cpu = Path('/proc/cpuinfo').read_text()
    found = dict(re.findall(r'^([^\t:]+?)\s*: (.*)$', cpu, re.MULTILINE))
    name = found.get('model name') or found.get('Model') or platform.machine()
    numbers = ', '.join(f'{key} {found[key]}' for key in ('cpu family', 'model') if key in found)
    return f'{name} ({numbers})' if numbers else name


def _versions() -> dict[str, str]:
    """Return what is installed of the packages that the figures depend on."""
    installed = {found.metadata['Name']: found.version for found in metadata.distributions()}
    return {
        name: installed[distribution]
        for name, distributions in _PACKAGES.items()
        for distribution in distributions
        if distribution in installed
    }
