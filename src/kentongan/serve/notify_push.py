"""What the web process offers browsers that take push, made of the settings."""

from pathlib import Path

from kentongan.edge.notify.push import is_push_service, public_key_of
from kentongan.edge.notify.push_crypto import BadSubscription, check_subscription
from kentongan.edge.web.ports import PushOffer
from kentongan.notify_settings import NotifySettings


def push_of(settings: NotifySettings) -> PushOffer | None:
    """The first gateway's key; None without one. Raises `OSError`, `ValueError` for its file."""
    if not settings.push:
        return None
    hosts = tuple(host for one in settings.push for host in one.hosts)

    def is_good(endpoint: str, p256dh: str, auth: str) -> bool:
        """An address of a push service that is believed, and keys that are some."""
        try:
            check_subscription(p256dh, auth)
        except BadSubscription:
            return False
        return is_push_service(endpoint, hosts)

    return PushOffer(key=public_key_of(Path(settings.push[0].key_file)), is_good=is_good)
