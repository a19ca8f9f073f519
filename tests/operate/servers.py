"""Real servers for tests: Prometheus, Pushgateway and Alertmanager as Debian packages them, on free ports of loopback.

Each is a context manager that gives the running server and ends it; where the program is not installed the test is
skipped, and says so. What they write, their logs too, goes to a folder that the caller gives.
"""

import contextlib
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
READY_WITHIN = 20.0
_LISTENS = re.compile(rf"address=({re.escape(LOOPBACK)}:(?!0\b)\d+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers at `url`."""

    url: str

    @property
    def address(self) -> str:
        """Host and port, as scrape configurations want them."""
        return self.url.removeprefix("http://")

    def get(self, path: str, **parameters: str) -> Any:
        """Return the JSON at a path."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        with urlopen(f"{self.url}{path}{query}", timeout=10) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def text(self, path: str) -> str:
        """Return the text at a path."""
        with urlopen(f"{self.url}{path}", timeout=10) as answer:  # noqa: S310 - loopback
            return str(answer.read().decode())


class Prometheus(Server):
    """A Prometheus."""

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an instant query: `metric` and `value` of each."""
        found: list[dict[str, Any]] = self.get("/api/v1/query", query=expression)["data"]["result"]
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are pending or firing."""
        found: list[dict[str, Any]] = self.get("/api/v1/alerts")["data"]["alerts"]
        return found


class Alertmanager(Server):
    """An Alertmanager."""

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are active there."""
        found: list[dict[str, Any]] = self.get("/api/v2/alerts")
        return found


def program(name: str) -> str:
    """Return where a program is; skips the test if it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; Debian's package prometheus, prometheus-pushgateway or "
                    "prometheus-alertmanager has it")  # fmt: skip
    return found


def eventually(look: Callable[[], T], *, within: float = READY_WITHIN, every: float = 0.1) -> T:
    """Return what `look` returns as soon as that is true; after `within` seconds, whatever it returns then."""
    end = time.monotonic() + within
    while True:
        found = look()
        if found or time.monotonic() > end:
            return found
        time.sleep(every)


@contextlib.contextmanager
def prometheus(
    folder: Path,
    targets: Mapping[str, Sequence[str]],
    rules: Sequence[Path] = (),
    alertmanager: str | None = None,
    *,
    interval: str = "1s",
) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes `targets` (job to addresses) with honor_labels and evaluates rule files.

    `alertmanager` is the address of one; `interval` that of scrapes and evaluations.
    """
    configuration = {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
        "rule_files": [str(path.resolve()) for path in rules],
        "scrape_configs": [
            {"job_name": job, "honor_labels": True, "static_configs": [{"targets": list(addresses)}]}
            for job, addresses in targets.items()
        ],
    }
    if alertmanager:
        configuration["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
    file = _written(folder, "prometheus.yaml", configuration)
    arguments = (f"--config.file={file}", f"--storage.tsdb.path={folder / 'prometheus-data'}")
    with _running("prometheus", arguments, folder) as url:
        yield Prometheus(url)


@contextlib.contextmanager
def pushgateway(folder: Path, *arguments: str) -> Iterator[Server]:
    """Run a Pushgateway that keeps nothing on disk; `arguments` are further ones of its own."""
    forgetful = "--persistence.file="  # Debian's would otherwise share one file in /var/lib
    with _running("prometheus-pushgateway", (forgetful, *arguments), folder) as url:
        yield Server(url)


@contextlib.contextmanager
def alertmanager(folder: Path, webhook: str, *, group_interval: str = "1s") -> Iterator[Alertmanager]:
    """Run an Alertmanager that sends every alert, and that it is resolved, to the URL `webhook`."""
    configuration = {
        "route": {
            "receiver": "webhook", "group_by": ["alertname", "cluster"], "group_wait": "200ms",
            "group_interval": group_interval, "repeat_interval": "1h",
        },
        "receivers": [{"name": "webhook", "webhook_configs": [{"url": webhook, "send_resolved": True}]}],
    }  # fmt: skip
    file = _written(folder, "alertmanager.yaml", configuration)
    arguments = (
        f"--config.file={file}", f"--storage.path={folder / 'alertmanager-data'}", "--cluster.listen-address=",
    )  # fmt: skip
    with _running("prometheus-alertmanager", arguments, folder) as url:
        yield Alertmanager(url)


def hurried(rules: Path, folder: Path, **durations: str) -> Path:
    """Return a copy of a rule file in which no alert waits, so that a test need not.

    `durations` (`for`, `keep_firing_for`) stand where the file has others; without them both are 0s. Expressions stay.
    """
    document = yaml.safe_load(rules.read_text(encoding="utf-8"))
    for group in document["groups"]:
        for rule in group["rules"]:
            rule |= {key: durations.get(key, "0s") for key in ("for", "keep_firing_for") if key in rule}
    return _written(folder, f"hurried-{rules.name}", document)


def _written(folder: Path, name: str, document: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


@contextlib.contextmanager
def _running(name: str, arguments: Sequence[str], folder: Path) -> Iterator[str]:
    """Start a program on a port of its own choice, give its URL when it is ready, and end it."""
    executable = program(name)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        command = [executable, f"--web.listen-address={LOOPBACK}:0", *arguments]
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, start_new_session=True)
    try:
        url = eventually(lambda: _listening(log) or process.poll() is not None)
        if isinstance(url, str):
            eventually(lambda: _answers(f"{url}/-/ready") or process.poll() is not None)
        if not isinstance(url, str) or process.poll() is not None or not _answers(f"{url}/-/ready"):
            pytest.fail(f"{name} does not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
        yield url
    finally:
        _end(process)


def _listening(log: Path) -> str | None:
    """The URL that a server says in its log; no port that was free before is sure to be free still."""
    found = _LISTENS.search(log.read_text(encoding="utf-8", errors="replace"))
    return f"http://{found[1]}" if found else None


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as answer:  # noqa: S310 - loopback
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=5)
