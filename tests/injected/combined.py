"""Corners: what one rule silences of another, mistakes that stand on both sides, whose finding it is, what a text means."""

from tests.injected.in_cluster import probe, rule
from tests.injected.in_git import COUNT, HA, NAT, STATIC, SUBNET, V4, V6, VISIBILITY
from tests.injected.in_private_link import APPROVED, AUTO, BASE, CLUSTER, OWNER, RG
from tests.injected.raw import (
    A1,
    A2,
    DEAD,
    INT,
    LBS,
    ME,
    NODES,
    PLS,
    SERVICES,
    Case,
    Raw,
    declared,
    each,
    in_cluster,
    in_git,
    live,
    port,
    props,
)  # fmt: skip

LBI, PROBE, TIMEOUT = (
    "azure-load-balancer-internal",
    "azure-load-balancer-health-probe",
    "azure-load-balancer-tcp-idle-timeout",
)
GONE = "lifecycle-09-forced-away"
SHARED = "lifecycle-06-shared-owner-deleted"


def both(state: str, service: str, key: str, value: str | None, *adds: str, removes: tuple[str, ...] = ()) -> Case:
    """The same annotation in Git and in the cluster."""
    return Case(state, f"both {service} {key}={value}", each(
        lambda w: w.in_git(service, key, value), lambda w: w.in_cluster(service, key, value)),
                adds, removes, service)  # fmt: skip


def _tag(w: Raw, name: str, owner: str | None) -> None:
    w.pls(name)["tags"] = {CLUSTER: "kubernetes"} | ({OWNER: owner} if owner else {})


def _internal_services(state: str) -> list[str]:
    items = Raw(state).file(SERVICES)["items"]
    return [
        f"{s['metadata']['namespace']}/{s['metadata']['name']}" for s in items
        if s["spec"]["type"] == "LoadBalancer" and not s["spec"].get("loadBalancerClass")
        and s["metadata"].get("annotations", {}).get(f"service.beta.kubernetes.io/{LBI}") == "true"
    ]  # fmt: skip


def _without_internal(w: Raw) -> None:
    lbs = w.file(LBS)
    lbs[:] = [lb for lb in lbs if lb["name"] == "kubernetes"]


def _pls(w: Raw, like: str, new: str, **more: object) -> None:
    w.another_pls(like, new, **more)


def _new(w: Raw, text: str) -> None:
    w.write("git/main/new.yaml", text.encode())


def _service(w: Raw, name: str, **spec: object) -> None:
    w.file(SERVICES)["items"].append({
        "metadata": {"namespace": "kube-system", "name": name, "uid": "99999999-0000-4000-8000-000000000001",
                     "creationTimestamp": "2026-11-23T01:00:00Z", "annotations": {f"service.beta.kubernetes.io/{LBI}": "true"},
                     "finalizers": ["service.kubernetes.io/load-balancer-cleanup"]},
        "spec": {"ports": [{"port": 80, "protocol": "TCP", "nodePort": 30003}]} | spec, "status": {"loadBalancer": {}}})  # fmt: skip


def _same_moment(w: Raw, version: str) -> None:
    uid = w.service("web/rule-added")["metadata"]["uid"]
    done = next(e for e in w.file("kubernetes/events.json")["items"]
                if e["involvedObject"].get("uid") == uid and e["reason"] == "EnsuredLoadBalancer")  # fmt: skip
    done["metadata"]["resourceVersion"] = "5000"
    w.event("web/rule-added", "SyncLoadBalancerFailed", done["lastTimestamp"],
            metadata=done["metadata"] | {"name": "x", "resourceVersion": version})  # fmt: skip


BOTH_SIDES = [
    both("internal", "web/probe-protocol", f"{PROBE}-interval", "3", "high probe-invalid"),
    both("internal", "web/idle-timeout", TIMEOUT, "3", "medium idle-timeout-invalid"),
    both("internal", "payments/static-v4", V4, "010.240.5.10", "high ip-invalid"),
    both("internal", "web/dual-stack-static", V6, "fd00:db8:deca:deed::x", "high ip-invalid"),
    both("internal", "data/subnet", SUBNET, "snet-ilb ", "high subnet-not-a-name"),
    both("pls", "orders/count-2", COUNT, "9", "high pls-ip-count-invalid"),
    both("pls-az", "orders/static-2", STATIC, "10.242.0.100 x", "high pls-static-ip-invalid"),
    both("pls", "orders/static-2", STATIC, "10.242.0.100;10.242.0.101", "high pls-list-separator"),
    both("pls", "payments/named", "azure-pls-create", None, "high pls-lingering", "medium pls-annotations-without-create"),
    both("pls", "payments/defaults", LBI, "True", "critical internal-not-exactly-true", "high pls-on-public-service",
         "critical frontend-on-wrong-load-balancer"),
    both("internal", "payments/plain", HA, "true", rule("drifted", "payments/plain")),
    both("internal", "payments/plain", V4, "10.240.77.77", "critical frontend-ip-drifted"),
    both("shared-probe", "web/etp-local", "port_80_no_probe_rule", "true", rule("drifted", "web/etp-local")),
    both("shared-probe", "web/multi-port", "port_443_no_probe_rule", "true", rule("drifted", "web/multi-port", "tcp-443")),
    in_cluster("internal", "web/probe-protocol", f"{PROBE}-interval", "3"),
    in_cluster("internal", "web/idle-timeout", TIMEOUT, "abc"),
    in_cluster("internal", "payments/static-v4", V4, "010.240.5.10"),
    in_cluster("pls", "orders/count-2", COUNT, "9"),
    in_cluster("internal", "data/subnet", SUBNET, " snet-ilb"),
    in_cluster("internal", "web/ha-ports", HA, None, rule("drifted", "web/ha-ports"),
               rule("missing", "web/ha-ports", "tcp-443"), probe("missing", "web/ha-ports", "tcp-443")),
    Case("internal", "lb: internal one is gone", _without_internal,
         tuple(f"critical load-balancer-missing {s} @int" for s in _internal_services("internal"))),
    Case("shared-probe", "live: session affinity that Git leaves out", lambda w: w.live("payments/plain", sessionAffinity="ClientIP"),
         (rule("drifted", "payments/plain"),)),
]  # fmt: skip

WHOSE = [
    Case("pls", "shared PLS without tags", lambda w: w.pls("pls-shared").update(tags=None), ("high pls-unmanaged data/shared-owner",),
         ("high pls-customised-by-sharer data/shared-with-config",)),
    Case("pls", "shared PLS owned by a follower", lambda w: _tag(w, "pls-shared", "data/shared-follower"),
         ("high pls-customised-by-sharer data/shared-owner",)),
    Case("pls", "shared PLS owned by one that does not ask", lambda w: _tag(w, "pls-shared", "data/shared-no-pls"),
         ("high pls-customised-by-sharer data/shared-owner",)),
    Case("pls", "shared PLS without owner", lambda w: _tag(w, "pls-shared", None), ("high pls-tags-drifted data/shared-owner",),
         ("high pls-customised-by-sharer data/shared-with-config",)),
    Case("pls", "shared PLS failed", lambda w: w.pls_of("pls-shared").update(provisioningState="Failed"),
         ("high provisioning-failed data/shared-owner privatelinkservices/pls-shared",)),
    Case("pls", "unmanaged PLS with connections", lambda w: w.pls("pls-static-vip").update(tags={"a": "b"}),
         ("high pls-unmanaged platform/static-ip-and-pls",),
         (f"medium connection-pending platform/static-ip-and-pls {AUTO}",)),
    Case("errors-01-unmanaged-pls", "unmanaged PLS failed", lambda w: w.pls_of("pls-by-terraform").update(provisioningState="Failed")),
    Case("internal", "sharer's own frontend on the public side", lambda w: w.twin(
        "frontendIPConfigurations", "orders/shared-a", "", w.base("orders/shared-b"), "kubernetes", privateIPAddress=None),
        ("high frontend-on-both-load-balancers orders/shared-b",)),
    Case(GONE, "foreign rule on an orphaned frontend", lambda w: w.lb()["loadBalancingRules"].append(
        {"name": "manual", "id": f"{INT}/loadBalancingRules/manual", "properties": {"protocol": "Tcp", "frontendPort": 9, "frontendIPConfiguration": {
            "id": f"{INT}/frontendIPConfigurations/a412f1144043e4687a86cca2d1bffb0b"}}})),
    Case(BASE, "PLS of nobody on a missing frontend", lambda w: _pls(w, "pls-fqdns", f"{NODES}/privateLinkServices/left",
         loadBalancerFrontendIpConfigurations=[{"id": f"{INT}/frontendIPConfigurations/{DEAD}"}]), ("high orphaned-pls - privatelinkservices/left",)),
    Case("drift-01-drifted", "PLS on a foreign frontend", lambda w: _pls(w, "pls-fqdns", f"{NODES}/privateLinkServices/left",
         loadBalancerFrontendIpConfigurations=[{"id": f"{INT}/frontendIPConfigurations/manual-frontend"}]),
         ("high orphaned-pls - privatelinkservices/left",)),
    Case(BASE, "PLS without frontend, elsewhere", lambda w: _pls(w, "pls-fqdns", f"{RG}/left", loadBalancerFrontendIpConfigurations=[])),
    Case("pls", "frontend of a dual-stack Service with PLS is gone", lambda w: w.drop("frontendIPConfigurations", "data/dual-stack"),
         ("critical frontend-missing data/dual-stack",)),
    in_git("pls", "payments/named", VISIBILITY, A1, f"critical connection-not-visible payments/named {APPROVED}"),
    in_cluster("pls", "payments/named", VISIBILITY, A1, "high pls-visibility-drifted"),
    in_git("pls", "payments/no-create", V4, "10.240.6.22", "high ip-port-claimed-twice", "high ip-port-claimed-twice data/late-owner"),
    in_git("pls", "data/shared-follower", "azure-pls-name", "pls-shared", "high pls-customised-by-sharer"),
    Case("errors-00-apply", "git: file of an invalid Service is gone", lambda w: w.write("git/main/data/ip-invalid.yaml", None),
         ("medium service-not-in-git data/ip-invalid",)),
    Case("errors-00-apply", "git: file of one of two is gone", lambda w: w.write("git/main/data/ip-same-port.yaml", None),
         ("medium service-not-in-git data/ip-same-port",)),
    Case(BASE, "events: failed at the same time, later", lambda w: _same_moment(w, "5001"), ("high sync-failed web/rule-added",)),
    Case(BASE, "events: failed at the same time, earlier", lambda w: _same_moment(w, "4999")),
    Case(BASE, "live: Service of the system, not in Git", lambda w: _service(w, "x", type="LoadBalancer"),
         ("critical frontend-missing kube-system/x", "high service-pending kube-system/x")),
    Case(BASE, "live: annotated ClusterIP, not in Git", lambda w: _service(w, "x", type="ClusterIP"), ("low annotation-without-effect kube-system/x",)),
    Case("errors-00-apply", "public ip: legacy tags of a dead Service", lambda w: w.pip("kubernetes-{orders/sctp-public}").update(
        tags={"kubernetes-cluster-name": "kubernetes", "service": "orders/gone"}),
        ("medium orphaned-public-ip - publicipaddresses/kubernetes-{orders/sctp-public}",)),
    Case("errors-00-apply", "public ip: of another cluster", lambda w: w.pip("kubernetes-{orders/sctp-public}").update(
        tags={"k8s-azure-cluster-name": "other", "k8s-azure-service": "orders/gone"})),
]  # fmt: skip


def _text(name: str, state: str, service: str, old: str, new: str, *adds: str) -> Case:
    return Case(state, f"git: {name}", lambda w: w.edit(service, old, new), adds, (), service)


TRUE = 'internal: "true"'
NAMED = "metadata: {name: brand-new}\nspec: {type: LoadBalancer, ports: [{port: 80}]}\n"
TEXTS = [
    _text("internal: yes is a bool", "internal", "payments/plain", TRUE, "internal: yes", f"high annotation-not-a-string - {LBI}"),
    _text("internal: !!str true", "internal", "payments/plain", TRUE, "internal: !!str true"),
    _text("internal: folded", "internal", "payments/plain", TRUE, "internal: >-\n      true"),
    _text("internal: block keeps its newline", "internal", "payments/plain", TRUE, "internal: |\n      true",
          "critical internal-not-exactly-true", f"high annotation-drifted - {LBI}"),
    _text("internal: null", "internal", "payments/plain", TRUE, "internal: ~", f"high annotation-not-a-string - {LBI}",
          f"high annotation-drifted - {LBI}"),
    _text("timeout: hexadecimal", "internal", "web/idle-timeout", 'timeout: "15"', "timeout: 0x0F", f"high annotation-not-a-string - {TIMEOUT}",
          f"medium annotation-drifted - {TIMEOUT}", "medium idle-timeout-invalid"),
    _text("name: a number", "pls", "payments/named", '"pls-payments"', "12", "high annotation-not-a-string - azure-pls-name",
          "medium annotation-drifted - azure-pls-name"),
    *(Case(BASE, f"git: typo {typo}", lambda w, t=typo: w.in_git("web/public", t, "true"), (f"{how} annotation-unknown web/public {typo}",))  # type: ignore[misc]
      for how, typo in [("critical", "azure-load-balancer-internall"), ("critical", "azure-loadbalancer-internal"),
                        ("medium", "azure-internal-load-balancer")]),
    in_git("internal", "payments/plain", "port_9999_no_lb_rule", "true"),
    Case(BASE, "git: new Service without namespace", lambda w: _new(w, "apiVersion: v1\nkind: Service\n" + NAMED),
         ("high service-missing default/brand-new",)),
    Case(BASE, "git: new ClusterIP", lambda w: _new(w, "apiVersion: v1\nkind: Service\n" + NAMED.replace("type: LoadBalancer, ", ""))),
    Case(BASE, "git: a Service that is none of Kubernetes", lambda w: _new(w, "apiVersion: serving.knative.dev/v1\nkind: Service\n" + NAMED)),
    declared("internal", "web/public", "type", "ClusterIP"),
    declared(GONE, "platform/to-clusterip", "ports", port(targetPort=1)),
    live("internal", "payments/plain", "ports", port(nodePort=32631, name="web")),
    Case("pls", "case of subnets", lambda w: [props(n).update(subnet={"id": props(n)["subnet"]["id"].replace("snet", "SNET")})
                                            for p in w.file(PLS) for n in props(p)["ipConfigurations"]]),
    Case("internal", "text of IPv6 addresses", lambda w: props(w.frontend("web/dual-stack-static", "-IPv6")).update(
        privateIPAddress="FD00:0DB8:DECA:DEED:0:0:0:0100")),
    Case("pls", "FQDN twice", lambda w: w.pls_of("pls-{web/fqdns}")["fqdns"].append("api.contoso.example")),
    Case("pls", "case of a private endpoint", lambda w: [c["properties"]["privateEndpoint"].update(
        id=c["properties"]["privateEndpoint"]["id"].upper()) for c in w.pls_of("pls-payments")["privateEndpointConnections"]]),
    Case("internal", "case of a load balancer's name", lambda w: next(b for b in w.file(LBS) if b["name"] == "kubernetes-internal").update(
        name="Kubernetes-Internal")),
    in_cluster("pls", "orders/pls-subnet", NAT, "snet-ilb", "high pls-nat-ips-drifted"),
    in_cluster(SHARED, "web/pls-props", VISIBILITY, f"{ME} {A2}", "critical pls-visibility-drifted"),  # Azure has `*`
]  # fmt: skip


def _deleting(
    state: str, service: str, *adds: str, removes: tuple[str, ...] = (), at: str = "2026-11-23T03:50:00Z"
) -> Case:
    return Case(
        state,
        f"live: {service} is being deleted since {at}",
        lambda w: w.meta(service, deletionTimestamp=at),
        adds,
        removes,
        service,
    )


def _pending(w: Raw, name: str) -> None:
    pls = w.pls(name)
    props(pls)["privateEndpointConnections"] = [{
        "name": "pe", "id": f"{pls['id']}/privateEndpointConnections/pe",
        "properties": {"privateEndpoint": {"id": f"/subscriptions/{A2}/x"}, "privateLinkServiceConnectionState": {"status": "Pending"}}}]  # fmt: skip


SILENCE = [
    both("errors-00-apply", "web/name-clash-1", COUNT, "9", "high pls-ip-count-invalid", removes=("critical pls-hijacked",)),
    both("errors-01-unmanaged-pls", "platform/unmanaged", VISIBILITY, "*", "medium pls-visible-to-everyone",
         removes=("critical pls-visibility-drifted",)),
    both("errors-01-unmanaged-pls", "platform/unmanaged", "azure-pls-create", None,  # nobody asks, and it is still not managed
         removes=("critical pls-visibility-drifted",)),
    _deleting("errors-00-apply", "data/ip-invalid", removes=("critical frontend-missing",)),
    _deleting("errors-00-apply", "data/ip-invalid", "high service-stuck-deleting", removes=("critical frontend-missing",),
              at="2026-11-23T03:40:00Z"),
    _deleting("lifecycle-04-pls-changes", "web/pls-move-rg"),
    _deleting("lifecycle-04-pls-changes", "web/pls-rename", removes=("high pls-misnamed",)),
    _deleting("lifecycle-04-pls-changes", "web/pls-drop", removes=("high pls-lingering",)),
    _deleting("drift-01-drifted", "data/pls-failed"),
    _deleting("drift-01-drifted", "data/pls-visibility", removes=("critical pls-visibility-drifted",)),
    Case("internal", "live: being deleted, and not in Git", each(
        lambda w: w.meta("web/affinity", deletionTimestamp="2026-11-23T03:50:00Z"),
        lambda w: w.write("git/main/web/affinity.yaml", None))),
    Case("lifecycle-04-pls-changes", "connection to a lingering PLS", lambda w: _pending(w, "pls-drop"),
         ("medium connection-pending web/pls-drop privatelinkservices/pls-drop/privateendpointconnections/pe",)),
    Case(GONE, "connection to the PLS of an orphaned frontend", lambda w: _pending(w, "pls-forced")),
    Case("lifecycle-02-flip", "rule where the frontend does not belong", lambda w: w.rule("web/flip-static").update(backendPort=1)),
    Case("lifecycle-02-flip", "frontend where it does not belong", lambda w: props(w.frontend("web/flip-static")).update(
        privateIPAddress="10.240.8.11")),
    in_git("internal", "platform/nodeport-annotated", V4, "10.240.5.10"),  # asks for nothing
    in_git("internal", "platform/clusterip-annotated", LBI, "True"),  # nothing that the controller looks at
    in_git("internal", "web/public", V4, "20.50.0.7"),
    declared("internal", "platform/foreign-class", "ports", port(targetPort=1)),
    declared("pls", "payments/defaults", "type", "NodePort", "low annotation-without-effect"),
    Case("internal", "git: cluster's own Service", lambda w: w.service("default/kubernetes")["spec"].update(ports=[], type="NodePort")),
    Case("internal", "subnet: a second range", each(
        lambda w: w.subnet("snet-nodes")["addressPrefixes"].append("10.250.0.0/24"), lambda w: w.in_git("payments/static-v4", V4, "10.250.0.9")),
        (f"medium annotation-drifted payments/static-v4 {V4}",)),
    Case("internal", "subnet: reserved in a second range", each(
        lambda w: w.subnet("snet-nodes")["addressPrefixes"].append("10.250.0.0/24"), lambda w: w.in_git("payments/static-v4", V4, "10.250.0.3")),
        (f"medium annotation-drifted payments/static-v4 {V4}", "high ip-reserved payments/static-v4")),
]  # fmt: skip


def _no_internal(w: Raw) -> None:
    for service in _internal_services(BASE):
        w.drop_live(service)


def _fewer(w: Raw) -> None:
    w.parsed[PLS] = w.file(PLS)[4:]


MANY = [
    Case(BASE, "live: every internal Service is gone", _no_internal, (
        "high orphaned-load-balancer - @int", "high ip-taken web/static-ip-changed",
        *(f"high service-missing {s}" for s in _internal_services(BASE)),
        *(f"{'critical' if s.startswith('data/') else 'high'} orphaned-frontend - @int/frontendipconfigurations/{{{s}}}"
          for s in _internal_services(BASE)))),
    Case(BASE, "pls: six are left", _fewer, tuple(
        f"critical pls-missing data/{name}" for name in ("pls-approval", "pls-deleted", "pls-extra-tag", "pls-failed")),
        ("medium pls-limit-near - @int",)),
]  # fmt: skip

CASES = [*MANY, *BOTH_SIDES, *WHOSE, *TEXTS, *SILENCE]
