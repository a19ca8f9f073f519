"""What a kustomization names: the files, folders and addresses that kustomize would read for it.

kustomize decodes its file as Go does, which takes `FILES` for `files` (and a Kelvin sign for k): keys are folded here.
Whatever could not be understood is refused, since kustomize may understand more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.sources.render.errors import BuildError
from auditor.sources.yaml_text import goscalar
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, Sequence, YamlError
from auditor.sources.yaml_text.yamldoc import load

MAX_BYTES = 1024 * 1024
"""Of a kustomization file."""
_ROOTS = ("resources", "bases", "components")
_PLUGINS = ("generators", "transformers", "validators")
_FILES = ("crds", "configurations")
_CHARTS = ("helmcharts", "helmchartinflationgenerator")
_REMOTE = ("://", "git@", "git::", "?ref=", "?version=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kustomization:
    """One kustomization file."""

    path: str
    root: Mapping
    entries: tuple[str, ...]
    """Files or folders: resources, bases, components."""
    files: tuple[str, ...]
    """Files: patches, what generators read, …"""
    plugins: tuple[str, ...]
    """Files or folders that configure generators, transformers and validators."""
    inline: tuple[str, ...]
    """Patches and plugins in place of a file's name, each of which kustomize first takes for a path."""
    opaque: bool
    """It configures such plugins, which may read other files of its folder."""


def parse(path: str, data: bytes) -> Kustomization:
    """A kustomization file. Raises BuildError."""
    if len(data) > MAX_BYTES:
        raise BuildError(f"{path} has more than {MAX_BYTES >> 20} MiB, as no kustomization has; put patches into files")
    try:
        roots = load(data, lambda node: node)
    except YamlError as e:
        raise BuildError(f"{path}:{e.line} {e.reason}; correct it") from None
    if len(roots) > 1 or not all(isinstance(root, Mapping) for root in roots):
        raise BuildError(f"{path} is no kustomization: it is not one mapping; correct it")
    root = _folded(roots[0] if roots else Mapping(), path)
    if chart := next((name for name in _CHARTS if name in root), None):
        raise BuildError(
            f"{path} inflates charts (`{'helmCharts' if chart == _CHARTS[0] else chart}`), which is not done; "
            "add the chart as a source of its own with `render: helm`"
        )
    files = [one for name in _FILES for one in _texts(root, name)]
    files += [one for one in _texts(root, "patchesstrategicmerge") if not _inline(one)]
    for name in ("patches", "patchesjson6902", "replacements"):
        files += [text for one in _mappings(root, name) for text in _texts(one, "path")]
    for name in ("configmapgenerator", "secretgenerator"):
        for one in _mappings(root, name):
            files += [text.partition("=")[2] or text for text in _texts(one, "files")]
            files += [*_texts(one, "envs"), *_texts(one, "env")]
    files += [text for one in _mappings(root, "openapi") for text in _texts(one, "path")]
    plugins = [one for name in _PLUGINS for one in _texts(root, name)]
    for text in filter(_inline, plugins):
        check_plugin(path, text)
    inline = tuple(one for one in (*plugins, *_texts(root, "patchesstrategicmerge")) if _inline(one))
    return Kustomization(
        path=path,
        root=root,
        entries=tuple(one for name in _ROOTS for one in _texts(root, name)),
        files=tuple(files),
        plugins=tuple(one for one in plugins if not _inline(one)),
        inline=inline,
        opaque=bool(plugins),
    )


def check_plugin(path: str, text: str) -> None:
    """Refuse the configuration of a plugin that names a remote, in whatever spelling. Raises BuildError."""
    try:
        words = [word for root in load(text.encode(errors="replace"), lambda node: node) for word in _words(root)]
    except YamlError as e:
        raise BuildError(f"{path} configures a plugin, and {e.reason}; correct it") from None
    for low in (one.casefold() for one in (text, *words)):
        if any(sign in low for sign in _REMOTE):
            raise BuildError(f"{path} configures a plugin that names a remote; vendor it into the repository")
        if "helmchartinflationgenerator" in low:
            raise BuildError(
                f"{path} inflates charts, which is not done; add the chart as a source of its own with `render: helm`"
            )


def _words(root: Node) -> Iterator[str]:
    """All texts of a document, as Go decodes them."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            stack += node.values()
            yield from node
        elif isinstance(node, Sequence):
            stack += node
        elif type(node) is Scalar:
            yield str(goscalar.value(node))


def is_remote(text: str) -> bool:
    """True if what is no file of the repository looks like an address."""
    low = text.casefold()
    host, _, rest = low.partition("/")
    return any(sign in low for sign in _REMOTE) or "//" in low or bool(rest and "." in host.strip("."))


def host(text: str) -> str | None:
    """The host of an https address, whatever stands before or behind it; None if it is none."""
    low = text.removeprefix("git::")
    if not low.startswith("https://") or "\\" in low or any(c.isspace() for c in low):
        return None
    name = low.removeprefix("https://").partition("/")[0].partition("?")[0].partition("#")[0]
    return None if "@" in name or not name else name.lower()


def _inline(text: str) -> bool:
    """True for a document in place of a file's name; kustomize first tries to load even that."""
    return "\n" in text.strip() or text.lstrip().startswith("{")


def _folded(node: Node, path: str, depth: int = 0) -> Any:
    """The tree with keys as Go compares them; those of annotations and the like are never asked for."""
    if isinstance(node, Mapping):
        made = Mapping()
        made.start_mark = getattr(node, "start_mark", None)
        for key, value in node.items():
            low = key.casefold()
            if low in made and depth < 2:  # noqa: PLR2004  (fields of a kustomization, and of an entry in its lists)
                raise BuildError(f"{path} has `{key}` twice, in another spelling; remove one")
            made[low if depth < 2 else key] = _folded(value, path, depth + 1)  # noqa: PLR2004
        return made
    if isinstance(node, Sequence):
        made_list = Sequence(_folded(one, path, depth) for one in node)
        made_list.start_mark = node.start_mark
        return made_list
    return node


def _texts(parent: Mapping, name: str) -> Iterator[str]:
    found = parent.get(name)
    for one in found if isinstance(found, Sequence) else [found]:
        if type(one) is Scalar and one.text:
            yield one.text


def _mappings(parent: Mapping, name: str) -> Iterator[Mapping]:
    found = parent.get(name)
    for one in found if isinstance(found, Sequence) else [found]:
        if isinstance(one, Mapping):
            yield one
