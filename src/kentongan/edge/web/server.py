"""Runs the web application with uvicorn until it is told to stop.

Stopping says goodbye to every screen, finishes what is being written and ends within seconds;
calls and their audio do not notice.
"""

import logging
import socket
import sys
from typing import Final

import uvicorn
from argon2 import PasswordHasher
from msgspec import Struct

from kentongan.edge.web.app import create_app
from kentongan.edge.web.heads import HeadLimited
from kentongan.edge.web.ports import WebDependencies

STOP_S: Final = 5
"""Longest wait for requests under way when stopping, seconds."""

BACKLOG: Final = 2_048
"""Connections waiting to be accepted: a room that comes back at once after a power cut."""

CONNECTIONS_MAX: Final = 2_000
"""Connections at once; more are told 503 by the server."""

INCOMING_FRAME_BYTES_MAX: Final = 4_096
"""Screens send nothing over the WebSocket."""

PEER_SILENT_MS: Final = 30_000
"""Data that a peer does not take for so long, milliseconds, ends the connection (tcp(7))."""

THREAD_TURN_S: Final = 0.001
"""Longest turn of a thread while the event loop waits for its own, seconds (Python's is 0.005)."""


class Address(Struct, frozen=True, kw_only=True):
    """Where to listen. `proxies` are addresses or networks whose X-Forwarded-For is believed."""

    host: str = "127.0.0.1"
    port: int = 8112
    proxies: tuple[str, ...] = ()


def server_for(
    given: WebDependencies, address: Address, hasher: PasswordHasher | None = None
) -> uvicorn.Server:
    """The server, not yet started. `hasher` is a cheaper one in tests.

    Requests are not logged: their addresses hold keys of calls and the words of searches.
    """
    logging.getLogger("uvicorn.access").disabled = True
    return uvicorn.Server(
        uvicorn.Config(
            create_app(given, hasher),
            host=address.host,
            port=address.port,
            http=HeadLimited,
            ws="websockets-sansio",
            loop="uvloop",
            lifespan="on",
            backlog=BACKLOG,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=STOP_S,
            ws_max_size=INCOMING_FRAME_BYTES_MAX,
            ws_per_message_deflate=False,  # compressing 50 equal streams costs more than it saves
            ws_ping_interval=20.0,
            ws_ping_timeout=20.0,
            forwarded_allow_ips=list(address.proxies),
            server_header=False,
            date_header=True,
            access_log=False,
            log_config=None,
        )
    )


def run(given: WebDependencies, address: Address) -> None:
    """Serve until SIGINT or SIGTERM."""
    sys.setswitchinterval(THREAD_TURN_S)
    server_for(given, address).run(sockets=[listening(address)])


def listening(address: Address) -> socket.socket:
    """A listening socket whose connections end when their peer stops taking data.

    `OSError` when the address is not free.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PEER_SILENT_MS)
    listener.bind((address.host, address.port))
    listener.setblocking(False)
    return listener
