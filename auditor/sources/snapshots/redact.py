"""What must not be recorded is taken out of what is: Secrets, passwords in URLs, copies of whole manifests.

The values of annotations, labels and tags that no rule reads go too. Of the lists of Kubernetes only Services and what
concerns them are kept.

Of a manifest file only the documents that hold Services, or speak of them, are kept, on the lines where they stood, so
that a replay points to the same places; of Helm values only what is compared.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import msgspec

from auditor.sources.api_json.wire import utf8
from auditor.sources.declarations.manifests import services_in
from auditor.sources.declarations.partials import objects_in
from auditor.sources.declarations.partials_sources import config_maps_in, key_of
from auditor.sources.render.origins import OWN
from auditor.sources.snapshots import redact_keys
from auditor.sources.snapshots.redact_values import Places, UnseparableError, masked
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, Sequence, YamlError, place
from auditor.sources.yaml_text.yamldoc import load

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_NOT_BREAKS = re.compile(r"[^\r\n]+")


class MixedError(Exception):
    """What is needed and what is secret stand in one document, so neither can be left out without the other."""


class _Document(NamedTuple):
    line: int
    has_service: bool
    has_values: bool
    has_secret: bool

    @property
    def kept(self) -> bool:
        """True if a replay needs it."""
        return self.has_service or self.has_values


def services(data: bytes) -> bytes | None:
    """A list of Services, and of nothing else, without the copies of manifests that kubectl keeps in them.

    None if it is no JSON object.
    """
    return _list(data, _service)


def nodes(data: bytes) -> bytes | None:
    """A list of Nodes; None if it is no JSON object."""
    return _list(data, _node)


def resources(data: bytes) -> bytes | None:
    """Resources of Azure; None if they are no JSON."""
    found = _json(data)
    if not isinstance(found, (dict, list)):
        return None
    redact_keys.tags(found)
    return _text(found)


def events(data: bytes) -> bytes | None:
    """A list of the Events about Services; None if it is no JSON object."""
    return _list(data, _about_service)


def _list(data: bytes, keep: Callable[[dict[str, Any]], bool]) -> bytes | None:
    found = _json(data)
    if not isinstance(found, dict):
        return None
    items = found.get("items")
    if isinstance(items, list):
        found["items"] = [item for item in items if isinstance(item, dict) and keep(item)]
    else:
        keep(found)
    return _text(found)


def _json(data: bytes) -> Any:
    try:
        return msgspec.json.decode(utf8(data))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _text(found: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def _service(item: dict[str, Any]) -> bool:
    """Take the copy out of a Service; False if it is something else."""
    metadata = item.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict):
        annotations.pop(LAST_APPLIED, None)
    redact_keys.metadata(item)
    return item.get("kind") in (None, "Service")


def _node(item: dict[str, Any]) -> bool:
    redact_keys.metadata(item)
    return item.get("kind") in (None, "Node")


def _about_service(item: dict[str, Any]) -> bool:
    redact_keys.metadata(item)
    about = item.get("involvedObject")
    return isinstance(about, dict) and about.get("kind") == "Service"


def url(address: str) -> str:
    """An address without the password in it, and without the user where that may be a token."""
    parts = urlsplit(address)
    user, found, host = parts.netloc.rpartition("@")
    if not found:
        return address
    user = "" if parts.scheme in ("http", "https") else user.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else host))


def manifest(
    data: bytes, keep: Places = (), config_maps: Collection[str] = (), *, rendered: bool = False
) -> bytes | None:
    """The documents of a manifest file that a replay needs; None if it has none. Raises MixedError.

    `keep`: where in it Helm values are compared; `config_maps`: names of those that values come from; `rendered`: the
    comments in it that say where values are written are ours, and are kept.
    """
    try:
        documents = load(data, lambda root: _document(root, config_maps))
    except YamlError:
        return None
    if not any(one.kept for one in documents):
        return None
    if all(one.has_service and not one.has_values and not one.has_secret for one in documents):
        return data
    text = utf8(data).decode()
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text))]
    lines = [text.count("\n", 0, start) + 1 for start in starts]

    def among(wanted: Callable[[_Document], bool]) -> set[int]:
        return {bisect_right(lines, one.line) - 1 for one in documents if wanted(one)}

    whole, values = among(lambda one: one.has_service), among(lambda one: one.has_values)
    if whole & among(lambda one: one.has_secret):
        raise MixedError("a Service and a Secret in one list")
    if whole & values:
        raise MixedError("a Service and Helm values in one list")
    parts = [text[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    try:
        told = (
            part if i in whole
            else _masked(part, keep, lines[i], rendered=rendered) if i in values
            else _blank(part, rendered=rendered)
            for i, part in enumerate(parts)
        )  # fmt: skip
        return "".join(told).encode()
    except UnseparableError:
        raise MixedError("Helm values whose parts cannot be told apart, as in a quoted text") from None


def _document(root: Node, config_maps: Collection[str]) -> _Document:
    return _Document(
        place(root)[0],
        any(True for _ in services_in(root)),
        any(True for _ in objects_in(root))
        or any(key.name in config_maps for one in config_maps_in(root) if (key := key_of(one, ""))),
        _has_secret(root),
    )


def _has_secret(root: Node) -> bool:
    pending: list[Any] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            kind = node.get("kind")
            if isinstance(kind, Scalar) and kind.text == "Secret":
                return True
            pending += node.values()
        elif isinstance(node, Sequence):
            pending += node
    return False


def _masked(document: str, keep: Places, line: int, *, rendered: bool) -> str:
    """What is compared of a document."""
    head, rest = _parted(document, rendered=rendered)
    return head + masked(rest, keep, line + head.count("\n"))


def _blank(document: str, *, rendered: bool) -> str:
    """The separator and the line breaks of a document."""
    head, rest = _parted(document, rendered=rendered)
    if not head and rest.startswith("---"):
        head, rest = rest[:3], rest[3:]
    return head + _NOT_BREAKS.sub("", rest)


def _parted(document: str, *, rendered: bool) -> tuple[str, str]:
    """The separator and the comment with which a document that we rendered begins, and the rest."""
    own = OWN.match(document) if rendered else None
    return (own[0], document[own.end() :]) if own else ("", document)
