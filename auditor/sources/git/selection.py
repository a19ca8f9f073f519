"""Which files of a commit are read as manifests, and what under the configured paths cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from auditor.config import settings
from auditor.model.snapshot import Gap
from auditor.sources.builds import KUSTOMIZATIONS, Build
from auditor.sources.declarations.manifests import ROOT_FILES, SUFFIXES, is_manifest, rendering_roots, under, unrendered
from auditor.sources.gathered import SourceError
from auditor.sources.git.links import LinkError, Links
from auditor.sources.git.process import Git
from auditor.sources.git.tree import SUBMODULE, SYMLINK, Entry, Tree, text_of


@dataclass(slots=True)
class Selection:
    """What is read of one commit."""

    files: list[Entry] = field(default_factory=list)
    """Plain manifests."""
    roots: dict[str, str] = field(default_factory=dict)
    """Folders with selected files that must be rendered first, each with the file that says so."""
    builds: tuple[Build, ...] = ()
    """What is rendered, and declares what comes out."""
    gaps: list[Gap] = field(default_factory=list)

    def missed(self, scope: str, reason: str) -> None:
        """Note something that is not read."""
        self.gaps.append(Gap(source="git", scope=scope, kind="manifests", reason=reason))


def select(git: Git, commit: str, source: settings.Git, tree: Tree, builds: tuple[Build, ...] = ()) -> Selection:
    """What of a commit a source means; with `builds` only those. Raises SourceError, and as Git.run."""
    if builds:
        return Selection(builds=builds)
    paths = [_path(path) for path in source.paths]
    made = Selection()
    every = list(tree.entries.values())
    _missing(source.name, commit, paths, every, made)
    inside = [one for one in every if not paths or under(f"{one.path}/", paths)]
    globbed = _matching(git, commit, source.include, source.exclude)
    chosen = [one for one in inside if is_manifest(one.path) and (globbed is None or one.path in globbed)]
    _submodules(source, inside, _matching(git, commit, (), source.exclude), made)
    if source.include and not chosen:
        made.missed(source.name, f"{source.name}: `include` selects no manifest at {commit}; correct it")
    files = [one for one in chosen if one.mode not in (SYMLINK, SUBMODULE)]
    if source.render in ("kustomize", "helm"):
        made.builds = _asked(source, paths or [""], tree, [one.path for one in files], made)
        return made
    if source.render == "auto":
        made.builds = tuple(Build(path=path) for path in paths or [""] if _is_root(path, files))
        built = [one.path for one in made.builds]
        files = [one for one in files if not under(one.path, built)]
        # Also those above the configured paths: a part of a chart is no plain manifest either.
        roots = rendering_roots(one.path for one in every if one.mode != SUBMODULE)
        told = [one.path for one in chosen if one.mode != SUBMODULE and not under(one.path, built)]
        made.roots = {root: name for root, name in roots.items() if any(under(path, (root,)) for path in told)}
        made.gaps += [unrendered(source.name, root, name) for root, name in made.roots.items()]
    made.files = [one for one in files if _plain(one.path, made.roots)]
    elsewhere = (*(one.path for one in made.builds), *made.roots)
    links = [one for one in inside if one.mode == SYMLINK and one.path not in paths and not under(one.path, elsewhere)]
    _follow(source.name, [one for one in links if globbed is None or one.path in globbed], chosen, tree, made)
    made.files.sort(key=lambda one: one.path)
    return made


def _follow(source: str, links: list[Entry], chosen: list[Entry], tree: Tree, made: Selection) -> None:
    """Read the files that links lead to, unless they are read where they are; a gap for what cannot be followed."""
    resolver, asked = Links(tree), {one.path for one in chosen}
    read = {one.path for one in chosen if one.mode != SYMLINK}
    for link in sorted(links, key=lambda one: one.path):
        scope = f"{source}/{link.path}"
        try:
            target = resolver.target(link.path)
        except LinkError as e:
            if link.path in asked:
                made.missed(scope, f"{link.path} is a symbolic link that {e}; copy the manifest, or exclude the link")
            continue
        if target in tree.entries:
            if link.path in asked and target not in read and _plain(link.path, {}):
                read.add(target)
                made.files.append(tree.entries[target]._replace(path=link.path))
        elif resolver.unread_below(target, read):
            made.missed(
                scope,
                f"{link.path} is a symbolic link to the folder {target or '.'}, which is not followed; "
                "add that folder to `paths`, or exclude the link",
            )


def _is_root(path: str, files: list[Entry]) -> bool:
    names = {f"{path}/{name}" if path else name for name in KUSTOMIZATIONS}
    return any(one.path in names for one in files)


def _asked(source: settings.Git, paths: list[str], tree: Tree, files: list[str], made: Selection) -> tuple[Build, ...]:
    """A build for each chart, or for each outermost kustomize root in the configured paths."""
    for path in paths:
        if path not in tree.folders and tree.file(path):
            made.missed(
                f"{source.name}/{path}", f"{path} is a file, and what is rendered is a folder; name that in `paths`"
            )
    if source.render == "helm":
        return tuple(_chart(path, source) for path in paths if path in tree.folders)
    roots = [path.rpartition("/")[0] for path in files if path.rpartition("/")[2] in KUSTOMIZATIONS]
    builds: list[Build] = []
    for path in paths:
        here = [root for root in roots if root == path or under(f"{root}/", (path,))]
        outermost = sorted(root for root in set(here) if not under(root, set(here) - {root}))
        builds += [Build(path=root) for root in outermost]
        if not outermost and path in tree.folders:
            made.missed(
                f"{source.name}/{path}" if path else source.name,
                f"{path or source.name}: no kustomization is in it; correct `paths`, or set `render: auto`",
            )
    return tuple(dict.fromkeys(builds))


def _chart(path: str, source: settings.Git) -> Build:
    given = source.helm
    return Build(
        path=path,
        kind="helm",
        release=given.release_name or path.rpartition("/")[2] or source.name,
        namespace=given.namespace or source.namespace,
        value_files=given.value_files,
        kube_version=given.kube_version or "",
    )


def _plain(path: str, roots: dict[str, str]) -> bool:
    return path.lower().endswith(SUFFIXES) and path.rpartition("/")[2] not in ROOT_FILES and not under(path, roots)


def _path(path: str) -> str:
    """A configured path as Git spells it; the top is empty."""
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or "\0" in path:
        raise SourceError(f"`paths` has `{path!a}`, which is no path in the repository; write it from its top")
    return "/".join(parts)


def _matching(git: Git, commit: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> frozenset[str] | None:
    """The paths that the globs let through, as Git itself matches them; None: all."""
    if not include and not exclude:
        return None
    empty = git.text("hash-object", "-t", "tree", "--stdin")
    specs = [spec for glob in include for spec in _specs(glob, "top,glob")]
    specs += [spec for glob in exclude for spec in _specs(glob, "top,exclude,glob")]
    command = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", empty, commit, "--")
    return frozenset(text_of(path) for path in git.run(*command, *specs).split(b"\0") if path)


def _specs(glob: str, magic: str) -> Iterator[str]:
    """A glob, as in .gitignore, to pathspecs: without a slash it holds at any depth, and a folder with all in it."""
    pattern = glob.removeprefix("./").lstrip("/").rstrip("/")
    if not pattern or ".." in pattern.split("/") or glob.startswith("!") or "\0" in glob:
        raise SourceError(f"`{glob!a}` is no glob of paths in the repository; correct `include` or `exclude`")
    if "/" not in glob.rstrip("/"):
        pattern = f"**/{pattern}"
    if not glob.endswith("/"):
        yield f":({magic}){pattern}"
    if not pattern.endswith("/**"):
        yield f":({magic}){pattern}/**"


def _missing(source: str, commit: str, paths: list[str], entries: list[Entry], made: Selection) -> None:
    """A gap for each configured path that has nothing."""
    links = {one.path for one in entries if one.mode == SYMLINK}
    modules = {one.path for one in entries if one.mode == SUBMODULE}
    for path in paths:
        above = [path, *(str(folder) for folder in PurePosixPath(path).parents)]
        scope = f"{source}/{path}"
        if link := next((one for one in above if one in links), None):
            made.missed(scope, f"{path}: {link} is a symbolic link, which is not followed; configure where it leads")
        elif module := next((one for one in above[1:] if one in modules), None):
            made.missed(scope, f"{path} lies in the submodule {module}; {_AS_A_SOURCE}")
        elif path and not any(one.path == path or one.path.startswith(f"{path}/") for one in entries):
            made.missed(scope, f"{path} is not in the repository {source} at {commit}; correct `paths` or `ref`")


_AS_A_SOURCE = "submodules are not fetched, so add its repository as a source of its own"


def _submodules(source: settings.Git, inside: list[Entry], kept: frozenset[str] | None, made: Selection) -> None:
    """A gap for each that may hold manifests; `include` speaks of the files in it, which nobody knows."""
    for one in inside:
        if one.mode == SUBMODULE and (kept is None or one.path in kept):
            made.missed(f"{source.name}/{one.path}", f"{one.path} is a submodule; {_AS_A_SOURCE}, or exclude it")
