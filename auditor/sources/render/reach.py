"""The files of a commit that a root reaches: nothing else is exported, and nothing else is part of its cache key.

Every name in a kustomization must be a file or folder of the commit: kustomize would take what is neither for an
address, or read it from this machine.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from auditor.sources.builds import KUSTOMIZATIONS
from auditor.sources.git.tree import SUBMODULE, SYMLINK, Tree
from auditor.sources.render.errors import BuildError
from auditor.sources.render.kustomization import Kustomization, check_plugin, host, is_remote, parse

MAX_FILES = 10_000
"""That one root may reach."""
MAX_DEPTH = 100
"""Of bases that name each other."""
_SHOWN = 8
_SERVERS = ("http:", "https:")


@dataclass(slots=True)
class Reach:
    """What one root reaches."""

    files: dict[str, None] = field(default_factory=dict)
    kustomizations: dict[str, Kustomization] = field(default_factory=dict)
    """By their path."""
    outside: str = ""
    """A file that a kustomization names outside its folder."""
    hosts: set[str] = field(default_factory=set)
    """Of remote bases that are allowed."""
    opaque: bool = False


class Reached:
    """The reach of roots of one tree; each kustomization is parsed once. `in_time` raises once it takes too long."""

    def __init__(
        self,
        tree: Tree,
        hosts: Iterable[str] = (),
        parsed: dict[str, Kustomization] | None = None,
        in_time: Callable[[], None] = lambda: None,
    ) -> None:
        self._in_time = in_time
        self._tree = tree
        self._hosts = frozenset(hosts)
        self._parsed = {} if parsed is None else parsed

    def prepare(self, folders: Iterable[str]) -> None:
        """Read the kustomizations of these folders and of all that they name, level by level. Raises as Tree.load."""
        seen: set[str] = set()
        level = set(folders)
        for _ in range(MAX_DEPTH):
            seen |= level
            files = [file for folder in level if (file := self.kustomization(folder))]
            self._tree.load(file for file in files if self._key(file) not in self._parsed)
            following: set[str] = set()
            for file in files:
                try:
                    found = self._parse(file)
                except BuildError:
                    continue  # it is told of the roots that reach it
                here = file.rpartition("/")[0]
                names = (posixpath.normpath(posixpath.join(here, name)) for name in (*found.entries, *found.plugins))
                following |= {"" if name == "." else name for name in names}
            level = {one for one in following if one in self._tree.folders} - seen
            if not level:
                return

    def kustomization(self, folder: str) -> str | None:
        """The kustomization file in a folder."""
        paths = (posixpath.join(folder, name) for name in KUSTOMIZATIONS)
        return next((path for path in paths if path in self._tree.entries), None)

    def of(self, folder: str) -> Reach:
        """What a root reaches. Raises BuildError."""
        made = Reach()
        self._folder(folder, made, ())
        self._limit(made)
        return made

    def files(self, paths: Iterable[str]) -> Reach:
        """What a list of manifests and roots reaches, as Flux makes a kustomization of a folder. Raises BuildError."""
        made = Reach()
        for path in paths:
            if path in self._tree.folders:
                self._folder(path, made, ())
            else:
                made.files[self._file(path)] = None
        self._limit(made)
        return made

    def add(self, reach: Reach, at: str, names: Kustomization) -> None:
        """Add what a kustomization names that is not in the repository, as if it were. Raises BuildError."""
        self._named(at, names, reach, (at,))
        self._limit(reach)

    @staticmethod
    def _limit(made: Reach) -> None:
        if len(made.files) > MAX_FILES:
            raise BuildError(
                f"it reaches {len(made.files)} files, more than the {MAX_FILES} that are built; split it up"
            )

    def _key(self, path: str) -> str:
        return f"{self._tree.oid(path)} {path}"

    def _parse(self, path: str) -> Kustomization:
        known = self._parsed.get(self._key(path))
        if known is None:
            self._in_time()
            known = self._parsed[self._key(path)] = parse(path, self._read(path))
        return known

    def _read(self, path: str) -> bytes:
        data = self._tree.read(self._file(path))
        if data is None:
            raise BuildError(f"{path} is too large to be read, or missing in this copy; exclude it")
        return data

    def _folder(self, folder: str, made: Reach, above: tuple[str, ...]) -> None:
        if folder in above:
            steps = [one or "." for one in (*above[above.index(folder) :], folder)]
            shown = steps if len(steps) <= _SHOWN else [*steps[: _SHOWN - 2], "…", steps[-1]]
            raise BuildError(f"{folder or '.'} names itself in a cycle ({' -> '.join(shown)}); break it")
        if len(above) > MAX_DEPTH:
            raise BuildError(f"it has more than {MAX_DEPTH} bases, each of which names the next; name some directly")
        path = self.kustomization(folder)
        if path is None:
            raise BuildError(f"{folder or '.'} has no kustomization file; add one, or name its files")
        if path in made.kustomizations:
            return
        found = self._parse(path)
        made.files[path] = None
        self._named(folder, found, made, (*above, folder))
        made.kustomizations[path] = found

    def _named(self, folder: str, found: Kustomization, made: Reach, above: tuple[str, ...]) -> None:
        made.opaque |= found.opaque
        self._no_path(folder, found)
        if found.opaque:  # what a plugin reads nobody knows: its whole folder is there
            made.files.update(dict.fromkeys(one for one in self._tree.below(folder) if self._tree.file(one)))
        for name in (*found.entries, *found.plugins):
            path = self._resolved(folder, name, found, made)
            if path is None:
                continue
            if path in self._tree.folders:
                self._folder(path, made, above)
            elif name in found.plugins:
                made.files[path] = None
                check_plugin(path, self._read(path).decode(errors="replace"))
            else:
                made.files[path] = None
                self._outside(folder, path, made)
        for name in found.files:
            path = self._resolved(folder, name, found, made)
            if path is not None:
                made.files[self._file(path)] = None
                self._outside(folder, path, made)

    def _no_path(self, folder: str, found: Kustomization) -> None:
        """Refuse a text in place of a file's name that leads somewhere: kustomize would read what is there."""
        for text in found.inline:
            path = posixpath.normpath(posixpath.join(folder, text))
            away = path == ".." or path.startswith(("/", "../")) or text.strip().casefold().startswith(_SERVERS)
            if away or path in self._tree.folders or path in self._tree.entries:
                raise BuildError(f"{found.path} holds a patch or plugin that is a path as well; write it into a file")

    @staticmethod
    def _outside(folder: str, path: str, made: Reach) -> None:
        if folder and not path.startswith(f"{folder}/"):
            made.outside = made.outside or f"{folder} names {path}"

    def _resolved(self, folder: str, name: str, found: Kustomization, made: Reach) -> str | None:
        """The path in the commit that a name means; None for a remote that is allowed."""
        path = posixpath.normpath(posixpath.join(folder, name))
        path = "" if path == "." else path
        inside = not name.startswith("/") and path != ".." and not path.startswith("../")
        if inside and (path in self._tree.folders or self._tree.file(path)):
            return path
        by = found.path
        if is_remote(name):
            its_host = host(name)
            if its_host is not None and its_host in self._hosts:
                made.hosts.add(its_host)
                return None
            raise BuildError(
                f"{by} names the remote `{_shown(name)}`, which is not fetched; vendor it, or add its host to "
                "`tools.allowedHosts` (https only)"
            )
        if not inside:
            raise BuildError(f"{by} names `{_shown(name)}`, which lies outside the repository; move it into it")
        self._link(path, by)
        raise BuildError(f"{by} names `{_shown(name)}`, which is not in the repository; add it, or remove the name")

    def _link(self, path: str, by: str) -> None:
        """Say if a name leads through a symbolic link or a submodule."""
        for one in (path, *_above(path)):
            mode = self._tree.entries[one].mode if one in self._tree.entries else ""
            if mode == SYMLINK:
                raise BuildError(f"{by} names {path}, but {one} is a symbolic link, which is not followed; copy it")
            if mode == SUBMODULE:
                raise BuildError(f"{by} names {path}, but {one} is a submodule, which is not fetched; vendor it")

    def _file(self, path: str) -> str:
        if not self._tree.file(path):
            self._link(path, "it")
            raise BuildError(f"{path or '.'} is no file; correct what names it")
        return path


def _above(path: str) -> Iterable[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _shown(name: str) -> str:
    """A name as a sentence may have it: without what could be a password, and not too long."""
    if "\n" in name or ": " in name:
        return "…"  # a patch of one line
    scheme, mark, rest = name.partition("://")
    start, at, after = rest.partition("@")
    if mark and at and "/" not in start:
        name = f"{scheme}://{after}"
    return ascii(name)[1:-1][:120]
