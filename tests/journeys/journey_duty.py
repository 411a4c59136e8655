"""Who is told when an agency is silent: the gateways beside a centre, and telephones on duty.

The gateways are fakes of the real formats, in one web server: a push service and an SMS provider.
The telephones are real ones, with a keypad, behind the trunk of `journey_agency`.
"""

import wave
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import numpy.typing as npt
from journey_caller import Callers, Ringing
from journey_centre import until
from notify_browser import Browser
from notify_web import Says, Web

from kentongan.cities.pack import packaged
from kentongan.core.ladder import Rung
from kentongan.core.words import AgencyKey, AgentId
from kentongan.edge.caller.answering import AnsweringPhone, RungCall
from kentongan.edge.notify.push import new_key
from kentongan.notify_settings import (
    HttpSmsSettings,
    NotifySettings,
    PushSettings,
    TelephoneSettings,
)
from kentongan.sip.address import Address
from kentongan.store.deliveries import Contact

LADDER = (
    Rung(ways=("app",), wait_s=2.0),
    Rung(ways=("sms",), wait_s=2.0),
    Rung(ways=("call",), wait_s=40.0),
    Rung(ways=("sms",), to="supervisor", not_before_s=8.0),
)
"""The ladder of the product with less patience; its last rungs come as soon as the call failed."""

ANNOUNCEMENT = "duty_new.wav"
ALIKE = 0.85
"""How like the announcement half a second of sound must be; other words of that voice reach 0.7."""

RUNG_S = 20.0


class Gateways:
    """A push service and an SMS provider that take everything."""

    def __init__(self) -> None:
        self._web = Web(Says(201, b"{}"))

    def settings(self, folder: Path) -> NotifySettings:
        """Of a centre that tells people by them, and by its own telephone."""
        key = folder / "vapid.pem"
        key.write_bytes(new_key())
        push = PushSettings(
            key_file=str(key),
            subject="mailto:112@semarang.example",
            hosts=(f"127.0.0.1:{self._web.port}",),
        )
        sms = HttpSmsSettings(
            name="penyedia", url=f"{self._web.url}/sms", body="to={digits}&text={text}"
        )
        telephone = TelephoneSettings(a_minute=600.0)
        return NotifySettings(ladder=LADDER, push=(push,), sms_http=(sms,), telephone=(telephone,))

    def on_duty(self, agency: str, label: str, phone: str) -> Contact:
        """The telephone, with a browser, that whoever is on duty for that agency carries."""
        browser = Browser(f"{self._web.url}/push/{agency}")
        return Contact(
            id=f"piket-{agency}",
            label=label,
            agency=AgencyKey(agency),
            always=True,
            phone=phone,
            subscriptions=(browser.subscription,),
            created_at=datetime.now(UTC),
            created_by="admin",
        )

    def pushed(self, agency: str) -> int:
        """How often that agency's browser was told."""
        return sum(one.path == f"/push/{agency}" for one in self._web.asked)

    def texts(self, phone: str) -> list[str]:
        """What that telephone got by SMS."""
        forms = [parse_qs(one.body.decode()) for one in self._web.asked if one.path == "/sms"]
        return [form["text"][0] for form in forms if form["to"] == [phone.lstrip("+")]]

    def stop(self) -> None:
        """Gone."""
        self._web.stop()


def supervisor_by_sms(account: str, label: str, phone: str) -> Contact:
    """Whom the last rung tells while they sit at a desk."""
    return Contact(
        id="pengawas",
        label=label,
        account=AgentId(account),
        supervisor=True,
        phone=phone,
        created_at=datetime.now(UTC),
        created_by="admin",
    )


class DutyPhones:
    """Telephones behind the trunk that ring until the test does something with them."""

    def __init__(self, callers: Callers, centre: Address, port: int) -> None:
        self._callers = callers
        self._rung: list[RungCall] = []
        self._phone = AnsweringPhone(centre, self._rung.append)
        callers.do(self._phone.start(port))

    def rung(self, number: str) -> "DutyPhone":
        """The telephone with that number, once it rings."""
        digits = number.lstrip("+")[2:]

        def found() -> list[RungCall]:
            return [one for one in self._rung if one.dialled.endswith(digits)]

        until(found, RUNG_S, f"the telephone {number} rings")
        return DutyPhone(self._callers, found()[-1])

    def count(self) -> int:
        """How many calls rang here."""
        return len(self._rung)

    def close(self) -> None:
        """Hang up everywhere."""
        self._callers.do(self._phone.close())


class DutyPhone(Ringing):
    """One call to somebody on duty."""

    def __init__(self, callers: Callers, call: RungCall) -> None:
        super().__init__(callers, call)
        self._rung = call

    def lift(self) -> None:
        """Answer it."""
        self._callers.call(self._rung.accept)

    def hears_announcement(self) -> bool:
        """Whether what was heard is the announcement, by the shape of its sound."""
        heard = np.asarray(self.heard(0.5), float)
        return len(heard) == 4_000 and _likeness(heard, _announcement()) > ALIKE


def _announcement() -> npt.NDArray[np.float64]:
    with wave.open(str(packaged() / "sounds" / ANNOUNCEMENT), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)


def _likeness(piece: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> float:
    """The best normalised correlation of the piece anywhere in the whole; 0 of silence."""
    products = np.correlate(whole, piece, "valid")
    sums = np.concatenate(([0.0], np.cumsum(whole**2)))
    energies = sums[len(piece) :] - sums[: -len(piece)]
    loud = energies > 1e-2 * energies.max()
    strength = np.sqrt(energies[loud] * np.sum(piece**2))
    return float(np.max(products[loud] / np.maximum(strength, 1.0)))
