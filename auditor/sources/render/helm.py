"""A chart to what `helm template` makes of it: no cluster, no network, no plugin, and only files of the commit."""

from __future__ import annotations

import posixpath
import re

from auditor.sources.builds import Build
from auditor.sources.declarations.manifests import CHART
from auditor.sources.git.tree import SYMLINK, Tree
from auditor.sources.render import schemas
from auditor.sources.render.errors import BuildError
from auditor.sources.render.export import Sandbox
from auditor.sources.render.process import run
from auditor.sources.render.reach import MAX_FILES
from auditor.sources.render.told import by_helm

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,51}[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LIST = frozenset(',"\n\r')
"""What `--values` parts at."""
_VERSION = re.compile(r"v?\d+\.\d+(\.\d+)?([-+][\w.+-]+)?")


def value_files(build: Build) -> list[str]:
    """The paths of its value files in the repository; later ones win."""
    return [posixpath.normpath(posixpath.join(build.path, name)) for name in build.value_files]


def reach(build: Build, tree: Tree) -> list[str]:
    """The files that a chart needs. Raises BuildError."""
    if posixpath.join(build.path, CHART) not in tree.entries:
        raise BuildError(f"it has no {CHART}, so it is no chart; correct the path, or `render`")
    for text, form, what in (
        (build.release, _NAME, "name of a release"),
        (build.namespace, _NAMESPACE, "namespace"),
        (build.kube_version, _VERSION, "version of Kubernetes"),
    ):
        if text and not form.fullmatch(text):
            raise BuildError(f"`{text!a}` is no {what}; correct it")
    for name, path in zip(build.value_files, value_files(build), strict=True):
        if _LIST & set(path):
            raise BuildError(f"helm takes the value file {name!a} for several; rename it, without `,` and quotes")
        if not tree.file(path):
            told = "is a symbolic link" if path in tree.entries and tree.entries[path].mode == SYMLINK else "is no file"
            raise BuildError(f"the value file {name!a} {told} in the repository; correct `helm.valueFiles`")
    files = [one for one in tree.below(build.path) if tree.file(one)]
    found = list(dict.fromkeys([*files, *value_files(build)]))
    if len(found) > MAX_FILES:
        raise BuildError(
            f"it has {len(found)} files, more than the {MAX_FILES} that are read; move the chart elsewhere"
        )
    return found


def _without_schemas(tree: Tree, files: list[str]) -> list[str]:
    """The files without schemas that name others. Raises BuildError for an archive with such."""
    kept: list[str] = []
    left = schemas.MAX_UNPACKED
    for path in files:
        name, data = posixpath.basename(path), b""
        if name == schemas.NAME or name.endswith(schemas.ARCHIVES):
            data = tree.read(path) or b""
        if name != schemas.NAME or not schemas.leads_away(data):
            kept.append(path)
        if name.endswith(schemas.ARCHIVES):
            left = schemas.check_archive(path, data, left)
    return kept


def render(build: Build, tree: Tree, files: list[str], sandbox: Sandbox) -> bytes:
    """What the chart makes, as helm prints it. Raises BuildError, OSError."""
    made = sandbox.export
    made.write(tree, _without_schemas(tree, files))
    command = [sandbox.tool.path, "template", build.release or "release", str(made.tree / build.path), "--skip-tests"]
    if build.namespace:
        command += ["--namespace", build.namespace]
    if build.kube_version:
        command += ["--kube-version", build.kube_version]
    for path in value_files(build):
        command += ["--values", str(made.tree / path)]
    if build.values:
        command += ["--values", str(made.write_own("values.json", dict(build.values)))]
    done = run(command, made.own, sandbox.limits)
    if done.status:
        raise BuildError(by_helm(made.clean(done.said)))
    return done.output
