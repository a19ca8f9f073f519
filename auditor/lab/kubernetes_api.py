"""A read-only Kubernetes API of Services, Events, Nodes and custom resources: lists with pages and selectors, get."""

from __future__ import annotations

import base64
import binascii
import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from http import HTTPStatus

from auditor.lab import custom_resources, selectors
from auditor.lab.exchange import Answer, Request, as_json
from auditor.lab.kubernetes_objects import KINDS, Item, Kind, discovery, item, namespace_named, status
from auditor.lab.recorded import Recorded

USER = "system:serviceaccount:auditor:lab"
_PATH = re.compile(r"/api/v1(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?/?")
_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You must start a new list without the continue parameter."
)


class KubernetesApi:
    """The API server of one recording; `generation` counts its changes, so that old continue tokens expire.

    `replaced`: what custom resources say of recorded repositories, to what is true of the lab's.
    """

    def __init__(
        self,
        recorded: Recorded,
        *,
        token: str,
        server: str,
        generation: int = 0,
        replaced: Mapping[str, str] | None = None,
    ) -> None:
        self._token = token
        self._gaps = recorded.gaps
        self._documents = discovery(server)
        self._items: dict[str, list[Item] | None] = {}
        for plural, kind in KINDS.items():
            raw = recorded.objects[plural]
            self._items[plural] = None if raw is None else sorted((item(kind, one) for one in raw), key=_key)
        every = (one.version for items in self._items.values() for one in items or ())
        self._version = str(max(every, default=1) + generation)
        self._namespaces = {one.namespace for items in self._items.values() for one in items or ()}
        self._custom = custom_resources.items(recorded.root, replaced or {})
        self._chosen: dict[tuple[str, ...], list[Item]] = {}

    def answer(self, request: Request) -> Answer:
        """What the API server would say."""
        if request.bearer != self._token:
            return failure(401, request)
        if request.method != "GET":
            return failure(405, request)
        document = self._documents.get(request.path.rstrip("/"))
        if document is not None:
            return as_json(200, document)
        if custom := custom_resources.PATH.fullmatch(request.path):
            return self._custom_resource(custom, request)
        found = _PATH.fullmatch(request.path)
        if found and found["plural"] == "configmaps" and found["name"]:
            maps, within = self._custom.get("configmaps", []), found["namespace"] or ""
            return _get(custom_resources.CONFIG_MAP, maps, within, found["name"]) or failure(404, request)
        if found and found["plural"] == "namespaces" and found["name"]:
            known = found["name"] in self._namespaces
            return namespace_named(found["name"]) if known else failure(404, request)
        kind = KINDS.get(found["plural"]) if found else None
        if found is None or kind is None or (found["namespace"] and not kind.namespaced):
            return status(404, "the server could not find the requested resource")
        items, namespace = self._items[kind.plural], found["namespace"] or ""
        if items is None or self._forbidden(kind, namespace):
            return failure(403, request)
        if "watch" in request.query:
            return failure(405, request)
        if found["name"]:
            return _get(kind, items, namespace, found["name"]) or failure(404, request)
        return self._list(kind, items, namespace, request.query)

    def _custom_resource(self, found: re.Match[str], request: Request) -> Answer:
        resource = custom_resources.asked(found["group"], found["version"], found["plural"])
        items = self._custom.get(resource.name) if resource else None
        if resource is None or items is None or found["name"] or "watch" in request.query:
            return status(404, "the server could not find the requested resource")
        return self._list(custom_resources.kind_of(resource), items, found["namespace"] or "", request.query)

    def _forbidden(self, kind: Kind, namespace: str) -> bool:
        """A gap of a namespace forbids that namespace, and a list of all of them."""
        scopes = {gap.scope for gap in self._gaps.get(kind.plural, ())}
        namespaces = {scope for scope in scopes if re.fullmatch(r"[a-z0-9-]+", scope)}
        return bool(scopes - namespaces) or (bool(namespaces) if not namespace else namespace in namespaces)

    def _list(self, kind: Kind, items: list[Item], namespace: str, query: dict[str, str]) -> Answer:
        try:
            chosen = self._choose(kind, items, namespace, query)
        except selectors.SelectorError as e:
            return status(400, str(e))
        start, token = 0, query.get("continue", "")
        if token:
            after = self._after(token)
            if after is None:
                return status(410, _EXPIRED)
            start = bisect_right(chosen, after, key=_key)
        limit = query.get("limit", "")
        end = start + int(limit) if limit.isdigit() and int(limit) else len(chosen)
        page = chosen[start:end]
        metadata: dict[str, str | int] = {"resourceVersion": self._version}
        if end < len(chosen):
            metadata["continue"] = self._continue(page[-1])
            if not query.get("fieldSelector") and not query.get("labelSelector"):
                metadata["remainingItemCount"] = len(chosen) - end
        head = f'{{"kind":"{kind.name}List","apiVersion":"v1","metadata":{json.dumps(metadata)},"items":['
        return Answer(200, b"".join((head.encode(), b",".join(one.body for one in page), b"]}\n")))

    def _choose(self, kind: Kind, items: list[Item], namespace: str, query: dict[str, str]) -> list[Item]:
        """The objects that are asked for; the same for each page, so they are kept. Raises SelectorError."""
        by_field, by_label = query.get("fieldSelector", ""), query.get("labelSelector", "")
        asked = (kind.plural, namespace, by_field, by_label)
        if asked not in self._chosen:
            fields, labels = selectors.fields(by_field, kind.fields), selectors.labels(by_label)
            self._chosen[asked] = [
                one
                for one in items
                if (not namespace or one.namespace == namespace) and fields(one.fields) and labels(one.labels)
            ]
        return self._chosen[asked]

    def _continue(self, last: Item) -> str:
        token = {"v": "meta.k8s.io/v1", "rv": self._version, "start": last.key}
        return base64.urlsafe_b64encode(json.dumps(token).encode()).decode()

    def _after(self, token: str) -> str | None:
        """The key after which to go on; None for a token of another list, or none at all."""
        try:
            found = json.loads(base64.urlsafe_b64decode(token))
            return str(found["start"]) if found["rv"] == self._version else None
        except (binascii.Error, ValueError, KeyError, TypeError):
            return None


def failure(code: int, request: Request) -> Answer:
    """An error of the API server, in its words, to this request."""
    found = _PATH.fullmatch(request.path)
    plural, name = (found["plural"], found["name"]) if found else ("", None)
    if code == HTTPStatus.UNAUTHORIZED:
        return status(code, "Unauthorized")
    if code == HTTPStatus.FORBIDDEN and found:
        verb = "get" if name else "list"
        namespace = found["namespace"]
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        thing = f'{plural} "{name}"' if name else plural
        text = f'{thing} is forbidden: User "{USER}" cannot {verb} resource "{plural}" in API group "" {where}'
        return status(code, text, {"kind": plural, **({"name": name} if name else {})})
    if code == HTTPStatus.BAD_REQUEST and "fieldSelector" in request.query:
        return status(code, f"field label not supported: {re.split('[=!]', request.query['fieldSelector'])[0]}")
    if code == HTTPStatus.NOT_FOUND and found and name:
        return status(code, f'{plural} "{name}" not found', {"name": name, "kind": plural})
    return status(code, _WORDS.get(code, f"the server answered {code}"))


_WORDS = {
    403: "forbidden",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    410: _EXPIRED,
    429: "Too many requests, please try again later.",
    500: "Internal error occurred: the lab was told to fail",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted",
}


def _get(kind: Kind, items: list[Item], namespace: str, name: str) -> Answer | None:
    key = f"{namespace}/{name}" if kind.namespaced else name
    for one in items:
        if one.key == key:
            return Answer(200, f'{{"kind":"{kind.name}","apiVersion":"v1",'.encode() + one.body[1:])
    return None


def _key(one: Item) -> str:
    return one.key
