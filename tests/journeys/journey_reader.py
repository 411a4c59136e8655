"""What a screen reader has to say, computed from Chromium's accessibility tree. Nobody hears it.

The focused control with its role, value, description and states, the active proposal of a list,
and every live region that changed: those are what a reader speaks without being asked.
"""

from typing import Any, Final, cast

from journey_browser import Person

_STATES: Final = ("required", "invalid", "pressed", "checked", "expanded", "selected")


class Reader:
    """Reads one person's page; what it said stands in `said` until the next moment begins."""

    def __init__(self, person: Person) -> None:
        self._line = cast("Any", person.context.new_cdp_session(person.page))
        self._line.send("Accessibility.enable")
        self._live: dict[str, str] = {}
        self.said: list[str] = []
        self.begin()

    def begin(self) -> None:
        """A moment begins: what stands on the page already is not said again."""
        self._live = _live_regions(self._nodes())
        self.said = []

    def listen(self) -> str:
        """Everything said in this moment so far, by and by in the order in which it came."""
        nodes = self._nodes()
        for key, words in _live_regions(nodes).items():
            if words and self._live.get(key) != words:
                self._add(words)
            self._live[key] = words
        for node in nodes.values():
            if _property(node, "focused") and _value(node, "role") != "RootWebArea":
                self._add(_control(node))
                self._add_active(node, nodes)
        return "; ".join(self.said)

    def _add(self, words: str) -> None:
        if words and words not in self.said:
            self.said.append(words)

    def _add_active(self, node: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> None:
        for one in node.get("properties", ()):
            if one["name"] == "activedescendant":
                for related in one["value"].get("relatedNodes", ()):
                    wanted = related.get("backendDOMNodeId")
                    found = [at for at in nodes.values() if at.get("backendDOMNodeId") == wanted]
                    self._add("; ".join(_control(at) for at in found))

    def _nodes(self) -> dict[str, dict[str, Any]]:
        told = self._line.send("Accessibility.getFullAXTree")
        return {str(one["nodeId"]): one for one in told["nodes"]}


def _control(node: dict[str, Any]) -> str:
    """Name, role, value, description, states: the order in which readers say them."""
    states = [state for state in _STATES if _property(node, state) not in (None, False, "false")]
    parts = [_value(node, "name"), _value(node, "role"), _value(node, "value")]
    return ", ".join(part for part in (*parts, _value(node, "description"), *states) if part)


def _live_regions(nodes: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The words of each live region by its node."""
    found: dict[str, str] = {}
    for key, node in nodes.items():
        level = _property(node, "live")
        if level not in (None, "off") and _property(node, "root") is None:
            found[key] = " ".join(_words(node, nodes))
    return found


def _words(node: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> list[str]:
    if _value(node, "role") == "StaticText" and not node.get("ignored"):
        return [_value(node, "name")]
    inner = [nodes[key] for key in node.get("childIds", ()) if key in nodes]
    return [words for one in inner for words in _words(one, nodes)]


def _property(node: dict[str, Any], name: str) -> Any:
    for one in node.get("properties", ()):
        if one["name"] == name:
            return one["value"].get("value", True)
    return None


def _value(node: dict[str, Any], name: str) -> str:
    held: dict[str, Any] = node.get(name) or {}
    return str(held.get("value") or "").strip()
