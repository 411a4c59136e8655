"""Draws how the router's times grow with the city.

    python bench/bench_geo.py growth | python bench/plot_growth.py > docs/pictures/growth.svg

Reads JSON lines from standard input and writes an SVG to standard output. Both axes are
logarithmic. No library: a plot of lines and words needs none.
"""

import json
import math
import re
import sys
from typing import Final

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 520, 70, 250, 46, 50
ACROSS: Final = (10_000, 300_000)
UP: Final = (0.001, 100.0)  # milliseconds
SERIES: Final = (
    ("all_etas_of_5000_p50", "all of 5,000 units, median", "#1b4f8f", ""),
    ("nearest10_of_12_p99", "ten of 12 units, 99th percentile", "#a3470f", "5 4"),
    ("nearest10_of_12_p50", "ten of 12 units, median", "#a3470f", ""),
    ("nearest10_of_5000_p99", "ten of 5,000 units, 99th percentile", "#1d6b45", "5 4"),
    ("nearest10_of_5000_p50", "ten of 5,000 units, median", "#1d6b45", ""),
    ("gps_update_p50", "one position taken, median", "#555555", ""),
)
_NAME: Final = re.compile(r"grid_(\d+)k_(\w+)")


def across(junctions: float) -> float:
    """Where so many junctions are."""
    share = math.log(junctions / ACROSS[0]) / math.log(ACROSS[1] / ACROSS[0])
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def up(milliseconds: float) -> float:
    """Where so many milliseconds are."""
    share = math.log(milliseconds / UP[0]) / math.log(UP[1] / UP[0])
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def read(lines: list[str]) -> dict[str, list[tuple[float, float]]]:
    """Junctions and milliseconds of each series, in order of size."""
    found: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        one = json.loads(line)
        if (named := _NAME.fullmatch(one["name"])) is None or one["unit"] not in {"ms", "us"}:
            continue
        scale = 1.0 if one["unit"] == "ms" else 0.001
        point = (1000.0 * int(named[1]), scale * one["value"])
        found.setdefault(named[2], []).append(point)
    return {key: sorted(points) for key, points in found.items()}


def scales() -> list[str]:
    """Both axes with their words."""
    lines: list[str] = []
    for power in range(-3, 3):
        y, value = up(10.0**power), 10.0**power
        word = f"{value:g} ms" if value >= 1 else f"{value * 1000:g} µs"
        lines += [
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{word}</text>',
        ]
    for thousands in (10, 30, 100, 300):
        x, foot = across(thousands * 1000), HEIGHT - BOTTOM + 20
        lines += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>',
            f'<text x="{x:.1f}" y="{foot}" text-anchor="middle">{thousands},000</text>',
        ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    lines.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">junctions</text>')
    return lines


def drawn(found: dict[str, list[tuple[float, float]]]) -> list[str]:
    """The curves, each with its name at its end."""
    lines: list[str] = []
    lowest = float(HEIGHT)
    for key, words, colour, dashes in reversed(SERIES):
        points = found[key]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        dots = "".join(
            f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>'
            for x, y in points
        )
        lowest = min(up(points[-1][1]), lowest - 16)
        stroke = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"'
        lines += [
            f'<polyline points="{path}" fill="none" {stroke}/>{dots}',
            f'<text x="{WIDTH - RIGHT + 10}" y="{lowest + 4:.1f}" fill="{colour}">{words}</text>',
        ]
    return lines


def main() -> None:
    """Read, draw, write."""
    found = read(sys.stdin.readlines())
    title = "Times of the router on square cities of 10,000 to 300,000 junctions"
    body = "\n".join([*scales(), *drawn(found)])
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{title}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="24" font-size="16">{title}</text>\n{body}\n</svg>'
    )


if __name__ == "__main__":
    main()
