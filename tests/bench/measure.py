"""A command as a child process: what it cost, as the kernel counts it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and bytes of one run."""

    wall: float
    cpu: float
    """User and system."""
    rss: int
    """Peak resident memory."""


def python(*arguments: str) -> list[str]:
    """A command that runs this Python; it looks for modules in the checkout."""
    return [sys.executable, *arguments]


def auditor(*arguments: str) -> list[str]:
    """The installed `auditor`, or the module where it is not installed."""
    script = Path(sys.executable).with_name("auditor")
    return [str(script), *arguments] if script.exists() else python("-m", "auditor", *arguments)


def once(command: list[str]) -> Cost:
    """Run it; exit code 1 means drift."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stderr:
        process.stderr.close()
    if process.returncode not in (0, 1) or "Traceback" in said:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def environment() -> dict[str, str]:
    """Ours, but bytecode is kept and the report does not depend on where we are."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AUDITOR_", "PYTHON"))}
    return kept | {"PYTHONPATH": str(ROOT)}


def least(costs: Iterable[Cost]) -> Cost:
    """The best of several runs, figure by figure: what else the machine does only ever adds."""
    found = list(costs)
    return Cost(min(c.wall for c in found), min(c.cpu for c in found), min(c.rss for c in found))


def in_turn(commands: dict[str, list[str]], runs: int) -> dict[str, Cost]:
    """The cost of each; they take turns, so that a busy minute does not hit one alone.

    The first round is not counted: it compiles bytecode.
    """
    rounds = [{name: once(command) for name, command in commands.items()} for _ in range(runs + 1)]
    return {name: least(one[name] for one in rounds[1:]) for name in commands}
