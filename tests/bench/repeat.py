"""Audits in one process, one after the other, with nothing changed between them.

Run as `python -m tests.bench.repeat CONFIGURATION NUMBER`, as the daemon audits: what was judged is kept. Prints a JSON
list of what each cost: seconds of CPU (that of git included), wall, and the share of gathering, and the peak of memory
so far in MiB. It ends with an error if a report differs from the first in anything but its times and its id.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.measure import MIB, ROOT, environment, python

TIMES = ("readAt", "run")
"""What differs between audits of the same: when each source was read, and the id and times of the run."""


def main(configuration: str, number: int) -> None:
    """Measure and print."""
    from auditor import audits
    from auditor.config.load import load
    from auditor.model.policy import Scope
    from auditor.reports.json_v1 import render
    from auditor.reports.options import Options
    from auditor.run import outcome

    begun = _spent()
    settings = load(Path(configuration), os.environ)
    shared = audits.session(settings)
    told, costs = [], []
    for _ in range(number):
        start = time.perf_counter()
        (audit,) = audits.live(settings, settings.clusters, shared, Scope())
        found = outcome(audit)
        if found.report is None:
            raise SystemExit(str(found.error))
        ended = _spent()
        cost = {"cpu": ended - begun, "wall": time.perf_counter() - start, "gather": found.durations["gather"]}
        costs.append({**cost, "peak": _peak()})
        # Its digest, since the memory of this process is measured.
        text = json.dumps(_timeless(json.loads(render(found.report, Options()))), sort_keys=True)
        told.append(hashlib.sha256(text.encode()).hexdigest())
        begun = _spent()
    if any(one != told[0] for one in told):
        raise SystemExit("a repeated audit says something else than the first")
    print(json.dumps(costs))


def measured(configuration: Path, number: int, variables: dict[str, str]) -> list[dict[str, float]]:
    """The costs of so many audits in one new process."""
    command = python("-m", "tests.bench.repeat", str(configuration), str(number))
    done = subprocess.run(command, cwd=ROOT, env=environment() | variables, stdout=subprocess.PIPE, check=True)
    found: list[dict[str, float]] = json.loads(done.stdout.splitlines()[-1])  # logs come before
    return found


def _spent() -> float:
    return sum(os.times()[:4])


def _peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key not in TIMES}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
