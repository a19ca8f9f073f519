"""Which maps are compared with which Services, once all maps of an object are looked at together.

A map may speak of a Service that nobody sees: one that its chart does not make, or one that has lost what the map says.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.model.service import LOAD_BALANCER, Live, Owner, Partial, ServiceKey
from auditor.model.snapshot import Gap
from auditor.rules.choice import Choice, fulfilled, lost, told_apart
from auditor.rules.say import some


class Told(NamedTuple):
    """A map, the Services that its object has made, and of which of them it speaks."""

    partial: Partial
    made: Sequence[Live]
    choice: Choice


@dataclass(slots=True)
class Settled:
    """What is compared, and what is not."""

    kept: dict[ServiceKey, list[Partial]] = field(default_factory=dict)
    """By Service, the maps that are compared with it."""
    gaps: list[Gap] = field(default_factory=list)


def settle(told: Iterable[Told], whole: Collection[ServiceKey]) -> Settled:
    """Decide on all maps of all objects; `whole`: Services that have a manifest of their own."""
    by_owner: dict[Owner, list[Told]] = defaultdict(list)
    for one in told:
        by_owner[one.partial.owner].append(one)
    found = Settled()
    for maps in by_owner.values():
        _settle(maps, whole, found)
    return found


def _settle(maps: list[Told], whole: Collection[ServiceKey], found: Settled) -> None:
    """The maps of one object."""
    maps = list(_by_words(maps, whole))
    spoken_of = {one.key for told in maps for one in told.choice.services}
    for told in maps:
        chosen, partial = told.choice.one, told.partial
        free = [one for one in told.made if _is_free(one, {*spoken_of, *whole})]
        doubt = _fits_better(told, free)
        free = [one for one in free if not any(told_apart(partial, other, one) for other in told.choice.services)]
        if chosen is None:
            found.gaps += _tie(told, free)
            continue
        rivals = [one.partial for one in maps if one.choice.one is chosen and one.partial.where != partial.where]
        contrary = _is_plain(partial) and chosen.type == LOAD_BALANCER
        if contrary and not free and _has_own(chosen, rivals):
            continue  # it speaks of a Service that is no load balancer; those need not have been read
        if doubt:
            found.gaps.append(untold(partial, [chosen, *doubt]))
        elif (rivals and free) or (contrary and lost(partial, chosen)):
            found.gaps.append(untold(partial, [chosen, *free]))
        elif missing := _of_another(partial, chosen, rivals):
            found.gaps.append(_lacking(partial, chosen, missing))
            found.kept.setdefault(chosen.key, []).append(_without(partial, missing))
        else:
            found.kept.setdefault(chosen.key, []).append(partial)
            if free and not told.choice.sure:
                found.gaps.append(_also(partial, chosen, free))


def _by_words(maps: list[Told], whole: Collection[ServiceKey]) -> Iterator[Told]:
    """Where several maps would be of one Service and another has none, their words may tell whose that one is."""
    spoken_of = {one.key for told in maps for one in told.choice.services}
    for told in maps:
        fit = told.choice.services
        free = [one for one in told.made if _is_free(one, {*spoken_of, *whole})]
        meant = [one for one in free if all(told_apart(told.partial, one, other) for other in fit)]
        rivals = [one for one in maps if one is not told and one.choice.one in fit]
        if len(meant) == 1 and any(told_apart(one.partial, one.choice.services[0], meant[0]) for one in rivals):
            yield told._replace(choice=Choice((meant[0],), sure=True))
        else:
            yield told


def _fits_better(told: Told, free: Iterable[Live]) -> list[Live]:
    """Services without a map that are as this one says, while the one that its words chose is not."""
    chosen = told.choice.one
    if chosen is None or told.choice.sure or fulfilled(told.partial, chosen):
        return []
    return [one for one in free if fulfilled(told.partial, one)]


def _is_free(one: Live, taken: Collection[ServiceKey]) -> bool:
    """True if no map speaks of this LoadBalancer Service."""
    return one.type == LOAD_BALANCER and one.key not in taken


def _tie(told: Told, free: Iterable[Live]) -> Iterator[Gap]:
    """A gap, unless whichever it is has what the map says, or none of them is for the controller.

    `free`: LoadBalancer Services of which no map speaks, so that this one may.
    """
    partial, services = told.partial, told.choice.services
    if _is_plain(partial) and not any(one.type == LOAD_BALANCER for one in services):
        return
    if services and not all(fulfilled(partial, one) for one in (*services, *free)):
        yield untold(partial, (*services, *free))


def _of_another(partial: Partial, chosen: Live, rivals: Iterable[Partial]) -> list[str]:
    """The keys that a Service lacks of a map, where another map that it has whole is surely its own."""
    return lost(partial, chosen) if _has_own(chosen, rivals) else []


def _has_own(chosen: Live, rivals: Iterable[Partial]) -> bool:
    """True if a Service has all of another map."""
    return any(one.annotations and not lost(one, chosen) for one in rivals)


def _is_plain(partial: Partial) -> bool:
    """True if a map says that its Service is no load balancer."""
    return partial.fields.get("type") not in {None, LOAD_BALANCER}


def _without(partial: Partial, missing: Collection[str]) -> Partial:
    kept, not_strings = _left(partial.annotations, missing), _left(partial.not_strings, missing)
    return dataclasses.replace(partial, annotations=kept, not_strings=not_strings)


def _left(given: Mapping[str, str], missing: Collection[str]) -> dict[str, str]:
    return {key: text for key, text in given.items() if key not in missing}


def _lacking(partial: Partial, chosen: Live, missing: Sequence[str]) -> Gap:
    reason = (
        f"sets {some(missing)}, which {chosen.key} lacks while it has all of another map: it is not known whether "
        "that Service is meant"
    )
    return gap_of(partial, f"({_where(partial)}) {reason}")


def _also(partial: Partial, chosen: Live, free: Iterable[Live]) -> Gap:
    names = ", ".join(sorted(str(one.key) for one in free))
    reason = f"is compared with {chosen.key}, which fits it best; whether it speaks of {names} too is not known"
    return gap_of(partial, f"({_where(partial)}) {reason}")


def untold(partial: Partial, found: Iterable[Live], *, blind: bool = False) -> Gap:
    """The gap of a map of which nobody knows of which Service it speaks; `blind`: not all Services were read."""
    names = ", ".join(sorted(str(one.key) for one in found))
    what = f"speaks of the Service {partial.service}" if partial.service else "speaks of a Service"
    if names:
        reason = f"does not say of which Service it speaks: it may be {names}"
    elif blind:
        reason = f"{what} that was not seen: not all Services could be read"
    else:
        reason = f"{what}, and the cluster has none that it made"
    return gap_of(partial, f"({_where(partial)}) {reason}")


def _where(partial: Partial) -> str:
    return partial.where or "its annotations"


def gap_of(partial: Partial, reason: str) -> Gap:
    """A gap about an object in Git; `reason` goes on after its name."""
    return Gap(
        source="git", scope=f"{partial.source}/{partial.path}", kind="declarations",
        reason=f"{partial.path}:{partial.line} {partial.owner} {reason}",
    )  # fmt: skip
