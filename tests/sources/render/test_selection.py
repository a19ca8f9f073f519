"""What the settings of a source have rendered, and what stays a gap."""

from typing import Any

import pytest

from tests.sources.git.repositories import Repository, names, service
from tests.sources.render.conftest import Rendered

TREE: dict[str, str | bytes] = {
    "plain/a.yaml": service("a"),
    "k/kustomization.yaml": "resources: [b.yaml, sub]\n",
    "k/b.yaml": service("b"),
    "k/not-named.yaml": service("never"),
    "k/sub/kustomization.yml": "resources: [c.yaml]\n",
    "k/sub/c.yaml": service("c"),
    "more/l/Kustomization": "resources: [d.yaml]\n",
    "more/l/d.yaml": service("d"),
    "chart/Chart.yaml": "apiVersion: v2\nname: e\nversion: 1.0.0\n",
    "chart/templates/e.yaml": service("e"),
}
ALL = [
    ({"paths": ("k",)}, ["b", "c"], []),
    ({"paths": ("k", "plain")}, ["a", "b", "c"], []),
    ({"paths": ("k/sub",)}, ["c"], []),
    ({}, ["a"], ["main/chart", "main/k", "main/more/l"]),
    ({"paths": ("more",)}, [], ["main/more/l"]),
    ({"paths": ("k",), "exclude": ("k/kustomization.yaml",)}, [], ["main/k"]),
    ({"paths": ("k",), "render": "plain"}, ["b", "c", "never"], []),
    ({"render": "kustomize"}, ["b", "c", "d"], []),
    ({"render": "kustomize", "paths": ("more", "k")}, ["b", "c", "d"], []),
    ({"render": "kustomize", "paths": ("plain", "k")}, ["b", "c"], ["main/plain"]),
    ({"render": "kustomize", "paths": ("k/kustomization.yaml",)}, [], ["main/k/kustomization.yaml"]),
    ({"render": "kustomize", "paths": ("gone",)}, [], ["main/gone"]),
    ({"render": "helm", "paths": ("chart",)}, ["e"], []),
    ({"render": "helm", "paths": ("chart", "plain")}, ["e"], ["main/plain"]),
    ({"render": "helm", "paths": ("chart/Chart.yaml",)}, [], ["main/chart/Chart.yaml"]),
]


@pytest.mark.parametrize(("fields", "declared", "gaps"), ALL)
def test_what_is_rendered(
    repository: Repository, render: Rendered, fields: dict[str, Any], declared: list[str], gaps: list[str]
) -> None:
    repository.commit_files(TREE)

    found = render(**fields)

    assert names(found) == declared
    assert sorted(gap.scope for gap in found.gaps) == gaps
    assert {gap.kind for gap in found.gaps} <= {"manifests"}
