"""What Flux leaves out of a repository: its defaults, `.sourceignore` files, and `spec.ignore` (source-controller).

https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files
"""

from __future__ import annotations

from auditor.sources.builds import Build
from auditor.sources.git.tree import Tree

SOURCE_IGNORE = ".sourceignore"
_DEFAULTS = [
    ".git/", ".gitignore", ".gitmodules", ".gitattributes",
    "*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip",
    ".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml",
    "codeship-services.yml", "codeship-steps.yml",
    "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml",
]  # fmt: skip


def without_ignored(tree: Tree, build: Build) -> Tree:
    """The tree that a build sees. Raises as Tree.load."""
    patterns: list[str] = []
    if build.flux:
        patterns += _DEFAULTS
        files = sorted(path for path in tree.entries if path.rpartition("/")[2] == SOURCE_IGNORE and tree.file(path))
        tree.load(files)
        for path in files:
            lines = (tree.read(path) or b"").decode(errors="replace").splitlines()
            patterns += [_below(path.rpartition("/")[0], line) for line in lines]
    patterns += build.ignore
    if not patterns:
        return tree
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)
    return tree.only([path for path in tree.entries if not spec.match_file(path)])


def _below(folder: str, line: str) -> str:
    """A pattern of a file in a folder, as one from the top."""
    text = line.rstrip()
    if not folder or not text or text.startswith("#"):
        return text
    no, text = ("!", text[1:]) if text.startswith("!") else ("", text)
    anchored = "/" in text.rstrip("/")
    return f"{no}/{folder}/{text.lstrip('/')}" if anchored else f"{no}/{folder}/**/{text}"
