"""Where in Git the values of a rendered document are written: in a patch, in the base, in a file of values.

Patches of the kustomizations that changed a resource come first, the outermost before the others and the last before
the first, then the file that the resource comes from, then any other file of the build. What is found nowhere (made by
a template, a replacement, a prefix) belongs to the line on which the resource begins.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator

from auditor.model.service import Place
from auditor.sources.git.tree import Tree
from auditor.sources.render.indexed import Indexed, Leaf, Shift, index
from auditor.sources.render.kustomization import Kustomization
from auditor.sources.render.patches import Patch, Renamed
from auditor.sources.render.reach import Reach
from auditor.sources.yaml_text.nodes import Mapping, Scalar, Sequence

_YAML = (".yaml", ".yml", ".json")


_NO_LINE = Shift(0, 1, fixed=True)
"""Of what no file holds."""
_COMMON = frozenset({"", "true", "false", "TCP", "UDP", "Local", "Cluster", "LoadBalancer"})
"""Values that stand in many places for many reasons."""


class KustomizePlaces:
    """The places of one kustomize root."""

    def __init__(self, tree: Tree, found: Reach, over: Kustomization | None = None, root: str = "") -> None:
        """`over`: what the GitOps tool lays over the root; its path is the object that says it, which has no lines."""
        self._tree = tree
        self._found = found
        self._renamed = Renamed.by([*found.kustomizations.values(), *([over] if over else [])])
        self._files: dict[str, list[Indexed]] = {}
        self._by_kind: dict[str, dict[str, dict[str, list[Indexed]]]] = {}
        self._patches: dict[str, list[Patch]] = {}
        self._over = list(self._read(over, root)) if over else []
        self._over_fields = [_annotations(over)] if over else []

    def home(self, resource: Indexed, origin: str, root: str) -> tuple[str, int]:
        """The file and line on which a resource begins."""
        for path in self._origins(origin):
            for document in self._named(path, resource, sure=path == origin):
                return document.file, document.line
        return (origin or root), 1

    def find(
        self, leaf: Leaf, texts: frozenset[str], resource: Indexed, origin: str, by: Iterable[str]
    ) -> Place | None:
        """Where a value of a resource is written."""
        for found in self._candidates(resource, origin, by):
            for one in found.by_path.get(leaf.path, ()):
                if leaf.text is None or one.text in texts:
                    return Place(one.line, one.column, found.file)
        if leaf.text is None or not leaf.path:
            return None
        for found in self._candidates(resource, origin, by, loose=True):
            for one in found.by_last.get(leaf.path[-1], ()):
                if one.text in texts:
                    return Place(one.line, one.column, found.file)
        return None

    def file(self, text: str) -> str | None:
        """The file of the build that has nothing but this text: a generator put it into a ConfigMap."""
        data = text.encode(errors="replace")
        return next((path for path in self._found.files if self._tree.read(path) == data), None)

    def _candidates(
        self, resource: Indexed, origin: str, by: Iterable[str], *, loose: bool = False
    ) -> Iterator[Indexed]:
        known = list(by) if self._is_resource(origin) else list(self._found.kustomizations)
        changed = list(dict.fromkeys(reversed(known)))
        yield from (patch.document for patch in reversed(self._over) if patch.fits(resource, self._renamed))
        for path in changed:
            for patch in reversed(self._patches_of(path)):
                if patch.fits(resource, self._renamed):
                    yield patch.document
        if loose:
            yield from self._over_fields
            for path in changed:
                yield from self._index(path)
        for path in self._origins(origin):
            yield from self._named(path, resource, sure=path == origin)

    def _is_resource(self, origin: str) -> bool:
        """False where a patch replaced all annotations: then nothing says where a resource comes from."""
        return origin in self._found.files and origin not in self._found.kustomizations

    def _origins(self, origin: str) -> Iterator[str]:
        if self._is_resource(origin):
            yield origin
        else:
            yield from (path for path in self._found.files if path.lower().endswith(_YAML))

    def _named(self, path: str, resource: Indexed, *, sure: bool) -> list[Indexed]:
        """The documents of a file that may have become a resource, the likeliest first; `sure`: one of them has."""
        found = self._kinds(path).get(resource.kind, {})
        named = [one for name in self._renamed.names(resource) for one in found.get(name, ())]
        alone = [one for several in found.values() for one in several] if sure and len(found) == 1 else []
        return named or (alone if len(alone) == 1 else [])

    def _kinds(self, path: str) -> dict[str, dict[str, list[Indexed]]]:
        """The documents of a file by kind and name."""
        known = self._by_kind.get(path)
        if known is None:
            known = self._by_kind[path] = defaultdict(lambda: defaultdict(list))
            for one in self._index(path):
                known[one.kind][one.name].append(one)
        return known

    def _index(self, path: str) -> list[Indexed]:
        if path not in self._files:
            data = self._tree.read(path) if self._tree.file(path) else None
            self._files[path] = index(path, data) if data else []
        return self._files[path]

    def _patches_of(self, path: str) -> list[Patch]:
        known = self._patches.get(path)
        if known is None:
            found = self._found.kustomizations.get(path)
            known = self._patches[path] = list(self._read(found, posixpath.dirname(path))) if found else []
        return known

    def _read(self, found: Kustomization, folder: str) -> Iterator[Patch]:
        for field in ("patchesstrategicmerge", "patches", "patchesjson6902"):
            given = found.root.get(field)
            for one in given if isinstance(given, Sequence) else ():
                if isinstance(one, Scalar):
                    yield from (Patch(document, None) for document in self._texts(found, one, folder))
                elif isinstance(one, Mapping):
                    target = one.get("target")
                    for key in ("patch", "path"):
                        if isinstance(text := one.get(key), Scalar):
                            for document in self._texts(found, text, folder):
                                yield Patch(document, target if isinstance(target, Mapping) else None)

    def _texts(self, found: Kustomization, text: Scalar, folder: str) -> list[Indexed]:
        """The documents of a patch: a file that is named, or the text itself."""
        path = posixpath.normpath(posixpath.join(folder, text.text))
        if "\n" not in text.text and self._tree.file(path):
            return self._index(path)
        data = self._tree.read(found.path) if self._tree.file(found.path) else None
        shift = _NO_LINE if data is None else _shift(text, data)
        return index(found.path, text.text.encode(errors="replace"), shift)


def _annotations(over: Kustomization) -> Indexed:
    """The annotations that are laid over a root."""
    made = Indexed(over.path, line=_NO_LINE.line)
    given = over.root.get("commonannotations")
    for key, value in given.items() if isinstance(given, Mapping) else ():
        if isinstance(value, Scalar):
            made.add(Leaf((key,), value.text, _NO_LINE.line, _NO_LINE.column))
    return made


def _shift(text: Scalar, data: bytes) -> Shift:
    """Where a text stands in its file: in a literal block each of its lines has a place."""
    mark = text.start_mark
    lines = data.decode(errors="replace").splitlines()
    here = lines[mark.line][mark.column :] if mark.line < len(lines) else ""
    if not here.startswith("|"):
        return Shift(mark.line + 1, mark.column + 1, fixed=True)
    written = [line for line in text.text.split("\n") if line.strip()]
    below = [line for line in lines[mark.line + 1 :] if line.strip()]
    indent = len(below[0]) - len(written[0]) if below and written else 0
    return Shift(mark.line + 1, max(indent, 0))


class HelmPlaces:
    """The places of one chart: in its files of values, the last that wins first, else the template."""

    def __init__(self, tree: Tree, values: Iterable[str]) -> None:
        self._tree = tree
        self._values = [one for path in values for one in index(path, tree.read(path) or b"")]

    def find(self, leaf: Leaf, texts: frozenset[str], template: str) -> Place | None:
        """Where a value is written: under its key, else where it stands once among the values, else in the template."""
        if not leaf.path:
            return None
        for document in self._values:
            for one in document.by_last.get(leaf.path[-1], ()):
                if one.text in texts:
                    return Place(one.line, one.column, document.file)
        alike = [
            Place(one.line, one.column, document.file)
            for document in self._values for one in document.leaves
            if one.text is not None and one.text in texts - _COMMON
        ]  # fmt: skip
        return alike[0] if len(alike) == 1 else self._in_template(leaf.path[-1], template)

    def _in_template(self, key: str, path: str) -> Place | None:
        """The first line of the template that sets the key."""
        lines = (self._tree.read(path) or b"").decode(errors="replace").splitlines() if self._tree.file(path) else []
        for number, line in enumerate(lines, 1):
            if line.lstrip(" -\"'").startswith((f"{key}:", f'{key}":', f"{key}':")):
                return Place(number, len(line) - len(line.lstrip()) + 1, path)
        return None
