# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of who gets the Fast DDS profile."""

from __future__ import annotations

from pathlib import Path

import pytest

from featuremap_ros.ros import fastdds
from featuremap_ros.ros.fastdds import profile_environment

PROFILE = Path('/somewhere/fastdds.xml')


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
