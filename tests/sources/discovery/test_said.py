"""Messages of Flux and Argo CD repeat what kustomize and helm said, and those repeat pieces of files."""

import pytest

from auditor.sources.discovery.said import said

SECRET = "hunter2"  # noqa: S105


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f"kustomize build failed: trouble configuring builtin PatchTransformer with config: `patch: 'pw: {SECRET}'`", "kustomize build failed: a patch is neither"),
        (f"Failed to load target state: `kustomize build <path>/k` failed exit status 1: Error: invalid literal source(s) {SECRET}", "kustomize build failed: a generator has a literal"),
        (f"Failed to load target state: `helm template . --name-template web --set pw={SECRET}` failed exit status 1: Error: execution error at (web/templates/x.yaml:3:2): {SECRET}", "helm refuses it: web/templates/x.yaml:3 stops with"),
        (f"Helm install failed for release web/web: execution error at (web/templates/x.yaml:3:2): bad {SECRET}", "helm refuses it: web/templates/x.yaml:3 stops with"),
        (f"`helm template . --set pw={SECRET}` failed timeout", "helm refuses it, in words that may hold values"),
        ("Helm upgrade failed: timed out waiting for\nthe condition.", "Helm upgrade failed: timed out waiting for the condition"),
        ("dependency 'flux-system/infra' is not ready", "dependency 'flux-system/infra' is not ready"),
    ],
)  # fmt: skip
def test_a_message(message: str, expected: str) -> None:
    told = said(message)

    assert told.startswith(expected)
    assert SECRET not in told
    assert "\n" not in told
