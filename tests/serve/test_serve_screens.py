"""What the process of the screens is given by the settings."""

from pathlib import Path

import pytest

from kentongan.edge.web import server
from kentongan.edge.web.ports import WebDependencies
from kentongan.serve.run import run_web
from kentongan.settings import Settings


def test_devices_that_report_beside_a_centre_without_their_ports_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody runs `avl` by hand beside the demo, whose own settings open no port of it."""
    given: list[WebDependencies] = []

    def run(dependencies: WebDependencies, *_: object) -> None:
        given.append(dependencies)

    monkeypatch.setattr(server, "run", run)
    settings = Settings(state_dir=str(tmp_path))
    assert not settings.avl.is_open
    assert run_web(settings, None) == 0
    assert given[0].avl_socket == settings.avl_socket
