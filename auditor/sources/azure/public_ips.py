"""Public IP addresses in resource groups that Services name, beside those of frontends, which are read by their ids."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.sources.azure.clouds import is_group
from auditor.sources.azure.lists import PUBLIC_IPS, Lists
from auditor.sources.gathered import Gathered


def read_named(lists: Lists, gathered: Gathered, subscription: str, names: Iterable[str]) -> None:
    """Read all addresses of these groups that were not read yet, or note a gap. Raises UnreachableError only."""
    for name in sorted({name.lower() for name in names if is_group(name)}):
        scope = f"{subscription}/resourceGroups/{name}"
        read = (one.scope.lower() for one in gathered.reads if one.kind == PUBLIC_IPS.name)
        if scope.lower() not in read:
            lists.read_all(scope, PUBLIC_IPS, named=True)
