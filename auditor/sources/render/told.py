"""What a program said of its failure to one clause: of texts that are known, and never what stands in a file.

kustomize repeats patches and literals, helm whatever a chart fails with: there may be passwords in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_MOST = 8192
"""Characters that are looked at."""
_TOKEN = r"[\w.\[\]~-]{1,120}"  # noqa: S105
_PATH = r"[\w./+@-]{1,160}"


class _Class(NamedTuple):
    """A text that is known, and what is said of it; `{0}` and so on are what its groups caught."""

    pattern: str
    reason: str


_DEPENDENCIES = (
    "its dependencies {0} are not in charts/, and nothing is fetched; vendor them (`helm dependency build`) or leave "
    "the release to its values"
)
_KUSTOMIZE = (
    _Class(rf"no matches for Id ({_TOKEN}/{_TOKEN})",
           "a patch finds no resource to change ({0}); correct its name or target"),
    _Class(r"no matches for Id|unable to find patch target|failed to find unique target|no resource matches",
           "a patch finds no resource to change; correct its name or target"),
    _Class(r"security; file", "a kustomization names a file outside its folder; move it there, or make it a base"),
    _Class(r"external plugins? (is |are )?disabled|must specify --enable-|plugin.*(not enabled|unable to load)",
           "it needs a plugin, which is not run; write what it makes into the repository"),
    _Class(rf"already registered id: ({_TOKEN}/{_TOKEN})", "it has the same resource twice ({0}); remove one"),
    _Class(r"already registered id", "it has the same resource twice; remove one"),
    _Class(r"cycle detected", "it names itself in a cycle; break it"),
    _Class(r"proxyconnect|no 'git' program|failed to run .*git fetch|git init|dial tcp|hitting the timeout",
           "it names a remote, which cannot be fetched; vendor it"),
    _Class(r"unable to parse SM or JSON patch|trouble configuring builtin Patch",
           "a patch is neither a merge patch nor one of JSON 6902; correct it"),
    _Class(r"operation does not apply|doc is missing path|add operation|remove operation",
           "an operation of a JSON patch does not fit its resource; correct its path"),
    _Class(r"literal source", "a generator has a literal that is not key=value; correct it"),
    _Class(r"illegally repeats the key", "a generator sets a key twice; remove one"),
    _Class(rf"nothing selected by ({_TOKEN}/{_TOKEN})", "a replacement finds no source ({0}); correct it"),
    _Class(r"expected kind != 'Component'", "a component stands among its resources; name it under `components`"),
    _Class(r"trouble configuring builtin (\w{1,60})", "kustomize refuses the configuration of its {0}; correct it"),
    _Class(r"unknown field \\*\"(\w{1,60})\\*\"", "kustomize refuses it: unknown field `{0}`; correct it"),
    _Class(r"into Go struct field ([\w.]{1,80})", "kustomize refuses it: {0} is of another type; correct it"),
    _Class(r"MalformedYAMLError: yaml: line (\d+)", "not YAML, near line {0}; correct it, or leave it out"),
    _Class(r"yaml: line (\d+)", "kustomize refuses it: not YAML, near line {0} of a file or a patch; correct it"),
    _Class(r"missing Resource metadata", "missing Resource metadata; correct it, or leave it out"),
    _Class(r"missing metadata\.name", "missing metadata.name; correct it, or leave it out"),
    _Class(r"evalsymlink failure|no such file\b|must build at directory|unable to find one of 'kustomiz",
           "something that it names is not in the repository; add it"),
)  # fmt: skip
_HELM = (
    _Class(r"missing in charts/ directory: ([\w., -]{1,200})", _DEPENDENCIES),
    _Class(rf"execution error at \(({_PATH}:\d+)",
           "helm refuses it: {0} stops with `fail` or `required`; give it the values that it needs"),
    _Class(rf"parse error at \(({_PATH}:\d+)", "helm refuses it: {0} is no template; correct it"),
    _Class(rf"YAML parse error on ({_PATH}):.*yaml: line (\d+)",
           "helm refuses it: what {0} makes is not YAML, near its line {1}; correct it"),
    _Class(rf"YAML parse error on ({_PATH})", "helm refuses it: what {0} makes is not YAML; correct it"),
    _Class(rf"({_PATH}:\d+):\d+:? executing ",
           "helm refuses it: {0} cannot be carried out with these values; correct it, or give it what it needs"),
    _Class(r"specifications of the schema.*?- at '([\w/.-]{1,80})'",
           "helm refuses it: its values do not fit its values.schema.json at {0}; correct them"),
    _Class(r"specifications of the schema",
           "helm refuses it: its values do not fit its values.schema.json; correct them"),
    _Class(r"requires kubeVersion: ([\w.<>=~^|, *-]{1,60}) which is incompatible with Kubernetes (v[\w.+-]{1,30})",
           "helm refuses it: it is for Kubernetes {0}, and {1} is taken; set `helm.kubeVersion`"),
    _Class(r"cannot load (Chart\.yaml|values\.yaml|Chart\.lock)", "helm refuses it: it cannot load {0}; correct it"),
    _Class(rf"failed to parse ({_PATH})", "helm refuses it: {0} is no file of values; correct it"),
)  # fmt: skip
_FILE = re.compile(
    rf"(?:accumulating|merging) resources from '({_PATH})': "
    r"((?:(?!(?:accumulating|merging) resources).)*?)(?:'*: must build at directory|$)"
)

_ROOT = re.compile(r"recursed accumulation|couldn't make target|for path ")
"""What is said of a root, which the gap names already."""


def by_kustomize(said: str) -> str:
    """What kustomize said."""
    text = " ".join(said[:_MOST].split())
    if (own := _FILE.search(text)) and not _ROOT.search(own[2]):
        return _clause(own[2], _KUSTOMIZE, f"{own[1]}: ") or f"{own[1]} is refused by kustomize; {_SEE_KUSTOMIZE}"
    found = _clause(text, _KUSTOMIZE)
    return found or f"kustomize refuses it{_hidden(text)}; {_SEE_KUSTOMIZE}"


def by_helm(said: str) -> str:
    """What helm said."""
    text = " ".join(said[:_MOST].split())
    return _clause(text, _HELM) or f"helm refuses it{_hidden(text)}; correct the chart, `helm template` says why"


_SEE_KUSTOMIZE = "correct it, `kubectl kustomize` says why"


def _hidden(text: str) -> str:
    return ", in words that may hold values" if text else ": it says nothing"


def _clause(text: str, classes: Iterable[_Class], before: str = "") -> str:
    for one in classes:
        if found := re.search(one.pattern, text, re.IGNORECASE):
            return before + one.reason.format(*(part or "" for part in found.groups()))
    return ""
