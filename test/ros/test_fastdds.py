# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the Fast DDS profile: who gets it, and that whole images arrive with it.

The processes here use the default discovery range, as cars do: a transport that hides us from
processes on default settings is found out only there.
"""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys

import pytest

from featuremap_ros.ros import fastdds
from featuremap_ros.ros.fastdds import profile_environment

PROFILE = Path('/somewhere/fastdds.xml')
SENDER = Path(__file__).parent / 'support' / 'image_sender.py'
RECEIVER = Path(__file__).parent / 'support' / 'image_receiver.py'
COUNT = 90


@pytest.mark.parametrize(
    ('version', 'variable'),
    [
        ('3.3.17', 'FASTRTPS_DEFAULT_PROFILES_FILE'),
        ('7.1.5', 'FASTRTPS_DEFAULT_PROFILES_FILE'),
        ('9.1.2', 'FASTDDS_DEFAULT_PROFILES_FILE'),
        ('10.0.1', 'FASTDDS_DEFAULT_PROFILES_FILE'),
    ],
)
def test_the_variable_is_the_one_that_the_distribution_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, variable: str
) -> None:
    """Humble and Jazzy know the old name only; Kilted warns of it."""
    monkeypatch.setattr(fastdds, 'version', lambda _: version)
    assert profile_environment(PROFILE, {}, folder=tmp_path) == {variable: str(PROFILE)}


@pytest.mark.parametrize(
    'environment',
    [
        {'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'},
        {'RMW_IMPLEMENTATION': 'rmw_zenoh_cpp'},
        {'FASTRTPS_DEFAULT_PROFILES_FILE': '/mine.xml'},
        {'FASTDDS_DEFAULT_PROFILES_FILE': '/mine.xml'},
        {'FASTDDS_BUILTIN_TRANSPORTS': 'LARGE_DATA'},
    ],
)
def test_other_middleware_and_own_settings_are_left_alone(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """What the user has set up is not overruled."""
    assert profile_environment(PROFILE, environment, folder=tmp_path) == {}


def test_a_profile_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    """Fast DDS reads such a file by itself."""
    assert profile_environment(
        PROFILE, {'RMW_IMPLEMENTATION': 'rmw_fastrtps_cpp'}, folder=tmp_path
    )
    (tmp_path / 'DEFAULT_FASTRTPS_PROFILES.xml').touch()
    assert profile_environment(PROFILE, {}, folder=tmp_path) == {}


@pytest.fixture
def processes(domain: int) -> dict[str, str]:
    """Return an environment of default settings."""
    unwanted = ('FASTRTPS', 'FASTDDS', 'RMW_', 'ROS_AUTOMATIC_DISCOVERY_RANGE')
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
    return {**inherited, 'ROS_DOMAIN_ID': str(domain)}


@pytest.mark.parametrize(
    ('profiled', 'reliability'),
    [('sender', 'best_effort'), ('receiver', 'reliable')],
)
def test_images_arrive_with_one_side_on_default_settings(
    repository: Path, processes: dict[str, str], tmp_path: Path, profiled: str, reliability: str
) -> None:
    """640x480 at 30 Hz: from our side best effort too, to our side as the node subscribes."""
    profile = repository / 'featuremap_ros' / 'config' / 'fastdds.xml'
    ours = {**processes, **profile_environment(profile, processes, folder=tmp_path)}
    receiver = subprocess.Popen(
        [sys.executable, str(RECEIVER), reliability, str(COUNT)],
        env=ours if profiled == 'receiver' else processes,
        stdout=subprocess.PIPE,
        text=True,
    )
    subprocess.run(
        [sys.executable, str(SENDER), reliability, str(COUNT)],
        env=ours if profiled == 'sender' else processes,
        check=True,
        timeout=60,
    )
    out, _ = receiver.communicate(timeout=60)
    assert int(out) >= 0.97 * COUNT
