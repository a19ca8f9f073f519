"""Where Azure's Resource Manager is, in each of its clouds; and what of the settings cannot be.

No SDK here: a wrong configuration is told before anything heavy is imported, or anybody contacted (domain.md §6.7).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.config.settings import Azure
from auditor.errors import ConfigError

_SUBSCRIPTION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CLUSTER = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\.ContainerService/managedClusters/([^/]+)/?",
    re.IGNORECASE,
)
_GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
"""Names of resource groups: they do not end with a period (Azure resource naming rules)."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """One Azure."""

    endpoint: str
    scope: str
    """What a token is asked for."""
    authority: str
    """The host of Microsoft Entra."""


CLOUDS = {
    "public": Cloud(
        "https://management.azure.com", "https://management.azure.com/.default", "login.microsoftonline.com"
    ),
    "usgov": Cloud(
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/.default",
        "login.microsoftonline.us",
    ),
    "china": Cloud(
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn/.default",
        "login.chinacloudapi.cn",
    ),
}


@dataclass(frozen=True, slots=True)
class ClusterId:
    """The parts of an AKS cluster's resource id, as they were written."""

    id: str
    subscription: str
    group: str
    name: str


def cluster_id(text: str) -> ClusterId | None:
    """The parts of the resource id of an AKS cluster; None if it is none."""
    found = _CLUSTER.fullmatch(text.strip())
    return ClusterId(text.strip().rstrip("/"), *found.groups()) if found else None


def is_group(name: str) -> bool:
    """True if a resource group can be called so."""
    return _GROUP.fullmatch(name) is not None


def is_loopback(url: str) -> bool:
    """True if the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def endpoint(settings: Azure) -> str:
    """The Resource Manager's address, without a slash at the end."""
    return (settings.endpoint or CLOUDS[settings.cloud].endpoint).rstrip("/")


def faults(settings: Azure) -> tuple[str, ...]:
    """What of the settings cannot be, each with its key."""
    return tuple(fault for fault in (_endpoint_fault(settings), *_name_faults(settings)) if fault)


def check(settings: Azure) -> None:
    """Raise ConfigError, with all faults at once, before anything is contacted."""
    if found := faults(settings):
        raise ConfigError("\n".join(found))


def _endpoint_fault(settings: Azure) -> str | None:
    if settings.endpoint is None:
        return None
    shown = f"azure.endpoint: `{_without_user(settings.endpoint)}`"
    try:
        parts = urlsplit(settings.endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"{shown} is no URL; write https://<host>"
    if parts.scheme not in {"https", "http"} or not host:
        return f"{shown} is no URL; write https://<host>"
    if parts.username or parts.password or parts.query or parts.fragment:
        return f"{shown} must not hold a user, a password, a query or a fragment; write https://<host>"
    if parts.scheme == "http" and not is_loopback(settings.endpoint):
        return f"{shown} would send a token unencrypted; write https:// (plain http is for loopback only)"
    return None


def _without_user(url: str) -> str:
    """The URL for a message: what stands before an @ may be a password."""
    return re.sub(r"//[^/]*@", "//", url)


def _name_faults(settings: Azure) -> list[str]:
    found = []
    form = "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.ContainerService/managedClusters/<name>"
    if settings.cluster is not None and cluster_id(settings.cluster) is None:
        found.append(f"azure.cluster: `{settings.cluster}` is no resource id of an AKS cluster; write {form}")
    if settings.subscription_id is not None and not _SUBSCRIPTION.fullmatch(settings.subscription_id):
        found.append(f"azure.subscriptionId: `{settings.subscription_id}` is no subscription id; write its GUID")
    groups = {"azure.nodeResourceGroup": settings.node_resource_group} | {
        f"azure.privateLinkServiceResourceGroups[{i}]": name
        for i, name in enumerate(settings.private_link_service_resource_groups)
    }
    found += [
        f"{key}: `{name}` cannot be the name of a resource group; write the name alone, not its id"
        for key, name in groups.items()
        if name is not None and not is_group(name)
    ]
    return found
