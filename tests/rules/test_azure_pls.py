"""Which Private Link Service is on a frontend, and whose it is: missing, stolen, unmanaged, mistagged, left over."""

from typing import Any

from auditor.model.service import Port
from tests.rules.azure_worlds import (
    DUAL,
    ILB,
    PLS,
    PUBLIC,
    V6,
    Case,
    add_frontend,
    add_pls,
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
    no_lb,
    outcome,
    part,
    quiet,
    table,
    upper,
)  # fmt: skip
from tests.world import GROUP, NOW, World

IP = {"azure-load-balancer-ipv4": "10.240.0.50"}
CLUSTER, OWNER = "k8s-azure-cluster-name", "k8s-azure-owner-service"
OTHER_GROUP = {"azure-pls-resource-group": "rg-pls"}
MISSING, HIJACKED, UNMANAGED = "pls-missing critical web/a", "pls-hijacked critical web/a", "pls-unmanaged high web/a"
WRONG, MISNAMED = "pls-in-wrong-resource-group high web/a", "pls-misnamed high web/a"
LINGERING = "pls-lingering high web/a"
STALE, ALTERED = "pls-owner-stale medium web/", "pls-tags-drifted high web/a"
DEAD = ("orphaned-lb-rule medium - internal/rules/<1>-tcp-80", "orphaned-probe medium - internal/probes/<1>-tcp-80")


def a(annotations: dict[str, str] | None = PLS, **fields: Any) -> World:
    return World().service("a", annotations, **fields)


def sharing(*others: dict[str, str], first: dict[str, str] = PLS) -> World:
    """Services a, b, … on one frontend; a is the one it is named after, and the owner by tag if it asks."""
    world = a(first | IP)
    for i, annotations in enumerate(others):
        world.service("bcd"[i], annotations | IP, ports=(Port(port=81 + i, name="x"),))
    return world


def tagged(world: World, owner: str | None, **more: str) -> World:
    return world.change_pls(tags={CLUSTER: "kubernetes"} | ({OWNER: owner} if owner is not None else {}) | more)


def elsewhere(world: World, group: str = "rg-old") -> World:
    """The PLS is in another resource group."""
    pls = (world.pls or [])[0]
    return world.change_pls(id=pls.id.replace(GROUP, group))


def without(world: World) -> World:
    return having(world, pls=[])


def stolen() -> World:
    """Both name the same PLS; it is on b's frontend."""
    named = PLS | {"azure-pls-name": "shared-name"}
    world = without(World().service("a", named).service("b", named))
    return add_pls(world, "shared-name", frontend_id(2), tags={CLUSTER: "kubernetes", OWNER: "web/b"})


def on_an_appliance() -> World:
    """The named PLS is on a frontend of a load balancer of the node resource group that is not the controller's."""
    world = World(multiple_load_balancers=("kubernetes",)).service("a", PLS | {"azure-pls-name": "mine"})
    for what in (world.frontends, world.rules, world.probes):
        what["appliance"] = []
    add_frontend(world, "front", lb="appliance")
    return add_pls(without(world), "mine", part("frontendIPConfigurations", "front", "appliance"))


TWICE = (
    "pls-name-claimed-twice critical web/a",
    "pls-name-claimed-twice critical web/b",
    "pls-nat-ips-drifted high web/b",
)


PRESENT = (
    fires("pls-missing", "none", lambda: without(a()), MISSING),
    fires("pls-missing", "on another frontend", lambda: add_pls(without(a().service("b")), "p", frontend_id(2)),
          MISSING,
          "pls-lingering high web/b"),
    fires("pls-missing", "dual-stack: on the IPv6 frontend only", lambda: a(PLS, **DUAL).change_pls(
          frontend_ids=(frontend_id(1, "-IPv6"),)), MISSING),
    fires("pls-missing", "each Service that asks", lambda: without(sharing(PLS, ILB)), MISSING,
          "pls-missing critical web/b"),
    fires("pls-missing", "public without floating IP", lambda: without(bare().service("a", {
          "azure-pls-create": "true", "azure-disable-load-balancer-floating-ip": "true"})), MISSING),
    quiet("pls-missing", "there", a),
    quiet("pls-missing", "ids in capitals", lambda: upper(a())),
    quiet("pls-missing", "not asked for", lambda: a(ILB)),
    quiet("pls-missing", "false", lambda: a(ILB | {"azure-pls-create": "yes"})),
    quiet("pls-missing", "a sharer has the owner's", lambda: sharing(PLS)),
    quiet("pls-missing", "on a public Service", lambda: without(bare().service("a", {"azure-pls-create": "true"})),
          "pls-on-public-service high web/a"),
    quiet("pls-missing", "IPv6 only", lambda: without(a(PLS, **V6)), "pls-on-ipv6 high web/a"),
    quiet("pls-missing", "a name that cannot be", lambda: without(a(PLS | {"azure-pls-name": "-x"})),
          "pls-name-invalid high web/a"),
    quiet("pls-missing", "a count that cannot be", lambda: without(a(PLS | {
          "azure-pls-ip-configuration-ip-address-count": "9"})), "pls-ip-count-invalid high web/a"),
    quiet("pls-missing", "more addresses than the count", lambda: without(a(PLS | {
          "azure-pls-ip-configuration-ip-address": "10.240.0.60 10.240.0.61"})),
              "pls-static-ips-exceed-count high web/a"),
    quiet("pls-missing", "an address that cannot be", lambda: without(a(PLS | {
          "azure-pls-ip-configuration-ip-address": "nope"})), "pls-static-ip-invalid high web/a"),
    quiet("pls-missing", "the Service's own address", lambda: without(a(PLS | IP | {
          "azure-pls-ip-configuration-ip-address": "10.240.0.50"})), "pls-static-ip-invalid high web/a"),
    quiet("pls-missing", "a separator in the list", lambda: without(a(PLS | {
          "azure-pls-ip-configuration-ip-address": "10.240.0.60,10.240.0.61"})), "pls-list-separator high web/a"),
    quiet("pls-missing", "in another resource group", lambda: elsewhere(a()), WRONG),
    quiet("pls-missing", "stolen", stolen, HIJACKED, *TWICE),
    quiet("pls-missing", "no frontend", lambda: drop(without(a()), "frontends"), "frontend-missing critical web/a"),
    quiet("pls-missing", "no load balancer", lambda: no_lb(without(a()), "kubernetes-internal"),
          "load-balancer-missing critical web/a internal"),
    quiet("pls-missing", "being deleted", lambda: without(a().change_live("a", deleted_at=NOW))),
    blind("pls-missing", "not read", lambda: having(a(), pls=None)),
    blind("pls-missing", "a group not read", lambda: gap(without(a()), "azure", "privateLinkServices")),
    fires("pls-hijacked", "on another Service's frontend", stolen, HIJACKED, *TWICE),
    fires("pls-hijacked", "name and group in another letter case", lambda: add_pls(without(a(
          PLS | {"azure-pls-name": "MINE", "azure-pls-resource-group": GROUP.lower()}).service("b")), "mine",
              frontend_id(2)), HIJACKED, "pls-lingering high web/b"),
    fires("pls-hijacked", "on a frontend that is not managed here", on_an_appliance, HIJACKED),
    quiet("pls-hijacked", "on a frontend that does not exist", lambda: add_pls(without(a(PLS | {
          "azure-pls-name": "mine"})), "mine", part("frontendIPConfigurations", "x")), MISSING,
              "orphaned-pls high - pls/mine"),
    quiet("pls-hijacked", "not named in so many words",
          lambda: add_pls(without(a().service("b")), "pls-" + base(1), frontend_id(2)),
          MISSING, "pls-lingering high web/b"),
    quiet("pls-hijacked", "in another resource group", lambda: add_pls(without(a(PLS | {
          "azure-pls-name": "mine"}).service("b")), "mine", frontend_id(2), group="rg-old"), MISSING,
              "pls-lingering high web/b"),
    blind("pls-hijacked", "not read", lambda: having(stolen(), pls=None), *TWICE[:2]),
)  # fmt: skip


WHOSE = (
    fires("pls-unmanaged", "no tags: it silences all else", lambda: a().change_pls(
          tags={}, state="Failed", proxy_protocol=True, nat_ips=(), name="x"), UNMANAGED),
    fires("pls-unmanaged", "another cluster's", lambda: a().change_pls(tags={CLUSTER: "prod", OWNER: "web/a"}),
          UNMANAGED),
    fires("pls-unmanaged", "a re-cased key", lambda: a().change_pls(tags={CLUSTER.upper(): "kubernetes"}), UNMANAGED),
    fires("pls-unmanaged", "nobody asks", lambda: add_pls(a(ILB), "p", frontend_id(), tags={}), UNMANAGED),
    fires("pls-unmanaged", "shared: the Service it is named after", lambda: sharing(PLS).change_pls(tags={}),
          UNMANAGED),
    fires("pls-unmanaged", "shared: one that asks before one that does not",
          lambda: add_pls(sharing(PLS, first=ILB), "p", frontend_id(), tags={}), "pls-unmanaged high web/b"),
    fires("pls-unmanaged", "shared: the owner by tag", lambda: sharing(PLS).change_pls(tags={OWNER: "WEB/B"}),
          "pls-unmanaged high web/b"),
    fires("pls-unmanaged", "a sharer that customises it",
          lambda: sharing(PLS | {"azure-pls-fqdns": "a.example"}).change_pls(tags={}),
          UNMANAGED),
    quiet("pls-unmanaged", "the value in another letter case, with blanks", lambda: a().change_pls(
          tags={CLUSTER: " KUBERNETES ", OWNER: "web/a"})),
    quiet("pls-unmanaged", "on an orphaned frontend", lambda: gone(a(), "a").service("b").change_pls(tags={}),
          "orphaned-frontend critical - internal/frontends/<1>"),
    quiet("pls-unmanaged", "being deleted", lambda: a().change_pls(tags={}).change_live("a", deleted_at=NOW)),
    blind("pls-unmanaged", "not read", lambda: having(a(), pls=None)),
    fires("pls-in-wrong-resource-group", "it silences the property rules, tags and owner", lambda: tagged(elsewhere(a(
          PLS | {"azure-pls-name": "mine"})).change_pls(proxy_protocol=True, nat_ips=(), fqdns=("x",), name="y"),
              "web/z"), WRONG),
    fires("pls-in-wrong-resource-group", "asked for elsewhere", lambda: a().change_live(
          "a", annotations=OTHER_GROUP).change_git("a", annotations=OTHER_GROUP), WRONG),
    fires("pls-in-wrong-resource-group", "each Service that asks for another", lambda: sharing(PLS | OTHER_GROUP),
          "pls-in-wrong-resource-group high web/b"),
    fires("pls-in-wrong-resource-group", "being deleted", lambda: elsewhere(a()).change_live("a", deleted_at=NOW),
          WRONG),
    fires("pls-in-wrong-resource-group", "not the default of the cluster",
          lambda: having(a(), facts=World(pls_resource_group="rg-pls").facts), WRONG),
    quiet("pls-in-wrong-resource-group", "letter case", lambda: elsewhere(a(), GROUP.lower())),
    quiet("pls-in-wrong-resource-group", "asked for there", lambda: a(PLS | {"azure-pls-resource-group": " RG-PLS "})),
    quiet("pls-in-wrong-resource-group", "the default, where none is known",
          lambda: having(a(), facts=World(pls_resource_group=None).facts)),
    quiet("pls-in-wrong-resource-group", "unmanaged", lambda: elsewhere(a()).change_pls(tags={}), UNMANAGED),
    quiet("pls-in-wrong-resource-group", "nobody asks", lambda: add_pls(a(ILB), "p", frontend_id(), group="rg-old"),
          LINGERING),
    blind("pls-in-wrong-resource-group", "not read", lambda: having(elsewhere(a()), pls=None)),
    fires("pls-misnamed", "another", lambda: a(PLS | {"azure-pls-name": "mine"}).change_pls(name="other"), MISNAMED),
    quiet("pls-misnamed", "letter case", lambda: a(PLS | {"azure-pls-name": " MINE "}).change_pls(name="mine")),
    quiet("pls-misnamed", "none asked for", lambda: a().change_pls(name="other")),
    quiet("pls-misnamed", "a name that cannot be", lambda: a(PLS | {"azure-pls-name": " "}).change_pls(name="other"),
          "pls-name-invalid high web/a"),
    quiet("pls-misnamed", "a sharer", lambda: sharing(PLS | {"azure-pls-name": "mine"}),
          "pls-customised-by-sharer high web/b"),
    quiet("pls-misnamed", "the owner tag is altered", lambda: tagged(a(PLS | {"azure-pls-name": "mine"}).change_pls(
          name="other"), "web/z"), ALTERED),
    blind("pls-misnamed", "not read", lambda: having(a(PLS | {"azure-pls-name": "mine"}), pls=None)),
    fires("pls-lingering", "not asked for any more", lambda: add_pls(a(ILB), "p", frontend_id()), LINGERING),
    fires("pls-lingering", "false now",
          lambda: a().change_live("a", annotations={"azure-pls-create": "false"}).change_git(
          "a", annotations={"azure-pls-create": "false"}), LINGERING),
    fires("pls-lingering", "shared: once, the owner by tag", lambda: tagged(add_pls(
          sharing(ILB, first=ILB), "p", frontend_id()), "web/b"), "pls-lingering high web/b"),
    fires("pls-lingering", "shared, its owner dead: the first", lambda: gone(tagged(add_pls(
          sharing(ILB, ILB, first=ILB), "p", frontend_id()), "web/a"), "a"), "pls-lingering high web/b", *DEAD),
    fires("pls-lingering", "a public frontend", lambda: add_pls(bare().service("a", {}), "p", frontend_id(lb=PUBLIC)),
          LINGERING),
    quiet("pls-lingering", "a sharer asks", lambda: tagged(add_pls(sharing(PLS, first=ILB), "p", frontend_id(),
          visibility=()), "web/b").change_pls(nat_ips=()), "pls-nat-ips-drifted high web/b"),
    quiet("pls-lingering", "a frontend beside its owner's", lambda: a().service("b").change_pls(
          frontend_ids=(frontend_id(1), frontend_id(2))), "pls-extra-frontend medium web/a"),
    quiet("pls-lingering", "unmanaged", lambda: add_pls(a(ILB), "p", frontend_id(), tags={}), UNMANAGED),
    quiet("pls-lingering", "being deleted",
          lambda: add_pls(a(ILB), "p", frontend_id()).change_live("a", deleted_at=NOW)),
    blind("pls-lingering", "not read", lambda: having(a(ILB), pls=None)),
    blind("pls-lingering", "a sharer may be among what was not read",
          lambda: gap(add_pls(a(ILB), "p", frontend_id()), "kubernetes", "services", "namespace shop")),
)  # fmt: skip

TAGS = (
    fires("pls-owner-stale", "the owner is dead: each that asks", lambda: gone(sharing(PLS, PLS), "a"), STALE + "b",
          STALE + "c", *DEAD),
    fires("pls-owner-stale", "the owner asks no longer", lambda: sharing(PLS).change_live(
          "a", annotations={"azure-pls-create": None}).change_git("a", annotations={"azure-pls-create": None}),
              STALE + "b"),
    fires("pls-owner-stale", "it names nobody here", lambda: gone(tagged(sharing(PLS), "shop/z"), "a"), STALE + "b",
          *DEAD),
    fires("pls-owner-stale", "it silences the property rules", lambda: gone(sharing(PLS).change_pls(
          proxy_protocol=True, fqdns=("x",)), "a"), STALE + "b", *DEAD),
    quiet("pls-owner-stale", "the owner is a sharer that asks", lambda: gone(tagged(sharing(PLS), "web/b"), "a"),
          *DEAD),
    quiet("pls-owner-stale", "the owner in another letter case", lambda: tagged(sharing(PLS), "WEB/A")),
    quiet("pls-owner-stale", "the frontend's own Service asks", lambda: tagged(sharing(PLS), "web/z"), ALTERED),
    quiet("pls-owner-stale", "nobody asks", lambda: tagged(add_pls(a(ILB), "p", frontend_id()), "web/z"), LINGERING),
    quiet("pls-owner-stale", "in another resource group", lambda: elsewhere(gone(sharing(PLS), "a")),
          "pls-in-wrong-resource-group high web/b", *DEAD),
    quiet("pls-owner-stale", "unmanaged", lambda: gone(sharing(PLS).change_pls(tags={}), "a"),
          "pls-unmanaged high web/b", *DEAD),
    blind("pls-owner-stale", "not read", lambda: having(gone(sharing(PLS), "a"), pls=None), *DEAD),
    blind("pls-owner-stale", "the owner may be among what was not read",
          lambda: gap(gone(sharing(PLS), "a"), "kubernetes", "services", "namespace shop")),
    fires("pls-tags-drifted", "another Service's", lambda: tagged(a(), "other/service"), ALTERED),
    fires("pls-tags-drifted", "missing", lambda: tagged(a(), None), ALTERED),
    fires("pls-tags-drifted", "empty", lambda: tagged(a(), ""), ALTERED),
    fires("pls-tags-drifted", "a re-cased key", lambda: tagged(a(), None, **{OWNER.upper(): "web/a"}), ALTERED),
    fires("pls-tags-drifted", "it silences the property rules", lambda: tagged(a().change_pls(
          proxy_protocol=True, fqdns=("x",), nat_ips=()), None), ALTERED),
    fires("pls-tags-drifted", "shared: only the frontend's own Service", lambda: tagged(sharing(PLS, PLS), "web/z"),
          ALTERED),
    quiet("pls-tags-drifted", "added tags", lambda: tagged(a(), "web/a", env="prod")),
    quiet("pls-tags-drifted", "letter case and blanks of the value", lambda: tagged(a(), " Web/A ")),
    quiet("pls-tags-drifted", "a sharer's", lambda: tagged(sharing(PLS), "web/b")),
    quiet("pls-tags-drifted", "in another resource group", lambda: tagged(elsewhere(a()), None), WRONG),
    quiet("pls-tags-drifted", "not asked for", lambda: tagged(add_pls(a(ILB), "p", frontend_id()), None), LINGERING),
    blind("pls-tags-drifted", "not read", lambda: having(tagged(a(), None), pls=None)),
    blind("pls-tags-drifted", "the owner may be among what was not read",
          lambda: gap(tagged(a(), "shop/z"), "kubernetes", "services", "namespace shop")),
    fires("pls-tags-drifted", "missing, whatever was not read",
          lambda: gap(tagged(a(), None), "kubernetes", "services", "namespace shop"), ALTERED),
)  # fmt: skip

CASES: tuple[Case, ...] = (*PRESENT, *WHOSE, *TAGS)


@table(CASES)
def test_whose_pls_it_is(case: Case) -> None:
    assert outcome(case) == expected(case)


def test_a_re_cased_owner_tag_is_one_finding_of_one_service() -> None:
    world = tagged(sharing(PLS), None, **{OWNER.title(): "web/a"})
    assert world.found() == [("pls-tags-drifted", "web/a", "")]


def test_what_nobody_made_is_nobodys() -> None:
    """A PLS by hand, with our tags, on a frontend by hand, with a rule by hand."""
    front = part("frontendIPConfigurations", "mine")
    world = add_rule(add_pls(add_frontend(a(ILB), "mine"), "p", front), "r", front)
    assert world.rules_found() == ["foreign-frontend"]
