"""The environment of every `git` we start: it asks nobody, runs no hook, and speaks only the protocols it needs.

Secrets and settings go in here, so that no argument list ever has them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

_FIXED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "SSH_ASKPASS": "/bin/false",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
}
_CONFIG = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("safe.directory", "*"),  # nothing of a foreign repository's configuration is carried out by what we run
    ("transfer.fsckObjects", "true"),
    ("gc.autoDetach", "false"),
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "60"),
)
_KEPT = ("GIT_SSL_", "GIT_PROXY_", "GIT_EXEC_PATH", "GIT_PYTHON_")
"""Variables of the caller that say how to reach a server. All others of Git (GIT_DIR in a hook) would mislead it."""
_USERS = ("GIT_CONFIG_",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a `git` is started with, beside the variables that this process has."""

    variables: dict[str, str]
    removed: tuple[str, ...]


def environment(
    *,
    protocols: Iterable[str] = (),
    config: Iterable[tuple[str, str]] = (),
    ssh_command: str | None = None,
    user_config: bool = False,
) -> Environment:
    """The environment. `protocols`: those it may speak, none by default; `user_config`: ~/.gitconfig counts."""
    variables = {**_FIXED, "GIT_ALLOW_PROTOCOL": ":".join(protocols) or "none"}
    first = 0
    if user_config:
        given = os.environ.get("GIT_CONFIG_COUNT", "")
        first = int(given) if given.isdecimal() else 0
    else:
        variables |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    pairs = (*_CONFIG, *config)
    for number, (key, value) in enumerate(pairs, first):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    variables["GIT_CONFIG_COUNT"] = str(first + len(pairs))
    if ssh_command is not None:
        variables["GIT_SSH_COMMAND"] = ssh_command
    kept = (*_KEPT, *(_USERS if user_config else ()))
    foreign = {name for name in os.environ if name.startswith("GIT_") and not name.startswith(kept)}
    return Environment(variables=variables, removed=tuple(sorted(foreign - variables.keys())))
