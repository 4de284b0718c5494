"""Makes docs/measurements.md of what tests have noted (tests/support/measured.hpp).

    measurements.py NOTES OUT.md

Of the notes of one row the worst counts. A row that misses its target is told as such.
"""
import collections
import math
import pathlib
import sys

HEAD = """# What was measured

Made by `./dev measurements` of what the tests render and measure; the worst of all rates, settings and seeds counts.
*Target* is what is promised, *stretch* what would be better still. A residue, an error or an excess should be small;
where a figure should be large, the target says "at least".

Costs are not in this table, since they are not a matter of a test: `./dev bench` measures them.
"""


def shown(number):
    if math.isnan(number):
        return "–"
    if math.isinf(number):
        return "silence" if number < 0 else "none"
    if number == 0:
        return "0"
    return f"{number:.3g}" if abs(number) < 100 else f"{number:.1f}"


def read(path):
    rows = collections.OrderedDict()
    for line in pathlib.Path(path).read_text().splitlines():
        group, item, unit, target, stretch, way, value = line.split("\t")
        row = rows.setdefault((group, item, unit, float(target), way), [float(stretch), float(value)])
        worse = min if way == "least" else max
        row[1] = math.nan if math.isnan(float(value)) else worse(row[1], float(value))
    return rows


def write(rows, out):
    lines = [HEAD]
    for group in sorted({key[0] for key in rows}):
        lines += [f"## {group}", "", "| what | unit | target | measured | stretch | |", "|---|---|---|---|---|---|"]
        for (of, item, unit, target, way), (stretch, value) in sorted(rows.items()):
            if of != group:
                continue
            met = value >= target if way == "least" else value <= target
            beyond = not math.isnan(stretch) and (value >= stretch if way == "least" else value <= stretch)
            verdict = "**missed**" if not met else "stretch met" if beyond else "met"
            least = "at least " if way == "least" else ""
            lines.append(f"| {item} | {unit} | {least}{shown(target)} | {shown(value)} | {shown(stretch)} | {verdict} |")
        lines.append("")
    pathlib.Path(out).write_text("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    write(read(sys.argv[1]), sys.argv[2])
