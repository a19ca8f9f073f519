"""What a Service's annotations ask of a Private Link Service (domain.md §1.2)."""

import pytest

from auditor.controller.asked import PlsAsked, nat_subnet
from tests.controller.making import internal


def pls(**annotations: str) -> PlsAsked:
    found = internal(
        {"azure-pls-create": "true"} | {key.replace("_", "-"): text for key, text in annotations.items()}
    ).pls
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "wanted"), [("true", True), ("True", True), (" TRUE\n", True), ("yes", False), ("", False), ("1", False)]
)
def test_creation(text: str, wanted: bool) -> None:
    assert (internal({"azure-pls-create": text}).pls is not None) == wanted


def test_nothing_is_asked_of_it_by_default() -> None:
    assert pls() == PlsAsked(
        name=None, resource_group=None, subnet=None, count=1, static_ips=(), fqdns=(), proxy=False, visibility=(),
        auto_approval=(),
    )  # fmt: skip


@pytest.mark.parametrize(("text", "name"), [("mine", "mine"), (" mine ", "mine"), ("  ", ""), ("", "")])
def test_the_name(text: str, name: str) -> None:
    assert pls(azure_pls_name=text).name == name


@pytest.mark.parametrize(("text", "group"), [("rg-pls", "rg-pls"), (" rg-pls ", "rg-pls"), ("  ", None), ("", None)])
def test_the_resource_group(text: str, group: str | None) -> None:
    assert pls(azure_pls_resource_group=text).resource_group == group


@pytest.mark.parametrize(
    ("text", "count"),
    [("1", 1), ("8", 8), (" 4 ", 4), ("0", None), ("9", None), ("4.0", None), ("", None), ("-1", None)],
)
def test_the_count(text: str, count: int | None) -> None:
    assert pls(azure_pls_ip_configuration_ip_address_count=text).count == count


@pytest.mark.parametrize(
    ("own", "internal_subnet", "subnet"),
    [
        (None, None, None),
        ("nat", None, "nat"),
        ("nat", "apps", "nat"),
        (None, "apps", "apps"),
        (" ", "apps", "apps"),
        (" n", None, " n"),
    ],
)
def test_the_nat_subnet(own: str | None, internal_subnet: str | None, subnet: str | None) -> None:
    given = {"azure-pls-ip-configuration-subnet": own, "azure-load-balancer-internal-subnet": internal_subnet}

    assert (
        nat_subnet(internal({"azure-pls-create": "true"} | {k: v for k, v in given.items() if v is not None})) == subnet
    )


@pytest.mark.parametrize(
    ("text", "visible"),
    [("a b", ("a", "b")), ("a * b", ("*",)), ("*", ("*",)), ("a,*", ("a,*",)), ("", ()), ("  ", ())],
)
def test_visibility(text: str, visible: tuple[str, ...]) -> None:
    assert pls(azure_pls_visibility=text).visible_to == visible


def test_a_star_is_nothing_special_to_auto_approval() -> None:
    assert pls(azure_pls_auto_approval="a * b").auto_approval == ("a", "*", "b")


def test_static_addresses_collapse_and_keep_their_order() -> None:
    assert pls(azure_pls_ip_configuration_ip_address="10.1.0.8 10.1.0.7 10.1.0.8").static_ips == (
        "10.1.0.8",
        "10.1.0.7",
    )
