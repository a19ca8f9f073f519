"""One build: what it needs, whether that was built before, what the program makes of it, and where that is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from auditor.sources.builds import Build
from auditor.sources.git.tree import Tree
from auditor.sources.render import helm, kustomize
from auditor.sources.render.cache import key_of
from auditor.sources.render.documents import Piece, Places, documents
from auditor.sources.render.errors import BuildError
from auditor.sources.render.export import Sandbox, export
from auditor.sources.render.found import as_found
from auditor.sources.render.indexed import Indexed
from auditor.sources.render.places import HelmPlaces, KustomizePlaces
from auditor.sources.render.process import Limits
from auditor.sources.render.reach import Reach, Reached
from auditor.sources.render.tools import Tool, find

if TYPE_CHECKING:
    from auditor.sources.render.renderer import Rendering

_TOO_DEEP = "its values, or what it makes, are nested too deeply; flatten them"


class View(NamedTuple):
    """What builds see that leave out the same of a commit."""

    tree: Tree
    reached: Reached
    problem: str
    """Why they see nothing."""


class Task:
    """One build."""

    def __init__(self, rendering: Rendering, build: Build, view: View) -> None:
        self.build = as_found(build, view.tree)
        self.tree = view.tree
        self.problem = view.problem
        self.content: bytes | None = None
        self.paths: list[str] = []
        self.namespace = build.namespace or rendering.source.namespace
        self._rendering = rendering
        self._reached = view.reached
        self._reach = Reach()
        self._tool: Tool | None = None
        self._key = ""

    def plan(self) -> None:
        """Find out what it needs, and whether it was built before."""
        if self.problem:
            return
        rendering = self._rendering
        try:
            if self.build.kind == "helm":
                self.paths = helm.reach(self.build, self.tree)
            else:
                self._reach = kustomize.reach(self.build, self.tree, self._reached)
                self.paths = list(self._reach.files)
            self._tool = find("helm" if self.build.kind == "helm" else "kustomize", rendering.tools)
            if not self._reach.hosts:  # what a remote answers is no part of the key
                asked = (rendering.source.name, self.namespace)
                self._key = key_of(self.build, self._tool, self.tree, self.paths, asked)
                self.content = rendering.built.get(self._key, rendering.folder)
        except BuildError as e:
            self.problem = str(e)
        except RecursionError:
            self.problem = _TOO_DEEP

    def carry_out(self) -> None:
        """Build it, unless that is done."""
        if self.problem or self.content is not None or self._tool is None:
            return
        rendering = self._rendering
        try:
            rendering.in_time()
            limits = Limits(
                seconds=min(rendering.tools.timeout.total_seconds(), rendering.deadline.left),
                memory=rendering.tools.memory,
                hosts=tuple(sorted(self._reach.hosts)),
            )
            with export() as made:
                output = self._output(Sandbox(self._tool, made, limits))
            self.content = documents(output, self.build, rendering.source.name, self.namespace, self._places())
        except BuildError as e:
            self.problem = self._late() or str(e)
        except RecursionError:
            self.problem = _TOO_DEEP
        except OSError as e:
            self.problem = f"its export cannot be written: {e.strerror or e}; see to the temporary folder"
        else:
            if self._key:
                rendering.built.put(self._key, self.content, rendering.folder)

    def _late(self) -> str:
        """What is said where a limit was what the source had left, which is another each time."""
        try:
            self._rendering.in_time()
        except BuildError as e:
            return str(e)
        return ""

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
                self._rendering.in_time,
            )
        root = self._reached.kustomization(build.path) or build.path
        found = KustomizePlaces(self.tree, self._reach, kustomize.laid_over(build), build.path)
        return Places(
            lambda leaf, texts, resource, piece: found.find(leaf, texts, resource, piece.origin, piece.by),
            lambda resource, piece: found.home(resource or Indexed(""), piece.origin, root),
            self._lines,
            found.file,
            self._rendering.in_time,
        )

    def _lines(self, path: str) -> list[str]:
        data = self.tree.read(path) if self.tree.file(path) else None
        return data.decode(errors="replace").split("\n") if data else []

    def _template(self, _: Indexed | None, piece: Piece) -> tuple[str, int]:
        """The template that made a document; helm writes its path from the name of the chart."""
        inside = piece.origin.partition("/")[2]
        path = f"{self.build.path}/{inside}" if self.build.path else inside
        if self.tree.file(path):
            return path, 1
        return (f"{self.build.path}/Chart.yaml" if self.build.path else "Chart.yaml"), 1
