"""How a rule says a thing: short ways to make a Claim and the commands that mend it."""

import shlex
from collections.abc import Sequence
from typing import Any, Final

from auditor.model.finding import Claim, Confidence, Severity
from auditor.model.service import ServiceKey
from auditor.rules.facts import Declaration

MANIFEST: Final = "manifest"
INTENT: Final = "intent"
SYNC: Final = "sync"
AZURE: Final = "azure"
ORPHANS: Final = "orphans"
CONNECTIONS: Final = "connections"
INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity


def declared(
    it: Declaration, message: str, *, field: str | None = None, value: Any = None, about: tuple[str, ...] = (),
    severity: Severity | None = None, confidence: Confidence = Confidence.HIGH, summary: str = "",
    commands: tuple[str, ...] = (),
) -> Claim:  # fmt: skip
    """A claim about a declared Service: its values are the judged text and, where it differs, the live one."""
    values: dict[str, Any] = {} if value is None else {it.side: value}
    if field is not None and value is None:
        values[it.side] = it.service.annotations.get(field)
    if field is not None and it.live is not None and it.side == "git" and field in it.live.annotations:
        values["cluster"] = it.live.annotations[field]
    return Claim(
        message=message, service=it.key, field=field, about=about, values=values, severity=severity,
        confidence=confidence, summary=summary, commands=commands,
    )  # fmt: skip


def some(names: Sequence[str]) -> str:
    """The first of some names, and how many there are beside it."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def shown(value: Any) -> str:
    """A value as a person writes it: `on`, `10.0.0.4, 10.0.0.5`, `nothing`."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "nothing" if value is None else str(value)


def annotate(key: ServiceKey, annotation: str, value: str | None) -> str:
    """`kubectl annotate`, setting an annotation, or removing it where `value` is None.

    `$NAME` is a value that the reader has to choose: the shell stops where the variable is not set.
    """
    if value is not None and value.startswith("$"):
        what = f'{annotation}="${{{value[1:]}:?}}"'
    else:
        what = f"{annotation}-" if value is None else shlex.quote(f"{annotation}={value}")
    return f"kubectl annotate service -n {shlex.quote(key.namespace)} {shlex.quote(key.name)} {what} --overwrite"


def touch(key: ServiceKey) -> str:
    """Any change of an annotation makes the controller reconcile the whole Service (domain.md §5.2)."""
    return (
        f"kubectl annotate service -n {shlex.quote(key.namespace)} {shlex.quote(key.name)} "
        'touched="$(date +%s)" --overwrite'
    )


def patch(key: ServiceKey, spec: str) -> str:
    """`kubectl patch` of the spec with a JSON merge patch."""
    patch_text = shlex.quote(f'{{"spec":{spec}}}')
    return f"kubectl patch service -n {shlex.quote(key.namespace)} {shlex.quote(key.name)} --type merge -p {patch_text}"


def show(key: ServiceKey) -> str:
    """`kubectl get` with everything."""
    return f"kubectl get service -n {shlex.quote(key.namespace)} {shlex.quote(key.name)} -o yaml"


def az(command: str, resource_id: str, *more: str) -> str:
    """An `az` command on one resource, by id."""
    return " ".join(["az", command, "--ids", shlex.quote(resource_id), *more])


RECONCILE = "touch the Service: the controller then writes what it expects"
IN_GIT = "do so in Git, the command tries it at once"
