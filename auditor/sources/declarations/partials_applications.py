"""An Argo CD Application: the Helm values it gives, `valuesObject` or else `values`, and `parameters` over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.model.service import Partial, ServiceKey
from auditor.sources.declarations.partials_maps import Speaker, maps_in, spoken
from auditor.sources.declarations.partials_values import embedded, keys_of, parameter, put
from auditor.sources.yaml_text import fields, goscalar
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Scalar


def application(spec: Mapping, speaker: Speaker, lines: Sequence[str]) -> Iterator[Partial | ShapeError]:
    """What an Application says. Raises ShapeError."""
    destination = fields.mapping(spec, "destination", "spec.destination") or Mapping()
    namespace = fields.text(destination, "namespace", "spec.destination.namespace") or ""
    named = speaker._replace(release=ServiceKey(namespace, speaker.owner.name))
    for source, at in _sources(spec):
        helm = fields.mapping(source, "helm", f"{at}.helm")
        if helm is None:
            continue
        try:
            values, where = _values(helm, f"{at}.helm", lines)
            found = list(maps_in(_with_parameters(values, helm, f"{at}.helm"), where))
        except ShapeError as e:
            e.reason = f"{speaker.owner} {e.reason}"
            yield e
            continue
        for one in found:
            yield from spoken(one, named)


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
        nothing = Mapping()
        nothing.start_mark = helm.start_mark
        return nothing, f"{at}.parameters"
    if not isinstance(text, Scalar):
        raise ShapeError(f"has a {at}.values that is not a string", text)
    try:
        return embedded(text, lines), f"{at}.values"
    except ShapeError as e:
        e.reason = f"has {at}.values that {e.reason}"
        raise


def _with_parameters(values: Mapping, helm: Mapping, at: str) -> Mapping:
    given = fields.given(helm, "parameters")
    for one in fields.items(given, f"{at}.parameters") if given is not None else ():
        if not isinstance(one, Mapping):
            raise ShapeError(f"has {at}.parameters with an entry that is not a mapping", one)
        name, value, force = one.get("name"), one.get("value"), one.get("forceString")
        path = keys_of(name.text) if isinstance(name, Scalar) else None
        if path and isinstance(value, Scalar):
            string = isinstance(force, Scalar) and goscalar.value(force) is True
            values = put(values, path, parameter(value, string=string))
    return values
