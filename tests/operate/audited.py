"""The real auditor over labs: its configuration, one run of it, and the daemon, each as a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml

from auditor.lab.server import Lab
from tests.operate.servers import LOOPBACK, Server, eventually

ROOT = Path(__file__).parents[2]
TOKEN = "audit-now-please"  # noqa: S105 - a test's


def configured(folder: Path, *labs: Lab, **sections: Any) -> Path:
    """Write the configuration of labs; `sections` are others beside `clusters`."""
    folder.mkdir(exist_ok=True)
    clusters = [lab.settings().model_dump(mode="json", by_alias=True, exclude_defaults=True) for lab in labs]
    path = folder / "auditor.yaml"
    path.write_text(yaml.safe_dump({"clusters": clusters, **sections}, sort_keys=False))
    return path


def environment(configuration: Path, *labs: Lab) -> dict[str, str]:
    """An environment in which there is nothing but these labs."""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(configuration.parent)}
    return own | {name: value for lab in labs for name, value in lab.environment.items()}


def run(configuration: Path, *arguments: str, labs: tuple[Lab, ...] = ()) -> "subprocess.CompletedProcess[str]":
    """Audit once."""
    command = [sys.executable, "-m", "auditor", "run", "-c", str(configuration), *arguments]
    return subprocess.run(
        command, env=environment(configuration, *labs), cwd=configuration.parent, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Daemon(Server):
    """A daemon that serves."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def audit(self) -> str:
        """Have it audit now, and return the id of the run when that has ended."""
        asked = Request(f"{self.url}/audit", method="POST", headers={"Authorization": f"Bearer {TOKEN}"})  # noqa: S310
        run = eventually(lambda: _started(asked))
        assert eventually(lambda: [line for line in self.lines() if line.get("run") == run and "verdict" in line])
        assert self.get("/report.json")["run"]["id"] == run
        return run

    def lines(self) -> list[Mapping[str, Any]]:
        """What it has logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}")]


@contextlib.contextmanager
def daemon(folder: Path, *labs: Lab) -> Iterator[Daemon]:
    """Run the daemon, audit every minute and when told to, and end it with SIGTERM."""
    folder.mkdir()
    (folder / "token").write_text(TOKEN)
    settings = {"listen": f"{LOOPBACK}:0", "schedule": "* * * * *", "tokenFile": str(folder / "token")}
    configuration = configured(folder, *labs, serve=settings)
    log = folder / "daemon.log"
    command = [sys.executable, "-m", "auditor", "serve", "-c", str(configuration)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment(configuration, *labs), cwd=folder, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        url = eventually(lambda: _url(log) or process.poll() is not None)
        assert isinstance(url, str), f"the daemon does not start:\n{log.read_text()}"
        yield Daemon(url, process, log)
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(timeout=5)


def _started(asked: Request) -> str:
    """The run that this request has started; empty while another, that was due, is at work."""
    try:
        with urlopen(asked, timeout=10) as answer:  # noqa: S310 - loopback
            return str(json.load(answer)["run"])
    except HTTPError as error:
        with error:
            if error.code != HTTPStatus.CONFLICT:
                raise
        return ""


def _url(log: Path) -> str | None:
    said = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return next((str(line["url"]) for line in said if "url" in line), None)
