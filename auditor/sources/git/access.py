"""The way to a remote: its environment, with the credential that the settings name."""

from __future__ import annotations

import base64
import os
import shlex
from pathlib import Path

from auditor.config.settings import GitAuth
from auditor.sources.gathered import SourceError
from auditor.sources.git.address import Address
from auditor.sources.git.environment import Environment, environment

ANY_USER = "x-access-token"
"""GitHub wants this name beside a token of an app; other servers take any."""
_MAX_TOKEN = 64 * 1024
_PROTOCOLS = {"https": ("https", "ssh"), "ssh": ("ssh", "https")}
"""What the user's `url.<base>.insteadOf` may make of it."""


def access(address: Address, auth: GitAuth, *, user_config: bool) -> Environment:
    """The environment in which `git fetch` may reach the address. Raises SourceError if the credential is absent."""
    config: list[tuple[str, str]] = []
    token = _token(auth) if address.root else None
    if token is not None:
        # Scoped to the host. A redirect elsewhere is refused, since git would send the header along. Helpers of the
        # user are not asked: they would forget their own credential when ours is refused.
        config = [
            (f"http.{address.root}.extraHeader", f"Authorization: Basic {_basic(auth.username or ANY_USER, token)}"),
            ("http.followRedirects", "false"),
            ("credential.helper", ""),
        ]
    elif address.root:
        config = [("http.followRedirects", "initial")]
    allowed = _PROTOCOLS.get(address.protocol, ()) if user_config else ()
    return environment(
        protocols=allowed or (address.protocol,), config=config, ssh_command=_ssh(auth), user_config=user_config
    )


def _basic(user: str, token: str) -> str:
    return base64.b64encode(f"{user}:{token}".encode()).decode()


def _token(auth: GitAuth) -> str | None:
    if auth.token_file is not None:
        where = f"auth.tokenFile {auth.token_file}"
        try:
            with auth.token_file.open("rb") as file:
                token = file.read(_MAX_TOKEN).decode("ascii").strip()
        except OSError as e:
            raise SourceError(f"{where} cannot be read: {e.strerror or e}; correct the path or its rights") from None
        except UnicodeDecodeError:
            raise SourceError(f"{where} holds no token; write the token into it, and nothing else") from None
    elif auth.token_variable is not None:
        where = f"auth.tokenVariable {auth.token_variable}"
        token = os.environ.get(auth.token_variable, "").strip()
        if not token:
            raise SourceError(f"{where}: the environment variable is not set; set it to the token")
    else:
        return None
    if not token or not token.isprintable():
        raise SourceError(f"{where} holds no token of one line; write the token into it, and nothing else")
    return token


def _ssh(auth: GitAuth) -> str:
    """The command that git starts for ssh; the user's ~/.ssh/config counts, except for the checks."""
    command = ["ssh", "-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oConnectTimeout=30"]
    if auth.ssh_key_file is not None:
        command += [_file("IdentityFile", "auth.sshKeyFile", auth.ssh_key_file), "-oIdentitiesOnly=yes"]
    if auth.known_hosts_file is not None:
        command.append(_file("UserKnownHostsFile", "auth.knownHostsFile", auth.known_hosts_file))
    return shlex.join(command)


def _file(option: str, setting: str, path: Path) -> str:
    """An option of ssh that names a file: blanks are quoted once more, for ssh's own reading."""
    try:
        path.open("rb").close()
    except OSError as e:
        raise SourceError(f"{setting} {path} cannot be read: {e.strerror or e}; correct the path or its rights") from e
    name = str(path.absolute())
    if '"' in name or "\\" in name or "$" in name:
        raise SourceError(f"{setting} {path} has a quote, a backslash or a dollar in its name; ssh cannot be given it")
    return f'-o{option}="{name.replace("%", "%%")}"'
