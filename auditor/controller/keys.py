"""The annotation keys the controller has ever read, by name, and how near another key comes to one.

The list is domain.md §1.2: `pkg/consts/consts.go` of cloud-provider-azure, plus the core source-ranges key.
"""

import functools
import re

PREFIX = "service.beta.kubernetes.io/"
INTERNAL = PREFIX + "azure-load-balancer-internal"
INTERNAL_SUBNET = PREFIX + "azure-load-balancer-internal-subnet"
IPV4 = PREFIX + "azure-load-balancer-ipv4"
IPV6 = PREFIX + "azure-load-balancer-ipv6"
HA_PORTS = PREFIX + "azure-load-balancer-enable-high-availability-ports"
NO_FLOATING_IP = PREFIX + "azure-disable-load-balancer-floating-ip"
IDLE_TIMEOUT = PREFIX + "azure-load-balancer-tcp-idle-timeout"
NO_TCP_RESET = PREFIX + "azure-load-balancer-disable-tcp-reset"
PROBE_PROTOCOL = PREFIX + "azure-load-balancer-health-probe-protocol"
PROBE_INTERVAL = PREFIX + "azure-load-balancer-health-probe-interval"
PROBE_NUMBER = PREFIX + "azure-load-balancer-health-probe-num-of-probe"
PROBE_PATH = PREFIX + "azure-load-balancer-health-probe-request-path"
CONFIGURATIONS = PREFIX + "azure-load-balancer-configurations"
MODE = PREFIX + "azure-load-balancer-mode"
RESOURCE_GROUP = PREFIX + "azure-load-balancer-resource-group"
SERVICE_TAGS = PREFIX + "azure-allowed-service-tags"
ALLOWED_RANGES = PREFIX + "azure-allowed-ip-ranges"
SOURCE_RANGES = PREFIX + "load-balancer-source-ranges"
DENY_ALL = PREFIX + "azure-deny-all-except-load-balancer-source-ranges"
NO_NSG_RULE = PREFIX + "azure-disable-load-balancer-nsg-rule"
ADDITIONAL_IPS = PREFIX + "azure-additional-public-ips"
PLS_CREATE = PREFIX + "azure-pls-create"
PLS_NAME = PREFIX + "azure-pls-name"
PLS_RESOURCE_GROUP = PREFIX + "azure-pls-resource-group"
PLS_SUBNET = PREFIX + "azure-pls-ip-configuration-subnet"
PLS_COUNT = PREFIX + "azure-pls-ip-configuration-ip-address-count"
PLS_STATIC_IPS = PREFIX + "azure-pls-ip-configuration-ip-address"
PLS_FQDNS = PREFIX + "azure-pls-fqdns"
PLS_PROXY = PREFIX + "azure-pls-proxy-protocol"
PLS_VISIBILITY = PREFIX + "azure-pls-visibility"
PLS_AUTO_APPROVAL = PREFIX + "azure-pls-auto-approval"
DNS_LABEL = PREFIX + "azure-dns-label-name"
PIP_NAME = PREFIX + "azure-pip-name"
PIP_NAME_V6 = PREFIX + "azure-pip-name-ipv6"
PIP_PREFIX = PREFIX + "azure-pip-prefix-id"
PIP_PREFIX_V6 = PREFIX + "azure-pip-prefix-id-ipv6"
PIP_TAGS = PREFIX + "azure-pip-tags"
PIP_IP_TAGS = PREFIX + "azure-pip-ip-tags"

CUSTOMISING = (
    PLS_NAME, PLS_SUBNET, PLS_COUNT, PLS_STATIC_IPS, PLS_FQDNS, PLS_PROXY, PLS_VISIBILITY, PLS_AUTO_APPROVAL,
)  # fmt: skip
"""What a sharer of a PLS may not set (azure_privatelinkservice.go:761)."""
PLS_KEYS = (*CUSTOMISING, PLS_RESOURCE_GROUP, PLS_CREATE)
OBSOLETE = frozenset({PREFIX + "azure-shared-securityrule", PREFIX + "azure-load-balancer-mixed-protocols"})
"""Once read, read by no release any more."""
KNOWN = OBSOLETE | {
    INTERNAL, INTERNAL_SUBNET, IPV4, IPV6, HA_PORTS, NO_FLOATING_IP, IDLE_TIMEOUT, NO_TCP_RESET, PROBE_PROTOCOL,
    PROBE_INTERVAL, PROBE_NUMBER, PROBE_PATH, CONFIGURATIONS, MODE, RESOURCE_GROUP, SERVICE_TAGS, ALLOWED_RANGES,
    SOURCE_RANGES, DENY_ALL, NO_NSG_RULE, ADDITIONAL_IPS, *PLS_KEYS, DNS_LABEL, PIP_NAME, PIP_NAME_V6, PIP_PREFIX,
    PIP_PREFIX_V6, PIP_TAGS, PIP_IP_TAGS,
}  # fmt: skip

PORT_SUFFIXES = (
    "no_lb_rule", "no_probe_rule", "health-probe_protocol", "health-probe_port", "health-probe_interval",
    "health-probe_num-of-probe", "health-probe_request-path",
)  # fmt: skip
PORT_KEY = re.compile(re.escape(PREFIX) + r"port_([0-9]+)_(" + "|".join(PORT_SUFFIXES) + r")\Z")

_FOLDED = {key.lower(): key for key in KNOWN}
_AZURE_NAMES = {key.removeprefix(PREFIX): key for key in KNOWN if key.startswith(PREFIX + "azure-")}
_MEANT_INTERNAL = "azureloadbalancerinternal"
_EDITS = 2


def ip_key(version: int) -> str:
    """The annotation that asks for an address of that IP version (4 or 6)."""
    return {4: IPV4, 6: IPV6}[version]


def port_key(port: int, suffix: str) -> str:
    """The annotation key of one Service port, as in `port_key(80, "no_lb_rule")`."""
    return f"{PREFIX}port_{port}_{suffix}"


@functools.lru_cache(maxsize=4096)
def is_known(key: str) -> bool:
    """True if some release of the controller reads (or once read) this very key."""
    return key in KNOWN or PORT_KEY.match(key) is not None or key.lower() == CONFIGURATIONS


def is_ours(key: str) -> bool:
    """True if it is an annotation for the Azure load balancer or a PLS (the core source-ranges key is anybody's)."""
    return is_known(key) and key != SOURCE_RANGES


def canonical(key: str) -> str:
    """The key under which the controller looks it up: one key is matched in any letter case (consts/helpers.go:152)."""
    return CONFIGURATIONS if key.lower() == CONFIGURATIONS else key


@functools.lru_cache(maxsize=4096)
def is_mistaken(key: str) -> bool:
    """True if nobody reads this key although it looks like one of ours: contract.md, `annotation-unknown`."""
    if is_known(key):
        return False
    low = key.lower()
    if low.startswith((PREFIX + "azure-", PREFIX + "port_")) or low in _FOLDED:
        return True
    name = low.rpartition("/")[2]
    return name in _AZURE_NAMES or meant_internal(key)


def meant_internal(key: str) -> bool:
    """True if the name has the letters and digits of `azure-load-balancer-internal`, at most two edits away."""
    name = key.rpartition("/")[2].lower()
    if "azure" not in name and "internal" not in name and "balancer" not in name:
        return False
    return _within_two_edits("".join(c for c in name if c.isalnum()), _MEANT_INTERNAL)


def _within_two_edits(left: str, right: str) -> bool:
    """Levenshtein distance of at most 2."""
    if abs(len(left) - len(right)) > _EDITS:
        return False
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1] <= _EDITS
