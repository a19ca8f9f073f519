"""Custom resources of a recording, as the lab serves them."""

import json
from pathlib import Path

from auditor.lab.server import Lab
from tests.lab.asking import ask

URL, COMMIT = "https://git.example/fleet", "a" * 40


def test_what_they_say_of_a_recorded_repository_is_true_of_the_labs(tmp_path: Path) -> None:
    repository = {
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "fleet", "namespace": "flux-system", "resourceVersion": "7"}, "spec": {"url": URL},
        "status": {"artifact": {"revision": f"main@sha1:{COMMIT}"}},
    }  # fmt: skip
    variables = {"kind": "ConfigMap", "metadata": {"name": "m", "namespace": "n"}, "data": {"a": "b"}}
    (tmp_path / "git/main").mkdir(parents=True)
    (tmp_path / "git/main/a.yaml").write_text("kind: Service\n")
    (tmp_path / "kubernetes").mkdir()
    (tmp_path / "snapshot.yaml").write_text(f"git: [{{name: main, url: '{URL}', commit: {COMMIT}}}]\n")
    for name, one in (("gitrepositories.source.toolkit.fluxcd.io", repository), ("configmaps", variables)):
        (tmp_path / f"kubernetes/{name}.json").write_text(json.dumps({"items": [one]}))

    with Lab(tmp_path) as lab:
        listed = ask(lab, "/apis/source.toolkit.fluxcd.io/v1/gitrepositories?limit=500").document
        inside = ask(lab, "/apis/source.toolkit.fluxcd.io/v1/namespaces/other/gitrepositories").document
        absent = ask(lab, "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations")
        found = ask(lab, "/api/v1/namespaces/n/configmaps/m").document
        missing = ask(lab, "/api/v1/namespaces/n/configmaps/none")

        assert listed["items"][0]["spec"]["url"] == lab.git_url("main")
        assert listed["items"][0]["status"]["artifact"]["revision"] == f"main@sha1:{lab.commit('main')}"
        assert inside["items"] == []
        assert (absent.status, missing.status) == (404, 404)
        assert found["data"] == {"a": "b"}
