"""The daemon as a process: signals, its end, and what keeps it from starting."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any
from urllib.request import urlopen

import pytest

from tests.serve.running import DRIFTED

ROOT = Path(__file__).parents[2]


class Process:
    """A daemon and the lines of its log."""

    def __init__(self, file: Path, grace: float) -> None:
        command = [sys.executable, "-m", "tests.serve.running", str(file), str(grace)]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        self.lines: list[dict[str, Any]] = []
        self._queue = SimpleQueue[str]()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._queue.put(line)
        self._queue.put("")

    def line(self, holding: str) -> dict[str, Any]:
        """Wait for a line of the log, and return it."""
        while line := self._queue.get(timeout=10):
            found: dict[str, Any] = json.loads(line)
            self.lines.append(found)
            if holding in found["event"]:
                return found
        raise AssertionError([holding, self.lines])

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for its end, and return the exit code."""
        return self.process.wait(20)


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a daemon of clusters."""
    made: list[Process] = []

    def run(*clusters: str, grace: float = 5) -> Process:
        file = tmp_path / "auditor.yaml"
        file.write_text(configuration(*clusters))
        made.append(Process(file, grace))
        return made[-1]

    yield run
    for one in made:
        one.process.kill()
        one.process.wait()
        assert one.process.stderr is not None
        one.process.stderr.close()


def configuration(*clusters: str) -> str:
    """A configuration that picks a free port."""
    return json.dumps({"clusters": [{"name": name} for name in clusters], "serve": {"listen": "127.0.0.1:0"}})


def test_a_signal_ends_it(start: Start) -> None:
    daemon = start(DRIFTED)
    url = daemon.line("listening on")["url"]
    told = daemon.line("drift")
    with urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 - loopback
        assert answer.status == 200
    daemon.send(signal.SIGTERM)

    assert daemon.ended() == 0
    assert {"run", "cluster", "verdict", "seconds", "time", "level"} <= set(told)
    assert told["cluster"] == DRIFTED


def test_the_audit_at_work_may_end(start: Start) -> None:
    daemon = start("slow")
    daemon.line("listening on")
    daemon.send(signal.SIGTERM)
    daemon.line("the audit that is at work may end first")

    daemon.line("drift")
    assert daemon.ended() == 0


def test_one_that_does_not_end_is_abandoned(start: Start) -> None:
    daemon = start("hanging", grace=0.5)
    url = daemon.line("listening on")["url"]
    daemon.send(signal.SIGTERM)
    daemon.line("is abandoned")

    assert daemon.ended() == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1)


def test_a_second_signal_ends_it_at_once(start: Start) -> None:
    daemon = start("hanging", grace=60)
    daemon.line("listening on")
    daemon.send(signal.SIGTERM)
    daemon.line("may end first")
    daemon.send(signal.SIGTERM)

    assert daemon.ended() == 128 + signal.SIGTERM


def test_sighup_reads_the_configuration_and_so_does_a_change(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "auditor.yaml"
    daemon = start(DRIFTED)
    daemon.line("drift")
    daemon.send(signal.SIGHUP)
    daemon.line("nothing in it has changed")
    file.write_text("clusters: none\n")
    daemon.line("the former one holds")
    daemon.send(signal.SIGHUP)
    daemon.line("the former one holds")
    file.write_text(configuration("other"))
    daemon.line("the new configuration was taken up")

    assert daemon.line(": drift: ")["cluster"] == "other"
    daemon.send(signal.SIGINT)
    assert daemon.ended() == 0


def auditor(*arguments: str | Path, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program."""
    program = f"{before}\nfrom auditor.cli import main\nmain(prog_name='auditor')"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)


def test_a_taken_port(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    (tmp_path / "auditor.yaml").write_text("clusters: [{name: x, kubernetes: {kubeconfig: kubeconfig}}]\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        found = auditor("serve", "-c", tmp_path / "auditor.yaml", "--listen", address)

    (line,) = map(json.loads, found.stderr.splitlines())
    assert (found.returncode, line["level"]) == (2, "error")
    assert line["event"] == (
        f"cannot listen on {address}: address already in use; choose another address with --listen or serve.listen"
    )


def test_a_broken_configuration_at_the_start_is_told_in_lines_of_json(tmp_path: Path) -> None:
    (tmp_path / "auditor.yaml").write_text("clusters: [{name: x}]\nserve: {schedule: '@daily', listn: x}\n")
    found = auditor("serve", "-c", tmp_path / "auditor.yaml")
    lines = [json.loads(line) for line in found.stderr.splitlines()]

    assert found.returncode == 2
    assert [line["level"] for line in lines] == ["error", "error"]
    assert "serve.schedule: `@daily` is no schedule" in "".join(line["event"] for line in lines)


@pytest.mark.parametrize("missing", ["uvicorn", "starlette"])
def test_without_the_extra(missing: str) -> None:
    found = auditor("serve", before=f"import sys; sys.modules['{missing}'] = None")

    assert found.returncode == 2
    assert found.stderr == (
        "Error: auditor serve needs starlette and uvicorn; install them with: pip install 'aks-drift-auditor[serve]'\n"
    )


KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
users: [{name: x, user: {}}]
"""
