"""What a stranger's repository may try with words that are spelt otherwise, names that are two things, and bombs."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.sources.builds import Build
from auditor.sources.gathered import Deadline
from auditor.sources.git import local
from auditor.sources.git.tree import Tree, entries
from auditor.sources.render import documents
from auditor.sources.render.errors import BuildError
from auditor.sources.render.kustomization import Kustomization
from auditor.sources.render.reach import MAX_DEPTH, Reached
from tests.sources.git.repositories import Repository, names, service
from tests.sources.render.conftest import Rendered, reason

FLUX = Build(path="k", owner="Kustomization flux-system/apps", generate=True)
PLAIN = Build(path="k")


@pytest.mark.parametrize("spelling", ['"http:\\u002f\\u002f{}/x"', "!!binary {b64}", "'http://{}/x'"])
@pytest.mark.parametrize("inline", [False, True])
def test_a_plugin_names_a_remote_in_another_spelling(
    repository: Repository, render: Rendered, asked: list[str], spelling: str, inline: bool
) -> None:
    address = spelling.format(asked[0], b64=base64.b64encode(f"http://{asked[0]}/x".encode()).decode())
    plugin = f"apiVersion: builtin\nkind: PatchTransformer\nmetadata: {{name: a}}\npath: {address}\n"
    named = "- |-\n  " + plugin.replace("\n", "\n  ") if inline else "- t.yaml"
    repository.commit_files(
        {"k/x.yaml": service("x"), "k/t.yaml": plugin, "k/kustomization.yaml": f"resources: [x.yaml]\ntransformers:\n{named}\n"}
    )  # fmt: skip

    assert "configures a plugin that names a remote" in reason(render(PLAIN))
    assert asked[1:] == []


@pytest.mark.parametrize("text", ["{{{}", "a: b\n{}", "a: b\n{}/"])
@pytest.mark.parametrize("field", ["patchesStrategicMerge", "transformers"])
def test_a_patch_that_is_a_path_as_well(
    repository: Repository, render: Rendered, tmp_path: Path, text: str, field: str
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: x, annotations: {of: this-machine}}\n")
    patch = json.dumps(text.format("/.." * 20 + str(own)))
    kustomization = f"resources: [x.yaml, ../z.yaml]\n{field}: [{patch}]\n"
    repository.commit_files({"z.yaml": service("z"), "k/x.yaml": service("x"), "k/kustomization.yaml": kustomization})

    told = reason(render(FLUX))

    assert "a path as well" in told or "configures a plugin" in told


def test_a_patch_that_is_an_address_as_well(repository: Repository, render: Rendered, asked: list[str]) -> None:
    patch = json.dumps(f"http://{asked[0]}/x\n")
    kustomization = f'resources: [x.yaml]\npatchesStrategicMerge: [{patch}, "http://{asked[0]}/x: |\\n  a\\n"]\n'
    repository.commit_files({"k/x.yaml": service("x"), "k/kustomization.yaml": kustomization})

    reason(render(FLUX))

    assert asked[1:] == []


def test_a_patch_may_speak_of_an_address(repository: Repository, render: Rendered) -> None:
    patch = 'apiVersion: v1\nkind: Service\nmetadata: {name: x, annotations: {see: "https://wiki.example/x"}}\n'
    kustomization = "resources: [x.yaml]\npatchesStrategicMerge:\n- |\n  " + patch.replace("\n", "\n  ")
    repository.commit_files({"k/x.yaml": service("x"), "k/kustomization.yaml": kustomization})

    assert names(render(PLAIN)) == ["x"]


def test_bases_without_end(repository: Repository, render: Rendered) -> None:
    chain = {f"c{n}/kustomization.yaml": f"resources: [../c{n + 1}]\n" for n in range(700)}
    repository.commit_files({**chain, "k/kustomization.yaml": "resources: [../c0]\n", "a/kustomization.yaml": "resources: [a.yaml]\n", "a/a.yaml": service("a")})  # fmt: skip

    found = render(PLAIN, Build(path="a"))

    assert names(found) == ["a"]
    assert f"it has more than {MAX_DEPTH} bases, each of which names the next" in found.gaps[0].reason


def test_a_long_cycle_is_told_in_short(repository: Repository, render: Rendered) -> None:
    chain = {f"c{n:02}/kustomization.yaml": f"resources: [../c{(n + 1) % 50:02}]\n" for n in range(50)}
    repository.commit_files({**chain, "k/kustomization.yaml": "resources: [../c00]\n"})

    assert "c00 names itself in a cycle (c00 -> c01 -> c02 -> c03 -> c04 -> c05 -> … -> c00)" in reason(render(PLAIN))


def test_variables_that_blow_a_manifest_up(
    repository: Repository, render: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 100_000)
    many = "".join("${a}" for _ in range(200))
    repository.commit_files(
        {"k/x.yaml": service("x") + f"# {many}\n", "k/y.yaml": f'{service("y")}status: {{a: "{many}"}}\n'}
    )

    found = render(Build(path="k", owner=FLUX.owner, generate=True, substitute={"a": "x" * 1000}))

    assert names(found) == ["x"]
    (gap,) = found.gaps
    assert gap.reason == "k/y.yaml:1 is too large once its variables are replaced; use fewer, or shorter ones"


def test_more_than_a_kustomization_has(repository: Repository, render: Rendered) -> None:
    text = "resources: [x.yaml]\n" + "# and so on\n" * 100_000
    repository.commit_files({"k/x.yaml": service("x"), "k/kustomization.yaml": text})

    assert "k/kustomization.yaml has more than 1 MiB" in reason(render(PLAIN))


def test_kustomizations_that_take_too_long(repository: Repository) -> None:
    repository.commit_files({f"r{n}/kustomization.yaml": "resources: []\n" for n in range(3)})
    git = local.find(repository.directory, Deadline(timedelta(seconds=20))).git
    parsed: dict[str, Kustomization] = {}

    def in_time() -> None:
        if len(parsed) > 1:
            raise BuildError("too late")

    reached = Reached(Tree(git, entries(git, "HEAD")), parsed=parsed, in_time=in_time)
    reached.prepare(f"r{n}" for n in range(3))

    assert len(parsed) == 2


@pytest.mark.parametrize(
    ("more", "expected"), [("", "None"), (", 'https://git.example/org/repo//b?ref=v1'", "RootOnly")]
)
def test_what_a_remote_base_may_read(
    repository: Repository, render: Rendered, tmp_path: Path, more: str, expected: str
) -> None:
    """Nobody looked at what it holds: then the files of a root stay in its folder, as Flux would not have it."""
    tool = tmp_path / "kustomize"
    head = "apiVersion: v1\\nkind: Service\\nmetadata: {name: %s}\\nspec: {type: LoadBalancer}\\n"
    tool.write_text(f"#!/bin/sh\nfor last; do :; done\nprintf '{head}' \"$last\"\n")
    tool.chmod(0o700)
    repository.commit_files({"k/kustomization.yaml": f"resources: [../x.yaml{more}]\n", "x.yaml": service("x")})

    found = render(FLUX, tools={"kustomize": tool, "allowed_hosts": ("git.example",)})

    assert names(found) == [f"LoadRestrictions{expected}"]
