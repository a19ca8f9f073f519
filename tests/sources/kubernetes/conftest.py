"""A lab with a recorded cluster, and clients of it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.config.settings import Kubernetes
from auditor.lab.server import Lab
from auditor.sources.gathered import Deadline, Requests
from auditor.sources.kubernetes.client import Client
from auditor.sources.kubernetes.reader import Reader
from tests.sources.conftest import GOLDEN

STATE = GOLDEN / "pls" / "kubernetes"
TOKEN = "secret-token-of-the-lab"  # noqa: S105 - opens nothing but the lab

Connect = Callable[..., Client]
Readers = Callable[..., Reader]


@pytest.fixture(scope="package")
def shared_lab() -> Iterator[Lab]:
    """Started once: its certificate takes a while."""
    with Lab(STATE.parent, token=TOKEN) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """The lab without the faults of another test."""
    shared_lab.clear_faults()
    yield shared_lab
    shared_lab.clear_faults()


@pytest.fixture
def counted() -> Requests:
    """What the clients of a test count."""
    return Requests()


@pytest.fixture
def connect(lab: Lab, tmp_path: Path, counted: Requests) -> Iterator[Connect]:
    """Make a client; of the lab, if nothing else is said."""
    made: list[Client] = []

    def client(path: Path | None = None, *, limit: float = 5, timeout: float = 3, **settings: Any) -> Client:
        made.append(
            Client(
                Kubernetes(kubeconfig=path or lab.kubeconfig(tmp_path), **settings),
                deadline=Deadline(timedelta(seconds=limit)),
                request_timeout=timedelta(seconds=timeout),
                requests=counted,
                pause=0.001,
            )
        )
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def reader(connect: Connect) -> Readers:
    """Make a reader of the lab."""

    def make(client: Client | None = None, **more: Any) -> Reader:
        return Reader(client or connect(), **{"record": False, **more})

    return make


def kubeconfig(folder: Path, server: str = "https://127.0.0.1:1", **user: Any) -> Path:
    """Write a kubeconfig with the context `prod` and the user `me`."""
    path = folder / "config"
    document = {
        "current-context": "prod",
        "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "me"}}],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": user}],
    }
    path.write_text(json.dumps(document))
    return path
