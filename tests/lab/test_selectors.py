"""Selectors: what they choose, and what the API server refuses."""

import pytest

from auditor.lab import selectors

LABELS = {"app": "shop", "tier": "web", "example.com/team": "red"}
FIELDS = {"metadata.name": "shop", "spec.type": "LoadBalancer"}
KNOWN = frozenset(FIELDS)


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("app=shop", True),
        ("app==shop", True),
        ("app = shop , tier=web", True),
        ("app=other", False),
        ("app!=other", True),
        ("absent!=x", True),
        ("app!=shop", False),
        ("app in (shop, other)", True),
        ("app in (other),tier=web", False),
        ("app notin (shop)", False),
        ("absent notin (shop)", True),
        ("absent in (shop)", False),
        ("tier", True),
        ("absent", False),
        ("!absent", True),
        ("!tier", False),
        ("example.com/team=red", True),
        ("absent=", False),
    ],
)
def test_labels(selector: str, matches: bool) -> None:
    assert selectors.labels(selector)(LABELS) is matches


@pytest.mark.parametrize("selector", ["app=(x)", "a b", "=x", "app in shop", "app,,tier"])
def test_labels_that_are_no_selector(selector: str) -> None:
    with pytest.raises(selectors.SelectorError, match="unable to parse requirement"):
        selectors.labels(selector)


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("spec.type=LoadBalancer", True),
        ("spec.type==LoadBalancer,metadata.name=shop", True),
        ("spec.type=ClusterIP", False),
        ("spec.type!=ClusterIP", True),
        ("metadata.name!=shop", False),
    ],
)
def test_fields(selector: str, matches: bool) -> None:
    assert selectors.fields(selector, KNOWN)(FIELDS) is matches


@pytest.mark.parametrize(
    ("selector", "message"),
    [("spec.color=red", "field label not supported: spec.color"), ("spec.type", "invalid selector")],
)
def test_fields_that_are_refused(selector: str, message: str) -> None:
    with pytest.raises(selectors.SelectorError, match=message):
        selectors.fields(selector, KNOWN)
