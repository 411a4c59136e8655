"""The line of one page to the centre, whose words can be kept back: answers come, rows do not."""

from playwright.sync_api import Page, WebSocketRoute


class HeldLine:
    """Put between a page and the centre before the page is opened."""

    def __init__(self, page: Page) -> None:
        self._kept: list[tuple[WebSocketRoute, str | bytes]] = []
        self._holds = False
        page.route_web_socket("**/ws*", self._join)

    def hold(self) -> None:
        """From now on what comes waits here."""
        self._holds = True

    def release(self, words: str = "") -> None:
        """Let it go on, in its order; with words no further than the first that has them."""
        while self._kept:
            route, frame = self._kept.pop(0)
            route.send(frame)
            if words and words in str(frame):
                return
        self._holds = False

    def holds(self, words: str) -> bool:
        """Whether something with these words waits here."""
        return any(words in str(frame) for _, frame in self._kept)

    def _join(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def take(frame: str | bytes) -> None:
            if self._holds:
                self._kept.append((route, frame))
            else:
                route.send(frame)

        server.on_message(take)
