"""A lab whose custom resources each test writes, and discovery of it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from auditor.config.settings import Cluster, Kubernetes
from auditor.lab.server import Lab
from auditor.sources.discovery.discover import discover
from auditor.sources.discovery.found import Discovered
from auditor.sources.discovery.objects import RESOURCES
from auditor.sources.gathered import Deadline, Requests
from auditor.sources.kubernetes.client import Client

Write = Callable[..., None]
Find = Callable[..., Discovered]
FILES = {one.kind: one.file for one in RESOURCES} | {"ConfigMap": "kubernetes/configmaps.json"}


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("snapshot")
    (folder / "kubernetes").mkdir()
    (folder / "snapshot.yaml").write_text("cluster: prod\n")
    with Lab(folder) as entered:
        yield entered


@pytest.fixture
def write(lab: Lab) -> Iterator[Write]:
    """Make the cluster have these objects; of a kind of which none is given, not even the CRD."""

    def put(*objects: dict[str, Any], kinds: tuple[str, ...] = ()) -> None:
        for kind, file in FILES.items():
            found = [one for one in objects if one["kind"] == kind]
            path = lab.directory / file
            if found or kind in kinds:
                path.write_text(json.dumps({"items": found}))
            else:
                path.unlink(missing_ok=True)
        lab.reload()

    lab.clear_faults()
    yield put
    lab.clear_faults()


@pytest.fixture(scope="package")
def client(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    made = Client(
        Kubernetes(kubeconfig=lab.kubeconfig(tmp_path_factory.mktemp("kubeconfig"))),
        deadline=Deadline(timedelta(minutes=10)), request_timeout=timedelta(seconds=3), requests=Requests(), pause=0.001,
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def find(client: Client) -> Find:
    """Discover what the lab says."""

    def discovered(intent: str = "flux", *, record: bool = False, **more: Any) -> Discovered:
        return discover(client, Cluster(name="prod", intent=intent, **more), record=record)  # type: ignore[arg-type]

    return discovered
