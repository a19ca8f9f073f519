"""How a rule is made known: one decorator, from which id, severity, page and table are derived."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from auditor.model.finding import Blind, Claim, Severity

Family = Literal["manifest", "intent", "sync", "azure", "orphans", "connections"]
Per = Literal["declaration", "any-declaration", "pair", "service", "deleting-too", "estate"]
Judge = Callable[..., Iterable[Claim | Blind] | Claim | Blind | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: what it is called, how bad its findings are, what it must have seen, and how it judges."""

    id: str
    family: Family
    severity: Severity
    per: Per
    """What `judge` is called with, beside the Facts: each declaration in scope (or of any type), each pair of Git and
    cluster, each live Service in scope (unless it is being deleted, or then too), or nothing: once for the estate."""
    needs: frozenset[str]
    """Collections of the snapshot without which it cannot be judged at all (the `kind` of a Gap)."""
    subject: Literal["service", "field", "resource"]
    """What tells two of its findings apart, beside the Service: part of the stable id."""
    variants: str
    """Other severities it may have, for the table: `critical when …`."""
    page: str
    """The docstring: title line, then the sections of `explain`."""
    judge: Judge
    clock: bool = False
    """Whether it asks what time it is. The others see Facts without a clock: what they said of the same facts holds."""

    @property
    def title(self) -> str:
        """The first sentence of the page."""
        return self.page.partition("\n\n")[0].replace("\n", " ").strip()


LBS = ("services", "loadBalancers")
PLS = (*LBS, "privateLinkServices")
"""What a rule about load balancers, or about the Private Link Services on them, must have seen."""

RULES: dict[str, Rule] = {}


def rule(
    rule_id: str,
    *,
    family: Family,
    severity: Severity,
    per: Per,
    needs: Iterable[str] = (),
    subject: Literal["service", "field", "resource"] = "service",
    variants: str = "",
    clock: bool = False,
) -> Callable[[Judge], Judge]:
    """Register a function as the rule `rule_id`; its docstring becomes the rule's page."""

    def register(judge: Judge) -> Judge:
        if rule_id in RULES:
            raise ValueError(f"the rule {rule_id} is registered twice")
        page = _dedent(judge.__doc__ or "")
        RULES[rule_id] = Rule(
            id=rule_id, family=family, severity=severity, per=per, needs=frozenset(needs), subject=subject,
            variants=variants, clock=clock, page=page, judge=judge,
        )  # fmt: skip
        return judge

    return register


def _dedent(text: str) -> str:
    lines = text.expandtabs().splitlines()
    indent = min((len(x) - len(x.lstrip()) for x in lines[1:] if x.strip()), default=0)
    return "\n".join([lines[0].strip(), *[x[indent:].rstrip() for x in lines[1:]]]).strip() if lines else ""
