"""What changes in the cluster: Git differs from it, and Azure differs from what it would now be."""

from tests.injected.raw import A1, Case, Raw, field, in_cluster, live, port

LBI, SUBNET, V4 = "azure-load-balancer-internal", "azure-load-balancer-internal-subnet", "azure-load-balancer-ipv4"
COUNT, NAT = "azure-pls-ip-configuration-ip-address-count", "azure-pls-ip-configuration-subnet"
RULES, PROBES = "@int/loadbalancingrules", "@int/probes"
BASE = "drift-00-baseline"


def rule(what: str, service: str, suffix: str = "tcp-80") -> str:
    """The entry for a rule."""
    severity = {"missing": "high", "extra": "medium", "drifted": "high"}[what]
    return f"{severity} lb-rule-{what} {service} {RULES}/{{{service}}}-{suffix}"


def probe(what: str, service: str, suffix: str = "tcp-80") -> str:
    """The entry for a probe."""
    severity = {"missing": "high", "extra": "low", "drifted": "medium"}[what]
    return f"{severity} probe-{what} {service} {PROBES}/{{{service}}}-{suffix}"


ANNOTATIONS = [
    in_cluster("internal", "payments/static-v4", V4, "10.240.5.77", "critical frontend-ip-drifted"),
    in_cluster("internal", "payments/static-v4", V4, None),
    in_cluster("internal", "web/idle-timeout", "azure-load-balancer-tcp-idle-timeout", "20", rule("drifted", "web/idle-timeout")),
    in_cluster("internal", "web/no-floating", "azure-disable-load-balancer-floating-ip", None, rule("drifted", "web/no-floating")),
    in_cluster("internal", "web/no-tcp-reset", "azure-load-balancer-disable-tcp-reset", None, rule("drifted", "web/no-tcp-reset")),
    in_cluster("internal", "web/probe-protocol", "azure-load-balancer-health-probe-protocol", None,
               probe("drifted", "web/probe-protocol")),
    in_cluster("shared-probe", "web/probe-protocol", "azure-load-balancer-health-probe-protocol", None),
    in_cluster("internal", "web/app-protocol", "azure-load-balancer-health-probe-interval", "20",
               probe("drifted", "web/app-protocol"), probe("drifted", "web/app-protocol", "tcp-443")),
    in_cluster("internal", "web/app-protocol", "azure-load-balancer-health-probe-request-path", "/Ready"),
    in_cluster("internal", "web/probe-per-port", "port_443_no_probe_rule", None,
               probe("missing", "web/probe-per-port", "tcp-443"), rule("drifted", "web/probe-per-port", "tcp-443")),
    in_cluster("internal", "web/probe-per-port", "port_8443_no_lb_rule", None,
               probe("missing", "web/probe-per-port", "tcp-8443"), rule("missing", "web/probe-per-port", "tcp-8443")),
    in_cluster("shared-probe", "web/probe-per-port", "port_8443_no_lb_rule", None,
               rule("missing", "web/probe-per-port", "tcp-8443")),
    in_cluster("internal", "web/multi-port", "port_53_no_lb_rule", "true", rule("extra", "web/multi-port", "udp-53")),
    in_cluster("internal", "data/subnet", SUBNET, None, "medium frontend-misnamed"),
    in_cluster("internal", "payments/plain", SUBNET, "snet-ilb", "medium frontend-misnamed", "high frontend-subnet-drifted"),
    in_cluster("internal", "payments/plain", LBI, None, "critical frontend-on-wrong-load-balancer"),
    in_cluster("shared-probe", "web/dual-stack", LBI, "True", "critical frontend-on-wrong-load-balancer"),
    in_cluster("internal", "web/public", LBI, "true", "critical frontend-on-wrong-load-balancer"),
    in_cluster("internal", "web/additional-ips", "azure-additional-public-ips", None, "high status-ip-drifted"),
    in_cluster("internal", "orders/shared-b", V4, None, "critical frontend-missing"),
    in_cluster(BASE, "web/rule-added", "azure-pls-create", "true", "critical pls-missing"),
    in_cluster(BASE, "data/pls-fqdns", "azure-pls-create", None, "high pls-lingering"),
    in_cluster(BASE, "data/pls-fqdns", "azure-pls-visibility", "*", "high pls-visibility-drifted"),
    in_cluster(BASE, "data/pls-fqdns", "azure-pls-auto-approval", A1, "high pls-auto-approval-drifted"),
    in_cluster(BASE, "data/pls-fqdns", "azure-pls-proxy-protocol", "true", "critical pls-proxy-protocol-drifted"),
    in_cluster(BASE, "data/pls-fqdns", "azure-pls-fqdns", "x.example", "low pls-fqdns-drifted"),
    in_cluster(BASE, "data/pls-fqdns", COUNT, "2", "high pls-nat-ips-drifted"),
    in_cluster(BASE, "data/pls-fqdns", "azure-pls-name", "other", "high pls-misnamed"),
    in_cluster(BASE, "data/pls-fqdns", "azure-pls-name", None),
    in_cluster(BASE, "data/pls-fqdns", "azure-pls-resource-group", "rg-pls", "high pls-in-wrong-resource-group"),
    in_cluster("pls", "data/shared-owner", "azure-pls-create", None,
               "medium pls-owner-stale data/shared-follower", "medium pls-owner-stale data/shared-with-config"),
    in_cluster("pls", "orders/both-subnets", NAT, None, "high pls-nat-ips-drifted"),
    in_cluster("pls-az", "orders/both-subnets", NAT, None, "high pls-nat-ips-drifted"),
    in_cluster("pls-az", "payments/named", "azure-pls-name", "pls-other", "high pls-misnamed"),
    in_cluster("pls", "data/shared-follower", "azure-pls-resource-group", "rg-pls", "high pls-in-wrong-resource-group"),
    in_cluster("lifecycle-06-shared-owner-deleted", "orders/sharedpls-2", "azure-pls-create", None,
               "high pls-lingering", removes=("medium pls-owner-stale",)),
    in_cluster("lifecycle-04-pls-changes", "web/pls-rename", "azure-pls-name", "pls-old-name", removes=("high pls-misnamed",)),
]  # fmt: skip

SPEC = [
    live("internal", "web/affinity", "sessionAffinity", "None", rule("drifted", "web/affinity")),
    live("internal", "web/etp-local", "externalTrafficPolicy", "Cluster", rule("drifted", "web/etp-local"),
         probe("missing", "web/etp-local"), probe("extra", "web/etp-local", "tcp-32497")),
    live("internal", "payments/plain", "ports", [*port(nodePort=32631, port=8081)],
         rule("missing", "payments/plain", "tcp-8081"), rule("extra", "payments/plain"),
         probe("missing", "payments/plain", "tcp-8081"), probe("extra", "payments/plain")),
    live("internal", "payments/plain", "ports", [*port(nodePort=32631, protocol="UDP")],
         rule("missing", "payments/plain", "udp-80"), rule("extra", "payments/plain"), probe("extra", "payments/plain")),
    live("shared-probe", "payments/plain", "ports", [*port(nodePort=32631, protocol="UDP")],
         rule("missing", "payments/plain", "udp-80"), rule("extra", "payments/plain")),
    live("internal", "payments/plain", "ports", [*port(nodePort=32631, targetPort="http")]),
    live(BASE, "web/rule-added", "type", "ClusterIP"),  # it still carries the finalizer: cleanup is under way
    Case(BASE, "live: a class, which Git leaves out", lambda w: w.live("web/rule-added", loadBalancerClass="example.com/vip")),
    Case(BASE, "live: an address, which Git leaves out", lambda w: w.live("web/rule-added", loadBalancerIP="10.240.9.99"),
         ("critical frontend-ip-drifted web/rule-added",)),
    Case("internal", "live: other node port", lambda w: w.live("payments/plain", ports=port(nodePort=30001)),
         (probe("drifted", "payments/plain"),)),
    Case("internal", "live: other node port, no floating IP", lambda w: w.live("web/no-floating", ports=port(nodePort=30001)),
         (probe("drifted", "web/no-floating"), rule("drifted", "web/no-floating"))),
    Case("shared-probe", "live: other node port", lambda w: w.live("payments/plain", ports=port(nodePort=30001))),
    Case("lifecycle-00-baseline", "live: second port", lambda w: w.service("web/flip")["spec"]["ports"].append(
        {"name": "more", "port": 443, "protocol": "TCP", "targetPort": 8443, "nodePort": 30002}),
        (field("web/flip", "ports"), rule("missing", "web/flip", "tcp-443"), probe("missing", "web/flip", "tcp-443"))),
]  # fmt: skip


def _new_uid(w: Raw) -> None:
    w.meta("web/rule-added", uid="99999999-0000-4000-8000-000000000000")


LIFE = [
    Case(BASE, "live: gone", lambda w: w.drop_live("web/rule-added"),
         ("high service-missing web/rule-added", "high orphaned-frontend - @int/frontendipconfigurations/{web/rule-added}")),
    Case(BASE, "live: gone, with a PLS", lambda w: w.drop_live("data/pls-fqdns"),
         ("high service-missing data/pls-fqdns", "critical orphaned-frontend - @int/frontendipconfigurations/{data/pls-fqdns}")),
    Case("pls", "live: owner of a shared frontend is gone", lambda w: w.drop_live("data/shared-owner"),
         ("high service-missing data/shared-owner", "medium pls-owner-stale data/shared-follower",
          "medium pls-owner-stale data/shared-with-config",
          "medium orphaned-lb-rule - @int/loadbalancingrules/{data/shared-owner}-tcp-80",
          "medium orphaned-probe - @int/probes/{data/shared-owner}-tcp-80"),
         ("high pls-customised-by-sharer data/shared-with-config",)),
    Case("internal", "live: owner of a shared frontend is gone", lambda w: w.drop_live("orders/shared-a"),
         ("high service-missing orders/shared-a",
          "medium orphaned-lb-rule - @int/loadbalancingrules/{orders/shared-a}-tcp-80",
          "medium orphaned-probe - @int/probes/{orders/shared-a}-tcp-80")),
    Case("internal", "live: a sharer is gone", lambda w: w.drop_live("orders/shared-b"),
         ("high service-missing orders/shared-b",
          "medium orphaned-lb-rule - @int/loadbalancingrules/{orders/shared-b}-tcp-81",
          "medium orphaned-probe - @int/probes/{orders/shared-b}-tcp-81")),
    Case("lifecycle-06-shared-owner-deleted", "live: last sharer is gone", lambda w: w.drop_live("orders/shared-2"),
         ("high service-missing orders/shared-2", "high ip-taken orders/shared-2",  # its dead self still has its port there
          "high orphaned-frontend - @int/frontendipconfigurations/ae03a3b4b2f78481793ff76f2627aec2")),
    Case(BASE, "live: made anew", _new_uid,
         ("critical frontend-missing web/rule-added",
          "high orphaned-frontend - @int/frontendipconfigurations/{web/rule-added}")),
    Case(BASE, "live: deleted long ago", lambda w: w.meta("web/rule-added", deletionTimestamp="2026-11-23T03:00:00Z"),
         ("high service-stuck-deleting web/rule-added",)),
    Case(BASE, "live: deleted just now", lambda w: w.meta("web/rule-added", deletionTimestamp="2026-11-23T03:55:00Z")),
    Case("drift-01-drifted", "live: drifted one is being deleted",
         lambda w: w.meta("web/static-ip-changed", deletionTimestamp="2026-11-23T03:55:00Z"), (),
         ("critical frontend-ip-drifted web/static-ip-changed",)),
    Case("drift-01-drifted", "live: pinned one is being deleted",
         lambda w: w.meta("web/rule-added", deletionTimestamp="2026-11-23T03:55:00Z")),
    Case(BASE, "live: no finalizer", lambda w: w.meta("web/rule-added", finalizers=None), ("high finalizer-missing web/rule-added",)),
    Case("pls-az", "live: foreign finalizer", lambda w: w.meta("payments/named", finalizers=["example.com/hold"]),
         ("high finalizer-missing payments/named",)),
    Case(BASE, "live: no address", lambda w: w.status("web/rule-added"), ("high service-pending web/rule-added",)),
    Case(BASE, "live: other address", lambda w: w.status("web/rule-added", "10.240.0.99"), ("high status-ip-drifted web/rule-added",)),
    Case("internal", "live: half of the addresses", lambda w: w.status("web/dual-stack", "10.240.0.8"),
         ("high status-ip-drifted web/dual-stack",)),
    Case("internal", "live: other public address", lambda w: w.status("web/public", "20.50.0.99"), ("high status-ip-drifted web/public",)),
    Case(BASE, "events: failed", lambda w: w.event("web/rule-added", "SyncLoadBalancerFailed", "2026-11-23T03:30:00Z"),
         ("high sync-failed web/rule-added",)),
    Case("errors-00-apply", "events: mended", lambda w: w.event("data/ip-invalid", "EnsuredLoadBalancer", "2026-11-23T03:54:00Z"),
         ("high service-pending data/ip-invalid",), ("high sync-failed data/ip-invalid",)),
]  # fmt: skip

CASES = [*ANNOTATIONS, *SPEC, *LIFE]
