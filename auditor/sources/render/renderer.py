"""All builds of one source at one commit: those that nothing changed for are taken from the cache, the others built.

What cannot be built is a gap that names it; the rest goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from auditor.config import settings
from auditor.model.service import Declared, Partial
from auditor.model.snapshot import Gap
from auditor.sources.builds import Build
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.manifests import declarations
from auditor.sources.gathered import Deadline
from auditor.sources.git.tree import Tree
from auditor.sources.render import helm, kustomize
from auditor.sources.render.cache import Built, key_of
from auditor.sources.render.documents import Piece, Places, documents
from auditor.sources.render.errors import BuildError
from auditor.sources.render.export import Sandbox, export
from auditor.sources.render.ignored import without_ignored
from auditor.sources.render.indexed import Indexed
from auditor.sources.render.origins import located, origin_of
from auditor.sources.render.places import HelmPlaces, KustomizePlaces
from auditor.sources.render.process import Limits
from auditor.sources.render.reach import Reach, Reached
from auditor.sources.render.tools import Tool, find

AT_ONCE = 2
"""Builds that run at the same time; each may use two cores."""


@dataclass(slots=True)
class Rendered:
    """What the builds of one source gave."""

    declared: list[Declared] = field(default_factory=list)
    partials: list[Partial] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    """For a recording: what was built, by root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How builds are carried out."""

    source: settings.Git
    tools: settings.Tools
    deadline: Deadline
    built: Built
    cache_dir: Path

    def of(self, tree: Tree, builds: Iterable[Build]) -> Rendered:
        """Build all. Raises as Tree.load."""
        made = Rendered()
        tasks: list[_Task] = []
        views: dict[tuple[object, ...], tuple[Tree, Reached]] = {}
        for build in _different(builds):
            view = views.get((build.flux, build.ignore))
            if view is None:
                seen = without_ignored(tree, build)
                view = views[build.flux, build.ignore] = (
                    seen, Reached(seen, self.tools.allowed_hosts, self.built.parsed)
                )  # fmt: skip
            tasks.append(_Task(self, build, *view))
        for seen, reached in views.values():
            mine = [one.build for one in tasks if one.tree is seen and one.build.kind == "kustomize"]
            reached.prepare(one.path for one in mine)
        for one in tasks:
            one.plan()
        tree.load(path for one in tasks if one.content is None and not one.problem for path in one.paths)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="render") as pool:
            list(pool.map(_Task.carry_out, tasks))
        for name, one in sorted(_named(tasks), key=lambda pair: pair[0]):  # the order in which a replay reads them
            self._join(one, made)
            if one.content:
                made.files.append((name, one.content))
        if tasks:
            self.built.tidy(self.folder)
        return made

    @property
    def folder(self) -> Path:
        """Where results are kept."""
        return self.cache_dir / "rendered"

    def _join(self, task: _Task, made: Rendered) -> None:
        build, name = task.build, self.source.name
        if task.problem or task.content is None:
            scope = f"{name}/{build.path}" if build.path else name
            reason = f"{build.label} could not be built: {task.problem}"
            made.gaps.append(Gap(source="git", scope=scope, kind="manifests", reason=reason))
            return
        origin = origin_of(task.content, Origin(name, build.path or ".", task.namespace))
        for one in located(declarations(task.content, origin), task.content, origin):
            if isinstance(one, Declared):
                made.declared.append(one)
            elif isinstance(one, Partial):
                made.partials.append(one)
            else:
                made.gaps.append(one)


def _named(tasks: list[_Task]) -> Iterator[tuple[str, _Task]]:
    """Each build with the file that a recording keeps it in."""
    counted: Counter[str] = Counter()
    for one in tasks:
        path = one.build.path
        counted[path] += 1
        name = "rendered.yaml" if counted[path] == 1 else f"rendered_{counted[path]}.yaml"
        yield (f"{path}/{name}" if path else name), one


def _different(builds: Iterable[Build]) -> list[Build]:
    found: list[Build] = []
    for one in builds:
        if one not in found:
            found.append(one)
    return found


class _Task:
    """One build."""

    def __init__(self, rendering: Rendering, build: Build, tree: Tree, reached: Reached) -> None:
        self.build = build
        self.tree = tree
        self.problem = ""
        self.content: bytes | None = None
        self.paths: list[str] = []
        self.namespace = build.namespace or rendering.source.namespace
        self._rendering = rendering
        self._reached = reached
        self._reach = Reach()
        self._tool: Tool | None = None
        self._key = ""

    def plan(self) -> None:
        """Find out what it needs, and whether it was built before."""
        rendering = self._rendering
        try:
            if self.build.kind == "helm":
                self.paths = helm.reach(self.build, self.tree)
            else:
                self._reach = kustomize.reach(self.build, self.tree, self._reached)
                self.paths = list(self._reach.files)
            self._tool = find(self.build.kind, rendering.tools)
        except BuildError as e:
            self.problem = str(e)
            return
        if not self._reach.hosts:  # what a remote answers is no part of the key
            asked = (rendering.source.name, self.namespace)
            self._key = key_of(self.build, self._tool, self.tree, self.paths, asked)
            self.content = rendering.built.get(self._key, rendering.folder)

    def carry_out(self) -> None:
        """Build it, unless that is done."""
        if self.problem or self.content is not None or self._tool is None:
            return
        rendering = self._rendering
        try:
            left = rendering.deadline.left
            if left <= 0:
                limit = rendering.deadline.limit.total_seconds()
                raise BuildError(f"the time of its source ({limit:g} s) was over; give it a longer `timeout`")  # noqa: TRY301
            limits = Limits(
                seconds=min(rendering.tools.timeout.total_seconds(), left),
                memory=rendering.tools.memory,
                hosts=tuple(sorted(self._reach.hosts)),
            )
            with export() as made:
                output = self._output(Sandbox(self._tool, made, limits))
            self.content = documents(output, self.build, rendering.source.name, self.namespace, self._places())
        except BuildError as e:
            self.problem = str(e)
        except OSError as e:
            self.problem = f"its export cannot be written: {e.strerror or e}; see to the temporary folder"
        else:
            if self._key:
                rendering.built.put(self._key, self.content, rendering.folder)

    def _output(self, sandbox: Sandbox) -> bytes:
        if self.build.kind == "helm":
            return helm.render(self.build, self.tree, self.paths, sandbox)
        return kustomize.render(self.build, self.tree, self._reach, self._reached, sandbox)

    def _places(self) -> Places:
        build = self.build
        if build.kind == "helm":
            own = f"{build.path}/values.yaml" if build.path else "values.yaml"
            files = [*reversed(helm.value_files(build)), *([own] if self.tree.file(own) else [])]
            values = HelmPlaces(self.tree, files)
            return Places(
                lambda leaf, texts, _, piece: values.find(leaf, texts, self._template(None, piece)[0]),
                self._template,
                self._lines,
                lambda _: None,
            )
        root = self._reached.kustomization(build.path) or build.path
        found = KustomizePlaces(self.tree, self._reach, kustomize.laid_over(build))
        return Places(
            lambda leaf, texts, resource, piece: found.find(leaf, texts, resource, piece.origin, piece.by),
            lambda resource, piece: found.home(resource or Indexed(""), piece.origin, root),
            self._lines,
            found.file,
        )

    def _lines(self, path: str) -> list[str]:
        return (self.tree.read(path) or b"").decode(errors="replace").split("\n")

    def _template(self, _: Indexed | None, piece: Piece) -> tuple[str, int]:
        """The template that made a document; helm writes its path from the name of the chart."""
        inside = piece.origin.partition("/")[2]
        path = f"{self.build.path}/{inside}" if self.build.path else inside
        if self.tree.file(path):
            return path, 1
        return (f"{self.build.path}/Chart.yaml" if self.build.path else "Chart.yaml"), 1
