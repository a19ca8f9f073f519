"""Which addresses and subnets a Service asks for, where what it says can be read at all."""

from auditor.controller import grammar
from auditor.controller.grammar import IpAddress
from auditor.rules.facts import Declaration


def pinned(it: Declaration, version: int) -> IpAddress | None:
    """The requested address of one family, where it parses."""
    return grammar.ip_of(it.asked.requested(v6=version == grammar.V6), version)


def not_a_name(text: str | None) -> bool:
    """True if a subnet annotation is not blank and cannot be a subnet's name."""
    if text is None or not grammar.trim(text):
        return False
    return grammar.trim(text) != text or "/" in text
