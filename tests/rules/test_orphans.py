"""What the controller made and nobody asks for any more."""

from typing import Any

from auditor.model.azure import PublicIp
from auditor.model.service import Port
from tests.rules.azure_worlds import (
    ILB,
    INTERNAL,
    PLS,
    Case,
    add_frontend,
    add_pls,
    add_probe,
    add_rule,
    bare,
    base,
    blind,
    drop,
    expected,
    fires,
    frontend_id,
    gap,
    gone,
    having,
    move,
    multi,
    no_lb,
    outcome,
    part,
    quiet,
    several,
    shared_probe,
    table,
    upper,
)  # fmt: skip
from tests.world import NODES, NOW, OTHER, World

IP = {"azure-load-balancer-ipv4": "10.240.0.50"}
DEAD = "orphaned-frontend high - internal/frontends/<1>"
EXPOSED = "orphaned-frontend critical - internal/frontends/<1>"
RULE = "orphaned-lb-rule medium - internal/rules/<1>-tcp-80"
PROBE = "orphaned-probe medium - internal/probes/<1>-tcp-80"
WHOLE = "orphaned-load-balancer high - internal"
PIP = "orphaned-public-ip medium - pips/kubernetes-<1>"
MISSING = "frontend-missing critical web/z"


def dead(annotations: dict[str, str] | None = None, world: World | None = None, **fields: Any) -> World:
    """Service a is gone and left everything; z is alive."""
    return gone((world or World()).service("a", annotations, **fields), "a").service("z")


def owner_dead(*, sharer: bool = True) -> World:
    """The owner of a shared frontend is gone."""
    world = World().service("a", ILB | IP).service("b", ILB | IP, ports=(Port(port=81, name="x"),))
    return gone(world, "a") if sharer else gone(gone(world, "a"), "b").service("z")


def leaving(**fields: Any) -> World:
    """No LoadBalancer any more, and its cleanup is not done."""
    return World().service("a").change_live("a", type="ClusterIP", **fields).change_git("a", type="ClusterIP")


LEFT = "annotation-without-effect low web/a"


def lost() -> World:
    """What hangs on the frontend of a is left, the frontend is not."""
    return drop(dead(), "frontends", 0)


def pip(
    owners: str | None, user: str | None = None, cluster: str | None = "kubernetes", key: str = "k8s-azure-service"
) -> World:
    tags = {k: v for k, v in ((key, owners), ("k8s-azure-cluster-name", cluster)) if v is not None}
    address = PublicIp(
        id=f"{NODES}/publicIPAddresses/kubernetes-{base(1)}", name="x", ip="20.1.1.1", tags=tags, user_of_it=user
    )
    return having(World().service("z"), public_ips=[address])


PARTS = (
    fires("orphaned-frontend", "what hangs on it is part of it", dead, DEAD),
    fires("orphaned-frontend", "with a PLS: exposed, and nothing else is said of that", lambda: dead(PLS).change_pls(
          tags={}, visibility=("*",)), EXPOSED),
    fires("orphaned-frontend", "with an unmanaged PLS of another name",
          lambda: add_pls(dead(), "p", frontend_id(), tags={}), EXPOSED),
    fires("orphaned-frontend", "public", lambda: gone(World().service("a", {}).service("z"), "a"),
          "orphaned-frontend high - public/frontends/<1>"),
    fires("orphaned-frontend", "in a subnet, of IPv6",
          lambda: dead(ILB | {"azure-load-balancer-internal-subnet": "snet-ilb"},
          ip_families=("IPv6",)), DEAD + "-snet-ilb"),
    fires("orphaned-frontend", "a Service of that name lives again",
          lambda: gone(World().service("a"), "a").service("a"), DEAD),
    fires("orphaned-frontend", "no rules", lambda: drop(add_frontend(World().service("z"), base(9)), "rules", 9),
          "orphaned-frontend high - internal/frontends/<9>"),
    fires("orphaned-frontend", "the sharer is gone too", lambda: owner_dead(sharer=False), DEAD),
    fires("orphaned-frontend", "on the second load balancer", lambda: gone(move(
          multi().service("a"), "lb2-internal").service("z"), "a"),
              "orphaned-frontend high - lb2-internal/frontends/<1>"),
    fires("orphaned-frontend", "its Service is no LoadBalancer any more", lambda: leaving(finalizers=()).service("z"),
          DEAD, LEFT),
    fires("orphaned-frontend", "its Service is of another class now", lambda: World().service("a").change_live(
          "a", load_balancer_class="x/y", finalizers=()).change_git("a", load_balancer_class="x/y").service("z"), DEAD,
              LEFT),
    fires("orphaned-frontend", "a rule by hand on it", lambda: add_rule(dead(), "mine"), DEAD),
    quiet("orphaned-frontend", "alive", lambda: World().service("a")),
    quiet("orphaned-frontend", "ids in capitals", lambda: upper(World().service("a"))),
    quiet("orphaned-frontend", "its Service waits for its cleanup", leaving, LEFT),
    quiet("orphaned-frontend", "being deleted", lambda: World().service("a").change_live("a", deleted_at=NOW)),
    quiet("orphaned-frontend", "a sharer lives", owner_dead, RULE, PROBE),
    quiet("orphaned-frontend", "a sharer lives, without rules", lambda: drop(owner_dead(), "rules", 1), RULE, PROBE,
          "lb-rule-missing high web/b internal/rules/<2>-tcp-81"),
    quiet("orphaned-frontend", "a Service asks for its address, and has another",
          lambda: add_frontend(World().service("z", ILB | IP).change_frontend(ip="10.240.0.51"), base(9),
              "10.240.0.50"),
          "frontend-ip-drifted critical web/z"),
    quiet("orphaned-frontend", "a rule of a living Service",
          lambda: add_rule(drop(dead(), "rules", 0), base(2) + "-TCP-9"),
          "lb-rule-extra medium web/z internal/rules/<2>-tcp-9", PROBE),
    quiet("orphaned-frontend", "by hand", lambda: add_frontend(World().service("z"), "mine"),
          "foreign-frontend medium - internal/frontends/mine"),
    quiet("orphaned-frontend", "on a load balancer of somebody else", lambda: add_frontend(
          having(several(multi().service("z")), facts=World(multiple_load_balancers=("kubernetes",)).facts), base(9),
              lb="lb2-internal")),
    blind("orphaned-frontend", "no Services read", lambda: having(dead(), live=None)),
    blind("orphaned-frontend", "a namespace not read", lambda: gap(dead(), "kubernetes", "services", "namespace shop")),
    blind("orphaned-frontend", "load balancers not read", lambda: having(dead(), lbs_read=False)),
    blind("orphaned-frontend", "a public Service may share an address that was not read", lambda: having(
          gone(World().service("a", {}).service("b", {"azure-load-balancer-ipv4": "20.50.0.9"}).service("z"), "a"),
              public_ips=None)),
    fires("orphaned-lb-rule", "its frontend is gone", lost, RULE, PROBE),
    fires("orphaned-lb-rule", "on a living Service's frontend",
          lambda: add_rule(World().service("z"), base(9) + "-TCP-9"),
          "orphaned-lb-rule medium - internal/rules/<9>-tcp-9"),
    fires("orphaned-lb-rule", "on none", lambda: add_rule(World().service("z"), base(9) + "-TCP-9", "/elsewhere"),
          "orphaned-lb-rule medium - internal/rules/<9>-tcp-9"),
    fires("orphaned-lb-rule", "in capitals", lambda: add_rule(World().service("z"), base(9).upper() + "-TCP-9"),
          "orphaned-lb-rule medium - internal/rules/<9>-tcp-9"),
    quiet("orphaned-lb-rule", "on an orphaned frontend", lambda: add_rule(dead(), base(9) + "-TCP-9"), DEAD),
    quiet("orphaned-lb-rule", "its Service waits for its cleanup", lambda: drop(leaving(), "frontends"), LEFT),
    quiet("orphaned-lb-rule", "by hand", lambda: add_rule(World().service("z"), "mine", "/elsewhere")),
    quiet("orphaned-lb-rule", "alive", lambda: World().service("z")),
    blind("orphaned-lb-rule", "no Services read", lambda: having(lost(), live=None)),
    blind("orphaned-lb-rule", "a namespace not read", lambda: gap(lost(), "kubernetes", "services", "namespace shop")),
    fires("orphaned-probe", "alone", lambda: add_probe(World().service("z"), base(9) + "-TCP-9"),
          "orphaned-probe medium - internal/probes/<9>-tcp-9"),
    fires("orphaned-probe", "beside its rule", lost, RULE, PROBE),
    quiet("orphaned-probe", "of an orphaned frontend's prefix", lambda: add_probe(dead(), base(1) + "-TCP-9"), DEAD),
    quiet("orphaned-probe", "used by a rule on an orphaned frontend", lambda: add_probe(dead().change_rule(
          probe_id=part("probes", base(9) + "-TCP-9")), base(9) + "-TCP-9"), DEAD),
    quiet("orphaned-probe", "the shared one", lambda: dead(world=shared_probe()), DEAD),
    quiet("orphaned-probe", "by hand", lambda: add_probe(World().service("z"), "mine")),
    quiet("orphaned-probe", "its Service waits for its cleanup", lambda: drop(drop(leaving(), "frontends"), "rules"),
          LEFT),
    blind("orphaned-probe", "no Services read", lambda: having(lost(), live=None)),
    blind("orphaned-probe", "a namespace not read", lambda: gap(lost(), "kubernetes", "services", "namespace shop")),
)  # fmt: skip

WHOLES = (
    fires("orphaned-load-balancer", "empty", World, WHOLE),
    fires("orphaned-load-balancer", "a public Service lives", lambda: World().service("a", {}), WHOLE),
    fires("orphaned-load-balancer", "every frontend is orphaned", lambda: gone(World().service("a"), "a"), WHOLE, DEAD),
    fires("orphaned-load-balancer", "True is public",
          lambda: World().service("a", {"azure-load-balancer-internal": "True"}), WHOLE,
          "internal-not-exactly-true critical web/a"),
    fires("orphaned-load-balancer", "each of several", multi, WHOLE, "orphaned-load-balancer high - lb2-internal"),
    quiet("orphaned-load-balancer", "an internal Service", lambda: World().service("a")),
    quiet("orphaned-load-balancer", "an internal Service on another", lambda: multi().service("a")),
    quiet("orphaned-load-balancer", "a foreign frontend", lambda: add_frontend(World(), "mine"),
          "foreign-frontend medium - internal/frontends/mine"),
    quiet("orphaned-load-balancer", "the public one", bare),
    quiet("orphaned-load-balancer", "being deleted", lambda: World().service("a").change_live("a", deleted_at=NOW)),
    quiet("orphaned-load-balancer", "its Service waits for its cleanup", leaving, LEFT),
    blind("orphaned-load-balancer", "no Services read", lambda: having(World(), live=None)),
    blind("orphaned-load-balancer", "a namespace not read",
          lambda: gap(World(), "kubernetes", "services", "namespace shop")),
    blind("orphaned-load-balancer", "load balancers not read", lambda: having(World(), lbs_read=False)),
)  # fmt: skip

GHOST, LIVING, FRONT = frontend_id(9), "loadBalancers/kubernetes-internal", part("frontendIPConfigurations", "mine")
ORPHAN = "orphaned-pls high - pls/p"


def z(*on: str, **fields: Any) -> World:
    return add_pls(World().service("z"), "p", *on, **fields)


PLSES = (
    fires("orphaned-pls", "its frontend does not exist", lambda: z(GHOST), ORPHAN),
    fires("orphaned-pls", "nor its load balancer", lambda: add_pls(bare(), "p", GHOST), ORPHAN),
    fires("orphaned-pls", "untagged, in another resource group", lambda: z(GHOST, tags={}, group="rg-x"), ORPHAN),
    fires("orphaned-pls", "ids in capitals", lambda: z(GHOST.upper()), ORPHAN),
    fires("orphaned-pls", "nobody uses its frontend", lambda: add_frontend(z(FRONT), "mine"), ORPHAN,
          "foreign-frontend medium - internal/frontends/mine"),
    fires("orphaned-pls", "no frontend, and our tags", z, ORPHAN),
    fires("orphaned-pls", "it failed, too", lambda: z(GHOST, state="Failed"), ORPHAN,
          "provisioning-failed high - pls/p"),
    quiet("orphaned-pls", "used", lambda: World().service("a", PLS)),
    quiet("orphaned-pls", "on an orphaned frontend", lambda: add_pls(dead(), "p", frontend_id()), EXPOSED),
    quiet("orphaned-pls", "one of two frontends is used", lambda: z(GHOST, frontend_id(1)), "pls-lingering high web/z"),
    quiet("orphaned-pls", "the missing frontend is a living Service's", lambda: drop(z(frontend_id(1)), "frontends"),
          MISSING),
    quiet("orphaned-pls", "the missing load balancer is a living Service's", lambda: no_lb(z(frontend_id(1)), INTERNAL),
          "load-balancer-missing critical web/z internal"),
    quiet("orphaned-pls", "a rule by hand uses its frontend",
          lambda: add_rule(add_frontend(z(FRONT), "mine"), "r", FRONT),
          "foreign-frontend medium - internal/frontends/mine"),
    quiet("orphaned-pls", "another cluster's resource group",
          lambda: z(GHOST.replace("MC_rg_cluster_eastus", "MC_other"))),
    quiet("orphaned-pls", "another subscription",
          lambda: z(GHOST.replace("11111111-2222-3333-4444-555555555555", OTHER))),
    quiet("orphaned-pls", "a load balancer of somebody else",
          lambda: z(GHOST.replace(LIVING, "loadBalancers/appliance"))),
    quiet("orphaned-pls", "no frontend, and no tags", lambda: z(tags={})),
    quiet("orphaned-pls", "no frontend, in another resource group", lambda: z(group="rg-x")),
    blind("orphaned-pls", "no Services read", lambda: having(z(GHOST), live=None)),
    blind("orphaned-pls", "a namespace not read", lambda: gap(z(GHOST), "kubernetes", "services", "namespace shop")),
    blind("orphaned-pls", "PLS not read", lambda: having(z(GHOST), pls=None)),
    blind("orphaned-pls", "load balancers not read", lambda: having(z(GHOST), lbs_read=False)),
    fires("orphaned-public-ip", "its Service is gone", lambda: pip("web/a"), PIP),
    fires("orphaned-public-ip", "all of them are", lambda: pip("web/a, web/b"), PIP),
    fires("orphaned-public-ip", "the older tags", lambda: pip("web/a", key="service"), PIP),
    fires("orphaned-public-ip", "no LoadBalancer any more",
          lambda: having(pip("web/y").service("y", {}, type="ClusterIP").change_live(
          "y", finalizers=())), PIP),
    quiet("orphaned-public-ip", "one lives", lambda: pip("web/a,WEB/Z")),
    quiet("orphaned-public-ip", "one waits for its cleanup", lambda: pip("web/y").service("y", {}, type="ClusterIP")),
    quiet("orphaned-public-ip", "in use", lambda: pip("web/a", user="/x")),
    quiet("orphaned-public-ip", "a user's", lambda: pip(None)),
    quiet("orphaned-public-ip", "another cluster's", lambda: pip("web/a", cluster="prod")),
    quiet("orphaned-public-ip", "nobody's cluster", lambda: pip("web/a", cluster=None)),
    blind("orphaned-public-ip", "not read", lambda: having(pip("web/a"), public_ips=None)),
    blind("orphaned-public-ip", "a namespace not read",
          lambda: gap(pip("web/a"), "kubernetes", "services", "namespace shop")),
    blind("orphaned-public-ip", "no Services read", lambda: having(pip("web/a"), live=None)),
)  # fmt: skip

CASES: tuple[Case, ...] = (*PARTS, *WHOLES, *PLSES)


@table(CASES)
def test_orphans(case: Case) -> None:
    assert outcome(case) == expected(case)
