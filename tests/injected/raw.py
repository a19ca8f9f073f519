"""A copy of a golden state that can be changed in its raw form: the JSON and the YAML of the three sides."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

GOLDEN = Path(__file__).parents[1] / "golden"
STATES = sorted(p.parent.name for p in GOLDEN.glob("*/expected.json"))
PREFIX = "service.beta.kubernetes.io/"
ME = "11111111-2222-3333-4444-555555555555"
A1, A2 = "00000000-aaaa-bbbb-cccc-000000000001", "00000000-aaaa-bbbb-cccc-000000000002"
NODES = f"/subscriptions/{ME}/resourceGroups/MC_rg_cluster_eastus/providers/Microsoft.Network"
VNET = f"/subscriptions/{ME}/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-aks"
INT, EXT = f"{NODES}/loadBalancers/kubernetes-internal", f"{NODES}/loadBalancers/kubernetes"
SERVICES, EVENTS, MACHINES = "kubernetes/services.json", "kubernetes/events.json", "kubernetes/nodes.json"
LBS, PLS, VNETS, PIPS = (
    f"azure/{kind}.json" for kind in ("loadBalancers", "privateLinkServices", "virtualNetworks", "publicIPAddresses")
)
HIGH = ("azure-load-balancer-internal", "azure-pls-visibility", "azure-pls-auto-approval", "azure-pls-create")
DEAD = "a0123456789abcdef0123456789abcde"
"""A name that the controller gave to a Service which is gone."""

Json = dict[str, Any]
Said = tuple[str, str | None, str, str]
"""Rule, Service, subject, severity: an entry of expected.json."""


@cache
def files(state: str) -> dict[str, bytes]:
    """Every file of a golden state, by its path."""
    root = GOLDEN / state
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def props(thing: Json) -> Json:
    """The properties of an ARM object, in either shape."""
    found: Json = thing.get("properties", thing)
    return found


def full(key: str) -> str:
    """An annotation key: the prefix is added to a short one."""
    return key if "/" in key else PREFIX + key


class Raw:
    """One golden state; nothing is copied before it is looked at."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.parsed: dict[str, Any] = {}
        self.written: dict[str, bytes | None] = {}

    def changed(self) -> dict[str, bytes | None]:
        """Path to new content of each file that differs from the golden one; None: removed."""
        made = {path: self._dumped(path, value) for path, value in self.parsed.items()}
        return {p: b for p, b in (made | self.written).items() if b != files(self.state).get(p)}

    def _dumped(self, path: str, value: Any) -> bytes:
        before = files(self.state)[path]
        if value == _parsed(path, before):
            return before
        return json.dumps(value).encode() if path.endswith(".json") else yaml.safe_dump(value).encode()

    # -- files ----------------------------------------------------------------------------------------------------

    def file(self, path: str) -> Any:
        """The parsed content of a file, to be changed in place."""
        if path not in self.parsed:
            self.parsed[path] = _parsed(path, files(self.state)[path])
        return self.parsed[path]

    def write(self, path: str, content: bytes | None) -> None:
        """Write, or remove, a whole file."""
        self.written[path] = content

    def edit(self, service: str, old: str, new: str) -> None:
        """Change the text of a manifest."""
        text = self.text(service)
        assert old in text
        self.write(self.path(service), text.replace(old, new).encode())

    def text(self, service: str) -> str:
        """The text of a manifest."""
        return files(self.state)[self.path(service)].decode()

    @staticmethod
    def path(service: str) -> str:
        """The file of a manifest."""
        return f"git/main/{service}.yaml"

    # -- Git and cluster ------------------------------------------------------------------------------------------

    def manifest(self, service: str) -> Json:
        """A declared Service."""
        found: Json = self.file(self.path(service))
        return found

    def service(self, service: str) -> Json:
        """A live Service."""
        return next(s for s in self.file(SERVICES)["items"] if _key(s) == service)

    def declare(self, service: str, **spec: Any) -> None:
        """Set fields of the spec in Git; None removes."""
        _set(self.manifest(service)["spec"], spec)

    def live(self, service: str, **spec: Any) -> None:
        """Set fields of the spec in the cluster; None removes."""
        _set(self.service(service)["spec"], spec)

    def meta(self, service: str, **fields: Any) -> None:
        """Set fields of the metadata in the cluster; None removes."""
        _set(self.service(service)["metadata"], fields)

    def status(self, service: str, *addresses: str) -> None:
        """Set the ingress addresses."""
        self.service(service)["status"]["loadBalancer"] = (
            {"ingress": [{"ip": a} for a in addresses]} if addresses else {}
        )

    def in_git(self, service: str, key: str, value: str | None) -> None:
        """Set an annotation in Git; None removes."""
        _set(self.manifest(service)["metadata"].setdefault("annotations", {}), {full(key): value})

    def in_cluster(self, service: str, key: str, value: str | None) -> None:
        """Set an annotation in the cluster; None removes."""
        _set(self.service(service)["metadata"].setdefault("annotations", {}), {full(key): value})

    def drop_live(self, service: str) -> None:
        """Delete a Service from the cluster."""
        self.file(SERVICES)["items"].remove(self.service(service))

    def event(self, service: str, reason: str, at: str, **more: Any) -> None:
        """Add an event, made after one of the same Service."""
        uid = self.service(service)["metadata"]["uid"]
        events = self.file(EVENTS)["items"]
        like = next(e for e in events if e["involvedObject"].get("uid") == uid)
        meta = like["metadata"] | {"name": f"made.{reason}", "creationTimestamp": at, "resourceVersion": "99999"}
        events.append(like | {"reason": reason, "firstTimestamp": at, "lastTimestamp": at, "message": reason,
                              "metadata": meta} | more)  # fmt: skip

    # -- Azure ----------------------------------------------------------------------------------------------------

    def lb(self, name: str = "kubernetes-internal") -> Json:
        """The properties of a load balancer."""
        return props(next(one for one in self.file(LBS) if one["name"] == name))

    def base(self, service: str) -> str:
        """What the names of a Service begin with."""
        return _base(self.state, service)

    def part(self, kind: str, service: str, suffix: str = "") -> Json:
        """A part of a load balancer that is named after a Service."""
        name = self.base(service) + suffix
        return next(x for lb in self.file(LBS) for x in props(lb)[kind] if x["name"] == name)

    def frontend(self, service: str, suffix: str = "") -> Json:
        """A frontend."""
        return self.part("frontendIPConfigurations", service, suffix)

    def rule(self, service: str, suffix: str = "TCP-80") -> Json:
        """The properties of a rule."""
        return props(self.part("loadBalancingRules", service, f"-{suffix}"))

    def probe(self, service: str, suffix: str = "TCP-80") -> Json:
        """The properties of a probe."""
        return props(self.part("probes", service, f"-{suffix}"))

    def drop(self, kind: str, service: str, suffix: str = "") -> None:
        """Remove a part of a load balancer."""
        gone = self.part(kind, service, suffix)
        for lb in self.file(LBS):
            props(lb)[kind] = [x for x in props(lb)[kind] if x is not gone]

    def twin(
        self, kind: str, service: str, suffix: str, name: str, lb: str = "kubernetes-internal", **more: Any
    ) -> None:
        """Add a copy of a part of a load balancer under another name."""
        like = json.loads(json.dumps(self.part(kind, service, suffix)))
        like |= {"name": name, "id": f"{NODES}/loadBalancers/{lb}/{kind}/{name}"}
        props(like).update(more)
        self.lb(lb)[kind].append(like)

    def pls(self, name: str) -> Json:
        """A Private Link Service; `{web/x}` in its name is the frontend of web/x."""
        return next(p for p in self.file(PLS) if p["name"] == self.names(name))

    def pls_of(self, name: str) -> Json:
        """The properties of a Private Link Service."""
        return props(self.pls(name))

    def another_pls(self, name: str, new_id: str, **more: Any) -> Json:
        """Add a copy of a Private Link Service with another id."""
        like: Json = json.loads(json.dumps(self.pls(name)))
        like |= {"name": new_id.rpartition("/")[2], "id": new_id}
        props(like).update(more)
        self.file(PLS).append(like)
        return like

    def subnet(self, name: str) -> Json:
        """The properties of a subnet of the cluster's network."""
        return props(next(s for s in props(self.file(VNETS)[0])["subnets"] if s["name"] == name))

    def pip(self, name: str) -> Json:
        """A public IP."""
        return next(p for p in self.file(PIPS) if p["name"] == self.names(name))

    def frontend_id(self, service: str, suffix: str = "", lb: str = INT) -> str:
        """The id of a frontend that is named after a Service."""
        return f"{lb}/frontendIPConfigurations/{self.base(service)}{suffix}"

    def names(self, text: str) -> str:
        """Replace `{web/x}` by what the names of web/x begin with."""
        return re.sub(r"\{([a-z0-9-]+/[a-z0-9-]+)\}", lambda m: self.base(m[1]), text)


def every(value: Any) -> Iterator[Json]:
    """Every object in a JSON value, however deep."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from every(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every(inner)


@dataclass(frozen=True)
class Case:
    """One change and what it adds and removes; each entry reads `severity rule [service|-] [subject]`."""

    state: str
    name: str
    change: Callable[[Raw], object]
    adds: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    home: str = "-"
    """The Service of entries that name none."""
    doubt: str = ""
    """How the code differs from contract.md here, where it does: the case is then a known failure."""

    def __str__(self) -> str:
        return f"{self.state}:{self.name}"


def said(case: Case, entry: str) -> Said:
    """An entry as expected.json has it."""
    raw = Raw(case.state)
    severity, rule, service, subject = [*entry.split(" "), "", ""][:4]
    service = case.home if service in ("", "-") else service
    subject = (
        raw.names(subject)
        .replace("@int", "loadbalancers/kubernetes-internal")
        .replace("@ext", "loadbalancers/kubernetes")
    )
    if subject.startswith(("azure-", "port_", "load-balancer-source")):
        subject = full(subject)
    return rule, None if service == "-" else service, subject, severity


def note(service: str, key: str) -> str:
    """The entry for an annotation that differs between Git and cluster."""
    return f"{'high' if key in HIGH else 'medium'} annotation-drifted {service} {full(key)}"


def field(service: str, name: str) -> str:
    """The entry for a field of the spec that differs between Git and cluster."""
    return f"{'high' if name == 'type' else 'medium'} spec-drifted {service} spec.{name}"


def in_git(state: str, service: str, key: str, value: str | None, *adds: str, removes: tuple[str, ...] = ()) -> Case:
    """An annotation is changed in Git."""
    name = f"git {service} {key}={value if value is None else value[:40]}"
    return Case(state, name, lambda w: w.in_git(service, key, value), (note(service, key), *adds), removes, service)


def in_cluster(
    state: str, service: str, key: str, value: str | None, *adds: str, removes: tuple[str, ...] = ()
) -> Case:
    """An annotation is changed in the cluster."""
    name = f"live {service} {key}={value if value is None else value[:40]}"
    return Case(state, name, lambda w: w.in_cluster(service, key, value), (note(service, key), *adds), removes, service)


def declared(state: str, service: str, key: str, value: Any, *adds: str, removes: tuple[str, ...] = ()) -> Case:
    """A field of the spec is changed in Git."""
    name = f"git {service} spec.{key}={str(value)[-90:]}"
    return Case(
        state, name, lambda w: w.declare(service, **{key: value}), (field(service, key), *adds), removes, service
    )


def live(state: str, service: str, key: str, value: Any, *adds: str, removes: tuple[str, ...] = ()) -> Case:
    """A field of the spec is changed in the cluster."""
    name = f"live {service} spec.{key}={str(value)[-90:]}"
    return Case(state, name, lambda w: w.live(service, **{key: value}), (field(service, key), *adds), removes, service)


def each(*changes: Callable[[Raw], object]) -> Callable[[Raw], None]:
    """Several changes as one."""

    def change(w: Raw) -> None:
        for one in changes:
            one(w)

    return change


def quiet(state: str, name: str, change: Callable[[Raw], object]) -> Case:
    """A change that means nothing."""
    return Case(state, name, change)


def port(**changed: Any) -> list[Json]:
    """The ports of a Service whose only port was made by the golden states' recipe for port 80."""
    whole = {"name": "tcp-80", "port": 80, "targetPort": 8080, "protocol": "TCP"} | changed
    return [{k: v for k, v in whole.items() if v is not None}]


def _set(where: Json, fields: Json) -> None:
    for key, value in fields.items():
        if value is None:
            del where[key]
        else:
            where[key] = value


def _parsed(path: str, content: bytes) -> Any:
    return json.loads(content) if path.endswith(".json") else yaml.safe_load(content)


def _key(service: Json) -> str:
    return f"{service['metadata']['namespace']}/{service['metadata']['name']}"


@cache
def _base(state: str, service: str) -> str:
    items = json.loads(files(state)[SERVICES])["items"]
    uid: str = next(s["metadata"]["uid"] for s in items if _key(s) == service)
    return f"a{uid.replace('-', '')}"[:32]
