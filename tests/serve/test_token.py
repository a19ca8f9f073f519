"""`POST /audit`, the only thing that does anything, and the token that it needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.config.settings import Serve
from auditor.errors import ConfigError
from auditor.model.finding import Report
from auditor.serve.daemon import Daemon
from tests.serve.running import DRIFTED, SECRET, Site, planned, recorded, running


@pytest.fixture
def token(tmp_path: Path) -> Serve:
    """Settings with a bearer token."""
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    return Serve(token_file=file)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A daemon that may be told to audit."""
    file = tmp_path_factory.mktemp("token") / "token"
    file.write_text(SECRET)
    with running(planned({DRIFTED: recorded()}, Serve(token_file=file))) as found:
        yield found


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("", 401),
        (SECRET, 401),
        (f"Basic {SECRET}", 401),
        ("Bearer", 401),
        ("Bearer wrong", 401),
        (f"Bearer {SECRET}x", 401),
        ("Bearer \xe9", 401),
        (f"Bearer {SECRET}", 202),
        (f"bearer  {SECRET}", 202),
    ],
)
def test_an_audit_needs_the_token(guarded: Site, header: str | None, status: int) -> None:
    before = _latest(guarded.settled())
    headers = {} if header is None else {"Authorization": header}
    answer = guarded.ask("/audit", "POST", headers)
    after = _latest(guarded.settled())

    assert answer.status == status
    assert SECRET not in answer.text
    if status == 202:
        assert answer.json == {"run": after.run_id}
        assert answer.text.endswith("}\n")
        assert after.run_id != before.run_id
    else:
        assert answer.headers["www-authenticate"] == "Bearer"
        assert after is before


def _latest(site: Site) -> Report:
    told = site.daemon.found()[0].told
    assert told is not None
    return told.report


def test_the_token_is_read_anew(token: Serve) -> None:
    assert token.token_file is not None
    with running(planned({DRIFTED: recorded()}, token)) as site:
        site.settled()
        token.token_file.write_text("another")
        old = site.ask("/audit", "POST", {"Authorization": f"Bearer {SECRET}"})
        token.token_file.unlink()
        gone = site.ask("/audit", "POST", {"Authorization": "Bearer "})

    assert old.status == 401
    assert (gone.status, gone.text) == (503, "the token cannot be read; the log says why\n")


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff\xfe"])
def test_a_token_that_is_none_is_refused_at_the_start(token: Serve, content: bytes) -> None:
    assert token.token_file is not None
    token.token_file.write_bytes(content)

    with pytest.raises(ConfigError, match="holds no token of one line"):
        Daemon(lambda: planned({DRIFTED: recorded()}, token))


def test_a_token_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    serve = Serve(token_variable="AUDIT_TOKEN")  # noqa: S106 - the name of a variable
    with pytest.raises(ConfigError, match=r"serve\.tokenVariable AUDIT_TOKEN"):
        Daemon(lambda: planned({DRIFTED: recorded()}, serve))
    monkeypatch.setenv("AUDIT_TOKEN", SECRET)
    with running(planned({DRIFTED: recorded()}, serve)) as site:
        assert site.settled().ask("/audit", "POST", {"Authorization": f"Bearer {SECRET}"}).status == 202
