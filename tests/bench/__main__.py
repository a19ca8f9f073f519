"""Measures the auditor beside the floor and prints a table: `make bench`, or `make bench ARGS="2000 --runs 2"`.

Nothing is asserted: a number that grows is for people to see. docs/performance.md explains the lines.
"""

import argparse
import tempfile
from pathlib import Path

from tests.bench.measure import Cost, auditor, in_turn, once, python

MIB = 1024 * 1024
FLOOR = str(Path(__file__).with_name("floor.py"))
FLOORS = {
    "floor: msgspec + CSafeLoader": ("msgspec", "csafe", "lean"),
    "floor: json + CSafeLoader, default gc": ("json", "csafe"),
    "floor: msgspec + our YAML loader": ("msgspec", "bounded", "lean"),
    "  only JSON, msgspec": ("msgspec", "lean"),
    "  only JSON, json": ("json", "lean"),
    "  only YAML, CSafeLoader": ("csafe", "lean"),
    "  only YAML, our loader": ("bounded", "lean"),
}
AUDIT = "auditor run"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("services", nargs="?", type=int, default=10_000, help="how many Services (default: 10000)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command; the best is shown (default: 5)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="auditor-bench-") as found:
        sizes = sorted({max(1, given.services // 10), given.services})
        audits = {size: _audits(Path(found, str(size)), size, given.runs) for size in sizes}
    _linearity(audits)
    _start(given.runs)


def _audits(directory: Path, size: int, runs: int) -> Cost:
    once(python("-m", "tests.bench.estate", str(directory), str(size)))
    report = str(directory.with_suffix(".json"))
    audit = auditor("run", "--snapshot", str(directory), "--format", "json", "-o", report, "--quiet")
    floors = {name: python(FLOOR, str(directory), *words) for name, words in FLOORS.items()}
    costs = in_turn({AUDIT: audit} | floors, runs)
    files = [path for path in directory.rglob("*") if path.is_file()]
    print(f"\n{size:,} Services: {len(files):,} files, {sum(path.stat().st_size for path in files) / MIB:.1f} MiB")
    print(f"{'':40}{'CPU s':>8}{'wall s':>8}{'MiB':>7}{'audit is':>10}")
    for name, cost in costs.items():
        ratio = f"{costs[AUDIT].cpu / cost.cpu:.2f} x" if name.startswith("floor") else ""
        print(f"{name:40}{cost.cpu:8.2f}{cost.wall:8.2f}{cost.rss / MIB:7.0f}{ratio:>10}")
    return costs[AUDIT]


def _linearity(audits: dict[int, Cost]) -> None:
    (small, less), (large, more) = min(audits.items()), max(audits.items())
    if small < large:
        print(f"\n{large / small:.0f} times the Services: {more.cpu / less.cpu:.1f} times the CPU of the audit")


def _start(runs: int) -> None:
    costs = in_turn({"auditor --help": auditor("--help"), "python -c pass": python("-c", "pass")}, runs * 4)
    nothing = costs["python -c pass"].cpu
    print(f"\n{'':40}{'CPU ms':>8}{'wall ms':>8}{'MiB':>7}")
    for name, cost in costs.items():
        print(f"{name:40}{cost.cpu * 1000:8.0f}{cost.wall * 1000:8.0f}{cost.rss / MIB:7.0f}{cost.cpu / nothing:8.1f} x")


if __name__ == "__main__":
    main()
