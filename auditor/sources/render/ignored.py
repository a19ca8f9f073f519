"""What Flux leaves out of a repository: its defaults, `.sourceignore` files, and `spec.ignore` (source-controller).

https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from auditor.sources.builds import Build
from auditor.sources.git.tree import Tree
from auditor.sources.render.errors import BuildError
from auditor.sources.render.globs import pattern

SOURCE_IGNORE = ".sourceignore"
MAX_PATTERNS = 1000
"""Of one build."""
_DEFAULTS = [
    ".git/", ".gitignore", ".gitmodules", ".gitattributes",
    "*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip",
    ".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml",
    "codeship-services.yml", "codeship-steps.yml",
    "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml",
]  # fmt: skip


def without_ignored(tree: Tree, build: Build, in_time: Callable[[], None]) -> Tree:
    """The tree that a build sees; `in_time` raises once it takes too long. Raises BuildError, and as Tree.load."""
    patterns: list[str] = []
    if build.flux:
        patterns += _DEFAULTS
        files = sorted(path for path in tree.entries if path.rpartition("/")[2] == SOURCE_IGNORE and tree.file(path))
        tree.load(files)
        for path in files:
            lines = (tree.read(path) or b"").decode(errors="replace").splitlines()
            patterns += [_below(path.rpartition("/")[0], line) for line in lines]
    patterns += build.ignore
    if len(patterns) > MAX_PATTERNS:
        raise BuildError(
            f"{len(patterns)} patterns say what is left out of the repository, more than the {MAX_PATTERNS} that are "
            "followed; write fewer"
        )
    if not patterns:
        return tree
    left_out = _LeftOut(patterns, in_time)
    return tree.only([path for path in tree.entries if not left_out.file(path)])


class _LeftOut:
    """Which paths patterns leave out: the last that is about a path, or about a folder above it, decides."""

    def __init__(self, patterns: Iterable[str], in_time: Callable[[], None]) -> None:
        self._patterns = [found for found in map(pattern, patterns) if found]
        self._in_time = in_time
        self._folders: dict[str, int] = {"": -1}

    def file(self, path: str) -> bool:
        """True if a file is left out."""
        last = max(self._folder(path.rpartition("/")[0]), self._own(path, folder=False))
        return last >= 0 and self._patterns[last].excludes

    def _folder(self, path: str) -> int:
        """The last pattern that is about a folder."""
        above, missing = path, list[str]()
        while above not in self._folders:
            missing.append(above)
            above = above.rpartition("/")[0]
        found = self._folders[above]
        for one in reversed(missing):
            found = self._folders[one] = max(found, self._own(one, folder=True))
        return found

    def _own(self, path: str, *, folder: bool) -> int:
        self._in_time()
        parts = path.split("/")
        numbers = range(len(self._patterns) - 1, -1, -1)
        return next((n for n in numbers if self._patterns[n].says(parts, folder=folder)), -1)


def _below(folder: str, line: str) -> str:
    """A pattern of a file in a folder, as one from the top."""
    text = line.rstrip()
    if not folder or not text or text.startswith("#"):
        return text
    no, text = ("!", text[1:]) if text.startswith("!") else ("", text)
    anchored = "/" in text.rstrip("/")
    return f"{no}/{folder}/{text.lstrip('/')}" if anchored else f"{no}/{folder}/**/{text}"
