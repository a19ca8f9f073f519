"""Measures the auditor beside its floor and the shell, and prints tables: `make bench`, or `make bench ARGS=50000`.

Nothing is asserted: a number that grows is for people to see. docs/performance.md explains the lines.
"""

import argparse
import tempfile
from pathlib import Path

from tests.bench import live, offline
from tests.bench.measure import MIB, Cost, Job, auditor, in_turn, python


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("services", nargs="?", type=int, default=10_000, help="how many Services (default: 10000)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command; the best is shown (default: 5)")
    parser.add_argument("--offline", action="store_true", help="audit recordings instead of the lab")
    given = parser.parse_args()
    measured = offline.audits if given.offline else live.audits
    with tempfile.TemporaryDirectory(prefix="auditor-bench-") as found:
        sizes = sorted({max(1, given.services // 10), given.services})
        audits = {size: measured(Path(found, str(size)), size, given.runs) for size in sizes}
    _linearity(audits)
    _start(given.runs)


def _linearity(audits: dict[int, Cost]) -> None:
    (small, less), (large, more) = min(audits.items()), max(audits.items())
    if small < large:
        times = f"{more.cpu / less.cpu:.1f} times the CPU, {more.wall / less.wall:.1f} times the time of the audit"
        print(f"\n{large / small:.0f} times the Services: {times}")


def _start(runs: int) -> None:
    jobs = {"auditor --help": Job(auditor("--help")), "python -c pass": Job(python("-c", "pass"))}
    costs = in_turn(jobs, runs * 4)
    nothing = costs["python -c pass"].cpu
    print(f"\n{'':48}{'CPU ms':>8}{'wall ms':>8}{'MiB':>7}")
    for name, cost in costs.items():
        times = f"{cost.cpu / nothing:8.1f} x"
        print(f"{name:48}{cost.cpu * 1000:8.0f}{cost.wall * 1000:8.0f}{cost.rss / MIB:7.0f}{times}")


if __name__ == "__main__":
    main()
