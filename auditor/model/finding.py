"""What a rule says (Claim), what the report says (Finding), and the report itself."""

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap, GitSource


class Severity(enum.IntEnum):
    """How bad it is; a higher number is worse."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """As users write it: `critical`."""
        return self.name.lower()


class Confidence(enum.StrEnum):
    """How sure we are."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class State(enum.StrEnum):
    """Confirmed, or perhaps only not done yet."""

    DRIFT = "drift"
    PENDING = "pending"


class Verdict(enum.StrEnum):
    """The outcome of one audit."""

    CLEAN = "clean"
    DRIFT = "drift"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a rule says of one subject, before it is graded and given an id."""

    message: str
    """One sentence a tired person understands."""
    service: ServiceKey | None = None
    resource: str | None = None
    """ARM id of the resource involved."""
    field: str | None = None
    """Annotation key, `spec.…` field or Azure property."""
    about: tuple[str, ...] = ()
    """Annotation keys and spec fields whose places are evidence; `field` is always one."""
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Side to value: `git`, `cluster`, `expected`, `azure`; only the sides that apply."""
    severity: Severity | None = None
    """Where it is not the rule's own."""
    confidence: Confidence = Confidence.HIGH
    pending: bool = False
    summary: str = ""
    """How to mend it, in words."""
    commands: tuple[str, ...] = ()
    """How to mend it, to paste."""
    cause: str | None = None
    """Rule id that explains this claim of the same Service, where the rule knows (`sync-failed` does)."""


@dataclass(frozen=True, slots=True)
class Blind:
    """What a rule says where it cannot tell: one subject, and the collection that it would have had to see."""

    subject: str
    kind: str
    """`kind` of the Gap that is to blame."""
    reason: str = "was not read"
    """Where no such Gap is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A dated, reasoned decision to mute a finding."""

    reason: str
    until: str | None = None
    owner: str | None = None
    by: str = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a value came from and when."""

    source: str
    details: Mapping[str, Any]
    """camelCase keys, as the JSON report has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A claim with id, grade and evidence."""

    id: str
    rule: str
    family: str
    severity: Severity
    confidence: Confidence
    state: State
    service: ServiceKey | None
    uid: str | None
    resource: str | None
    field: str | None
    values: Mapping[str, Any]
    message: str
    evidence: tuple[Evidence, ...]
    summary: str
    commands: tuple[str, ...]
    caused_by: str | None = None
    suppressed: Suppressed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotJudged:
    """A rule that was not judged on a subject, and the gap that is to blame."""

    rule: str
    subject: str
    """`namespace/name`, a resource, or `*` for everything the rule looks at."""
    because: Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One entry per source and scope: was it read whole?"""

    source: str
    scope: str
    kind: str
    complete: bool
    reason: str | None = None
    objects: int | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEntry:
    """One audited Service in the report's inventory."""

    service: ServiceKey
    uid: str | None
    internal: bool
    state: str
    """`ok`, `drift`, `pending` or `unknown`"""
    load_balancer: str | None = None
    frontends: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    pls: str | None = None
    alias: str | None = None
    connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one audit of one cluster."""

    cluster: str
    run_id: str
    started_at: datetime
    finished_at: datetime
    git: tuple[GitSource, ...]
    endpoints: Mapping[str, str]
    counts: Mapping[str, int]
    coverage: tuple[Coverage, ...]
    verdict: Verdict
    findings: tuple[Finding, ...]
    """Worst first, then Service, rule and resource: every format keeps this order."""
    not_judged: tuple[NotJudged, ...]
    services: tuple[InventoryEntry, ...]
    requests: tuple[tuple[str, str, int], ...] = ()
    """Of a live audit: source, status code (`error`: no answer came) and number of requests."""
