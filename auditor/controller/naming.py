"""The names the controller gives to what it makes (domain.md §2), from the Service's UID."""

import functools
import re

MAX_NAME = 75
"""80, ARM's limit, less 5 for the suffix of an IP family (azure_loadbalancer.go:4957)."""
BASE = re.compile(r"a[0-9a-f]{31}(?:-|\Z)")
BASE_LENGTH = 32
SHARED_PROBE = "cluster-service-shared-health-probe"
INTERNAL_SUFFIX = "-internal"
V6_SUFFIX = "-IPv6"


def base_name(uid: str) -> str:
    """`a` and the UID without dashes, cut to 32 characters (cloud.go): the UID's last digit is lost."""
    return ("a" + uid.replace("-", ""))[:BASE_LENGTH]


def made_by_controller(name: str) -> bool:
    """True if the name is `a` and 31 hex digits, or that and a suffix."""
    return BASE.match(name.lower()) is not None


def load_balancer_name(cluster_name: str, *, internal: bool) -> str:
    """The name of the (only) load balancer of one kind."""
    return cluster_name + INTERNAL_SUFFIX if internal else cluster_name


@functools.lru_cache(maxsize=4096)  # asked of the same few names for every Service
def is_internal_load_balancer(name: str) -> bool:
    """By suffix, in any letter case."""
    return name.lower().endswith(INTERNAL_SUFFIX)


def frontend_name(base: str, subnet: str | None, *, v6_suffix: bool) -> str:
    """The name of a frontend: `subnet` is the annotation of an internal Service, `v6_suffix` for the second family."""
    name = base if subnet is None else f"{base}-{subnet}"
    if len(name) > MAX_NAME:
        name = name[:MAX_NAME]
        if not (name[-1].isalpha() or name[-1] == "_"):
            name = name[:-1] + "_"
    return name + V6_SUFFIX if v6_suffix else name


def old_frontend_name(base: str, subnet: str | None) -> str:
    """The name that releases before 1.27 gave: cut at 80."""
    return (base if subnet is None else f"{base}-{subnet}")[:80]


def rule_name(base: str, subnet: str | None, protocol: str, port: int, *, v6_suffix: bool) -> str:
    """The name of a rule and of its probe (azure_standard.go:286)."""
    suffix = f"-{protocol}-{port}"
    name = base + suffix
    if subnet is not None:
        room = MAX_NAME - len(base) - 1 - len(suffix)
        name = f"{base}-{subnet[:room]}{suffix}"
    return name + V6_SUFFIX if v6_suffix else name


def pool_name(cluster_name: str, *, v6: bool) -> str:
    """The cluster-wide backend pool of one IP family (azure_standard.go:261)."""
    return cluster_name + V6_SUFFIX if v6 else cluster_name


def local_pool_name(namespace: str, name: str, *, v6: bool) -> str:
    """A Local Service's own pool where there are several load balancers (azure_local_services.go:478)."""
    return f"{namespace}-{name}".lower() + (V6_SUFFIX.lower() if v6 else "")


def default_pls_name(frontend: str) -> str:
    """The name of a PLS that nobody named."""
    return "pls-" + frontend
