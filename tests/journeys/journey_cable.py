"""A cable between a browser and the centre that can be pulled out and plugged in again."""

import contextlib
import selectors
import socket
import threading

READ_BYTES = 65_536


class Cable:
    """A TCP relay on a port of its own. Cut, it drops what is open and refuses what is new; torn
    one way, it carries what is asked to the centre and breaks with the first octet of an answer."""

    def __init__(self, port: int) -> None:
        self._goal = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._has_answers = True
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="cable", daemon=True).start()

    @property
    def address(self) -> str:
        """Where the browser goes instead of to the centre."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def cut(self) -> None:
        """Pull it out: every connection breaks."""
        with self._lock:
            self._is_cut = True
            ends, self._open = self._open, set()
        for end in ends:
            _break(end)

    def tear(self) -> None:
        """Plug it in so that no answer comes back."""
        with self._lock:
            self._is_cut = self._has_answers = False

    def mend(self) -> None:
        """Plug it in again."""
        with self._lock:
            self._is_cut, self._has_answers = False, True

    def close(self) -> None:
        """No more cable."""
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                is_cut = self._is_cut
            if is_cut:
                _break(near)
                continue
            threading.Thread(target=self._relay, args=(near,), daemon=True).start()

    def _relay(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            far = socket.create_connection(self._goal)
            with self._lock:
                self._open |= {near, far}
            with selectors.DefaultSelector() as ready:
                ready.register(near, selectors.EVENT_READ, far)
                ready.register(far, selectors.EVENT_READ, near)
                while all(self._pass_on(key, far) for key, _ in ready.select()):
                    pass
            _break(far)
        _break(near)

    def _pass_on(self, key: selectors.SelectorKey, far: socket.socket) -> bool:
        source = key.fileobj
        assert isinstance(source, socket.socket)
        data = source.recv(READ_BYTES)
        if source is far and not self._has_answers:
            return False
        key.data.sendall(data)
        return bool(data)


def _break(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
