# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Explain, why and save: answered with what was written, while the car goes on."""

from __future__ import annotations

import json
from pathlib import Path
import re

import cv2
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import TwistStamped
from ros_wire import image, NODE, stamp_of
from std_srvs.srv import Trigger

from featuremap_ros.streams.source import open_source


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Return where the node writes."""
    return tmp_path_factory.mktemp('written')


@pytest.fixture(scope='module')
def wire(start_node, peer, tiny_model, tiny_profile, folder):
    """Return our end of the wire, at whose other end a node runs."""
    start_node(
        {
            'model': tiny_model,
            'profile': tiny_profile,
            'wheelbase': 0.3,
            'speed': 1.0,
            'folder': folder,
            'history': 30.0,
            'stop_after': 2.0,
            'jump': 0.0,
        }
    )
    return peer


@pytest.fixture(scope='module')
def camera(wire):
    """Return what publishes images to the node."""
    return wire.camera()


@pytest.fixture
def drive(wire, camera):
    """Return what sends images and gives back their stamps once all have been driven on."""
    angles = wire.listen(TwistStamped, f'{NODE}/steering')

    def send(count, first=0):
        stamps = []
        for i in range(count):
            pixels = np.random.default_rng(first + i).integers(0, 256, (48, 64, 3), np.uint8)
            message = image(pixels)
            camera(message)
            stamps.append(stamp_of(message))
            wire.until(
                lambda stamp=stamps[-1]: any(stamp_of(angle) == stamp for angle in angles),
                what='a command',
            )
        return stamps

    yield send
    angles.unsubscribe()


def call(wire, name, meanwhile=lambda: None):
    """Call a service, do something while it works, and return the answer."""
    client = wire.node.create_client(Trigger, f'{NODE}/{name}')
    assert client.wait_for_service(10)
    future = client.call_async(Trigger.Request())
    meanwhile()
    wire.until(future.done, timeout=120, what=name)
    wire.node.destroy_client(client)
    return future.result()


def named_folder(answer, folder):
    """Return the folder that an answer names."""
    (name,) = re.findall(rf'{re.escape(str(folder))}/[\w.]+', answer.message)
    return Path(name)


def test_before_the_first_image_there_is_nothing_to_say(wire):
    """The answer says so."""
    for name in ('explain', 'why', 'save'):
        answer = call(wire, name)
        assert not answer.success
        assert answer.message == 'No image has been driven on yet.'


def test_explain_writes_everything_about_the_newest_image(wire, drive, folder):
    """Into a folder that the answer names; images are driven on meanwhile."""
    newest = drive(4)[-1]
    driven = []
    answer = call(wire, 'explain', lambda: driven.extend(drive(10, first=10)))
    assert answer.success, answer.message
    assert len(driven) == 10
    written = named_folder(answer, folder)
    data = json.loads((written / 'explain.json').read_text())
    # The call and the next images travel at the same time.
    assert data['stamp_ns'] in {newest, *driven}
    assert written.name == f'explain_{data["stamp_ns"]}'
    names = {finding['name'] for finding in data['findings']}
    assert {'hirescam/conv_2/steering', 'occlusion/steering', 'grid/conv_2/page_0'} <= names
    assert all((written / finding['picture']).is_file() for finding in data['findings'])


def test_an_image_of_the_history_is_explained_by_its_stamp(wire, drive, folder):
    """A second folder for the same image gets a number; a stamp that is not there is refused."""
    stamps = drive(4)
    assert wire.set_parameters(explain_stamp=stamps[1])[0].successful
    names = [named_folder(call(wire, 'why'), folder).name for _ in range(2)]
    assert names == [f'why_{stamps[1]}', f'why_{stamps[1]}_2']
    assert wire.set_parameters(explain_stamp=12)[0].successful
    answer = call(wire, 'why')
    assert wire.set_parameters(explain_stamp=0)[0].successful
    assert not answer.success
    assert answer.message.startswith('The image of 12 ns is not in the history, which holds')


def test_why_answers_with_a_sentence_and_a_picture(wire, drive, folder):
    """And with the data that proves it."""
    drive(2)
    answer = call(wire, 'why')
    assert answer.success
    assert re.match(r'(Hide th|It steers )', answer.message)
    written = named_folder(answer, folder)
    assert cv2.imread(str(written / 'why.png')) is not None
    assert json.loads((written / 'why.json').read_text())['sentence'] in answer.message


def test_the_seconds_before_a_stop_are_kept(wire, drive):
    """As a bag that every verb reads."""
    call(wire, 'save')
    wire.spin(1.2)
    before = drive(5)
    wire.spin(3.0)
    answer = call(wire, 'save')
    assert answer.success
    assert 'until the stop command' in answer.message
    path = Path(answer.message.rpartition(': ')[2])
    with open_source(path) as source:
        frames = list(source)
    assert [frame.stamp_ns for frame in frames][-5:] == before
    drive(1, first=20)
    again = call(wire, 'save')
    assert 'until it was asked for' in again.message
    with open_source(Path(again.message.rpartition(': ')[2])) as source:
        assert len(list(source)) > len(frames)


def test_a_stop_that_could_not_be_saved_can_be_saved_again(wire, drive, tmp_path):
    """Elsewhere, and as often as it takes."""
    call(wire, 'save')
    before = wire.parameter('folder')
    drive(2)
    wire.spin(3.0)
    (tmp_path / 'file').touch()
    assert wire.set_parameters(folder=str(tmp_path / 'file'))[0].successful
    assert not call(wire, 'save').success
    assert wire.set_parameters(folder=before)[0].successful
    assert 'until the stop command' in call(wire, 'save').message
    assert 'until it was asked for' in call(wire, 'save').message


@pytest.mark.parametrize('name', ['file', 'x' * 300])
@pytest.mark.parametrize('service', ['explain', 'why', 'save'])
def test_a_folder_that_cannot_be_made_is_named(wire, drive, tmp_path, service, name):
    """And the parameter that helps; the service goes on answering."""
    drive(1)
    (tmp_path / 'file').touch()
    before = wire.parameter('folder')
    assert wire.set_parameters(folder=str(tmp_path / name))[0].successful
    answer = call(wire, service)
    assert wire.set_parameters(folder=before)[0].successful
    assert not answer.success
    assert 'cannot be made' in answer.message
    assert 'parameter folder' in answer.message
