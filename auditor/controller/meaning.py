"""What an annotation means, so that Git and cluster are compared by meaning and not by text.

The rule `annotation-drifted` of docs/contract.md says which absence equals which value.
"""

from collections.abc import Callable, Hashable, Mapping

from auditor.controller import grammar, keys
from auditor.controller.asked import PROBE_PROTOCOLS

Parser = Callable[[str], Hashable]
ABSENT = ("absent",)
"""The meaning of a key that is not there and has no default."""


def _address(text: str) -> Hashable:
    return grammar.ip(text) or text or ABSENT


def _number(text: str) -> Hashable:
    value = grammar.int32(text)
    return ("not a number", text) if value is None else value


def _folded(text: str) -> Hashable:
    return grammar.trim(text).lower()


def _group(text: str) -> Hashable:
    return grammar.trim(text).lower() or ABSENT


def _subnet(text: str) -> Hashable:
    return text if grammar.trim(text) else ABSENT


def _nat_subnet(text: str) -> Hashable:
    return text.lower() if grammar.trim(text) else ABSENT


def _protocol(text: str) -> Hashable:
    word = grammar.trim(text).lower()
    return word if word in PROBE_PROTOCOLS else "tcp"


def _comma_set(text: str) -> Hashable:
    return frozenset(grammar.comma_list(text))


def _lower_comma_set(text: str) -> Hashable:
    return frozenset(t.lower() for t in grammar.comma_list(text))


def _static_ips(text: str) -> Hashable:
    tokens = grammar.space_list(text)
    return tokens[:1], frozenset(tokens)


def _space_set(text: str) -> Hashable:
    return frozenset(grammar.space_list(text))


def _subscriptions(text: str) -> Hashable:
    return frozenset(t.lower() for t in grammar.space_list(text))


def _visibility(text: str) -> Hashable:
    return frozenset(t.lower() for t in grammar.visibility(text))


def _raw(text: str) -> Hashable:
    return text


PARSERS: Mapping[str, tuple[Parser, Hashable]] = {
    keys.INTERNAL: (grammar.exact_true, False),
    keys.INTERNAL_SUBNET: (_subnet, ABSENT),
    keys.IPV4: (_address, ABSENT),
    keys.IPV6: (_address, ABSENT),
    keys.HA_PORTS: (grammar.fold_true, False),
    keys.NO_FLOATING_IP: (grammar.fold_true, False),
    keys.IDLE_TIMEOUT: (_number, 4),
    keys.NO_TCP_RESET: (grammar.fold_true, False),
    keys.PROBE_PROTOCOL: (_protocol, "tcp"),
    keys.PROBE_INTERVAL: (_number, 5),
    keys.PROBE_NUMBER: (_number, 2),
    keys.PROBE_PATH: (_raw, "/"),
    keys.CONFIGURATIONS: (_lower_comma_set, frozenset()),
    keys.RESOURCE_GROUP: (_group, ABSENT),
    keys.SERVICE_TAGS: (_comma_set, frozenset()),
    keys.ALLOWED_RANGES: (_comma_set, frozenset()),
    keys.SOURCE_RANGES: (_comma_set, frozenset()),
    keys.DENY_ALL: (grammar.fold_true, False),
    keys.NO_NSG_RULE: (grammar.fold_true, False),
    keys.ADDITIONAL_IPS: (_comma_set, frozenset()),
    keys.PLS_CREATE: (grammar.trim_fold_true, False),
    keys.PLS_NAME: (_folded, ABSENT),
    keys.PLS_RESOURCE_GROUP: (_group, ABSENT),
    keys.PLS_SUBNET: (_nat_subnet, ABSENT),
    keys.PLS_COUNT: (_number, 1),
    keys.PLS_STATIC_IPS: (_static_ips, ((), frozenset())),
    keys.PLS_FQDNS: (_space_set, frozenset()),
    keys.PLS_PROXY: (grammar.trim_fold_true, False),
    keys.PLS_VISIBILITY: (_visibility, frozenset()),
    keys.PLS_AUTO_APPROVAL: (_subscriptions, frozenset()),
    keys.DNS_LABEL: (_raw, ABSENT),
    keys.PIP_NAME: (_group, ABSENT),
    keys.PIP_NAME_V6: (_group, ABSENT),
    keys.PIP_PREFIX: (_group, ABSENT),
    keys.PIP_PREFIX_V6: (_group, ABSENT),
    keys.PIP_TAGS: (_comma_set, frozenset()),
    keys.PIP_IP_TAGS: (_comma_set, frozenset()),
}
"""Key to its parser and what its absence means. Obsolete keys and `-mode`, which nobody reads, are not in it."""

PORT_PARSERS: Mapping[str, tuple[Parser, str | None, Hashable]] = {
    "no_lb_rule": (grammar.fold_true, None, False),
    "no_probe_rule": (grammar.fold_true, None, False),
    "health-probe_protocol": (_protocol, keys.PROBE_PROTOCOL, "tcp"),
    "health-probe_port": (str.lower, None, ABSENT),
    "health-probe_interval": (_number, keys.PROBE_INTERVAL, 5),
    "health-probe_num-of-probe": (_number, keys.PROBE_NUMBER, 2),
    "health-probe_request-path": (_raw, keys.PROBE_PATH, "/"),
}
"""Suffix of a per-port key to its parser, the key it falls back to, and the default after that."""


def compared(key: str) -> bool:
    """True if the controller reads the key, so that a difference in it matters."""
    return keys.canonical(key) in PARSERS or keys.PORT_KEY.match(key) is not None


def meaning(key: str, annotations: Mapping[str, str]) -> Hashable:
    """What a compared key means among these annotations, be it there or not."""
    text = annotations.get(key)
    if (found := PARSERS.get(key)) is not None:
        parser, absent = found
        return absent if text is None else parser(text)
    if key.lower() == keys.CONFIGURATIONS:
        texts = [v for k, v in annotations.items() if k.lower() == keys.CONFIGURATIONS]
        return frozenset(t.lower() for text in texts for t in grammar.comma_list(text))
    match = keys.PORT_KEY.match(key)
    if match is None:
        raise ValueError(f"{key} is not compared")
    parser, fallback, default = PORT_PARSERS[match[2]]
    if text is None and fallback is not None:
        text = annotations.get(fallback)
    return default if text is None else parser(text)
