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
from auditor.sources.render.cache import Built
from auditor.sources.render.errors import BuildError
from auditor.sources.render.ignored import without_ignored
from auditor.sources.render.origins import located, origin_of
from auditor.sources.render.reach import Reached
from auditor.sources.render.task import Task, View

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
        tasks: list[Task] = []
        views: dict[tuple[object, ...], View] = {}
        for build in _different(builds):
            key = (build.flux, build.ignore)
            if key not in views:
                views[key] = self._view(tree, build)
            tasks.append(Task(self, build, views[key]))
        for view in views.values():
            mine = [one.build for one in tasks if one.tree is view.tree and one.build.kind == "kustomize"]
            view.reached.prepare(one.path for one in mine)
        for one in tasks:
            one.plan()
        tree.load(path for one in tasks if one.content is None and not one.problem for path in one.paths)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="render") as pool:
            list(pool.map(Task.carry_out, tasks))
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

    def in_time(self) -> None:
        """Raise BuildError once the source has no time left."""
        if self.deadline.passed:
            limit = self.deadline.limit.total_seconds()
            raise BuildError(f"the time of its source ({limit:g} s) was over; give it a longer `timeout`")

    def _view(self, tree: Tree, build: Build) -> View:
        problem = ""
        try:
            seen = without_ignored(tree, build, self.in_time)
        except BuildError as e:
            seen, problem = tree.only(()), str(e)
        return View(seen, Reached(seen, self.tools.allowed_hosts, self.built.parsed, self.in_time), problem)

    def _join(self, task: Task, made: Rendered) -> None:
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


def _named(tasks: list[Task]) -> Iterator[tuple[str, Task]]:
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
