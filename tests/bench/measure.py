"""A command as a child process: what it cost, as the kernel counts it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and bytes of one run."""

    wall: float
    cpu: float
    """User and system."""
    rss: int
    """Peak resident memory."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command, and what is different about its environment."""

    command: list[str]
    variables: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    """Done each time before it runs, and not counted."""


def python(*arguments: str) -> list[str]:
    """A command that runs this Python; it looks for modules in the checkout."""
    return [sys.executable, *arguments]


def auditor(*arguments: str) -> list[str]:
    """The installed `auditor`, or the module where it is not installed."""
    script = Path(sys.executable).with_name("auditor")
    return [str(script), *arguments] if script.exists() else python("-m", "auditor", *arguments)


def once(job: Job) -> Cost:
    """Run it; exit code 1 means drift."""
    job.before()
    start = time.perf_counter()
    process = subprocess.Popen(
        job.command,
        cwd=ROOT,
        env=environment() | job.variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    said = process.stderr.read().decode() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stderr:
        process.stderr.close()
    if process.returncode not in (0, 1) or "Traceback" in said:
        raise SystemExit(f"{' '.join(job.command)} ended with {process.returncode}:\n{said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def environment() -> dict[str, str]:
    """Ours, but bytecode is kept and the report does not depend on where we are."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AUDITOR_", "PYTHON"))}
    return kept | {"PYTHONPATH": str(ROOT)}


def least(costs: Iterable[Cost]) -> Cost:
    """The best of several runs, figure by figure: what else the machine does only ever adds."""
    found = list(costs)
    return Cost(min(c.wall for c in found), min(c.cpu for c in found), min(c.rss for c in found))


def in_turn(jobs: dict[str, Job], runs: int) -> dict[str, Cost]:
    """The cost of each; they take turns, so that a busy minute does not hit one alone.

    The first round is not counted: it compiles bytecode.
    """
    rounds = [{name: once(job) for name, job in jobs.items()} for _ in range(runs + 1)]
    return {name: least(one[name] for one in rounds[1:]) for name in jobs}


def heading(ratio: str) -> str:
    """Above lines."""
    return f"{'':48}{'CPU s':>8}{'wall s':>8}{'MiB':>7}{ratio:>10}"


def line(name: str, cost: Cost, ratio: float | None = None) -> str:
    """A cost for people."""
    told = "" if ratio is None else f"{ratio:.2f} x"
    return f"{name:48}{cost.cpu:8.2f}{cost.wall:8.2f}{cost.rss / MIB:7.0f}{told:>10}"
