"""`auditor run` against the lab, beside its floor and beside the shell."""

import json
import shutil
from pathlib import Path

from tests.bench import repeat, shell
from tests.bench.azure import NODES, VNET
from tests.bench.made import SUBSCRIPTION
from tests.bench.measure import Cost, Job, auditor, heading, in_turn, line, once, python
from tests.bench.served import Served, lab

REPORT = "report.json"
FLOOR = str(Path(__file__).with_name("floor_live.py"))
COLD, WARM = "auditor run, nothing fetched before", "auditor run, repository fetched before"
COLD_FLOOR, WARM_FLOOR = "floor of it", "floor of that"
OWN_FLOOR = "floor of that, with our YAML loader"
AUDITS_IN_ONE_PROCESS = 4
NETWORK = "Microsoft.Network"
VERSION = "?api-version=2024-05-01"


def audits(directory: Path, size: int, runs: int) -> Cost:
    """Measure the audit of a live estate and print it beside its floors and the shell; the warm one's cost."""
    once(Job(python("-m", "tests.bench.estate", str(directory), str(size))))
    with lab(directory) as served:
        what = _asked(served, directory)
        once(_jobs(served, what, directory)[COLD])
        _check(directory, size)
        costs = in_turn(_jobs(served, what, directory) | shell.jobs(served, what, directory, size), runs)
        _print(costs, size)
        repeated = [_repeated(served, directory) for _ in range(runs)]
    first, again = (min(one[key] for one in repeated) for key in ("first", "again"))
    peak = min(one["peak"] for one in repeated)
    print(f"\nagain in the same process, nothing changed: {again:.2f} s CPU, {again / first:.2f} x the first ({first:.2f}); "
          f"peak of memory in all {peak:.0f} MiB")  # fmt: skip
    return costs[WARM]


def _asked(served: Served, directory: Path) -> Path:
    """What the auditor reads, for the floor."""
    subscription = f"/subscriptions/{SUBSCRIPTION}/providers/{NETWORK}"
    azure = (
        served.cluster,
        f"{NODES}/{NETWORK}/loadBalancers",
        f"{subscription}/privateLinkServices",
        f"{NODES}/{NETWORK}/publicIPAddresses",
        VNET,
    )
    selected = ("services?fieldSelector=spec.type=LoadBalancer&", "events?fieldSelector=involvedObject.kind=Service&")
    kubeconfig = json.loads(served.kubeconfig.read_text())
    asked = {
        "git": served.git,
        "kubeconfig": str(served.kubeconfig),
        "token": kubeconfig["users"][0]["user"]["token"],
        "kubernetes": [f"/api/v1/{kind}limit=500" for kind in (*selected, "nodes?")],
        "endpoint": served.azure,
        "azure": [path + VERSION for path in azure],
    }
    path = directory / "asked.json"
    path.write_text(json.dumps(asked))
    return path


def _jobs(served: Served, what: Path, directory: Path) -> dict[str, Job]:
    report = str(directory / REPORT)
    run = auditor("run", "-c", str(served.configuration), "--format", "json", "-o", report, "--quiet")
    cold, warm = directory / "cold", directory / "warm"
    floor = python(FLOOR, str(what))
    bare = str(cold / "floor.git")
    return {
        COLD: Job(run, served.variables | {"XDG_CACHE_HOME": str(cold)}, lambda: _empty(cold)),
        COLD_FLOOR: Job([*floor, "csafe", bare], before=lambda: _empty(cold)),
        WARM: Job(run, served.variables | {"XDG_CACHE_HOME": str(warm)}, lambda: warm.mkdir(exist_ok=True)),
        WARM_FLOOR: Job([*floor, "csafe", str(warm / "floor.git")]),
        OWN_FLOOR: Job([*floor, "bounded", str(warm / "floor.git")]),
    }


def _check(directory: Path, size: int) -> None:
    """End where the audit did not see everything: its cost would be that of something else."""
    report = json.loads((directory / REPORT).read_text())
    unseen = [entry["reason"] for entry in report["coverage"] if not entry["complete"]]
    if unseen or len(report["services"]) != size:
        raise SystemExit(f"the audit saw {len(report['services'])} Services: {'; '.join(unseen)}")


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def _print(costs: dict[str, Cost], size: int) -> None:
    print(f"\n{size:,} Services, live")
    print(heading("audit is"))
    for name, cost in costs.items():
        audit = COLD if name == COLD_FLOOR else WARM
        print(line(name, cost, None if name in (audit, COLD) else costs[audit].cpu / cost.cpu))


def _repeated(served: Served, directory: Path) -> dict[str, float]:
    """CPU seconds of the first audit of a process, the least of those after it, and the peak of memory."""
    folder = directory / "repeated"
    _empty(folder)
    said = repeat.measured(
        served.configuration, AUDITS_IN_ONE_PROCESS, served.variables | {"XDG_CACHE_HOME": str(folder)}
    )
    return {"first": said[0]["cpu"], "again": min(one["cpu"] for one in said[1:]), "peak": said[-1]["peak"]}
