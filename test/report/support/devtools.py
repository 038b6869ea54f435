# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A page in a real browser that is driven over a pipe (Chrome DevTools Protocol)."""

from __future__ import annotations

from base64 import b64decode
import fcntl
import json
import os
from pathlib import Path
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')
FLAGS = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
    '--remote-debugging-pipe',
]
PATIENCE = 60.0
# The browser reads commands from 3 and writes answers to 4.
LAUNCH = (
    'import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); '
    'os.execv(sys.argv[3], sys.argv[3:])'
)


class Page:
    """A page of a browser.

    Attributes:
        requests: Addresses that were asked for, but for those that hold their data themselves.
        complaints: What the console said.
    """

    def __init__(self, profile: Path) -> None:
        """Start the browser with an empty page."""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        (theirs_in, self._out), (self._in, theirs_out) = _pipe(), _pipe()
        self._process = subprocess.Popen(
            [sys.executable, '-c', LAUNCH, str(theirs_in), str(theirs_out)]
            + [str(CHROMIUM), *FLAGS, f'--user-data-dir={profile}', 'about:blank'],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._buffer = b''
        self._number = 0
        self._session: str | None = None
        self._loaded = False
        target = self.send('Target.createTarget', url='about:blank')['targetId']
        self._session = self.send('Target.attachToTarget', targetId=target, flatten=True)[
            'sessionId'
        ]
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.send(f'{domain}.enable')

    def open(self, path: Path, *, width: int, height: int, dark: bool = False) -> None:
        """Open a file in a window of a size (px), and wait until it is loaded."""
        self.send(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}
        self.send('Emulation.setEmulatedMedia', features=[scheme])
        self._loaded = False
        self.send('Page.navigate', url=path.resolve().as_uri())
        self.wait(lambda: self._loaded)

    def ask(self, script: str) -> Any:
        """Return what an expression is, as plain data."""
        answer = self.send(
            'Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True
        )
        assert 'exceptionDetails' not in answer, answer['exceptionDetails']
        return answer['result'].get('value')

    def wait(self, wanted: Any) -> None:
        """Wait until a function, or an expression on the page, is true."""
        deadline = time.monotonic() + PATIENCE
        while not (wanted() if callable(wanted) else self.ask(wanted)):
            assert time.monotonic() < deadline, f'{wanted} never came true'
            self._receive(0.05)

    def click(self, selector: str, *, from_left: float = 0.5) -> None:
        """Press the mouse in the middle of an element, or at a share of its width."""
        x, y = self.ask(
            f"""(() => {{
              const element = document.querySelector({json.dumps(selector)});
              element.scrollIntoView({{block: 'center', behavior: 'instant'}});
              const box = element.getBoundingClientRect();
              return [box.left + {from_left} * box.width, box.top + box.height / 2];
            }})()"""
        )
        for kind in ('mousePressed', 'mouseReleased'):
            self.send('Input.dispatchMouseEvent', type=kind, x=x, y=y, button='left', clickCount=1)

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Write what is seen, PNG."""
        shot = self.send('Page.captureScreenshot', captureBeyondViewport=whole)
        path.write_bytes(b64decode(shot['data']))

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        self._number += 1
        number = self._number
        message: dict[str, Any] = {'id': number, 'method': method, 'params': parameters}
        if self._session is not None:
            message['sessionId'] = self._session
        os.write(self._out, json.dumps(message).encode() + b'\0')
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for received in self._receive(1.0):
                if received.get('id') == number:
                    assert 'error' not in received, received
                    return dict(received['result'])
        raise AssertionError(f'the browser did not answer {method}')

    def close(self) -> None:
        """End the browser."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def _receive(self, seconds: float) -> list[dict[str, Any]]:
        """Take what the browser has said so far."""
        if select.select([self._in], [], [], seconds)[0]:
            received = os.read(self._in, 1 << 20)
            assert received, 'the browser has ended'
            self._buffer += received
        *whole, self._buffer = self._buffer.split(b'\0')
        messages = [json.loads(text) for text in whole]
        for message in messages:
            self._note(message.get('method'), message.get('params', {}))
        return messages

    def _note(self, event: str | None, about: dict[str, Any]) -> None:
        """Keep what the tests ask about."""
        if event == 'Page.loadEventFired':
            self._loaded = True
        elif event == 'Network.requestWillBeSent':
            url = about['request']['url']
            if not url.startswith(('data:', 'blob:')):
                self.requests.append(url)
        elif event == 'Log.entryAdded':
            self.complaints.append(about['entry']['text'])
        elif event == 'Runtime.exceptionThrown':
            self.complaints.append(str(about['exceptionDetails']))
        elif event == 'Runtime.consoleAPICalled':
            self.complaints.append(str(about['args']))


def _pipe() -> tuple[int, int]:
    """Return a pipe whose ends are in nobody's way."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
