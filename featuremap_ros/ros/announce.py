# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The first lines of the log: what drives, what it reads, what it publishes."""

from __future__ import annotations

from rclpy.node import Node

from featuremap_ros.ros.camera import Camera
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.steering import SteeringPublisher


def start(
    node: Node, driving: Driving, camera: Camera, steering: SteeringPublisher, message: str
) -> None:
    """Say everything that somebody needs to know who has just started the node.

    Args:
        node: Has the logger.
        driving: What drives.
        camera: What it reads.
        steering: Where commands go.
        message: Their type.
    """
    log = node.get_logger()
    if not driving.source.model:
        log.warning('No model is given: the demo pilot drives. It knows only the demo track.')
    pilot(node, driving)
    log.info(f'Images: {camera.topic} (sensor_msgs/{camera.kind.__name__})')
    car = driving.settings.steering
    if steering.topic:
        speed = (
            f'throttle x {car.speed_scale} m/s' if car.speed_scale else f'speed {car.speed} m/s'
        )
        log.info(f'Steering: {steering.topic} ({message}), {speed}, max_age {car.max_age} s')
    else:
        log.info('Steering: no commands')
    if driving.pilot.profile.max_steering_angle:
        log.info(f'Steering angle: {steering.angle_topic}')
    else:
        log.info('Steering angle: none, without max_steering_angle (rad) it is not known')


def pilot(node: Node, driving: Driving) -> None:
    """Say what drives and what it shows.

    Args:
        node: Has the logger.
        driving: What drives.
    """
    profile, network = driving.pilot.profile, driving.pilot.network
    width, height = profile.input.size
    limit = profile.max_steering_angle
    log = node.get_logger()
    log.info(
        f'Pilot: {driving.source.model or "demo"} ({network.origin}), profile {profile.name}, '
        f'input {width} x {height} {profile.input.color}, '
        + (f'steers up to {limit:.3f} rad' if limit else 'steering limit not known')
    )
    slow = driving.slow
    for token, view in driving.views.items():
        rate = f', up to {driving.settings.observer.slow_rate:g} Hz' if token in slow else ''
        log.info(f'Overlay of {view.name}: {driving.outputs[token].topics["overlay"]}{rate}')
