"""`auditor run --snapshot` beside the least that reading the same files costs: `make bench ARGS=--offline`."""

from pathlib import Path

from tests.bench.measure import MIB, Cost, Job, auditor, heading, in_turn, line, once, python

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
AUDIT = "auditor run --snapshot"


def audits(directory: Path, size: int, runs: int) -> Cost:
    """Measure the audit of a recording and print it beside its floors."""
    once(Job(python("-m", "tests.bench.estate", str(directory), str(size))))
    report = str(directory.with_suffix(".json"))
    audit = Job(auditor("run", "--snapshot", str(directory), "--format", "json", "-o", report, "--quiet"))
    floors = {name: Job(python(FLOOR, str(directory), *words)) for name, words in FLOORS.items()}
    costs = in_turn({AUDIT: audit} | floors, runs)
    files = [path for path in directory.rglob("*") if path.is_file()]
    megabytes = sum(path.stat().st_size for path in files) / MIB
    print(f"\n{size:,} Services, recorded: {len(files):,} files, {megabytes:.1f} MiB")
    print(heading("audit is"))
    for name, cost in costs.items():
        print(line(name, cost, costs[AUDIT].cpu / cost.cpu if name.startswith("floor") else None))
    return costs[AUDIT]
