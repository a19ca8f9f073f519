"""Which resources a patch of a kustomization may have changed: by its target, or by the object that it names.

What is compared is the resource as it was built: its name may have got a prefix or a suffix since, its namespace may
have been set. Patterns of strangers are never given to a matcher of regular expressions that may take for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.sources.render.indexed import Indexed
from auditor.sources.render.kustomization import Kustomization
from auditor.sources.yaml_text import fields
from auditor.sources.yaml_text.nodes import Mapping

_HASH = re.compile(r"-[bcdfghkmt2456789]{10}$")
"""What kustomize puts behind the name of a ConfigMap that it generates."""
_MAX_PATTERN = 300


@dataclass(frozen=True, slots=True)
class Renamed:
    """What the kustomizations of one build do to all names."""

    prefixes: frozenset[str] = field(default_factory=frozenset)
    suffixes: frozenset[str] = field(default_factory=frozenset)
    moved: bool = False
    """One of them sets the namespace."""

    @classmethod
    def by(cls, kustomizations: Iterable[Kustomization]) -> Renamed:
        """What these do."""
        every = [one.root for one in kustomizations]
        return cls(
            frozenset(filter(None, (fields.word(root, "nameprefix") for root in every))),
            frozenset(filter(None, (fields.word(root, "namesuffix") for root in every))),
            any(fields.word(root, "namespace") for root in every),
        )

    def names(self, resource: Indexed) -> list[str]:
        """The names that a resource may have had, that of today first."""
        names = [_HASH.sub("", resource.name)] if resource.kind == "ConfigMap" else []
        names = list(dict.fromkeys([resource.name, *names]))
        for name in names:  # it grows meanwhile
            shorter = [name[len(one) :] for one in self.prefixes if name.startswith(one)]
            shorter += [name[: -len(one)] for one in self.suffixes if name.endswith(one)]
            names += [one for one in shorter if one and one not in names]
        return names


class Patch(NamedTuple):
    """A document that changes resources, and which."""

    document: Indexed
    target: Mapping | None

    def fits(self, resource: Indexed, renamed: Renamed) -> bool:
        """True if it may have changed a resource."""
        names = renamed.names(resource)
        if self.target is None:
            return self.document.kind == resource.kind and self.document.name in names
        kind, name, namespace = (fields.word(self.target, key) for key in ("kind", "name", "namespace"))
        return (
            (not kind or matches(kind, resource.kind))
            and (not name or any(matches(name, one) for one in names))
            and (not namespace or renamed.moved or matches(namespace, resource.namespace or "default"))
            and selects(fields.word(self.target, "labelSelector"), resource.labels)
            and selects(fields.word(self.target, "annotationSelector"), resource.annotations)
        )


def matches(pattern: str, text: str) -> bool:
    """True if all of a text fits a pattern of kustomize; of patterns only names, `.*` and `|` between them count."""
    if len(pattern) > _MAX_PATTERN:
        return False
    plain = pattern.removeprefix("^").removesuffix("$")
    if plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1]
    return pattern == text or any(_like(one.split(".*"), text) for one in plain.split("|"))


def _like(parts: list[str], text: str) -> bool:
    """True if a text has these parts, in this order, from its beginning to its end."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return first == text
    if not text.startswith(first) or not text.endswith(last) or len(first) + len(last) > len(text):
        return False
    at = len(first)
    for part in parts[1:-1]:
        found = text.find(part, at, len(text) - len(last))
        if found < 0:
            return False
        at = found + len(part)
    return True


def selects(selector: str, has: dict[str, str]) -> bool:
    """True if a selector may fit: each `key`, `!key`, `key=value` and `key!=value`; other forms are not understood."""
    if not selector:
        return True
    if "(" in selector:
        return False
    for one in (part.strip() for part in selector.split(",")):
        key, sign, value = (part.strip() for part in one.partition("="))
        if not sign:
            fits = (one.removeprefix("!").strip() in has) is not one.startswith("!")
        elif key.endswith("!"):
            fits = has.get(key.removesuffix("!").strip()) != value
        else:
            fits = has.get(key) == value.removeprefix("=").strip()
        if not fits:
            return False
    return True
