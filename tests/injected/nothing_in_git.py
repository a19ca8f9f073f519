"""Changes of Git that mean nothing: how YAML is written, where it stands, what is the default anyway."""

import json
from collections.abc import Callable
from typing import Any

import yaml

from tests.injected.raw import A1, ME, PREFIX, Case, Raw, files, quiet

BASE = "drift-00-baseline"
MANIFEST = PREFIX.removesuffix("/")


def _manifests(w: Raw, change: Callable[[str], str]) -> None:
    """Rewrite the text of every manifest."""
    for path, content in files(w.state).items():
        if path.startswith("git/"):
            w.write(path, change(content.decode()).encode())


def _dumped(**how: Any) -> Callable[[str], str]:
    return lambda text: yaml.safe_dump(yaml.safe_load(text), **how)


def _spec(text: str, **fields: Any) -> str:
    service = yaml.safe_load(text)
    if service["spec"].get("type") == "LoadBalancer":
        service["spec"] = fields | service["spec"]
    return yaml.safe_dump(service)


def _ports(text: str, *drop: str, **fields: Any) -> str:
    service = yaml.safe_load(text)
    service["spec"]["ports"] = [
        {k: v for k, v in (fields | p).items() if k not in drop or (k == "protocol" and v != "TCP")}
        for p in service["spec"]["ports"]
    ]
    return yaml.safe_dump(service)


def _annotated(text: str, **defaults: str) -> str:
    service = yaml.safe_load(text)
    notes = service["metadata"].setdefault("annotations", {})
    for key, value in defaults.items():
        notes.setdefault(f"{MANIFEST}/azure-{key.replace('_', '-')}", value)
    return yaml.safe_dump(service)


def _one_file(w: Raw, join: Callable[[list[Any]], str]) -> None:
    """Write all manifests into one file."""
    paths = [p for p in files(w.state) if p.startswith("git/")]
    for path in paths:
        w.write(path, None)
    w.write("git/main/all/everything.yml", join([yaml.safe_load(files(w.state)[p]) for p in paths]).encode())


def _rename(w: Raw, change: Callable[[str], str]) -> None:
    for path, content in files(w.state).items():
        if path.startswith("git/"):
            w.write(path, None)
            w.write(change(path), content)


def _json(w: Raw) -> None:
    for path, content in files(w.state).items():
        if path.startswith("git/"):
            w.write(path, None)
            w.write(path.removesuffix("yaml") + "json", json.dumps(yaml.safe_load(content)).encode())


def _anchors(text: str) -> str:
    name = yaml.safe_load(text)["metadata"]["name"]
    return text.replace(f'name: "{name}"', f'name: &n "{name}"', 1).replace(f'app: "{name}"', "app: *n")


CASES: list[Case] = [
    *(quiet(s, f"YAML: {name}", lambda w, change=change: _manifests(w, change)) for s, name, change in [  # type: ignore[misc]
        ("internal", "other quotes", lambda t: t.replace('"', "'")),
        ("pls", "block style, sorted keys", _dumped()),
        ("pls", "flow style", _dumped(default_flow_style=True)),
        ("pls-az", "JSON style", _dumped(default_flow_style=True, default_style='"')),
        ("errors-00-apply", "unsorted, narrow lines", _dumped(sort_keys=False, width=20)),
        ("internal", "comments", lambda t: "# a: b\n" + t.replace("\n", '  # why: "x"\n')),
        ("pls", "CRLF", lambda t: t.replace("\n", "\r\n")),
        ("internal", "BOM", lambda t: "\ufeff" + t),
        ("pls-az", "BOM and CRLF", lambda t: "\ufeff" + t.replace("\n", "\r\n")),
        ("internal", "anchors", _anchors),
        ("lifecycle-00-baseline", "document marks", lambda t: f"%YAML 1.1\n---\n{t}...\n"),
        ("lifecycle-02-flip", "empty documents around", lambda t: f"---\n---\n{t}---\n# end\n---\n"),
        ("drift-01-drifted", "other documents around", lambda t: f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\n---\n{t}"),
        ("internal", "protocol is left out", lambda t: _ports(t, "protocol")),
        ("internal", "empty app protocol and node port", lambda t: _ports(t, nodePort=None)),
        ("internal", "spec defaults written down", lambda t: _spec(
            t, sessionAffinity="None", externalTrafficPolicy="Cluster", internalTrafficPolicy="Cluster", allocateLoadBalancerNodePorts=True)),
        (BASE, "family defaults written down", lambda t: _spec(t, ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack")),
        (BASE, "nulls in spec", lambda t: _spec(t, loadBalancerIP=None, loadBalancerClass=None, ports=None, externalTrafficPolicy=None)),
        (BASE, "annotation defaults written down", lambda t: _annotated(
            t, load_balancer_health_probe_interval="5", load_balancer_health_probe_num_of_probe="2", load_balancer_tcp_idle_timeout="4",
            load_balancer_health_probe_protocol="tcp", load_balancer_health_probe_request_path="/", load_balancer_ipv4="",
            load_balancer_internal_subnet=" ")),
        ("internal", "false flags written down", lambda t: _annotated(
            t, load_balancer_disable_tcp_reset="false", disable_load_balancer_floating_ip="no",
            load_balancer_enable_high_availability_ports="")),
        ("lifecycle-06-shared-owner-deleted", "labels and other annotations", lambda t: t.replace(
            "  labels:", "  generateName: x\n  labels:\n    more: '1'")),
    ]),
    quiet("pls", "one file of many documents", lambda w: _one_file(w, yaml.safe_dump_all)),
    quiet("internal", "kind: List", lambda w: _one_file(w, lambda all_: yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": all_}))),
    quiet("lifecycle-09-forced-away", "kind: ServiceList in JSON style", lambda w: _one_file(
        w, lambda all_: json.dumps({"apiVersion": "v1", "kind": "ServiceList", "items": all_}))),
    quiet("errors-01-unmanaged-pls", "other folders", lambda w: _rename(w, lambda p: p.replace("git/main/", "git/main/clusters/prod/"))),
    quiet("lifecycle-04-pls-changes", "other file names", lambda w: _rename(w, lambda p: p.replace(".yaml", ".k8s.YML"))),
    quiet("shared-probe", "JSON manifests", _json),
    quiet(BASE, "files that are no manifests", lambda w: w.written.update({
        "git/main/README.md": b"# {{ not yaml", "git/main/values.txt": b"\xff\xfe", "git/main/empty.yaml": b""})),
    quiet(BASE, "other manifests", lambda w: w.write("git/main/x.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n")),
    *(quiet(s, f"git: {service} {key} = {value!r}", lambda w, a=(service, key, value): w.in_git(*a))  # type: ignore[misc]
      for s, service, key, value in [
        ("pls", "payments/defaults", "azure-pls-create", " TRUE "),
        ("pls", "payments/named", "azure-pls-name", "  pls-payments "),
        ("pls", "payments/named", "azure-pls-resource-group", "  "),
        ("pls", "orders/count-2", "azure-pls-ip-configuration-ip-address-count", " 2 "),
        ("pls", "orders/count-1", "azure-pls-ip-configuration-ip-address-count", None),
        ("pls", "orders/static-1-no-count", "azure-pls-ip-configuration-ip-address", " 10.242.0.111  10.242.0.111 "),
        ("pls", "web/vis-list", "azure-pls-visibility", f"  {A1.upper()}   {ME}  {ME} "),
        ("pls", "web/fqdns", "azure-pls-fqdns", "www.contoso.example api.contoso.example"),
        ("pls", "web/proxy", "azure-pls-proxy-protocol", " TRUE "),
        ("pls", "payments/defaults", "azure-pls-proxy-protocol", "no"),
        ("internal", "web/app-protocol", "azure-load-balancer-health-probe-interval", " 10 "),
        ("internal", "web/probe-protocol", "azure-load-balancer-health-probe-protocol", " HTTP "),
        ("internal", "web/internal-allowed-ranges", "azure-allowed-ip-ranges", " 10.1.0.0/16 "),
        ("internal", "web/idle-timeout", "azure-load-balancer-tcp-idle-timeout", "+15"),
    ]),
]  # fmt: skip
