"""The command as a process: on a terminal, interrupted, and where nobody has configured anything."""

import contextlib
import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.lab.server import Lab
from tests.live.command import GOLDEN, ROOT, Command, gaps, report
from tests.live.conftest import Enter

SHOWN = "\x1b[?25h"
GONE = f"\r\n{SHOWN}\r\x1b[1A\x1b[2K"
"""The cursor is shown, and the line that it was on is empty."""


def on_a_terminal(
    command: Command, *arguments: str | Path, meanwhile: Callable[["subprocess.Popen[bytes]"], object] = lambda _: None
) -> tuple[int, str]:
    """Run it with a terminal as standard error; its exit code as a shell has it, and what the terminal got."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm", **command.variables}
    got: list[bytes] = []

    def listen() -> None:
        with contextlib.suppress(OSError):  # nobody has the other end any more
            while data := os.read(ours, 4096):
                got.append(data)

    with subprocess.Popen(
        [sys.executable, "-m", "auditor", *map(str, arguments)], env=environment, cwd=command.folder,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        listener = threading.Thread(target=listen)
        listener.start()
        meanwhile(process)
        process.communicate(timeout=30)
        listener.join()
    os.close(ours)
    # `python -m` ends by SIGINT, whatever is caught, if that came while an import had `exec` make a function (3.11).
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return code, b"".join(got).decode()


def awaited(lab: Lab, path: str) -> None:
    """Wait until the lab was asked for it."""
    deadline = time.monotonic() + 20
    while not any(path in one.target for one in lab.requests) and time.monotonic() < deadline:
        time.sleep(0.01)


def interrupted(lab: Lab, path: str) -> Callable[["subprocess.Popen[bytes]"], object]:
    """Press Ctrl-C once the lab was asked for a path; the command must end at once."""

    def interrupt(process: "subprocess.Popen[bytes]") -> None:
        awaited(lab, path)
        time.sleep(0.3)  # while the others are read
        process.send_signal(signal.SIGINT)
        process.wait(2)

    return interrupt


def test_the_progress_line_leaves_nothing(command: Command) -> None:
    configuration = command.configuration()

    code, said = on_a_terminal(command, "run", "-c", configuration)
    assert code == 1
    assert "drift-01-drifted: reading " in said
    assert said.endswith(GONE)

    code, said = on_a_terminal(command, "run", "-c", configuration, "-n", "wbe", "-v")
    assert said.rpartition(SHOWN)[2].count("\n") == 3  # two times and a warning, for a person
    assert "\nWarning: no Service of the namespace wbe is in Git" in said

    assert on_a_terminal(command, "run", "-c", configuration, "-q") == (1, "")


@pytest.mark.parametrize("path", ["/git/", "/api/v1/services", "/subscriptions/", "/metadata/"])
def test_interrupted_while_a_source_hangs(enter: Enter, tmp_path: Path, path: str) -> None:
    lab = enter(GOLDEN / "drift-01-drifted")
    lab.fault(path, delay=60)
    command = Command(tmp_path, lab)

    code, said = on_a_terminal(command, "run", "-c", command.configuration(), meanwhile=interrupted(lab, path))

    assert code == 130
    assert said.endswith(GONE)
    assert "Traceback" not in said


def test_interrupted_while_one_of_several_clusters_hangs(enter: Enter, tmp_path: Path) -> None:
    command = Command(tmp_path, enter(GOLDEN / "drift-01-drifted"), hanging := enter(GOLDEN / "internal"))
    hanging.fault("/api/v1", delay=60)
    done = interrupted(hanging, "/api/v1/services")

    code, said = on_a_terminal(command, "run", "-c", command.configuration(), meanwhile=done)

    assert code == 130
    assert said.endswith(GONE)


@pytest.fixture
def here(command: Command, drifted: Lab) -> Command:
    """Someone in a clone, with a kubeconfig, and no configuration."""
    drifted.kubeconfig(command.folder)
    shutil.copytree(GOLDEN / "drift-01-drifted" / "git" / "main", command.folder / "clone")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "x")):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *who, *words], cwd=command.folder / "clone", check=True, capture_output=True)
    command.variables |= {
        "KUBECONFIG": str(command.folder / "kubeconfig"),
        "AUDITOR__CLUSTERS__0__AZURE__ENDPOINT": drifted.url,
        "AUDITOR__CLUSTERS__0__AZURE__CREDENTIAL": "managed-identity",
    }
    return command


@pytest.mark.parametrize("told", [True, False])
def test_without_a_configuration(here: Command, drifted: Lab, monkeypatch: pytest.MonkeyPatch, told: bool) -> None:
    monkeypatch.chdir(here.folder / "clone")
    arguments = ("--azure-cluster", drifted.cluster_id) if told else ()

    document = report(here.bare("run", "-f", "json", *arguments))

    assert document["run"]["cluster"] == "drift-01-drifted"
    assert {one["kind"] for one in gaps(document)} <= {"virtualNetworks"}
    recorded = here.bare("run", "--snapshot", GOLDEN / "drift-01-drifted", "-f", "json")
    assert {one["id"] for one in document["findings"]} == {one["id"] for one in report(recorded)["findings"]}
    asked = any("/managedClusters/" in one.target for one in drifted.requests)
    assert asked or not told


def test_a_variable_that_sets_no_key(here: Command) -> None:
    result = here.bare("run", AUDITOR__CLUSTERS__0__AZURE__ENDPOIND="x", AUDITOR__CLUSTERS__0__AZURE__CLOUD="mars")

    assert result.exit_code == 2
    assert "AUDITOR__CLUSTERS__0__AZURE__ENDPOIND: `ENDPOIND` is no key" in result.stderr
    assert "AUDITOR__CLUSTERS__0__AZURE__CLOUD: `mars` is not known; there are public, usgov, china" in result.stderr


def test_help_loads_no_sdk() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "auditor", "run", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stderr

    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}
    assert not loaded & {
        "kubernetes",
        "azure",
        "git",
        "msal",
        "pydantic",
        "urllib3",
        "yaml",
        "rich",
        "prometheus_client",
    }
