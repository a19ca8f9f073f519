"""Private Link Services: of the subscription, or of the resource groups that are known if that is forbidden.

They may be in any resource group of the subscription, so what is not read stays a gap, whatever groups were read.

A list of the subscription may leave out what the identity may not read: where one should be, and none is, that resource
group is asked for by itself, which then says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from auditor.model import ids
from auditor.model.snapshot import Gap
from auditor.sources.azure.clouds import is_group
from auditor.sources.azure.faults import AnswerError, UnreachableError
from auditor.sources.azure.lists import PRIVATE_LINK_SERVICES, Lists
from auditor.sources.gathered import Gathered, SourceError


class Links:
    """Reads the Private Link Services of one subscription."""

    def __init__(self, lists: Lists, gathered: Gathered) -> None:
        self._lists = lists
        self._gathered = gathered
        self._subscription = ""
        self._forbidden: str | None = None
        """Why the subscription as a whole may not be read."""
        self._gap: Gap | None = None
        self._read: dict[str, str] = {}
        self._asked: set[str] = set()

    def read(self, subscription: str, known: Iterable[str]) -> None:
        """Those of the subscription; else those of the known groups. Raises UnreachableError only."""
        self._subscription = subscription
        try:
            self._lists.below(subscription, PRIVATE_LINK_SERVICES)
        except UnreachableError:
            raise
        except SourceError as e:
            if isinstance(e, AnswerError) and e.status == HTTPStatus.FORBIDDEN:
                self._forbidden = str(e)
                self._groups(known, named=False)
            else:
                self._gathered.missed(subscription, PRIVATE_LINK_SERVICES.name, str(e))

    def follow(self, named: Iterable[str]) -> None:
        """Those of groups that Services name, unless they were read. Raises UnreachableError only."""
        groups = [name for name in named if is_group(name)]
        if self._forbidden is not None:
            self._groups(groups, named=True)
        elif PRIVATE_LINK_SERVICES.field in self._gathered.found:
            held = {ids.parse(one.id).resource_group for one in self._gathered.found[PRIVATE_LINK_SERVICES.field]}
            missing = {name.lower(): name for name in groups if name.lower() not in held}
            self._ask((name for _, name in sorted(missing.items())), named=True)

    def _groups(self, names: Iterable[str], *, named: bool) -> None:
        self._note()
        try:
            self._ask(names, named=named)
        finally:
            self._note()

    def _ask(self, names: Iterable[str], *, named: bool) -> None:
        for name in names:
            if name.lower() not in self._asked:
                self._asked.add(name.lower())
                scope = f"{self._subscription}/resourceGroups/{name}"
                if self._lists.read_all(scope, PRIVATE_LINK_SERVICES, named=named):
                    self._read[name.lower()] = name

    def _note(self) -> None:
        """The gap for all other groups, in place of the one noted before."""
        if self._gap in self._gathered.gaps:
            self._gathered.gaps.remove(self._gap)
        outside = f"outside {', '.join(sorted(self._read.values()))} " if self._read else ""
        reason = f"Private Link Services {outside}were not read: {self._forbidden}"
        kind = PRIVATE_LINK_SERVICES.name
        self._gap = Gap(source="azure", scope=self._subscription, kind=kind, reason=reason)
        self._gathered.gaps.append(self._gap)
