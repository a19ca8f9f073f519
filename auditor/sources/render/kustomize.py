"""A kustomize root to what `kustomize build` makes of it, each resource with its origin and its transformers.

The root itself is built unchanged, from below a kustomization of ours that only asks for these annotations; fields that
Flux lays over a root are written into its kustomization, as kustomize-controller does it.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from typing import Any

from auditor.sources.builds import Build
from auditor.sources.declarations.manifests import SUFFIXES
from auditor.sources.git.tree import Tree
from auditor.sources.render.errors import BuildError
from auditor.sources.render.export import Sandbox
from auditor.sources.render.kustomization import Kustomization, parse
from auditor.sources.render.process import run
from auditor.sources.render.reach import Reach, Reached
from auditor.sources.render.told import by_kustomize
from auditor.sources.yaml_text.nodes import YamlError
from auditor.sources.yaml_text.plain import plain
from auditor.sources.yaml_text.yamldoc import load

ORIGINS = ["originAnnotations", "transformerAnnotations"]
_MANIFESTS = (".yaml", ".yml")


def reach(build: Build, tree: Tree, reached: Reached) -> Reach:
    """The files that a build needs. Raises BuildError."""
    if build.path and build.path not in tree.folders:
        raise BuildError("the folder is not in the repository at that commit; correct what names it")
    if build.generate and reached.kustomization(build.path) is None:
        found = reached.files(generated(build, tree, reached))
    else:
        found = reached.of(build.path)
    if (added := laid_over(build)) is not None:
        reached.add(found, build.path, added)
    if found.outside and not build.flux:
        raise BuildError(f"{found.outside}, outside its folder; move it there, or make it a base")
    return found


def laid_over(build: Build) -> Kustomization | None:
    """The fields that are added to the root's kustomization, as one of its own; its path is the object that says it."""
    if not build.kustomization:
        return None
    return parse(build.owner or "what is laid over it", json.dumps(build.kustomization).encode())


def generated(build: Build, tree: Tree, reached: Reached) -> list[str]:
    """The resources of a folder without a kustomization, as Flux sees them: roots, and manifests outside of them."""
    found: list[str] = []
    roots: set[str] = set()
    folder = build.path
    for path in tree.below(folder):
        parent = path.rpartition("/")[0]
        parts = parent[len(folder) :].strip("/").split("/") if parent != folder else []
        above = [posixpath.join(folder, *parts[: i + 1]) for i in range(len(parts))]
        root = next((one for one in above if reached.kustomization(one)), None)
        if root is not None:
            if root not in roots:
                found.append(root)
                roots.add(root)
        elif path.endswith(_MANIFESTS if build.flux else SUFFIXES) and tree.file(path):
            found.append(path)
    if not found:
        raise BuildError("it has no manifest and no kustomization; correct the path")
    return found


def render(build: Build, tree: Tree, found: Reach, reached: Reached, sandbox: Sandbox) -> bytes:
    """What the root makes, as kustomize prints it. Raises BuildError, OSError."""
    tool, made, limits = sandbox
    made.write(tree, found.files)
    folder = made.tree / build.path
    folder.mkdir(parents=True, exist_ok=True)
    path = reached.kustomization(build.path)
    if build.kustomization or path is None:
        fields: dict[str, Any] = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
        if path is None:
            names = generated(build, tree, reached)
            fields["resources"] = [posixpath.relpath(name, build.path or ".") for name in names]
        else:
            fields |= _plain_fields(path, tree.read(path) or b"")
        target = made.tree / (path or posixpath.join(build.path, "kustomization.yaml"))
        target.write_text(json.dumps(_laid_over(fields, build.kustomization)), encoding="utf-8")
    root = posixpath.join("../tree", build.path) if build.path else "../tree"
    made.write_own("kustomization.yaml", {"resources": [root], "buildMetadata": ORIGINS})
    # Flux knows no such restriction; here there is nothing else than the commit, and nothing of it was opaque.
    # What a remote base holds was not looked at.
    free = build.flux and bool(found.outside) and not found.opaque and not found.hosts
    restrictor = "LoadRestrictionsNone" if free else "LoadRestrictionsRootOnly"
    command = [tool.path, "kustomize" if tool.is_kubectl else "build", str(made.own), "--load-restrictor", restrictor]
    done = run(command, made.own, limits)
    if done.status:
        raise BuildError(by_kustomize(made.clean(done.said)))
    return done.output


def _laid_over(fields: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(fields)
    for key, value in over.items():
        known = made.get(key)
        if isinstance(known, list) and isinstance(value, (list, tuple)):
            made[key] = [*known, *value]
        elif isinstance(known, dict) and isinstance(value, Mapping):
            made[key] = {**known, **value}
        else:
            made[key] = value
    return made


def _plain_fields(path: str, data: bytes) -> dict[str, Any]:
    try:
        roots = load(data, lambda node: node)
    except YamlError as e:
        raise BuildError(f"{path}:{e.line} {e.reason}; correct it") from None
    found = plain(roots[0]) if roots else {}
    return found if isinstance(found, dict) else {}
