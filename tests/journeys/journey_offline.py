"""A crew whose telephone has no network: what it taps meanwhile, each at its own time."""

import base64
from datetime import UTC, datetime

from journey_browser import Person
from playwright.sync_api import expect

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
"""A picture of one dot; the crew's page makes a JPEG of it."""

BETWEEN = "02:10"
"""What passes on the telephone's own clocks between two taps; nine of them make twenty minutes."""


class Taps:
    """One telephone; `at` is when it was tapped, by the telephone's clock."""

    def __init__(self, crew: Person) -> None:
        self._crew = crew
        self._page = crew.page
        self.at: list[datetime] = []

    def steps(self, *names: str) -> None:
        """The big button, under these names one after the other."""
        for name in names:
            button = self._page.get_by_role("button", name=name, exact=True)
            self._note()
            # beside the last one: two taps at one place in half a second are one
            button.tap(position={"x": 20 + 40 * (len(self.at) % 4), "y": 20})
            expect(button).to_be_hidden()
            self._pass_time()

    def wrong_place(self, words: str) -> None:
        """Under *Lain*: where the crew really stands, with a few words."""
        self._open_more()
        self._page.get_by_role("button", name="Lokasi salah", exact=True).tap()
        self._page.get_by_label("Petunjuk singkat").fill(words)
        self._note()
        self._page.get_by_role("button", name="Kirim lokasi yang benar").tap()
        self._page.get_by_role("button", name="Lain", exact=True).tap()
        self._pass_time()

    def picture(self) -> None:
        """Under *Lain*: a picture; it has a queue of its own."""
        self._open_more()
        with self._page.expect_file_chooser() as chooser:
            self._page.get_by_label("Kirim foto").click()
        picture = {"name": "foto.png", "mimeType": "image/png", "buffer": PNG}
        chooser.value.set_files(picture)  # type: ignore[arg-type]
        expect(self._page.get_by_text("1 foto menunggu dikirim")).to_be_visible()
        self._page.get_by_role("button", name="Lain", exact=True).tap()

    def asks(self, what: str) -> None:
        """More help; it shows at once as asked at that time."""
        self._page.get_by_role("button", name="Minta bantuan", exact=True).tap()
        self._note()
        self._page.get_by_role("button", name=what, exact=True).tap()
        expect(self._page.get_by_text(f"{what}: diminta")).to_be_visible()
        self._pass_time()

    def to_hospital(self) -> None:
        """The first hospital of the list, and on the way there."""
        choice = self._page.get_by_label("Rumah sakit tujuan")
        choice.select_option(index=1)
        self.steps("Antar ke RS")

    def held(self, name: str) -> None:
        """A button that must be held for a second."""
        button = self._page.get_by_role("button", name=name)
        button.hover()
        self._note()
        self._page.mouse.down()
        self._page.wait_for_timeout(1_500)
        self._page.mouse.up()
        self._pass_time()

    def wait(self, count: int) -> None:
        """So many wait on the telephone, and it says so."""
        expect(self._page.get_by_text(f"{count} tindakan menunggu")).to_be_visible()

    def _open_more(self) -> None:
        self._page.get_by_role("button", name="Lain", exact=True).tap()

    def _note(self) -> None:
        now_ms = float(self._page.evaluate("Date.now()"))
        self.at.append(datetime.fromtimestamp(now_ms / 1_000, UTC))

    def _pass_time(self) -> None:
        self._page.clock.fast_forward(BETWEEN)


def in_danger_and_unheard(crew: Person) -> None:
    """The crew asks for help without a network: it is told so, with the telephone beside it."""
    page = crew.page
    page.get_by_role("button", name="Darurat, tahan 2 detik").hover()
    page.mouse.down()
    page.wait_for_timeout(3_000)
    page.mouse.up()
    expect(page.get_by_text("Tanda darurat belum sampai")).to_be_visible()
    assert page.get_by_role("link", name="Telepon 112").get_attribute("href") == "tel:112"
    crew.picture("crew-in-danger-offline")


def is_heard_again(crew: Person) -> None:
    """With the network back the centre has it, and the crew reads so."""
    expect(crew.page.get_by_text("Tanda darurat terkirim")).to_be_visible()
    expect(crew.page.get_by_text("Tanda darurat belum sampai")).to_be_hidden()
