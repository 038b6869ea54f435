# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Videos in a real browser: duration, playback to the end, seeking, colour."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
from threading import Event, Thread

import numpy as np
import pytest

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.video_sink import VideoSink

BROWSER = shutil.which('chromium') or shutil.which('google-chrome')
pytestmark = pytest.mark.skipif(BROWSER is None, reason='no Chromium is installed')

FLAGS = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--autoplay-policy=no-user-gesture-required',
]
PAGE = """<!DOCTYPE html><video id="video" muted></video><script>
const video = document.getElementById('video');
const after = (name, act) => new Promise((resolve, reject) => {
  video.addEventListener(name, resolve, {once: true});
  video.addEventListener('error', () => reject(video.error.message), {once: true});
  act();
});
const pixel = () => {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  return Array.from(context.getImageData(8, 8, 1, 1).data);
};
(async () => {
  const seen = {};
  try {
    await after('loadeddata', () => { video.src = '/video'; });
    Object.assign(seen, {duration: video.duration, size: [video.videoWidth, video.videoHeight]});
    video.playbackRate = 4;
    await after('ended', () => video.play());
    seen.end = video.currentTime;
    seen.frames = video.getVideoPlaybackQuality().totalVideoFrames;
    await after('seeked', () => { video.currentTime = seen.duration / 2 + 0.01; });
    seen.middle = pixel();
  } catch (error) {
    seen.error = String(error);
  }
  await fetch('/seen', {method: 'POST', body: JSON.stringify(seen)});
})();
</script>"""


class Handler(BaseHTTPRequestHandler):
    """Serves the page and the video with ranges, and takes what the page has seen."""

    def do_GET(self):
        """Send the page, or the wanted part of the video."""
        if self.path != '/video':
            content, kind = PAGE.encode(), 'text/html'
            self.send_response(200 if self.path == '/' else 404)
        else:
            content, kind = self.server.video.read_bytes(), 'video/mp4'
            first, _, last = self.headers.get('Range', 'bytes=0-').partition('=')[2].partition('-')
            begin, end = int(first), int(last or len(content) - 1)
            self.send_response(206)
            self.send_header('Content-Range', f'bytes {begin}-{end}/{len(content)}')
            content = content[begin : end + 1]
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except ConnectionError:
            return  # the browser has changed its mind about the range

    def do_POST(self):
        """Take what the page has seen."""
        self.server.seen = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.send_response(200)
        self.end_headers()
        self.server.done.set()

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def play(tmp_path):
    """Return a function that plays a video in the browser and tells what was seen."""

    def in_browser(video: Path) -> dict:
        server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        server.video, server.seen, server.done = video, {}, Event()
        Thread(target=server.serve_forever, daemon=True).start()
        process = subprocess.Popen(
            [
                BROWSER,
                *FLAGS,
                f'--user-data-dir={tmp_path / "profile"}',
                f'http://127.0.0.1:{server.server_port}/',
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            assert server.done.wait(120), 'the browser did not answer'
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            server.shutdown()
            server.server_close()
        return server.seen

    return in_browser


def colours(count, size=(64, 48)):
    """Yield pictures: red in the first half, blue in the second, a moving green bar."""
    for number in range(count):
        image = np.zeros((size[1], size[0], 3), np.uint8)
        image[:] = (255, 0, 0) if number < count // 2 else (0, 0, 255)
        image[20:, : 1 + number % size[0]] = (0, 255, 0)
        yield image


def assert_plays(seen, *, frames, duration, size=(64, 48)):
    """The browser has played everything, at the right times and in the right colours."""
    assert 'error' not in seen, seen
    assert seen['duration'] == pytest.approx(duration, abs=2e-3)
    assert seen['end'] == pytest.approx(duration, abs=2e-3)
    assert seen['frames'] == frames
    assert tuple(seen['size']) == size
    assert np.abs(np.array(seen['middle'][:3]) - (0, 0, 255)).max() <= 16


def test_a_video_with_uneven_times_plays(tmp_path, play):
    """Duration and last frame are as they should be."""
    with VideoSink(tmp_path / 'a.mp4', size=(63, 47)) as sink:
        for number, image in enumerate(colours(60, (63, 47))):
            sink.write(image, 10**18 + number * 50_000_000 + (20_000_000 if number % 2 else 0))
    assert_plays(play(tmp_path / 'a.mp4'), frames=60, duration=59 * 0.05 + 0.02 + 0.07)


def noisy(count):
    """Yield pictures: red, then blue, with a growing field of noise."""
    for number in range(count):
        image = np.zeros((48, 64, 3), np.uint8)
        image[:] = (255, 0, 0) if number < 24 else (0, 0, 255)
        noise = np.random.default_rng(number).integers(0, 255, (28, 1 + number, 3))
        image[20:, : 1 + number] = noise
        yield image


def test_a_file_that_was_never_closed_plays(tmp_path, play):
    """What a kill leaves is what is in the file while it is written."""
    with VideoSink(tmp_path / 'a.mp4', size=(64, 48)) as sink:
        for number, image in enumerate(noisy(60)):
            sink.write(image, number * 50_000_000)
        shutil.copy(tmp_path / 'a.mp4', tmp_path / 'left.mp4')
    seen = play(tmp_path / 'left.mp4')
    assert 56 <= seen['frames'] < 60
    assert_plays(seen, frames=seen['frames'], duration=seen['frames'] * 0.05)


def write_noisy(path):
    """Write 60 noisy pictures."""
    with VideoSink(path, size=(64, 48)) as sink:
        for number, image in enumerate(noisy(60)):
            sink.write(image, number * 50_000_000)


def test_what_a_full_disk_leaves_plays(tmp_path, play, file_limit):
    """Nor is there a damaged end after an error."""
    with file_limit(50_000), pytest.raises(SinkError, match='cannot be written any further'):
        write_noisy(tmp_path / 'a.mp4')
    seen = play(tmp_path / 'a.mp4')
    assert 48 < seen['frames'] < 58
    assert_plays(seen, frames=seen['frames'], duration=seen['frames'] * 0.05)
