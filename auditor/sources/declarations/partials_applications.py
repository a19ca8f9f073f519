"""An Argo CD Application: the Helm values it gives, `valuesObject` or else `values`, and `parameters` over them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.controller.keys import PREFIX
from auditor.model.service import Partial, ServiceKey
from auditor.sources.declarations.declared import is_open
from auditor.sources.declarations.partials_maps import FIELDS, is_ours, maps_in
from auditor.sources.declarations.partials_spoken import Speaker, silent, spoken
from auditor.sources.declarations.partials_values import embedded, keys_of, parameter, put
from auditor.sources.yaml_text import fields, goscalar
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Scalar
from auditor.sources.yaml_text.nodes import Sequence as List

_HERE = "https://kubernetes.default.svc"
_TEMPLATE = re.compile(r"\{\{.*?(?:\}\}|\Z)", re.DOTALL)
_SHOWN = 120
MAX_PARAMETERS = 5000


def application(spec: Mapping, speaker: Speaker, lines: Sequence[str]) -> Iterator[Partial | ShapeError]:
    """What an Application says; of one that says nothing, that it is there. Raises ShapeError."""
    destination = fields.mapping(spec, "destination", "spec.destination") or Mapping()
    namespace = fields.text(destination, "namespace", "spec.destination.namespace") or ""
    named = speaker._replace(
        release=ServiceKey(namespace, speaker.owner.name), elsewhere=_is_elsewhere(destination)
    )  # fmt: skip
    sources = list(_sources(spec))
    unknown = next(filter(None, (_unread(source) for source, _ in sources)), "")
    told = list(_told(sources, named, lines))
    if unknown or not any(isinstance(one, Partial) for one in told):
        yield silent(named, unknown)
    yield from told


def _told(
    sources: Sequence[tuple[Mapping, str]], speaker: Speaker, lines: Sequence[str]
) -> Iterator[Partial | ShapeError]:
    for source, at in sources:
        helm = fields.mapping(source, "helm", f"{at}.helm")
        if helm is None:
            continue
        try:
            values, where = _values(helm, f"{at}.helm", lines)
            found = list(maps_in(_with_parameters(values, helm, f"{at}.helm"), where, lines))
        except ShapeError as e:
            e.reason = f"{speaker.owner} {e.reason}"
            yield e
            continue
        for one in found:
            yield from spoken(one, speaker)


def application_set(document: Mapping, speaker: Speaker) -> Iterator[Partial]:
    """An ApplicationSet says nothing; what its Applications are called tells what they made. Raises ShapeError."""
    spec = fields.mapping(document, "spec", "spec") or Mapping()
    template = fields.mapping(spec, "template", "spec.template") or Mapping()
    metadata = fields.mapping(template, "metadata", "spec.template.metadata") or Mapping()
    name = fields.text(metadata, "name", "spec.template.metadata.name")
    if name:
        named = speaker._replace(release=ServiceKey("", _TEMPLATE.sub("*", name)))
        yield silent(named, "makes Applications of a template, which is not followed; set `intent: argocd`")


def _is_elsewhere(destination: Mapping) -> bool:
    """True if an Application names another cluster than that of its Argo CD."""
    server, name = (fields.word(destination, key) for key in ("server", "name"))
    if is_open(server) or is_open(name):
        return False
    return server.rstrip("/") not in {"", _HERE, f"{_HERE}:443"} or name not in {"", "in-cluster"}


def _unread(source: Mapping) -> str:
    """What of a source is not in the Application itself."""
    if fields.word(source, "path") or source.get("plugin") is not None:
        return "is made of a folder of a repository; set `intent: argocd`, or add that folder under `git:`"
    helm = source.get("helm")
    files = (helm.get(key) for key in ("valueFiles", "fileParameters")) if isinstance(helm, Mapping) else ()
    if any(isinstance(one, List) and one for one in files):
        return "takes values from files, which are not read; keep what concerns its Services in `valuesObject`"
    return ""


def _sources(spec: Mapping) -> Iterator[tuple[Mapping, str]]:
    several = fields.given(spec, "sources")
    if several is not None and (items := fields.items(several, "spec.sources")):
        yield from ((one, f"spec.sources[{i}]") for i, one in enumerate(items) if isinstance(one, Mapping))
    elif (one := fields.mapping(spec, "source", "spec.source")) is not None:
        yield one, "spec.source"


def _values(helm: Mapping, at: str, lines: Sequence[str]) -> tuple[Mapping, str]:
    """The values, and where they stand: an object wins over a text."""
    given = fields.mapping(helm, "valuesObject", f"{at}.valuesObject")
    if given is not None:
        return given, f"{at}.valuesObject"
    text = fields.given(helm, "values")
    if text is None:
        return Mapping.at(helm), f"{at}.parameters"
    if not isinstance(text, Scalar):
        raise ShapeError(f"has a {at}.values that is not a string", text)
    try:
        return embedded(text, lines), f"{at}.values"
    except ShapeError as e:
        e.reason = f"has {at}.values that {e.reason}"
        raise


def _with_parameters(values: Mapping, helm: Mapping, at: str) -> Mapping:
    given = fields.given(helm, "parameters")
    entries = fields.items(given, f"{at}.parameters") if given is not None else ()
    if given is not None and len(entries) > MAX_PARAMETERS:
        raise ShapeError(f"has more than the {MAX_PARAMETERS} {at}.parameters that are read; use valuesObject", given)
    for one in entries:
        if not isinstance(one, Mapping):
            raise ShapeError(f"has {at}.parameters with an entry that is not a mapping", one)
        name, value, force = one.get("name"), one.get("value"), one.get("forceString")
        path = keys_of(name.text) if isinstance(name, Scalar) else None
        if path and isinstance(value, Scalar):
            string = isinstance(force, Scalar) and goscalar.value(force) is True
            node = parameter(value, string=string)
            values = put(values, path, node)
            lost = node is None and (is_ours(path[-1]) or path[-1] in FIELDS)
        else:
            lost = isinstance(name, Scalar) and (PREFIX in name.text.replace("\\", ""))
        if lost and isinstance(name, Scalar):
            what = f"{at}.parameters with {name.text[:_SHOWN]}"
            raise ShapeError(f"has {what}, which is not understood; write it in valuesObject", one)
    return values
