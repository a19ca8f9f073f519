"""Of the Services that an object has made, which one does a map of it speak of?

The only one; of several the one that carries most of the map's keys, a LoadBalancer Service before others. Then those
with a word of the map's path in their names come before those with none, and equal values decide: values alone would
choose a Service that is like the one that was changed. What remains is a tie.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.controller import keys, meaning
from auditor.model.service import LOAD_BALANCER, Live, Partial

_INTERNAL = "controller.service.internal"
"""The chart ingress-nginx makes two Services, and calls the one of this map `…-internal`."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NO_NAMES = frozenset({
    "spec", "source", "sources", "helm", "values", "values-object", "parameters", "service", "services", "annotations",
    "load-balancer", "global", "config", "infrastructure", "resources", "metadata",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """Of what a map may speak."""

    services: tuple[Live, ...]
    """One: that is it. Several: a tie."""
    sure: bool = False
    """True if the object itself tells the Service from its others."""

    @property
    def one(self) -> Live | None:
        """The Service, if it is known."""
        return self.services[0] if len(self.services) == 1 else None


def choose(partial: Partial, made: Sequence[Live]) -> Choice:
    """Of which of the Services `made` by its object a map speaks."""
    if partial.service:
        return Choice(tuple(one for one in made if one.name == partial.service), sure=True)
    left = _named_by_chart(partial, made)
    sure = len(left) == 1
    typed = [one for one in left if one.type == partial.fields.get("type") and _carried(partial, one)]
    best = _best(typed or left, lambda one: _carried(partial, one))
    best = [one for one in best if one.type == LOAD_BALANCER] or best
    best = [one for one in best if _words_in(partial, one.name)] or best
    best = _best(best, lambda one: _agreeing(partial, one))
    best = _best(best, lambda one: _words_in(partial, one.name))
    if len(best) == 1 and (better := _better(partial, best[0], left)):
        return Choice((best[0], *better))
    return Choice(tuple(best), sure=sure)


def fulfilled(partial: Partial, live: Live) -> bool:
    """True if a Service has all that a map says."""
    return _agreeing(partial, live) == len(partial.annotations) + len(partial.fields)


def told_apart(partial: Partial, one: Live, other: Live) -> bool:
    """True if a word of the map's path is in the name of the one Service, and none in that of the other."""
    return _words_in(partial, one.name) > 0 and not _words_in(partial, other.name)


def lost(partial: Partial, live: Live) -> list[str]:
    """The keys of a map that a Service lacks."""
    has = {keys.canonical(key) for key in live.annotations}
    return sorted(key for key in partial.annotations if keys.canonical(key) not in has)


def _named_by_chart(partial: Partial, made: Sequence[Live]) -> list[Live]:
    """Those that the chart ingress-nginx may have made of this map."""
    if partial.where.endswith(_INTERNAL):
        left = [one for one in made if one.name.endswith("-internal")]
    elif partial.where.endswith(_INTERNAL.rpartition(".")[0]):
        left = [one for one in made if not one.name.endswith("-internal")]
    else:
        left = []
    return left or list(made)


def _better(partial: Partial, chosen: Live, left: Iterable[Live]) -> list[Live]:
    """Services of another type that have every key of the map while the chosen one lacks some."""
    if not lost(partial, chosen):
        return []
    return [one for one in left if one.type != chosen.type and not lost(partial, one)]


def _best(some: list[Live], worth: Callable[[Live], int]) -> list[Live]:
    most = max(map(worth, some), default=0)
    return [one for one in some if worth(one) == most]


def _carried(partial: Partial, live: Live) -> int:
    """How many keys of the map a Service has."""
    return len(partial.annotations) - len(lost(partial, live))


def _agreeing(partial: Partial, live: Live) -> int:
    """In how many annotations and fields a Service is as the map says."""
    alike = sum(_alike(key, partial, live) for key in partial.annotations)
    return alike + sum(_same(value, getattr(live, name)) for name, value in partial.fields.items())


def _alike(key: str, partial: Partial, live: Live) -> bool:
    if meaning.compared(key):
        return meaning.meaning(key, partial.annotations) == meaning.meaning(key, live.annotations)
    return not keys.is_ours(key) or partial.annotations[key] == live.annotations.get(key)


def _same(here: Any, there: Any) -> bool:
    if isinstance(here, tuple):
        return set(here) == set(there or ())
    return bool(here == there) or not (here or there)


def _words_in(partial: Partial, name: str) -> int:
    steps = (_CAMEL.sub("-", step.partition("[")[0]).lower() for step in partial.where.split("."))
    words = {step.removesuffix("-service").removesuffix("-annotations") for step in steps} - _NO_NAMES
    return sum(f"-{word}-" in f"-{name}-" for word in words if _WORD.fullmatch(word))
