"""Azure Resource Manager, read only: lists with pages, single resources and their parts, errors in ARM's form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec

from auditor.lab import arm_errors
from auditor.lab.exchange import Answer, Request, as_json
from auditor.lab.managed_cluster import cluster_id, managed_cluster
from auditor.lab.recorded import Recorded, named_groups

NETWORK = "Microsoft.Network"
TYPES = {
    one.lower(): one
    for one in ("loadBalancers", "privateLinkServices", "virtualNetworks", "publicIPAddresses", "networkInterfaces")
}
_PATH = re.compile(
    r"(?P<subscription_id>/subscriptions/(?P<subscription>[^/]+))"
    r"(?P<group_id>/resourceGroups/(?P<group>[^/]+))?"
    r"(?:/providers/(?P<provider>[^/]+)/(?P<type>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<part>[^/]+)(?:/(?P<part_name>[^/]+))?)?)?)?/?",
    re.IGNORECASE,
)
_RESOURCE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PARTS = msgspec.json.Decoder(list[msgspec.Raw])


class _Identified(msgspec.Struct):
    id: str | None = None
    name: str | None = None


_IDENTIFIED = msgspec.json.Decoder(_Identified)


class ArmApi:
    """The management endpoint over one recording."""

    def __init__(self, recorded: Recorded, *, token: str, url: str, page_size: int) -> None:
        self._recorded, self._token, self._url, self._page_size = recorded, token, url, page_size
        self._resources: dict[str, dict[str, bytes] | None] = {}
        self.cluster_id = cluster_id(recorded)
        known = [self.cluster_id, recorded.facts.virtual_network or ""]
        for kind in TYPES.values():
            raw = recorded.objects[kind]
            self._resources[kind] = None if raw is None else {_id(one): one for one in raw}
            known += self._resources[kind] or ()
        known += [gap.scope for gaps in recorded.gaps.values() for gap in gaps]
        parsed = [found for one in known if (found := _PATH.match(one.lower()))]
        self._subscriptions = {one["subscription_id"] for one in parsed}
        self._groups = {one["subscription_id"] + one["group_id"] for one in parsed if one["group_id"]}
        cluster = parsed[0]["subscription_id"]
        names = {recorded.facts.node_resource_group, recorded.facts.pls_resource_group, *named_groups(recorded)}
        self._groups |= {f"{cluster}/resourcegroups/{name.lower()}" for name in names if name}

    def answer(self, request: Request) -> Answer:
        """What ARM would say."""
        if request.bearer != self._token:
            return arm_errors.not_authenticated(given=request.bearer is not None)
        if request.method != "GET":
            return failure(405, request)
        if not request.query.get("api-version"):
            text = "The api-version query parameter (?api-version=) is required for all requests."
            return arm_errors.error(400, "MissingApiVersionParameter", text)
        found = _PATH.fullmatch(request.path)
        if found is None:
            return failure(404, request)
        if found["subscription_id"].lower() not in self._subscriptions:
            text = f"The subscription '{found['subscription']}' could not be found."
            return arm_errors.error(404, "SubscriptionNotFound", text)
        return self._scoped(found, request)

    def _scoped(self, found: re.Match[str], request: Request) -> Answer:
        scope = found["subscription_id"] + (found["group_id"] or "")
        if found["group"] and found["provider"] is None:
            return self._group(scope, found["group"])
        if request.path.rstrip("/").lower() == self.cluster_id.lower():
            return as_json(200, managed_cluster(self._recorded), arm_errors.stamped())
        kind = TYPES.get((found["type"] or "").lower())
        if kind is None or found["provider"].lower() != NETWORK.lower():
            known = found["group"] and found["name"]
            return self._missing(found, f"{found['type']}/{found['name']}") if known else failure(404, request)
        resources = self._resources[kind]
        asked = f"{scope}/providers/{NETWORK}/{kind}/{found['name']}" if found["name"] else scope
        if resources is None or self._forbidden(kind, asked):
            return failure(403, request)
        if found["group"] and scope.lower() not in self._groups:
            return arm_errors.no_group(found["group"])
        if found["name"]:
            return self._one(found, kind, resources.get(asked.lower()), request)
        prefix = scope.lower() + "/"
        return self._page([one for key, one in resources.items() if key.startswith(prefix)], request)

    def _forbidden(self, kind: str, asked: str) -> bool:
        """A gap forbids its scope, what lies in it, and a list around it.

        One of a whole subscription does not forbid the resource groups: they are read when it may not be.
        """
        low = asked.lower()
        for gap in self._recorded.gaps.get(kind, ()):
            scope = gap.scope.lower().rstrip("/")
            if not scope.startswith("/subscriptions/") or scope == low or scope.startswith(f"{low}/"):
                return True
            if "/resourcegroups/" in scope and low.startswith(f"{scope}/"):
                return True
        return False

    def _group(self, scope: str, name: str) -> Answer:
        if scope.lower() not in self._groups:
            return arm_errors.no_group(name)
        document = {
            "id": scope,
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self._recorded.facts.location or "westeurope",
            "properties": {"provisioningState": "Succeeded"},
        }
        return as_json(200, document, arm_errors.stamped())

    def _missing(self, found: re.Match[str], what: str) -> Answer:
        if (found["subscription_id"] + found["group_id"]).lower() not in self._groups:
            return arm_errors.no_group(found["group"])
        return arm_errors.no_resource(f"{found['provider']}/{what}", found["group"])

    def _one(self, found: re.Match[str], kind: str, raw: bytes | None, request: Request) -> Answer:
        """A resource, or one of its parts."""
        if raw is None:
            return self._missing(found, f"{kind}/{found['name']}")
        if not found["part"]:
            return Answer(200, raw, arm_errors.stamped())
        parts = _parts(raw, found["part"])
        if not found["part_name"]:
            return self._page(parts, request)
        for one in parts:
            if _id(one).rpartition("/")[2] == found["part_name"].lower():
                return Answer(200, one, arm_errors.stamped())
        return arm_errors.no_child(request.path)

    def _page(self, bodies: Sequence[bytes], request: Request) -> Answer:
        query = request.query
        start = _offset(query.get("$skiptoken"))
        if start is None or start > len(bodies):
            return arm_errors.error(400, "InvalidSkipToken", "The skip token is not valid.")
        end = start + self._page_size
        tail = b"]}"
        if end < len(bodies):
            tail = b"]," + msgspec.json.encode({"nextLink": self._next(request, end)})[1:]
        return Answer(200, b'{"value":[' + b",".join(bodies[start:end]) + tail, arm_errors.stamped())

    def _next(self, request: Request, end: int) -> str:
        """The same request with the token of the next page, absolute."""
        token = base64.urlsafe_b64encode(f"page:{end}".encode()).decode()
        at = urlsplit(request.target)
        query = [(key, value) for key, value in parse_qsl(at.query) if key != "$skiptoken"]
        return f"{self._url}{at.path}?{urlencode([*query, ('$skiptoken', token)], safe='$', quote_via=quote)}"


def failure(status: int, request: Request) -> Answer:
    """An error of ARM, in its words, to this request."""
    found = _PATH.fullmatch(request.path)
    if status == HTTPStatus.UNAUTHORIZED:
        return arm_errors.not_authenticated(given=request.bearer is not None)
    if status == HTTPStatus.FORBIDDEN and found:
        return arm_errors.forbidden(_action(found), found.group().rstrip("/") if found["name"] else _scope(found))
    if status == HTTPStatus.NOT_FOUND and found and found["group"]:
        if found["name"]:
            return arm_errors.no_resource(f"{found['provider']}/{found['type']}/{found['name']}", found["group"])
        return arm_errors.no_group(found["group"])
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return arm_errors.throttled(found["subscription"] if found else "")
    code, text = _WORDS.get(status, ("InternalServerError", "The lab was told to fail."))
    return arm_errors.error(status, code, text)


_WORDS = {
    403: ("AuthorizationFailed", "The client does not have authorization to perform this action."),
    404: ("InvalidResourceType", "The resource type could not be found in the namespace for this api version."),
    405: ("MethodNotAllowed", "The lab is read only: it answers GET alone."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable. Please try again."),
    504: ("GatewayTimeout", "The gateway did not receive a response within the specified time period."),
}


def _scope(found: re.Match[str]) -> str:
    return found["subscription_id"] + (found["group_id"] or "")


def _action(found: re.Match[str]) -> str:
    if found["type"] is None:
        return "Microsoft.Resources/subscriptions/resourceGroups/read"
    kind = TYPES.get(found["type"].lower(), found["type"])
    return "/".join(filter(None, (found["provider"], kind, found["part"], "read")))


def _id(raw: bytes) -> str:
    """Its id, or at least its name, in lower case: ARM compares ids so."""
    found = _IDENTIFIED.decode(raw)
    return (found.id or found.name or "").lower()


def _parts(raw: bytes, name: str) -> list[bytes]:
    """The parts of a resource with that name, nested under `properties` or flattened."""
    resource = _RESOURCE.decode(raw)
    fields = _RESOURCE.decode(resource["properties"]) if "properties" in resource else resource
    found = next((value for key, value in fields.items() if key.lower() == name.lower()), None)
    return [] if found is None or not bytes(found).startswith(b"[") else [bytes(one) for one in _PARTS.decode(found)]


def _offset(token: str | None) -> int | None:
    """Where a page begins; None if the token is none of ours."""
    if token is None:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        return int(number) if word == "page" else None
    except (binascii.Error, ValueError):
        return None
