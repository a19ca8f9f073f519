"""What is known of the blobs of each source, so that an unchanged one is neither read nor parsed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from auditor.config.settings import Git, GitAuth
from auditor.model.service import Declared, Partial
from auditor.model.snapshot import Gap
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.manifests import declarations
from auditor.sources.git.around import Around
from auditor.sources.render.cache import Built

Parsed = tuple[Declared | Partial | Gap, ...]
Known = Mapping[tuple[str, str], Parsed | None]
"""By blob id and path: what it declares; None for a blob that cannot hold a Service."""


Fetches = dict[tuple[str, str | None, GitAuth], str]
"""By address, ref and credential: the commit that one run has fetched. Used under the lock of the address."""


@dataclass(slots=True)
class BlobCache:
    """By source, the blobs of its last audit and no others; threads may share it."""

    parse: Callable[[bytes, Origin], Iterable[Declared | Partial | Gap]] = declarations
    built: Built = field(default_factory=Built)
    """What was rendered."""
    _known: dict[Git, Known] = field(default_factory=dict)
    _around: dict[Git, Around] = field(default_factory=dict)

    def of(self, source: Git) -> Known:
        """What the last audit of this source knew."""
        return self._known.get(source, {})

    def keep(self, source: Git, known: Known) -> None:
        """What this audit used, instead of what was known before."""
        self._known[source] = known

    def around(self, source: Git) -> Around:
        """What the last audit knew of files that refer to each other."""
        return self._around.get(source) or Around()

    def keep_around(self, source: Git, around: Around) -> None:
        """The same, of this audit."""
        self._around[source] = around
