"""A credential plugin of a kubeconfig (`exec`), run without a terminal and never for longer than it may.

The official client runs it without a limit, with our terminal, and only logs what went wrong; so we run it.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from auditor.sources.kubernetes.errors import LoginError
from auditor.sources.kubernetes.say import tidy

_LOGIN = "such as `kubelogin convert-kubeconfig -l azurecli` sets up (or workloadidentity, msi, spn)"
_CLUSTER = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url")
_SHORTEST = 4
"""A value with fewer characters is no password, and part of many words."""


class Credential(msgspec.Struct, rename="camel"):
    """What a plugin answers with: a token, or a certificate with its key."""

    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None


class _Answer(msgspec.Struct):
    status: Credential


_ANSWER = msgspec.json.Decoder(_Answer)


def run(plugin: Mapping[str, Any], *, user: str, cluster: Mapping[str, Any], folder: str, seconds: float) -> Credential:
    """Run the plugin of a user (the mapping below `exec`) for at most so many seconds. Raises LoginError.

    `cluster` is the kubeconfig's entry, `folder` where the kubeconfig lies: a relative command is meant from there.
    """
    command = str(plugin.get("command") or "")
    called = f"the login command `{command}` of user `{user}`"
    if plugin.get("interactiveMode") == "Always":
        raise LoginError(f"{called} wants a terminal (interactiveMode: Always); use a login without a person, {_LOGIN}")
    arguments = [command, *map(str, plugin.get("args") or ())]
    environment = {**os.environ, **{str(one["name"]): str(one["value"]) for one in plugin.get("env") or ()}}
    environment["KUBERNETES_EXEC_INFO"] = json.dumps(_info(plugin, cluster))
    program = str(Path(folder, command)) if os.sep in command else command
    if not shutil.which(program, path=environment.get("PATH")):
        hint = tidy(str(plugin.get("installHint") or ""))
        raise LoginError(f"{called} is not installed here: put it on PATH{f' ({hint})' if hint else ''}")
    code, output, errors = _run(arguments, environment, folder, seconds, called)
    if code:
        _failed(called, code, _without(errors.decode(errors="replace"), plugin))
    return _credential(output, called)


def _info(plugin: Mapping[str, Any], cluster: Mapping[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = {key: cluster[key] for key in _CLUSTER if key in cluster}
        for extension in cluster.get("extensions") or ():
            if extension.get("name") == "client.authentication.k8s.io/exec":
                spec["cluster"]["config"] = extension.get("extension")
    return {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}


def _run(
    arguments: list[str], environment: dict[str, str], folder: str, seconds: float, called: str
) -> tuple[int, bytes, bytes]:
    """Its exit code, output and errors.

    It gets a session of its own, so that it has no terminal and ends with all its children.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - a kubeconfig is code that its owner trusts
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder or None,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as e:
        raise LoginError(f"{called} cannot be run: {getattr(e, 'strerror', None) or type(e).__name__}") from None
    with process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise LoginError(
                f"{called} did not answer within {round(seconds, 1):g} s, and was stopped: "
                f"it may be waiting for a person; use a login without one, {_LOGIN}"
            ) from None
    return process.returncode, output, errors


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # A grandchild that left the session would keep the pipes open: they are closed, not read to their end.
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _without(text: str, plugin: Mapping[str, Any]) -> str:
    """A text without the values that the kubeconfig gives the plugin: one of them may be a password."""
    arguments = [str(one) for one in plugin.get("args") or ()]
    given = {one.partition("=")[2] if one.startswith("-") else one for one in arguments[1:]}
    given |= {str(one["value"]) for one in plugin.get("env") or ()}
    for value in sorted(given, key=len, reverse=True):
        text = text.replace(value, "***") if len(value) >= _SHORTEST else text
    return text


def _failed(called: str, code: int, errors: str) -> NoReturn:
    lines = [line for line in errors.splitlines() if line.strip()]
    said = tidy(re.sub(r"^Error:\s*", "", lines[-1])) if lines else "it says nothing"
    raise LoginError(f"{called} failed with exit code {code}: {said}; run it by hand, or log in again (`az login`)")


def _credential(output: bytes, called: str) -> Credential:
    """The parsed answer; nothing of it is ever quoted, since it may hold a token."""
    try:
        found = _ANSWER.decode(output).status
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise LoginError(f"{called} printed no ExecCredential; run it by hand to see what it prints") from None
    if not found.token and not (found.client_certificate_data and found.client_key_data):
        raise LoginError(f"{called} gave neither a token nor a certificate with its key; log in again (`az login`)")
    return found
