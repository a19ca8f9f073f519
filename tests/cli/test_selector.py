"""Label selectors are read as kubectl reads them."""

import pytest

from auditor.config.selector import parse
from auditor.errors import UsageError

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("app=web", [("app", "in", {"web"})]),
        ("app==web", [("app", "in", {"web"})]),
        ("app = web", [("app", "in", {"web"})]),
        ("app!=web", [("app", "notin", {"web"})]),
        ("app=", [("app", "in", {""})]),
        ("app", [("app", "exists", NONE)]),
        ("!app", [("app", "!", NONE)]),
        ("app in (web, api)", [("app", "in", {"web", "api"})]),
        ("app notin (web)", [("app", "notin", {"web"})]),
        ("in", [("in", "exists", NONE)]),
        ("app.kubernetes.io/name=web", [("app.kubernetes.io/name", "in", {"web"})]),
        ("a=b,c in (d,e),!f", [("a", "in", {"b"}), ("c", "in", {"d", "e"}), ("f", "!", NONE)]),
    ],
)
def test_forms(text: str, expected: list[tuple[str, str, set[str]]]) -> None:
    assert parse(text) == tuple((key, operator, frozenset(values)) for key, operator, values in expected)


@pytest.mark.parametrize("text", ["a=b=c", "a in b", "a in (b", "=b", "a,,b", "a>1", "a b", "-a", "a=b,"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no label requirement; there are `a=b`"):
        parse(text)
