"""What single values have to look like; each function returns what is wrong, or None.

No address is ever repeated in a sentence: there may be a password in it.
"""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
RESOURCE_GROUP = re.compile(r"[\w().-]{0,89}[\w()-]")
RESOURCE = re.compile(r"\w[\w.-]{0,79}")
RELEASE = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?")
KUBE_VERSION = re.compile(r"v?\d+\.\d+(?:\.\d+)?(?:[-+][\w.+-]+)?")
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
REF = re.compile(r"(?!-)(?!.*(?:\.\.|@\{|//))[^\s~^:?*\[\\]+")
CLUSTER_ID = re.compile(
    rf"/subscriptions/({GUID.pattern})/resourceGroups/[^/]+"
    r"/providers/Microsoft\.ContainerService/managedClusters/[^/]+",
    re.IGNORECASE,
)
NETWORK_ID = re.compile(
    rf"/subscriptions/{GUID.pattern}/resourceGroups/[^/]+/providers/Microsoft\.Network/virtualNetworks/[^/]+",
    re.IGNORECASE,
)
SCP = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!//)[^\s:][^\s]*")
HIGHEST_PORT = 65535
REMOTES = "https://host/path, ssh://user@host/path, user@host:path or file:///path"


def name(value: str) -> str | None:
    """A name that is a label of metrics, a name of files and a word on the command line."""
    if NAME.fullmatch(value):
        return None
    return f"`{value[:40]}` is no name: letters, digits, `.`, `_` and `-`, at most 100, a letter or digit at both ends"


def namespace(value: str) -> str | None:
    """A namespace of Kubernetes."""
    return None if NAMESPACE.fullmatch(value) else f"`{value[:40]}` is no name of a namespace"


def release(value: str) -> str | None:
    """The name of a Helm release."""
    return None if RELEASE.fullmatch(value) else f"`{value[:40]}` is no name of a Helm release"


def kube_version(value: str) -> str | None:
    """A version of Kubernetes."""
    return None if KUBE_VERSION.fullmatch(value) else f"`{value[:40]}` is no version of Kubernetes; one is 1.33"


def host(value: str) -> str | None:
    """The name of a host, without scheme, port and path."""
    return None if HOST.fullmatch(value) else f"`{value[:40]}` is no name of a host; one is github.com"


def subscription(value: str) -> str | None:
    """The id of a subscription."""
    return None if GUID.fullmatch(value) else f"`{value[:40]}` is no subscription id; one is 32 digits, as 8-4-4-4-12"


def subscription_or_all(value: str) -> str | None:
    """The id of a subscription, or `*`."""
    return None if value == "*" or GUID.fullmatch(value) else f"`{value[:40]}` is neither a subscription id nor `*`"


def resource_group(value: str) -> str | None:
    """The name of a resource group."""
    return None if RESOURCE_GROUP.fullmatch(value) else f"`{value[:40]}` is no name of a resource group"


def resource(value: str) -> str | None:
    """The name of a resource, such as a subnet."""
    return None if RESOURCE.fullmatch(value) else f"`{value[:40]}` is no name of a resource"


def cluster_id(value: str) -> str | None:
    """The resource id of an AKS cluster."""
    if CLUSTER_ID.fullmatch(value):
        return None
    form = "/subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerService/managedClusters/…"
    return f"is no resource id of an AKS cluster: {form}"


def network_id(value: str) -> str | None:
    """The resource id of a virtual network."""
    if NETWORK_ID.fullmatch(value):
        return None
    form = "/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…"
    return f"is no resource id of a virtual network: {form}"


def variable(value: str) -> str | None:
    """The name of an environment variable; a wrong one is not repeated, it may be the secret itself."""
    return None if VARIABLE.fullmatch(value) else "is no name of an environment variable"


def ref(value: str) -> str | None:
    """A branch, a tag or a commit."""
    return None if REF.fullmatch(value) else f"`{value[:40]}` is no name of a branch, a tag or a commit"


def path_in_repository(value: str) -> str | None:
    """A path or a glob in a repository."""
    if not value:
        return "is empty"
    if value.startswith("/") or ".." in value.split("/"):
        return f"`{value[:80]}` is no path in the repository: it starts at its top and has no `..`"
    return None


def remote(value: str) -> str | None:
    """The address of a Git repository."""
    if value.startswith("-"):
        return f"is no address of a repository: {REMOTES}"
    if "://" not in value:
        return None if SCP.fullmatch(value) else f"is no address of a repository: {REMOTES}"
    parts = _split(value)
    if parts is None or parts.scheme not in ("https", "http", "ssh", "file"):
        return f"is no address of a repository: {REMOTES}"
    if parts.scheme == "file":
        return None if parts.path.startswith("/") and not parts.netloc else f"is no address of a repository: {REMOTES}"
    return _web(parts, "a repository", user=parts.scheme == "ssh", loopback_only=True)


def endpoint(value: str) -> str | None:
    """The address of Azure Resource Manager."""
    return _address(value, "an endpoint", loopback_only=True)


def pushgateway(value: str) -> str | None:
    """The address of a Pushgateway."""
    return _address(value, "a Pushgateway", loopback_only=False)


def _address(value: str, what: str, *, loopback_only: bool) -> str | None:
    parts = _split(value)
    if parts is None or parts.scheme not in ("https", "http"):
        return f"is no address of {what}: https://host"
    return _web(parts, what, user=False, loopback_only=loopback_only)


def _web(parts: SplitResult, what: str, *, user: bool, loopback_only: bool) -> str | None:
    if parts.password is not None or (parts.username is not None and not user):
        return "has a user name or a password in it; name a file or a variable with the secret instead"
    if parts.query or parts.fragment:
        return f"has a `?` or a `#` in it, which the address of {what} has not"
    if not parts.hostname or parts.hostname.startswith("-") or re.search(r"\s", parts.netloc + parts.path):
        return f"is no address of {what}: there is no host in it, or a blank"
    if parts.scheme == "http" and loopback_only and not loopback(parts.hostname):
        return "is plain http, which is only for this machine; use https"
    return None


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  (raises for one that is no number)
    except ValueError:
        return None
    return parts


def loopback(host: str) -> bool:
    """Is it this machine?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(value: str) -> str | None:
    """HOST:PORT of a server."""
    host, colon, port = value.rpartition(":")
    form = f"`{value[:60]}` is no HOST:PORT, as 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080"
    if not colon or not host or not (port.isascii() and port.isdecimal()) or int(port[:6]) > HIGHEST_PORT:
        return form
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host != bare
    return form if bracketed != (":" in bare) or not re.fullmatch(r"[\w.:-]+", bare) else None
