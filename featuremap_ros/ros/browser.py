# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Shows the overlays in a web browser, for machines without RViz: a page and moving JPEGs."""

from __future__ import annotations

from dataclasses import dataclass
import html
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import threading

LOOPBACK = '127.0.0.1'

_BOUNDARY = 'picture'
_WAIT_S = 1.0
_STREAM = '/stream/'

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>featuremap_ros</title><link rel="icon" href="data:,">{refresh}
<style>
  body {{ background: #14171c; color: #dde3ea; font: 16px/1.5 system-ui, sans-serif; }}
  main {{ display: grid; gap: 1rem;
         grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }}
  figure {{ margin: 0; max-width: 48rem; }}
  img {{ width: 100%; background: #000; border-radius: .4rem; display: block; min-height: 6rem; }}
  figcaption {{ color: #9aa7b5; }}
</style></head><body><main>{figures}</main></body></html>
"""
_FIGURE = '<figure><img src="{source}" alt="{text}"><figcaption>{text}</figcaption></figure>'
_EMPTY = '<p>No overlays yet: waiting for the pilot.</p>'
_REFRESH = '<meta http-equiv="refresh" content="1">'


@dataclass(frozen=True, slots=True)
class Picture:
    """The newest picture of a stream.

    Attributes:
        jpeg: Its bytes.
        count: How many came before it.
    """

    jpeg: bytes
    count: int


class Pictures:
    """The newest picture of every stream, for threads to wait for."""

    def __init__(self) -> None:
        """Begin without streams."""
        self._news = threading.Condition()
        self._newest: dict[str, Picture] = {}
        self.closed = False

    def put(self, name: str, jpeg: bytes) -> None:
        """Replace a stream's picture.

        Args:
            name: Of the stream.
            jpeg: Of the picture.
        """
        with self._news:
            before = self._newest.get(name)
            self._newest[name] = Picture(jpeg, before.count + 1 if before else 0)
            self._news.notify_all()

    def names(self) -> list[str]:
        """Return the streams that have a picture."""
        with self._news:
            return list(self._newest)

    def after(self, name: str, count: int) -> Picture | None:
        """Wait a moment for a newer picture.

        Args:
            name: Of the stream.
            count: Of the last one that is known; -1 for none.

        Returns:
            ``None`` if there is no newer one yet.
        """
        with self._news:
            self._news.wait_for(lambda: self._is_newer(name, count) or self.closed, _WAIT_S)
            return self._newest[name] if self._is_newer(name, count) else None

    def close(self) -> None:
        """Let everybody who waits go."""
        with self._news:
            self.closed = True
            self._news.notify_all()

    def _is_newer(self, name: str, count: int) -> bool:
        picture = self._newest.get(name)
        return picture is not None and picture.count > count


class BrowserServer:
    """Serves the page and the streams on this machine alone.

    Attributes:
        pictures: What is served.
    """

    def __init__(self, port: int) -> None:
        """Open the port and begin to serve.

        Args:
            port: TCP port of the loopback interface; 0 for any.

        Raises:
            OSError: The port is in use.
        """
        self.pictures = Pictures()
        self._server = ThreadingHTTPServer((LOOPBACK, port), _handler(self.pictures))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What to type into a browser."""
        return f'http://{LOOPBACK}:{self._server.server_port}'

    def close(self) -> None:
        """End all streams and free the port."""
        self.pictures.close()
        self._server.shutdown()
        self._server.server_close()


def page(names: list[str]) -> str:
    """Return the page.

    Args:
        names: Of the streams.
    """
    figures = [
        _FIGURE.format(source=f'{_STREAM}{index}', text=html.escape(name))
        for index, name in enumerate(names)
    ]
    return _PAGE.format(figures=''.join(figures) or _EMPTY, refresh='' if figures else _REFRESH)


def _handler(pictures: Pictures) -> type[BaseHTTPRequestHandler]:
    """Return what answers requests."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_GET(self) -> None:
            """Serve the page or a stream."""
            names = pictures.names()
            chosen = self.path.removeprefix(_STREAM)
            if self.path == '/':
                self._page(names)
            elif chosen != self.path and chosen.isdecimal() and int(chosen) < len(names):
                self._stream(names[int(chosen)])
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: requests are of no interest."""

        def _page(self, names: list[str]) -> None:
            body = page(names).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header('Content-Type', 'text/html; charset=utf-8')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, name: str) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header('Content-Type', f'multipart/x-mixed-replace; boundary={_BOUNDARY}')
            self.send_header('Cache-Control', 'no-store')
            self.end_headers()
            count = -1
            try:
                while not pictures.closed:
                    picture = pictures.after(name, count)
                    if picture is None:
                        continue
                    count = picture.count
                    head = (
                        f'--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n'
                        f'Content-Length: {len(picture.jpeg)}\r\n\r\n'
                    )
                    self.wfile.write(head.encode() + picture.jpeg + b'\r\n')
            except OSError:
                # The browser has gone.
                self.close_connection = True

    return Handler
