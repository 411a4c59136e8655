"""A web server of a gateway: keeps what it is asked, answers what the test lists."""

import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Says:
    """An answer. `after_s`: it takes so long; `status` 0: the line is cut instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    after_s: float = 0.0


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A line that was cut on purpose."""


class Web:
    """Listens on a port of 127.0.0.1; the last answer is repeated."""

    def __init__(self, *answers: Says) -> None:
        self.asked: list[Asked] = []
        self.answers = list(answers) or [Says()]
        self._is_stopped = False
        web = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def _take(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(length))
                web.asked.append(asked)
                says = web.answers.pop(0) if len(web.answers) > 1 else web.answers[0]
                time.sleep(says.after_s)
                if says.status == 0:
                    self.connection.close()
                    return
                self.send_response(says.status)
                for name, value in says.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(says.body)))
                self.end_headers()
                self.wfile.write(says.body)

            def do_GET(self) -> None:
                self._take()

            def do_POST(self) -> None:
                self._take()

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Silent."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Gone; again: nothing."""
        if not self._is_stopped:
            self._is_stopped = True
            self._server.shutdown()
            self._server.server_close()
