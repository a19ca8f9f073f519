"""Parts of a load balancer are decoded one by one: what is wrong with one is told of that one."""

import json
from typing import Any

import pytest

from auditor.sources.api_json.arm_json import decode_load_balancers
from auditor.sources.api_json.wire import DecodeError

LB = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/loadBalancers/kubernetes"


def balancer(**properties: Any) -> bytes:
    return json.dumps({"value": [{"id": LB, "name": "kubernetes", "properties": properties}]}).encode()


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [
        ("loadBalancingRules", {"properties": {"frontendPort": "80"}}, "expected `int | null`, got `str` - at `$.properties.frontendPort`"),
        ("probes", {"properties": {"port": []}}, "expected `int | null`, got `array` - at `$.properties.port`"),
        ("frontendIPConfigurations", 7, "expected `object`, got `int`"),
    ],
)  # fmt: skip
def test_a_part_of_another_form(name: str, part: Any, said: str) -> None:
    good = {"id": f"{LB}/{name}/one", "name": "one"}

    with pytest.raises(DecodeError) as error:
        decode_load_balancers(balancer(**{name: [good, part]}))
    assert str(error.value) == f"does not have the expected form: {said} of {name}[1]"


def test_a_part_without_an_id() -> None:
    with pytest.raises(DecodeError, match="has a Rule without an id"):
        decode_load_balancers(balancer(loadBalancingRules=[{"name": "one"}]))


def test_null_is_none() -> None:
    (found,) = decode_load_balancers(balancer(loadBalancingRules=None, probes=[], frontendIPConfigurations=None))
    assert (found.rules, found.probes, found.frontends) == ((), (), ())
