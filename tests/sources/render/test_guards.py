"""What a stranger's repository may try, and what cannot be built: one sentence, and nothing else is read or started."""

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from auditor.sources.builds import Build
from auditor.sources.render.errors import BuildError
from auditor.sources.render.kustomization import host, is_remote
from auditor.sources.render.process import Limits, run
from tests.sources.git.repositories import Repository, names, service
from tests.sources.render.conftest import Rendered, reason

SECRET = "not-for-you"  # noqa: S105
FLUX = Build(path="k", owner="Kustomization flux-system/apps", generate=True)
PLAIN = Build(path="k")
Files = dict[str, str | bytes]


def kustomization(text: str) -> Files:
    return {"k/kustomization.yaml": text, "k/x.yaml": service("x")}


REMOTES = [
    "http://HOST/x.yaml",
    "https://HOST/x.yaml",
    "HTTPS://HOST/x.yaml",
    "http://HOST/org/repo//base?ref=v1",
    "git::http://HOST/org/repo",
    "git@HOST:org/repo.git",
    "ssh://git@HOST/org/repo",
    "github.com/org/repo//base?ref=v1",
    "github.com/org/repo",
    "file:///REPOSITORY//base",
    "org/repo?ref=main",
]
FIELDS = [
    "resources: ['{}']",
    "bases: ['{}']",
    "components: ['{}']",
    "RESOURCES: ['{}']",
    "resource\u017f: ['{}']",
    "patches: [path: '{}', target: {{kind: Service}}]",
    "patches: [PATH: '{}']",
    "patchesStrategicMerge: ['{}']",
    "patchesJson6902: [{{path: '{}', target: {{kind: Service, name: x}}}}]",
    "configMapGenerator: [{{name: a, files: ['{}']}}]",
    "configMapGenerator: [{{name: a, files: ['b={}']}}]",
    "ConfigMapGenerator: [{{name: a, Envs: ['{}']}}]",
    "secretGenerator: [{{name: a, env: '{}'}}]",
    "replacements: [path: '{}']",
    "crds: ['{}']",
    "configurations: ['{}']",
    "openapi: {{path: '{}'}}",
    "generators: ['{}']",
    "transformers: ['{}']",
    "validators: ['{}']",
]


def reason_of_root(found: Any) -> str:
    told = reason(found).replace("k (Kustomization flux-system/apps)", "k")
    assert told.startswith("k could not be built: ")
    return told


def in_roots(attacks: Iterable[Files]) -> Files:
    """Each attack in a root of its own, as if it were alone."""
    return {f"r{n:03}/{path}": text for n, files in enumerate(attacks) for path, text in files.items()}


@pytest.fixture(params=["", "Kustomization flux-system/apps"], ids=["configured", "flux"])
def refused(
    request: pytest.FixtureRequest, repository: Repository, render: Rendered, asked: list[str]
) -> Callable[[list[Files]], list[str]]:
    """Builds each attack: nothing may come of it, nobody may be asked; returns what is told of each."""

    def refusing(attacks: list[Files]) -> list[str]:
        repository.commit_files(in_roots(attacks))
        builds = (Build(path=f"r{n:03}/k", owner=request.param, generate=True) for n in range(len(attacks)))
        found = render(*builds)
        assert (found.declared, asked[1:]) == ((), [])
        assert [gap.scope for gap in found.gaps] == [f"main/r{n:03}/k" for n in range(len(attacks))]
        assert all(SECRET not in gap.reason and "auditor-render" not in gap.reason for gap in found.gaps)
        return [gap.reason for gap in found.gaps]

    return refusing


Refused = Callable[[list[Files]], list[str]]


def test_remote_bases(repository: Repository, asked: list[str], refused: Refused) -> None:
    texts = [one.replace("HOST", asked[0]).replace("/REPOSITORY", str(repository.directory)) for one in REMOTES]

    for told in refused([kustomization(f"resources: [x.yaml, '{text}']\n") for text in texts]):
        assert "names the remote" in told
        assert "vendor it" in told


def test_a_remote_or_a_file_of_this_machine_in_any_field(asked: list[str], tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "secret.yaml").write_text(service(SECRET))
    names = [f"http://{asked[0]}/x", "/etc/passwd", str(tmp_path / "secret.yaml"), "../../../secret.yaml", "../" * 9]

    for told in refused([kustomization(f"{field.format(name)}\n") for field in FIELDS for name in names]):
        assert any(word in told for word in ("names the remote", "lies outside the repository"))


def test_a_plugin_that_names_a_file_of_this_machine(tmp_path: Path, asked: list[str], refused: Refused) -> None:
    (tmp_path / "secret.yaml").write_text(service("x").replace("{name: x}", "{name: x, annotations: {a: not-for-you}}"))
    attacks = []
    for path in (tmp_path / "secret.yaml", "../../../secret.yaml", f"http://{asked[0]}/x"):
        plugin = f"apiVersion: builtin\nkind: PatchTransformer\nmetadata: {{name: a}}\npath: {path}\n"
        inline = "  " + plugin.replace("\n", "\n  ")
        attacks += [
            {**kustomization("resources: [x.yaml]\ntransformers: [t.yaml]\n"), "k/t.yaml": plugin},
            kustomization(f"resources: [x.yaml]\ntransformers:\n- |-\n{inline}\n"),
        ]

    refused(attacks)


def test_files_outside_of_the_folder(repository: Repository, render: Rendered) -> None:
    repository.commit_files({"k/kustomization.yaml": "resources: [../x.yaml]\n", "x.yaml": service("x")})

    assert "k names x.yaml, outside its folder; move it there, or make it a base" in reason_of_root(render(PLAIN))
    assert names(render(FLUX)) == ["x"]


@pytest.mark.parametrize("link", ["k/link.yaml", "k/folder"])
def test_symbolic_links(repository: Repository, render: Rendered, tmp_path: Path, link: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.yaml").write_text(service(SECRET))
    where = tmp_path / "outside" / ("a.yaml" if link.endswith(".yaml") else "")
    repository.write({"k/x.yaml": service("x")})
    (repository.directory / link).symlink_to(where)
    name = "link.yaml" if link.endswith(".yaml") else "folder/a.yaml"
    repository.commit_files({"k/kustomization.yaml": f"resources: [x.yaml, {name}]\n"})

    assert f"{link} is a symbolic link, which is not followed" in reason_of_root(render(PLAIN))


def test_a_link_that_no_kustomization_names(repository: Repository, render: Rendered, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(service(SECRET))
    repository.write({"k/x.yaml": service("x")})
    (repository.directory / "k" / "link.yaml").symlink_to(tmp_path / "a.yaml")
    repository.commit_files({"README.md": ""})

    assert names(render(FLUX)) == ["x"]


BAD: dict[str, tuple[Files, str]] = {
    "a missing resource": (kustomization("resources: [gone.yaml]\n"), "names `gone.yaml`, which is not in the repository"),
    "a missing base": (kustomization("resources: [../gone]\n"), "names `../gone`, which is not in the repository"),
    "a folder without a root": (
        {**kustomization("resources: [sub]\n"), "k/sub/a.yaml": service("a")}, "k/sub has no kustomization file",
    ),
    "a cycle": (
        {**kustomization("resources: [../l]\n"), "l/kustomization.yaml": "resources: [../k]\n"},
        "k names itself in a cycle (k -> l -> k)",
    ),
    "itself": (kustomization("resources: [.]\n"), "names itself in a cycle"),
    "a chart": (kustomization("helmCharts: [{name: a, repo: 'https://charts.example'}]\n"), "inflates charts (`helmCharts`)"),
    "an exec plugin": (
        {
            **kustomization("resources: [x.yaml]\ngenerators: [g.yaml]\n"),
            "k/g.yaml": "apiVersion: v1\nkind: Evil\nmetadata:\n  name: a\n  annotations:\n"
            "    config.kubernetes.io/function: |\n      exec: {path: ./run.sh}\n", "k/run.sh": "#!/bin/sh\ntouch /tmp/owned\n",
        },
        "it needs a plugin, which is not run",
    ),
    "a container": (
        {
            **kustomization("resources: [x.yaml]\ntransformers: [g.yaml]\n"),
            "k/g.yaml": "apiVersion: v1\nkind: Evil\nmetadata:\n  name: a\n  annotations:\n"
            "    config.kubernetes.io/function: |\n      container: {image: evil}\n",
        },
        "it needs a plugin, which is not run",
    ),
    "a chart by a plugin": (
        {
            **kustomization("generators: [g.yaml]\n"),
            "k/g.yaml": "{apiVersion: builtin, kind: HelmChartInflationGenerator, metadata: {name: a}, name: a}\n",
        },
        "k/g.yaml inflates charts",
    ),
    "a patch without a target": (
        {**kustomization("resources: [x.yaml]\npatches: [path: p.yaml]\n"), "k/p.yaml": service("gone")},
        "a patch finds no resource to change",
    ),
    "no YAML": (kustomization("resources: [x.yaml\n"), "k/kustomization.yaml:2 is not YAML"),
    "a list": (kustomization("- x.yaml\n"), "k/kustomization.yaml is no kustomization"),
    "two documents": (kustomization("resources: [x.yaml]\n---\nresources: [x.yaml]\n"), "is no kustomization"),
    "an unknown field": (kustomization("resources: [x.yaml]\nresourcez: []\n"), "kustomize refuses it: "),
    "a field twice": (kustomization("resources: [x.yaml]\nResources: [x.yaml]\n"), "has `Resources` twice"),
    "a resource twice": (
        {**kustomization("resources: [x.yaml, y.yaml]\n"), "k/y.yaml": service("x")}, "the same resource twice",
    ),
    "LFS": (
        {**kustomization("resources: [y.yaml]\n"), "k/y.yaml": "version https://git-lfs.github.com/spec/v1\n"},
        "k/y.yaml is kept in Git LFS",
    ),
}  # fmt: skip


def test_what_cannot_be_built(repository: Repository, render: Rendered) -> None:
    bad = [files for files, _ in BAD.values()]
    repository.commit_files(
        {**in_roots(bad), "a/kustomization.yaml": "resources: [a.yaml]\n", "a/a.yaml": service("a")}
    )

    found = render(paths=(*(f"r{n:03}/k" for n in range(len(bad))), "a"))

    assert names(found) == ["a"]
    for number, (gap, (name, (_, expected))) in enumerate(zip(found.gaps, BAD.items(), strict=True)):
        root = f"r{number:03}/"
        assert gap.scope == f"main/{root}k"
        assert gap.reason.startswith(f"{root}k could not be built: "), name
        assert expected in gap.reason.replace(root, ""), name
        assert "auditor-render" not in gap.reason
        assert "\n" not in gap.reason
    assert not Path("/tmp/owned").exists()  # noqa: S108


def test_a_folder_that_is_not_there(repository: Repository, render: Rendered) -> None:
    repository.commit_files({"a.yaml": service("a")})

    assert "k could not be built: the folder is not in the repository" in reason(render(PLAIN))


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ({"kustomize": "/nonexistent/kustomize"}, "`tools.kustomize` /nonexistent/kustomize is no program; correct it"),
        (
            {"kustomize": None},
            "there is neither `kustomize` nor `kubectl` on PATH; install it, or set `tools.kustomize`",
        ),
    ],
)
def test_no_tool(
    repository: Repository, render: Rendered, tools: Any, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit_files(kustomization("resources: [x.yaml]\n"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to("/usr/bin/git")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    if tools["kustomize"] is None:
        tools = {"kustomize": None}

    assert expected in reason_of_root(render(PLAIN, tools=tools))


def program(folder: Path, text: str) -> Path:
    """A stand-in for kustomize."""
    path = folder / "kustomize"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


HOSTILE = [
    ("sleep", "exec /bin/sleep 30", "it took longer than 0.5 s"),
    ("child", "/bin/sleep 30 & exec /bin/sleep 30", "it took longer than 0.5 s"),
    ("closed", "exec >&- 2>&-; /bin/sleep 30", "it took longer than 0.5 s"),
    ("output", "while :; do printf '%65536s' a; done", "makes more than 64 MiB"),
    ("memory", "echo 'fatal error: runtime: out of memory' >&2; exit 2", "it needs more than 1024 MiB"),
    ("environment", '[ "$PATH" = /nonexistent ] && [ -z "$MARK" ] && exit 3; exit 0', "it says nothing"),
]


@pytest.mark.parametrize(("what", "text", "expected"), HOSTILE, ids=[one[0] for one in HOSTILE])
def test_a_program_that_does_not_end_well(
    repository: Repository, render: Rendered, tmp_path: Path, what: str, text: str, expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("MARK", "secret")
    repository.commit_files(kustomization("resources: [x.yaml]\n"))
    seconds = "10s" if what == "output" else "500ms"
    seconds_given = 10.0 if seconds == "10s" else 0.5

    told = reason_of_root(render(PLAIN, tools={"kustomize": program(tmp_path, text), "timeout": seconds_given}))

    assert expected in told


def test_memory_is_limited(tmp_path: Path) -> None:
    python = os.path.realpath("/proc/self/exe")
    text = "import sys\ntry:\n  a = bytearray(900 << 20)\nexcept MemoryError:\n  sys.exit('out of memory')"

    with pytest.raises(BuildError, match="more than 256 MiB"):
        run([python, "-I", "-c", f"import time; time.sleep(0.2)\n{text}"], tmp_path, Limits(seconds=10, memory=256))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/org/repo//base?ref=v1", "github.com"),
        ("git::https://github.com/org/repo", "github.com"),
        ("https://github.com@evil.example/x", None),
        ("https://evil.example\\@github.com/x", None),
        ("http://github.com/x", None),
        ("ssh://git@github.com/x", None),
        ("git@github.com:org/repo", None),
    ],
)
def test_the_host_of_an_address(address: str, expected: str | None) -> None:
    assert host(address) == expected
    assert is_remote(address)


CHART = {
    "k/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "k/templates/x.yaml": service("x"),
}
CHARTS: dict[str, tuple[Files, dict[str, Any], str]] = {
    "no chart": ({"k/x.yaml": service("x")}, {}, "it has no Chart.yaml"),
    "a template that fails": ({"k/templates/y.yaml": '{{ fail "give me a port" }}'}, {}, "c/templates/y.yaml:1 stops with `fail`"),
    "a dependency that is not there": (
        {"k/Chart.yaml": CHART["k/Chart.yaml"] + "dependencies: [{name: redis, version: 1.0.0, repository: 'https://x.example'}]\n"},
        {}, "its dependencies redis are not in charts/, and nothing is fetched; vendor them",
    ),
    "no such values": ({}, {"valueFiles": ["gone.yaml"]}, "the value file 'gone.yaml' is no file in the repository"),
    "values of this machine": ({}, {"valueFiles": ["/etc/passwd"]}, "the value file '/etc/passwd' is no file"),
    "values above": ({}, {"valueFiles": ["../../secret.yaml"]}, "is no file in the repository"),
    "an option as a name": ({}, {"releaseName": "--post-renderer"}, "is no name of a release"),
    "no version": ({}, {"kubeVersion": "new"}, "is no version of Kubernetes"),
}  # fmt: skip


@pytest.mark.parametrize("name", [*CHARTS])
def test_a_chart_that_cannot_be_rendered(repository: Repository, render: Rendered, name: str) -> None:
    files, given, expected = CHARTS[name]
    repository.commit_files({**({} if name == "no chart" else CHART), **files})

    assert expected in reason_of_root(render(render="helm", paths=("k",), helm=given))


def test_a_chart_reads_no_file_of_this_machine(repository: Repository, render: Rendered, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    repository.write({})
    (repository.directory / "k").mkdir()
    (repository.directory / "k" / "link.txt").symlink_to(tmp_path / "secret.txt")
    template = service('x-{{ .Files.Get "link.txt" | default "none" }}-{{ env "HOME" | default "none" }}')
    repository.commit_files({**CHART, "k/templates/x.yaml": template.replace('-{{ env "HOME" | default "none" }}', "")})

    assert names(render(render="helm", paths=("k",))) == ["x-none"]
