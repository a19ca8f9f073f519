"""Whether the Private Link Service that a Service asks for can ever be: what controller or Azure refuse."""

import re

from auditor.controller import grammar
from auditor.controller.asked import PlsAsked
from auditor.rules.facts import Declaration
from auditor.rules.net_asked import pinned

ARM_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?\Z")
"""Microsoft.Network/privateLinkServices: 1-80 characters (Azure resource naming rules)."""


def clean(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens without a foreign separator in them."""
    return tuple(t for t in tokens if not grammar.SEPARATOR.search(t))


def bad_static_ips(pls: PlsAsked) -> list[str]:
    """Static NAT tokens that are no IPv4 address, separators left aside."""
    return [t for t in clean(pls.static_ips) if grammar.ip_of(t, 4) is None]


def static_list_parses(pls: PlsAsked) -> bool:
    """True if every token of the static list is an IPv4 address."""
    return all(grammar.ip_of(t, 4) is not None for t in pls.static_ips)


def exceeds_count(pls: PlsAsked) -> bool:
    """More distinct static addresses than NAT addresses, where both parse."""
    return pls.count is not None and static_list_parses(pls) and len(pls.static_ips) > pls.count


def can_never_be(it: Declaration) -> bool:
    """True if a manifest rule says that the controller (or Azure) refuses the PLS as it is asked for."""
    pls = it.asked.pls
    if pls is None:
        return False
    address = pinned(it, 4)
    return (
        (not it.asked.internal and it.asked.floating_ip)
        or it.only_v6
        or (pls.name is not None and not ARM_NAME.match(pls.name))
        or pls.count is None
        or not static_list_parses(pls)
        or exceeds_count(pls)
        or (address is not None and any(grammar.ip_of(t, 4) == address for t in pls.static_ips))
    )
