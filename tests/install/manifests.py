"""The manifests as data, and what the API server would refuse in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import models

from tests.install.one_file import ROOT, manifests

CONFIG = ROOT / "config"
Manifest = dict[str, Any]
SCALARS: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "bool": bool, "float": (int, float)}


def read(path: Path) -> list[Manifest]:
    """Return the documents of a file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def variant(name: str) -> list[Manifest]:
    """Return all manifests of `cronjob` or `daemon`, its base included."""
    return [document for path in manifests(CONFIG / name / "kustomization.yaml") for document in read(path)]


def one(documents: list[Manifest], kind: str) -> Manifest:
    """Return the only manifest of a kind."""
    (found,) = (document for document in documents if document["kind"] == kind)
    return found


def pod(document: Manifest) -> Manifest:
    """Return the Pod template of a CronJob or a Deployment."""
    spec = document["spec"]
    template: Manifest = (spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec)["template"]
    return template


def faults(document: Manifest) -> list[str]:
    """Say which keys the API does not know and which values are of another type, by the types of the official client."""
    group, _, version = document["apiVersion"].rpartition("/")
    del group
    return list(_faults(document, version.capitalize() + document["kind"], document["kind"]))


def _faults(value: Any, kind: str, where: str) -> Iterator[str]:
    if kind.startswith("List["):
        yield from _each(enumerate(value) if isinstance(value, list) else None, kind[5:-1], where)
    elif kind.startswith("Dict["):
        yield from _each(value.items() if isinstance(value, dict) else None, kind[5:-1].split(", ")[1], where)
    elif kind in SCALARS:
        if not isinstance(value, SCALARS[kind]) or (kind != "bool" and isinstance(value, bool)):
            yield f"{where}: `{value}` is no {kind}"
    elif kind != "object":
        model = getattr(models, kind)
        keys = {model.attribute_map[name]: type_ for name, type_ in model.openapi_types.items()}
        for key, inner in value.items() if isinstance(value, dict) else ():
            if key in keys:
                yield from _faults(inner, keys[key], f"{where}.{key}")
            else:
                yield f"{where}.{key}: unknown to the API"
        if not isinstance(value, dict):
            yield f"{where}: `{value}` is no mapping"


def _each(items: Any, kind: str, where: str) -> Iterator[str]:
    if items is None:
        yield f"{where}: should be a {kind} collection"
    for key, inner in items or ():
        yield from _faults(inner, kind, f"{where}[{key}]")
