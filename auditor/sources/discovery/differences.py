"""What an Argo CD Application ignores, as a jq path: to a JSON pointer, where it is no more than a plain path."""

from __future__ import annotations

import re

_STEP = re.compile(r"""\.?\["((?:[^"\\]|\\.)+)"\]|\."((?:[^"\\]|\\.)+)"|\.([A-Za-z_]\w*)""")


def pointer(expression: str) -> str | None:
    """The JSON pointer that a jq path is, as `.spec.loadBalancerIP` or `.metadata.annotations["a/b"]`; None: none."""
    at, steps = 0, list[str]()
    while at < len(expression):
        found = _STEP.match(expression, at)
        if found is None:
            return None
        step = next(group for group in found.groups() if group is not None)
        steps.append(re.sub(r"\\(.)", r"\1", step).replace("~", "~0").replace("/", "~1"))
        at = found.end()
    return "".join(f"/{step}" for step in steps) or None
