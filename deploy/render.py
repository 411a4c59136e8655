#!/usr/bin/env python3
"""Writes the production configuration of one site: `render.py SITE.toml OUTPUT_DIR`.

Needs Python 3.11 and nothing else, so that it also runs on an edge machine without the product.
`@table.key@` in a template becomes the value of that key; a line with `@table.key*@` is written
once for each entry of that list, and not at all for an empty one; `*_` writes a network as
`address length`, since Kamailio reads over one with a slash without a word. A name that the site
lacks, a value that no template uses and an address that is none end it with a message and no
output: half a configuration is worse than none.
"""

import ipaddress
import re
import sys
import tomllib
from pathlib import Path
from typing import cast

FOLDERS = ("kamailio", "rtpengine", "coturn", "keepalived", "nftables", "systemd")
NAME = re.compile(r"@([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)((?:\*_?)?)@")

SECRET_SIGNS_MIN = 8
"""Different hex digits in a secret; a random one of 32 digits has fewer once in a million."""

Value = str | list[str]


class SiteError(Exception):
    """A site file that cannot be used; the text says which value and why."""


def read_site(file: Path) -> dict[str, Value]:
    """The values by `table.key`. Raises `SiteError`."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SiteError(f"{file}: {error}") from None
    values: dict[str, Value] = {}
    for table, content in tables.items():
        if not isinstance(content, dict):
            raise SiteError(f"{table}: must stand in a table")
        for key, value in cast("dict[str, object]", content).items():
            values[f"{table}.{key}"] = _checked(f"{table}.{key}", value)
    return values


def _check_secret(name: str, text: str) -> None:
    """A secret is the site's own: not the example's words, and nothing that can be guessed."""
    if not re.fullmatch(r"[0-9a-fA-F]{32,}", text) or len(set(text.lower())) < SECRET_SIGNS_MIN:
        raise SiteError(f"{name}: must be a random one of your own: openssl rand -hex 32")


def render(template: str, values: dict[str, Value], where: str, used: set[str]) -> str:
    """One template with the site's values. Raises `SiteError`."""
    lines: list[str] = []
    for line in template.splitlines(keepends=True):
        lists = {name for name, star in NAME.findall(line) if star}
        if len(lists) > 1:
            raise SiteError(f"{where}: two lists in one line")
        entries = [entry for name in lists for entry in _list(values, name, where)]
        lines += [_filled(line, entry, values, where) for entry in (entries if lists else [""])]
        used.update(name for name, _ in NAME.findall(line))
    return "".join(lines)


def render_all(site: Path) -> dict[str, str]:
    """Every file of the site by its path below the output folder. Raises `SiteError`."""
    values, used = read_site(site), set[str]()
    here = Path(__file__).parent
    made: dict[str, str] = {}
    for folder in FOLDERS:
        for template in sorted(file for file in (here / folder).rglob("*") if file.is_file()):
            name = template.relative_to(here).as_posix()
            made[name] = render(template.read_text(encoding="utf-8"), values, name, used)
    unused = sorted(values.keys() - used)
    if unused:
        raise SiteError(f"no template uses: {', '.join(unused)}")
    return made


def main(arguments: list[str]) -> int:
    """The command line."""
    if len(arguments) != 2:
        print(f"usage: {Path(sys.argv[0]).name} SITE.toml OUTPUT_DIR", file=sys.stderr)
        return 2
    site, output = Path(arguments[0]), Path(arguments[1])
    try:
        made = render_all(site)
    except SiteError as error:
        print(f"site: {error}", file=sys.stderr)
        return 1
    for name, content in made.items():
        file = output / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o640)  # some of them hold a secret
        file.write_text(content, encoding="utf-8")
    print(f"{len(made)} files in {output}")
    return 0


def _filled(line: str, entry: str, values: dict[str, Value], where: str) -> str:
    def value_of(found: re.Match[str]) -> str:
        if found[2]:
            return entry.replace("/", " ") if found[2] == "*_" else entry
        value = values.get(found[1])
        if not isinstance(value, str):
            raise SiteError(f"{where}: {found[1]} is missing, or a list")
        return value

    return NAME.sub(value_of, line)


def _list(values: dict[str, Value], name: str, where: str) -> list[str]:
    value = values.get(name)
    if not isinstance(value, list):
        raise SiteError(f"{where}: {name} must be a list")
    return value


def _checked(name: str, value: object) -> Value:
    """A value as text; addresses, networks and ports must be what their names say."""
    if isinstance(value, list):
        entries = [str(entry) for entry in cast("list[object]", value)]
        for entry in entries:
            _check(name, entry)
        return entries
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SiteError(f"{name}: must be a text, a number or a list of texts")
    _check(name, str(value))
    return str(value)


def _check(name: str, text: str) -> None:
    key = name.partition(".")[2]
    if not text or any(character in text for character in '\n\r"@'):
        raise SiteError(f"{name}: empty, or with a character that no configuration file takes")
    if key.endswith("secret"):
        _check_secret(name, text)
    try:
        if "networks" in key:
            ipaddress.ip_network(text)
        elif key.endswith(("address", "addresses")) or name in {"nodes.a", "nodes.b"}:
            ipaddress.ip_address(text)
        elif re.search(r"port(s|_first|_last)?$", key):
            _check_ports(text, may_be_range=key.endswith("ports"))
    except ValueError as error:
        raise SiteError(f"{name}: {error}") from None


def _check_ports(text: str, *, may_be_range: bool) -> None:
    ports = [int(part) for part in text.split("-", 1 if may_be_range else 0)]
    if not all(0 < port < 65_536 for port in ports) or ports != sorted(ports):
        raise ValueError("must be 1 to 65535, a range lowest first")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
