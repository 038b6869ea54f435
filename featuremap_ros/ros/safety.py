# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What must not start: a replay that would drive a car, commands that nobody asked for."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.ros.command import check_command, check_pilot
from featuremap_ros.ros.settings import Settings, SettingsError
from featuremap_ros.ros.steering import ANGLE_TOPIC, resolve_message, TOPIC


def choose_message(settings: Settings, pilot: Pilot, *, follows_clock: bool, logger: Any) -> str:
    """Return the type of the steering command, or refuse settings that cannot give one.

    A replay, or the demo pilot without a model, needs to know nothing of a car: if nobody asked
    for a type, commands are then left out.

    Args:
        settings: What is known of the car.
        pilot: The network.
        follows_clock: Whether ``use_sim_time`` is set.
        logger: Told about what is left out.

    Raises:
        FeatureMapError: The type is not installed, or not enough is known of the car.
    """
    message = resolve_message(settings.steering.message)
    try:
        check_command(message, settings.steering)
        check_pilot(message, settings.steering, pilot)
    except SettingsError as error:
        drives_a_car = settings.source.model and not follows_clock
        if drives_a_car or settings.steering.message != 'auto':
            raise
        logger.warning(f'No steering commands. {error}')
        return 'none'
    return message


def check_replay(node: Node, settings: Settings, *, follows_clock: bool) -> None:
    """Keep steering on the node's own topics where it must not reach a car.

    Args:
        node: Owns the topics.
        settings: May say that the clock is a simulator's.
        follows_clock: Whether ``use_sim_time`` is set.

    Raises:
        SettingsError: A topic is remapped in a replay, or while the demo pilot drives.
    """
    own = node.get_fully_qualified_name() + '/'
    topics = (node.resolve_topic_name(topic) for topic in (TOPIC, ANGLE_TOPIC))
    remapped = [topic for topic in topics if not topic.startswith(own)]
    if not remapped:
        return
    if not settings.source.model:
        msg = (
            f'No model is given, and steering is remapped to {remapped[0]}: the demo pilot would '
            'drive the car. Set model, or remove the remapping.'
        )
        raise SettingsError(msg)
    if follows_clock and not settings.steering.in_simulation:
        msg = (
            f'use_sim_time is set, and steering is remapped to {remapped[0]}: a replayed bag '
            'would drive the car. Remove the remapping, or set steering.in_simulation if the '
            "clock is a simulator's."
        )
        raise SettingsError(msg)
