"""What people write on objects is not recorded, unless a rule reads it; and nobody else may read a recording."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.controller import keys
from auditor.errors import UsageError
from auditor.model.policy import Scope
from auditor.model.redacted import REDACTED
from auditor.model.snapshot import GitSource, Snapshot
from auditor.rules import ignored, made_by
from auditor.sources.snapshots import redact
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_write import Recording, write_snapshot
from auditor.warnings import of_nothing

KEPT = {
    "annotations": {
        keys.PLS_NAME: "a", keys.port_key(80, "no_lb_rule"): "b", "example.com/azure-pls-name": "misspelt",
        made_by.HELM_NAME: "c", made_by.ARGO_ID: "d", ignored.COMPARE: "e", "prometheus.io/port": "9113", "x/on": "True",
        "empty": "",
    },
    "labels": {
        made_by.FLUX_NAME: "f", made_by.ARGO_INSTANCE: "g", made_by.FLEET_NAME: "h", "kubernetes.azure.com/managed": "i",
        "kustomize.toolkit.fluxcd.io/name": "j", "app.kubernetes.io/name": "k", "app": "l",
    },
    "tags": {"k8s-azure-owner-service": "m", "k8s-azure-service": "n", "service": "o", "kubernetes-cluster-name": "p"},
}  # fmt: skip
FOREIGN = {
    "annotations": ["example.com/api-token", "kubernetes.io/x", "service.beta.kubernetes.io/aws-x"],
    "labels": ["password", "evil-kubernetes.io/x", "example.com/kubernetes.io"],
    "tags": ["pw", "K8S"],
}


def written(of: str) -> dict[str, str]:
    """All of a kind that stands on an object."""
    return KEPT[of] | dict.fromkeys(FOREIGN[of], "hunter2")


def recorded(of: str) -> dict[str, str]:
    """What is left of it."""
    return KEPT[of] | dict.fromkeys(FOREIGN[of], REDACTED)


METADATA = {"name": "x", "annotations": written("annotations"), "labels": written("labels")}
LISTS = {
    "services": {"kind": "Service", "metadata": METADATA},
    "events": {"kind": "Event", "metadata": METADATA, "involvedObject": {"kind": "Service"}},
    "nodes": {"kind": "Node", "metadata": METADATA},
}


@pytest.mark.parametrize("kind", LISTS)
def test_objects_of_kubernetes(kind: str) -> None:
    data = json.dumps({"kind": "List", "items": [LISTS[kind]]}).encode()

    (item,) = json.loads(getattr(redact, kind)(data) or "")["items"]

    assert item["metadata"]["annotations"] == recorded("annotations")
    assert item["metadata"]["labels"] == recorded("labels")


@pytest.mark.parametrize("shape", [
    lambda one: [one], lambda one: {"value": [one]}, lambda one: one, lambda one: [{"properties": {"inner": one}}],
])  # fmt: skip
def test_resources_of_azure(shape: Any) -> None:
    given, expected = ({"id": "/x", "tags": tags, "n": 1.5} for tags in (written("tags"), recorded("tags")))

    assert json.loads(redact.resources(json.dumps(shape(given)).encode()) or "") == shape(expected)


def test_resources_that_are_no_json() -> None:
    assert redact.resources(b"hunter2") is None
    assert redact.resources(b'"hunter2"') is None


def below(folder: Path) -> Iterator[Path]:
    """The folder and all in it."""
    yield folder
    yield from folder.rglob("*")


@pytest.mark.parametrize("exists", [True, False])
def test_nobody_else_may_read_it(tmp_path: Path, exists: bool) -> None:
    services = json.dumps({"kind": "List", "items": [LISTS["services"]]}).encode()
    manifest = b"apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
    if exists:
        (tmp_path / "s").mkdir(mode=0o755)
    before = os.umask(0)
    try:
        write_snapshot(
            tmp_path / "s",
            Recording(
                snapshot=Snapshot(cluster="c", git=(GitSource(name="m"),)),
                collections={"services": services}, manifests={"m": [("a/b.yaml", manifest)]},
            ),
        )  # fmt: skip
    finally:
        os.umask(before)

    modes = {path.relative_to(tmp_path / "s"): path.stat().st_mode & 0o777 for path in below(tmp_path / "s")}
    assert modes.pop(Path()) == (0o755 if exists else 0o700)
    assert {path: mode for path, mode in modes.items() if mode != (0o600 if path.suffix else 0o700)} == {}
    assert len(modes) == 7


def test_nobody_is_chosen_by_what_was_not_recorded(tmp_path: Path) -> None:
    services = json.dumps({"kind": "List", "items": [LISTS["services"]]}).encode()
    write_snapshot(tmp_path / "s", Recording(snapshot=Snapshot(cluster="c"), collections={"services": services}))
    replay = read_snapshot(tmp_path / "s")

    for operator in ("in", "notin"):
        with pytest.raises(UsageError, match="--selector: the values of the label password were not recorded"):
            of_nothing(replay, Scope(labels=(("password", operator, frozenset({"x"})),)))
    of_nothing(replay, Scope(labels=(("password", "exists", frozenset()), ("app", "in", frozenset({"l"})))))
