"""What changes in Git: the `manifest`, `intent` and `sync` families. Azure is held against the live Service, so it is silent."""

from tests.injected.raw import A1, A2, ME, Case, Raw, declared, in_git, port

LBI, SUBNET = "azure-load-balancer-internal", "azure-load-balancer-internal-subnet"
V4, V6, LBIP = "azure-load-balancer-ipv4", "azure-load-balancer-ipv6", "loadBalancerIP"
NAT, COUNT, STATIC = (f"azure-pls-ip-configuration-{part}" for part in ("subnet", "ip-address-count", "ip-address"))
VISIBILITY, APPROVAL = "azure-pls-visibility", "azure-pls-auto-approval"
PROBE = "azure-load-balancer-health-probe"
TIMEOUT, HA = "azure-load-balancer-tcp-idle-timeout", "azure-load-balancer-enable-high-availability-ports"
RANGES = "azure-allowed-ip-ranges"
LONG = "snet-" + "x" * 50
TYPO = "service.beta.kubernetes.io/azure-load-balancer-Internal"
OTHER_PREFIX = "service.kubernetes.io/azure-load-balancer-internal"

NEW_SERVICE = b"""\
apiVersion: v1
kind: Service
metadata: {name: brand-new, namespace: web, annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "true"}}
spec: {type: LoadBalancer, ports: [{port: 80}]}
"""

BOOLEANS = [
    in_git("internal", "payments/plain", LBI, "True", "critical internal-not-exactly-true"),
    in_git("shared-probe", "payments/plain", LBI, " true", "critical internal-not-exactly-true"),
    in_git("internal", "payments/plain", LBI, "yes", "high internal-not-a-boolean"),
    in_git("lifecycle-00-baseline", "web/flip", LBI, " Enabled ", "high internal-not-a-boolean"),
    in_git("internal", "payments/plain", LBI, "false"),
    in_git("internal", "payments/static-v4", LBI, None, "high ip-private-on-public-service"),
    in_git("internal", "data/subnet", LBI, None, "medium subnet-without-internal"),
    in_git("drift-00-baseline", "data/pls-fqdns", LBI, None, "high pls-on-public-service"),
    in_git("pls-az", "payments/defaults", LBI, None, "high pls-on-public-service"),
    Case("internal", "git: internal is a bool", lambda w: w.edit("payments/plain", 'internal: "true"', "internal: true"),
         (f"high annotation-not-a-string - {LBI}".replace(" - ", " payments/plain "),)),
    Case("lifecycle-00-baseline", "git: visibility is a bare star",
         lambda w: w.edit("web/pls-props", f'visibility: "{ME}"', "visibility: *"),
         (f"high annotation-not-a-string web/pls-props {VISIBILITY}", f"high annotation-drifted web/pls-props {VISIBILITY}",
          "medium pls-visible-to-everyone web/pls-props")),
    Case("pls", "git: count is a number", lambda w: w.edit("orders/static-2", 'count: "2"', "count: 2"),
         (f"high annotation-not-a-string orders/static-2 {COUNT}",)),
    Case("drift-00-baseline", "git: typo means private", lambda w: w.in_git("web/public", TYPO, "true"),
         (f"critical annotation-unknown web/public {TYPO}",)),
    Case("drift-00-baseline", "git: other prefix means private", lambda w: w.in_git("web/public", OTHER_PREFIX, "true"),
         (f"critical annotation-unknown web/public {OTHER_PREFIX}",)),
    Case("drift-00-baseline", "git: other prefix says false", lambda w: w.in_git("web/public", OTHER_PREFIX, "false"),
         (f"medium annotation-unknown web/public {OTHER_PREFIX}",)),
    Case("drift-00-baseline", "git: typo on a private Service", lambda w: w.in_git("web/rule-added", TYPO, "true"),
         (f"medium annotation-unknown web/rule-added {TYPO}",)),
    Case("pls", "git: no such key", lambda w: w.in_git("web/vis-list", "azure-pls-visibilty", "*"),
         ("medium annotation-unknown web/vis-list azure-pls-visibilty",)),
    Case("internal", "git: no such port key", lambda w: w.in_git("web/probe-per-port", "port_80_no_lb_rules", "true"),
         ("medium annotation-unknown web/probe-per-port port_80_no_lb_rules",)),
    Case("internal", "git: obsolete key", lambda w: w.in_git("payments/plain", "azure-shared-securityrule", "true"),
         ("low annotation-obsolete payments/plain azure-shared-securityrule",)),
]  # fmt: skip

ADDRESSES = [
    in_git("internal", "web/public", SUBNET, "snet-ilb", "medium subnet-without-internal"),
    in_git("internal", "data/subnet", SUBNET, " snet-ilb ", "high subnet-not-a-name"),
    in_git("internal", "data/subnet", SUBNET, "/subscriptions/s/resourceGroups/g/subnets/snet-ilb", "high subnet-not-a-name"),
    in_git("internal", "data/subnet", SUBNET, "no-such", "high subnet-unknown"),
    in_git("internal", "payments/plain", SUBNET, LONG, "low subnet-name-truncated", "high subnet-unknown"),
    in_git("internal", "payments/static-v4", V4, "010.240.005.010", "high ip-invalid"),
    in_git("internal", "payments/static-v4", V4, " 10.240.5.10", "high ip-invalid"),
    in_git("internal", "payments/static-v4", V4, "fd00:db8:deca:deed::99", "high ip-invalid"),
    in_git("internal", "payments/static-v4", V4, "10.241.0.99", "high ip-not-in-subnet"),
    in_git("internal", "payments/static-v4", V4, "10.240.0.3", "high ip-reserved"),
    in_git("internal", "payments/static-v4", V4, "10.240.255.255", "high ip-reserved"),
    in_git("internal", "payments/static-v4", V4, "10.240.0.4", "high ip-taken"),
    in_git("internal", "payments/static-v4", V4, "10.240.0.7"),  # port 443 may share the frontend of a port 80
    in_git("internal", "web/affinity", V4, "10.240.0.7", "high ip-taken"),
    in_git("internal", "web/affinity", V4, "10.240.0.19"),  # its own
    in_git("internal", "web/affinity", V4, "10.240.77.77"),  # free
    in_git("internal", "web/public", V4, "100.64.1.1", "high ip-private-on-public-service"),
    in_git("internal", "web/dual-stack", V4, "10.240.0.8", "low ip-dual-stack-half-pinned"),
    in_git("internal", "web/dual-stack-static", V6, None, "low ip-dual-stack-half-pinned"),
    in_git("internal", "web/dual-stack-static", V6, "fd00:db8:deca:1::100", "high ip-not-in-subnet"),
    Case("internal", "git: the same address, not in canonical text",
         lambda w: w.in_git("web/dual-stack-static", V6, "fd00:db8:deca:deed::0100"), ("high ip-invalid web/dual-stack-static",)),
    in_git("drift-00-baseline", "web/static-ip-changed", V4, "10.240.0.16", "high ip-taken"),
    declared("internal", "payments/plain", LBIP, "10.240.0.7", "low ip-in-deprecated-field"),
    declared("internal", "payments/plain", LBIP, "fd00:db8:deca:deed::9", "low ip-in-deprecated-field", "high ip-invalid"),
    declared("internal", "payments/static-v4", LBIP, "10.240.5.10", "low ip-in-deprecated-field"),
    declared("internal", "payments/static-v4", LBIP, "10.240.5.99", "low ip-in-deprecated-field", "medium ip-sources-conflict"),
    declared("internal", "orders/shared-b", "ports", port(name="tcp-81", targetPort=8081),
             "high ip-port-claimed-twice", "high ip-port-claimed-twice orders/shared-a"),
    in_git("internal", "orders/shared-b", LBI, None, "high ip-private-on-public-service",
           *(f"medium ip-shared-incompatibly orders/shared-{x}" for x in ("a", "b", "c-lbip"))),
    in_git("internal", "orders/shared-b", SUBNET, "snet-nodes",
           *(f"medium ip-shared-incompatibly orders/shared-{x}" for x in ("a", "b", "c-lbip"))),
    in_git("internal", "orders/shared-a", HA, "true", *(f"high ip-port-claimed-twice orders/shared-{x}" for x in ("a", "b", "c-lbip"))),
]  # fmt: skip

PRIVATE_LINK = [
    in_git("pls", "payments/named", "azure-pls-create", None, "medium pls-annotations-without-create"),
    in_git("pls", "payments/defaults", "azure-pls-create", "yes"),
    in_git("pls", "payments/named", "azure-pls-name", "bad name!", "high pls-name-invalid"),
    in_git("pls", "payments/defaults", "azure-pls-name", "  ", "high pls-name-invalid"),
    in_git("pls", "payments/named", "azure-pls-name", "p" * 81, "high pls-name-invalid"),
    in_git("pls", "payments/named-spaces", "azure-pls-name", " PLS-Payments ",
           "critical pls-name-claimed-twice", "critical pls-name-claimed-twice payments/named"),
    in_git("pls", "payments/named-rg", "azure-pls-name", "pls-payments"),  # in another resource group
    in_git("lifecycle-00-baseline", "web/pls-rename", "azure-pls-name", "pls-drop",
           "critical pls-name-claimed-twice", "critical pls-name-claimed-twice web/pls-drop"),
    declared("pls", "payments/defaults", "ipFamilies", ["IPv6"], "high pls-on-ipv6"),
    in_git("pls", "orders/count-2", COUNT, "9", "high pls-ip-count-invalid"),
    in_git("pls", "orders/count-2", COUNT, "2.0", "high pls-ip-count-invalid"),
    in_git("pls-az", "orders/static-2", COUNT, "1", "high pls-static-ips-exceed-count"),
    in_git("pls", "orders/static-2", COUNT, None, "high pls-static-ips-exceed-count"),
    in_git("pls", "orders/static-1-no-count", STATIC, "10.242.0.300", "high pls-static-ip-invalid"),
    in_git("pls", "orders/static-1-no-count", STATIC, "10.242.0.111,10.242.0.113", "high pls-list-separator"),
    in_git("pls", "orders/static-1-no-count", STATIC, "10.240.9.9", "high ip-not-in-subnet"),
    in_git("pls", "orders/static-1-no-count", STATIC, "10.242.0.2", "high ip-reserved"),
    in_git("pls", "orders/static-1-no-count", STATIC, "10.242.0.100", "high ip-taken"),
    in_git("pls-az", "orders/static-1-no-count", STATIC, "10.242.0.100", "high ip-taken"),
    in_git("pls", "platform/static-ip-and-pls", STATIC, "10.240.6.30 10.242.0.121",
           "high pls-static-ip-invalid", "high ip-not-in-subnet"),
    in_git("pls", "orders/pls-subnet", NAT, "nope", "high subnet-unknown"),
    in_git("pls", "orders/pls-subnet", NAT, "snet-pls ", "high subnet-not-a-name"),
    in_git("pls", "orders/pls-subnet", NAT, None),
    in_git("pls", "web/vis-list", VISIBILITY, "not-a-guid", "high pls-subscription-invalid"),
    in_git("pls", "web/vis-list", VISIBILITY, f"{ME};{A1}", "high pls-list-separator"),
    in_git("pls", "web/vis-list", VISIBILITY, ME),
    in_git("pls", "payments/defaults", VISIBILITY, "*", "medium pls-visible-to-everyone"),
    in_git("pls-az", "payments/defaults", APPROVAL, "*", "critical pls-auto-approves-everyone"),
    in_git("pls", "payments/defaults", APPROVAL, A2, "medium pls-auto-approval-ineffective"),
    in_git("pls", "web/vis-star-auto-list", VISIBILITY, None, "medium pls-auto-approval-ineffective",
           removes=("medium pls-visible-to-everyone",)),
    in_git("pls", "web/fqdns", "azure-pls-fqdns", "api.contoso.example"),
    in_git("pls", "web/fqdns", "azure-pls-fqdns", "api.contoso.example,www.contoso.example", "high pls-list-separator"),
    in_git("pls", "web/local", "azure-pls-proxy-protocol", "true", "high pls-proxy-breaks-probe"),
    in_git("pls", "web/proxy", "azure-pls-proxy-protocol", "yes"),
    in_git("pls", "data/shared-follower", "azure-pls-fqdns", "x.example", "high pls-customised-by-sharer"),
    in_git("pls-az", "data/shared-follower", COUNT, "2", "high pls-customised-by-sharer"),
    in_git("pls", "data/shared-owner", "azure-pls-fqdns", "x.example"),
    in_git("pls", "data/shared-with-config", "azure-pls-proxy-protocol", None, removes=("high pls-customised-by-sharer",)),
]  # fmt: skip

TRAFFIC = [
    in_git("internal", "web/probe-protocol", f"{PROBE}-interval", "3", "high probe-invalid"),
    in_git("internal", "web/app-protocol", f"{PROBE}-num-of-probe", "12", "high probe-invalid"),
    in_git("internal", "web/app-protocol", f"{PROBE}-num-of-probe", "1", "high probe-invalid"),
    in_git("internal", "web/probe-per-port", "port_80_health-probe_port", "nope", "high probe-invalid"),
    in_git("shared-probe", "web/probe-per-port", "port_80_health-probe_port", "70000", "high probe-invalid"),
    in_git("internal", "web/probe-per-port", "port_80_health-probe_port", "TCP-443"),
    in_git("internal", "web/multi-port", "port_53_health-probe_interval", "1"),  # UDP: no probe
    in_git("internal", "web/probe-protocol", f"{PROBE}-protocol", "gopher", "medium probe-protocol-ignored"),
    in_git("internal", "web/idle-timeout", TIMEOUT, "3", "medium idle-timeout-invalid"),
    in_git("internal", "web/idle-timeout", TIMEOUT, "15m", "medium idle-timeout-invalid"),
    in_git("internal", "web/idle-timeout", TIMEOUT, "101", "medium idle-timeout-invalid"),
    in_git("internal", "web/multi-port", HA, "true", "medium ha-ports-ineffective"),
    in_git("internal", "web/public", HA, "true", "medium ha-ports-ineffective"),
    in_git("internal", "payments/plain", HA, "true"),
    in_git("internal", "web/internal-allowed-ranges", RANGES, "10.1.0.1/16", "high ip-ranges-invalid"),
    in_git("internal", "web/internal-allowed-ranges", RANGES, "10.1.0.0/16,10.2.0.0/16"),
    in_git("internal", "payments/plain", "load-balancer-source-ranges", "foo", "high ip-ranges-invalid"),
    in_git("internal", "web/internal-source-ranges", RANGES, "10.9.0.0/16", "high source-ranges-conflict"),
    declared("internal", "payments/plain", "loadBalancerSourceRanges", ["10.0.0.1/8"], "high ip-ranges-invalid"),
    declared("internal", "web/internal-allowed-ranges", "loadBalancerSourceRanges", ["10.2.0.0/16"], "high source-ranges-conflict"),
    declared("internal", "web/internal-source-ranges", "loadBalancerSourceRanges", []),
    declared("internal", "payments/plain", "allocateLoadBalancerNodePorts", False, "high node-ports-needed"),
    declared("shared-probe", "payments/plain", "allocateLoadBalancerNodePorts", False),
    declared("internal", "web/etp-local", "allocateLoadBalancerNodePorts", False),
    declared("shared-probe", "web/v6-only", "allocateLoadBalancerNodePorts", False, "high node-ports-needed"),
    declared("internal", "payments/plain", "type", "ClusterIP", "low annotation-without-effect"),
    declared("internal", "payments/plain", "type", None, "low annotation-without-effect"),
    declared("internal", "payments/plain", "loadBalancerClass", "example.com/vip", "low annotation-without-effect"),
    declared("internal", "payments/plain", "ports", port(targetPort=8081)),
    declared("internal", "payments/plain", "ports", port(targetPort=None)),  # left out = 80
    declared("internal", "payments/plain", "ports", port(name=None)),  # left out = no name
    declared("internal", "payments/plain", "ports", port(appProtocol="http")),
    declared("internal", "payments/plain", "ports", port(nodePort=30001)),
    declared("internal", "web/public", "ports", port(protocol="SCTP"), "high sctp-on-public-service"),
    declared("internal", "payments/plain", "externalTrafficPolicy", "Local"),
    declared("shared-probe", "payments/plain", "sessionAffinity", "ClientIP"),
    declared("internal", "payments/plain", "ipFamilyPolicy", "PreferDualStack"),
    Case("internal", "git: a file is gone", lambda w: w.write("git/main/web/affinity.yaml", None),
         ("medium service-not-in-git web/affinity",)),
    Case("internal", "git: file of a public Service is gone", lambda w: w.write("git/main/web/public.yaml", None)),
    Case("internal", "git: file of a wrong Service is gone", lambda w: w.write("git/main/payments/both-ips.yaml", None),
         ("medium service-not-in-git payments/both-ips",)),
    Case("drift-00-baseline", "git: a new Service", lambda w: w.write("git/main/new.yaml", NEW_SERVICE),
         ("high service-missing web/brand-new",)),
]  # fmt: skip


def _several(w: Raw) -> None:
    w.file("snapshot.yaml")["controller"]["multipleLoadBalancers"] = ["kubernetes", "lb2"]


MENDED = [
    in_git("errors-00-apply", "data/ip-invalid", V4, "10.240.7.77", removes=("high ip-invalid",)),
    in_git("errors-00-apply", "web/count-9", COUNT, "8", removes=("high pls-ip-count-invalid",)),
    in_git("errors-00-apply", "web/name-clash-2", "azure-pls-name", "pls-other",
           removes=("critical pls-name-claimed-twice", "critical pls-name-claimed-twice web/name-clash-1")),
    in_git("errors-00-apply", "data/ip-same-port", V4, "10.240.7.11",
           removes=("high ip-port-claimed-twice", "high ip-port-claimed-twice data/ip-owner")),
    in_git("errors-01-unmanaged-pls", "orders/timeout-3", TIMEOUT, "30", removes=("medium idle-timeout-invalid",)),
    in_git("errors-01-unmanaged-pls", "orders/ranges-both", RANGES, None, removes=("high source-ranges-conflict",)),
    in_git("lifecycle-02-flip", "web/flip-static", LBI, "true", removes=("high ip-private-on-public-service",)),
    in_git("lifecycle-04-pls-changes", "web/pls-to-false", "azure-pls-create", "true",
           removes=("medium pls-annotations-without-create",)),
    declared("lifecycle-09-forced-away", "platform/to-clusterip", "type", "LoadBalancer",
             removes=("low annotation-without-effect",)),
    Case("errors-00-apply", "facts: several load balancers", _several,
         ("high load-balancer-configuration-unknown orders/lb-config-unknown",)),
]  # fmt: skip

CASES = [*BOOLEANS, *ADDRESSES, *PRIVATE_LINK, *TRAFFIC, *MENDED]
