"""The ClusterRole for discovery grants what is asked for, and nothing else."""

from pathlib import Path

import yaml

from auditor.sources.discovery.objects import RESOURCES, ROLE

FILE = Path(__file__).parents[3] / "config/gitops-rights/cluster-role.yaml"


def test_the_role_grants_exactly_what_is_asked_for() -> None:
    role, binding = yaml.safe_load_all(FILE.read_text())
    granted = {
        (verb, resource, group)
        for rule in role["rules"] for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]
    }  # fmt: skip

    assert role["metadata"]["name"] == binding["roleRef"]["name"] == ROLE
    assert granted == {("list", one.plural, one.group) for one in RESOURCES} | {("get", "configmaps", "")}
