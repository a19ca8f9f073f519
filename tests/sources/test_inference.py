"""Facts that are concluded, and those that are not because there is doubt."""

from auditor.model.azure import Frontend, LoadBalancer
from auditor.model.service import Live
from auditor.model.snapshot import Facts
from auditor.sources.inference import complete

UID = "7782365c-b514-4501-94b6-411d08957d13"
NAME = "a7782365cb514450194b6411d08957d1"
OTHER = "a" + "0" * 31


def subnet(name: str = "nodes", vnet: str = "v") -> str:
    """A subnet id."""
    return f"/subscriptions/S/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/{vnet}/subnets/{name}"


def balancer(name: str = "kubernetes-internal", group: str = "MC_a", **frontends: str) -> LoadBalancer:
    """A load balancer with frontends by name and subnet id."""
    base = f"/subscriptions/S/resourceGroups/{group}/providers/Microsoft.Network/loadBalancers/{name}"
    return LoadBalancer(
        id=base,
        name=name,
        frontends=tuple(Frontend(id=f"{base}/f/{key}", name=key, subnet_id=value) for key, value in frontends.items()),
    )


def live(uid: str = UID) -> Live:
    """A Service."""
    return Live(namespace="n", name="x", annotations={}, labels={}, uid=uid)


def concluded(*balancers: LoadBalancer, facts: Facts | None = None, services: tuple[Live, ...] = ()) -> Facts:
    """The facts."""
    return complete(facts or Facts(), balancers, services)


def test_everything_from_one_load_balancer() -> None:
    found = concluded(balancer(**{NAME: subnet()}))

    assert found == Facts(
        subscription_id="S",
        node_resource_group="MC_a",
        virtual_network=subnet().rpartition("/subnets/")[0],
        subnet="nodes",
        inferred=frozenset({"subscription_id", "node_resource_group", "virtual_network", "subnet"}),
    )


def test_nothing_from_nothing() -> None:
    assert concluded() == Facts()


def test_what_is_given_stays() -> None:
    given = Facts(subscription_id="G", node_resource_group="mc_A", virtual_network="/v", subnet="s")

    assert concluded(balancer(**{NAME: subnet()}), facts=given) == given


def test_letter_case_of_names_does_not_matter() -> None:
    found = concluded(balancer("KUBERNETES", "mc_A"), balancer("Kubernetes-Internal", "MC_a"), balancer("x", "rg"))

    assert found.node_resource_group == "mc_A"


def test_other_load_balancers_only_count_where_none_is_named_so() -> None:
    assert concluded(balancer("x", "rg"), balancer("y", "rg"), balancer()).node_resource_group == "MC_a"
    assert concluded(balancer("x", "rg"), balancer("y", "rg"), balancer("z", "b")).node_resource_group == "rg"


def test_the_name_of_the_controller_counts() -> None:
    found = concluded(balancer(), balancer("mine", "b"), facts=Facts(cluster_name="mine"))

    assert found.node_resource_group == "b"


def test_of_two_clusters_the_one_with_our_services() -> None:
    ours, theirs = balancer(group="MC_b", **{NAME: subnet("b")}), balancer(**{OTHER: subnet("a"), "b": subnet("a")})

    assert concluded(theirs, ours).node_resource_group is None
    found = concluded(theirs, ours, services=(live(),))
    assert (found.node_resource_group, found.subnet) == ("MC_b", "b")


def test_a_given_group_decides_between_two_clusters() -> None:
    found = concluded(
        balancer(**{OTHER: subnet("a")}),
        balancer(group="MC_b", **{NAME: subnet("b")}),
        facts=Facts(node_resource_group="mc_B"),
    )

    assert (found.subscription_id, found.subnet) == ("S", "b")


def test_the_default_subnet_needs_more_than_half() -> None:
    names = [f"a{i:031x}" for i in range(4)]

    def of(*subnets: str) -> str | None:
        return concluded(balancer(**{name: subnet(one) for name, one in zip(names, subnets, strict=False)})).subnet

    assert of("x", "x", "y") == "x"
    assert of("x", "y") is None
    assert of("x", "x", "y", "z") is None


def test_names_with_a_subnet_in_them_say_nothing_of_the_default() -> None:
    found = concluded(
        balancer(**{f"{NAME}-apps": subnet("apps"), f"{NAME}-IPv6": subnet("six"), "foreign": subnet("f")})
    )

    assert found.subnet is None
    assert found.virtual_network is not None


def test_frontends_in_two_networks_alike_conclude_none() -> None:
    found = concluded(balancer(**{NAME: subnet(vnet="v"), OTHER: subnet(vnet="w")}))

    assert found.virtual_network is None
