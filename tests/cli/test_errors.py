"""Whatever breaks, the exit code is 2 and says what to do; 1 always means drift."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from auditor import run as shell
from tests.cli.conftest import ROOT, Call, Spawn


def broken(*_: object, **__: object) -> None:
    raise KeyError("a key that nobody expected")


def test_a_bug_is_told_in_one_sentence(call: Call, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "judged", broken)

    result = call("run", "--snapshot", recording)

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "KeyError" in result.stderr
    assert "-v" in result.stderr


def test_a_bug_has_its_traceback_with_v(call: Call, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "judged", broken)

    result = call("run", "--snapshot", recording, "-v")

    assert result.exit_code == 2
    assert "Traceback" in result.stderr


def test_interrupted(call: Call, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shell, "judged", interrupt)

    assert call("run", "--snapshot", recording).exit_code == 130


def test_terminated(call: Call, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminate(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(shell, "judged", terminate)
    before = signal.getsignal(signal.SIGTERM)

    result = call("run", "--snapshot", recording)

    assert result.exit_code == 143
    assert result.stderr == "Error: SIGTERM ended the run before it was done; what it would have found is not known\n"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_who_goes_away_is_no_error(recording: Path) -> None:
    command = [sys.executable, "-m", "auditor", "run", "--snapshot", str(recording)]
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE, cwd=ROOT) as process:
        os.close(write)
        _, said = process.communicate(timeout=60)

    assert (process.returncode, said) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("place", ["stdout", "file"])
def test_a_full_disk(recording: Path, place: str) -> None:
    command = [sys.executable, "-m", "auditor", "run", "--snapshot", str(recording), "-o"]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*command, "-" if place == "stdout" else "/dev/full"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            cwd=ROOT,
        )

    assert result.returncode == 2
    assert result.stderr.startswith(b"Error: cannot write")
    assert b"No space left on device" in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_may_not_be_written(spawn: Spawn, recording: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    result = spawn("run", "--snapshot", recording, "-o", tmp_path / "report.txt")

    assert result.returncode == 2
    assert "Permission denied" in result.stderr


def test_ctrl_c_of_a_process() -> None:
    command = [sys.executable, "-m", "auditor", "lint", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1.5)  # it has begun to read standard input
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"Traceback" not in said
