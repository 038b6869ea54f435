# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap demo``: rendered, and live."""

from __future__ import annotations

import json
import os
from pathlib import Path
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.streams.source import open_source


def test_the_crash_is_rendered(tmp_path, capsys):
    """The first second of it, with the pilot's own steering as the driver's."""
    out = tmp_path / 'crash'
    assert main(['demo', '--scenario', 'crash', '--seconds', '1', '--out', str(out)]) == 0
    assert 'overlay.mcap' in capsys.readouterr().out
    assert json.loads((out / 'summary.json').read_text())['frames'] == 20
    with open_source(out / 'overlay.mcap', topic='/camera/image_raw') as source:
        assert len(list(source)) == 20


def test_the_summary_as_json(tmp_path, capsys):
    """Nothing else is printed."""
    out = tmp_path / 'race'
    assert main(['demo', '--seconds', '0.5', '--out', str(out), '--json']) == 0
    assert json.loads(capsys.readouterr().out)['frames'] == 10


def test_the_race_has_a_driver(tmp_path, capsys):
    """The pilot is compared with whoever drove; the command that is told next works."""
    out = tmp_path / 'my out'
    assert main(['demo', '--seconds', '0.5', '--out', str(out)]) == 0
    told = capsys.readouterr().out
    assert 'driver /drive, 10 frames: error ' in told
    assert (out / 'driver.png').is_file()
    (command,) = re.findall('^Why it steers like that: featuremap (.*)$', told, re.MULTILINE)
    assert main([*shlex.split(command), '--out', str(tmp_path / 'why')]) == 0
    assert (tmp_path / 'why' / 'why_00.png').is_file()


def test_only_a_demo_is_replaced(write_tub, tmp_path, capsys):
    """Somebody's race would become a part of the demo, and somebody's render be gone."""
    tub = write_tub(tmp_path / 'tub', [np.zeros((8, 8, 3), np.uint8)], [{}])
    before = sorted(path.name for path in tub.iterdir())
    assert main(['demo', '--seconds', '0.5', '--out', str(tub)]) == 1
    assert 'which is no demo. Choose another --out.' in capsys.readouterr().err
    assert sorted(path.name for path in tub.iterdir()) == before
    again = ['demo', '--seconds', '0.5', '--out', str(tmp_path / 'demo')]
    assert [main(again), main(again)] == [0, 0]
    summary = tmp_path / 'demo' / 'summary.json'
    demo = summary.read_text()
    summary.unlink()
    assert main(again) == 0
    summary.write_text(demo.replace('"profile": "demo"', '"profile": "mine"'))
    capsys.readouterr()
    assert main(again) == 1
    assert 'holds summary.json, which is no demo' in capsys.readouterr().err


def test_a_bag_can_be_had(tmp_path, capsys):
    """It is what every other verb takes, and what comes next is said."""
    bag = tmp_path / 'bag'
    record = ['demo', '--scenario', 'crash', '--seconds', '0.5', '--record']
    assert main([*record, '--out', str(bag)]) == 0
    told = capsys.readouterr().out
    (command,) = re.findall('^Next: featuremap (.*)$', told, re.MULTILINE)
    assert main([*shlex.split(command), '--out', str(tmp_path / 'rendered')]) == 0
    assert (tmp_path / 'rendered' / 'conv4.mp4').is_file()


def test_a_bag_is_not_written_over(tmp_path, capsys):
    """A race that was recorded stays."""
    assert main(['demo', '--seconds', '0.1', '--record', '--out', str(tmp_path)]) == 1
    assert 'exists already' in capsys.readouterr().err


def test_what_cannot_be_recorded_is_said_before_anything_is_drawn(tmp_path, capsys):
    """A typing error must not make a tree of folders."""
    out = tmp_path / 'races' / 'bag'
    assert main(['demo', '--seconds', '0.1', '--record', '--out', str(out)]) == 1
    said = capsys.readouterr().err
    assert f'{out} cannot be made: {out.parent} is no folder. Make it first.' in said
    assert 'drawing' not in said
    assert not out.parent.exists()


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [
        int(child)
        for task in Path(f'/proc/{pid}/task').iterdir()
        for child in (task / 'children').read_text().split()
    ]


def alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


@pytest.fixture
def live(domain, repository, tmp_path):
    """Return what starts the live demo where nobody else listens."""
    started = []
    variables = {
        'ROS_DOMAIN_ID': str(domain),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'PYTHONPATH': os.pathsep.join([str(repository), os.environ.get('PYTHONPATH', '')]),
        'PYTHONUNBUFFERED': '1',
    }

    def start(*arguments):
        log = tmp_path / 'live.log'
        with log.open('w') as file:
            process = subprocess.Popen(
                [sys.executable, '-m', 'featuremap_ros.cli.main', 'demo', '--live', *arguments],
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **variables},
                cwd=tmp_path,
                start_new_session=True,
            )
        started.append(process)
        return process, log

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def wait_for(log, pattern, process, seconds=120.0):
    """Wait until the log has a text, and return the match."""
    until = time.monotonic() + seconds
    while not (found := re.search(pattern, log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    return found


def test_live_drives_and_shows(live):
    """Until Ctrl-C; then nothing of it is left."""
    process, log = live('--scenario', 'crash', '--port', '0')
    address = wait_for(log, r'Open (http://\S+) in a browser', process)[1]
    wait_for(log, 'leaves the lane to the right', process)
    until = time.monotonic() + 30
    while 'conv1' not in (page := _read(address)):
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)
    assert 'conv4' in page
    with urlopen(f'{address}/stream/0', timeout=10) as stream:
        data = stream.read(60_000)
    jpeg = data[data.index(b'\xff\xd8') : data.index(b'\xff\xd9') + 2]
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (240, 320, 3)
    # The address that is printed before all the logs is the right one, too.
    assert address in log.read_text().split('the overlays, in a browser')[0]
    # Nothing is offered that this machine does not have.
    for program in ('ros2', 'rviz2'):
        assert shutil.which(program) or f'  {program} ' not in log.read_text()
    programs = children(process.pid)
    assert len(programs) == 3
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0, log.read_text()
    assert [pid for pid in programs if alive(pid)] == []
    assert 'Traceback' not in log.read_text()


def test_live_can_be_terminated(live):
    """As cleanly as with Ctrl-C."""
    process, log = live('--port', '0')
    wait_for(log, 'Waiting for steering', process)
    programs = children(process.pid)
    process.terminate()
    assert process.wait(30) == 0, log.read_text()
    assert [pid for pid in programs if alive(pid)] == []


def test_live_says_that_the_port_is_in_use(live):
    """In its last line, with the option that helps; nothing is started."""
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        process, log = live('--port', str(taken.getsockname()[1]))
        assert process.wait(60) == 1
    last = log.read_text().splitlines()[-1]
    assert 'cannot be used (Address already in use)' in last
    assert '--port 0' in last
    assert 'simulator' not in log.read_text()


def test_live_ends_when_a_part_of_it_does(live):
    """It says which, takes the others along, and fails."""
    process, log = live('--port', '0')
    wait_for(log, 'Waiting for steering', process)
    programs = children(process.pid)
    os.kill(programs[0], signal.SIGKILL)
    assert process.wait(30) == 1
    assert 'simulator.node has ended by itself (exit code -9)' in log.read_text()
    assert [pid for pid in programs if alive(pid)] == []


def test_live_needs_ros(monkeypatch, capsys):
    """Without rclpy it says how to get it."""
    monkeypatch.setattr('featuremap_ros.cli.live.find_spec', lambda _: None)
    assert main(['demo', '--live']) == 1
    assert "pip install '.[ros]'" in capsys.readouterr().err


def _read(address: str) -> str:
    """Return the page, empty if it cannot be had."""
    try:
        with urlopen(address, timeout=5) as answer:
            return answer.read().decode()
    except URLError:
        return ''
