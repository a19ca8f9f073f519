"""What git says, and what we tell of it."""

import pytest

from auditor.sources.git.failures import Asked, explain


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("fatal: unable to access 'https://h/certificates.git/': Could not resolve host: h", "the name of the host"),
        ("fatal: unable to access 'https://h/x/': server certificate verification failed.", "could not be secured"),
        ("fatal: couldn't find remote ref timed out", "it has no branch, tag or commit `x`"),
        ("error: Server does not allow request for unadvertised object 123", "it has no branch, tag or commit `x`"),
        ("error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403", "the server forbids it (403)"),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", "no such repository, or hides"),
        ("ssh: connect to host h port 22: Connection timed out", "the server cannot be reached"),
        ("fatal: transport 'ext' not allowed", "a protocol that is not allowed"),
        ("fatal: detected dubious ownership in repository at '/x'", "add it to safe.directory"),
        ("fatal: write error: No space left on device", "the disk of the cache folder is full"),
    ],
)
def test_a_known_failure(said: str, expected: str) -> None:
    found = explain(said, Asked(ref="x", has_credential=False))

    assert expected in found.reason
    assert found.known


def test_another_failure_is_quoted_without_what_may_be_secret() -> None:
    said = "warning: a\nfatal: bad\x1b[31mthing at https://user:word@h/x\nhint: more\n"

    found = explain(said, Asked(ref=None, has_credential=False))

    assert found.reason == "git says: bad [31mthing at https://h/x"
    assert not found.known
