"""The primitive grammars of annotation values, exactly as the controller parses them: quirks are the point.

The same text means different things to different parsers (`"True"` places a Service on the public load balancer,
yet counts as internal for the network security group), so each parser has its own name here.
"""

import functools
import ipaddress
import re

GO_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go's unicode.IsSpace accepts; Python's str.strip() would also take \\x1c-\\x1f."""

V4, V6 = 4, 6
"""IP versions."""
INT32_DIGITS = 10
INT = re.compile(r"[+-]?[0-9]+\Z")
LENGTH = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z")
GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
SEPARATOR = re.compile(r"[,;\t\r\n]")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def trim(text: str) -> str:
    """strings.TrimSpace."""
    return text.strip(GO_SPACE)


def exact_true(text: str | None) -> bool:
    """Byte for byte `true`: the placement of the internal annotation (azure_loadbalancer.go:4086)."""
    return text == "true"


def fold_true(text: str | None) -> bool:
    """`true` in any letter case, untrimmed (consts/helpers.go:144)."""
    return text is not None and text.lower() == "true"


def trim_fold_true(text: str | None) -> bool:
    """`true` in any letter case, trimmed (azure_utils.go:219): PLS creation and proxy protocol."""
    return text is not None and trim(text).lower() == "true"


def lower_true(text: str | None) -> bool:
    """Lower-cased equality with `true`, untrimmed (loadbalancer/configuration.go): the NSG's view."""
    return text is not None and text.lower() == "true"


def int32(text: str) -> int | None:
    """A trimmed base-10 int32 with an optional sign; None if it is none (consts/helpers.go:106)."""
    text = trim(text)
    digits = text.lstrip("+-").lstrip("0") or "0"
    if not INT.match(text) or len(digits) > INT32_DIGITS:
        return None
    number = -int(digits) if text.startswith("-") else int(digits)
    return number if -(2**31) <= number < 2**31 else None


def space_list(text: str | None) -> tuple[str, ...]:
    """Tokens between single ASCII spaces, each trimmed, empty ones dropped (azure_privatelinkservice.go:665).

    Tabs, line ends and commas do not separate.
    """
    if not text:
        return ()
    return tuple(token for part in trim(text).split(" ") if (token := trim(part)))


def comma_list(text: str | None) -> tuple[str, ...]:
    """Tokens between commas, each trimmed; a blank text has none (loadbalancer/configuration.go)."""
    if text is None or not trim(text):
        return ()
    return tuple(trim(part) for part in trim(text).split(","))


@functools.lru_cache(maxsize=65536)
def ip(text: str) -> IpAddress | None:
    """An address as Go's net.ParseIP takes it: no zone, no leading zeros, no blanks; None if it is none.

    An IPv4 address in IPv6 clothes (`::ffff:10.0.0.1`) is the IPv4 address, as net.IP's To4 has it.
    """
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def ip_of(text: str | None, version: int) -> IpAddress | None:
    """The address if `text` is one of that family (4 or 6), else None."""
    address = ip(text) if text else None
    return address if address is not None and address.version == version else None


@functools.lru_cache(maxsize=65536)
def cidr(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A prefix with a length and no host bits set (util/iputil ParsePrefix); None if it is none."""
    head, _, bits = text.partition("/")
    if "%" in head or not LENGTH.match(bits):
        return None
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def visibility(text: str | None) -> tuple[str, ...]:
    """The subscriptions of `azure-pls-visibility`: any `*` means exactly `*` (azure_privatelinkservice.go:665)."""
    tokens = space_list(text)
    return ("*",) if "*" in tokens else tokens
