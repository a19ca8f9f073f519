"""The page: everything that is wrong, escaped, and nothing that could be taken for an all-clear."""

import base64
import hashlib
import re

import pytest

from auditor.model.snapshot import Gap, Snapshot
from tests.serve.running import BASELINE, DRIFTED, Site, fails, planned, recorded, running
from tests.world import World

EVIL = "<script>alert(1)</script>"


def one_page(gather: object) -> tuple[str, dict[str, str]]:
    """The page of a daemon with one cluster after its audit."""
    with running(planned({"c&<b>": gather})) as site:  # type: ignore[dict-item]
        answer = site.settled().ask("/")
    return answer.text, dict(answer.headers)


def test_the_whole_text_report_is_in_it() -> None:
    from auditor.reports import renderer
    from auditor.reports.options import WIDEST, Options

    with running(planned({DRIFTED: recorded()})) as site:
        result = site.settled().daemon.found()[0]
        page = site.ask("/").text
    assert result.told is not None
    text = str(renderer("text")(result.told.report, Options(width=WIDEST)))

    assert _unescaped(page).count(text) == 1
    assert '<span class="verdict drift">drift</span>' in page
    assert "pls-visibility-drifted" in page
    assert "The next audit is due" in page
    assert result.told.report.run_id in page


def test_what_comes_from_outside_is_escaped() -> None:
    def gather() -> Snapshot:
        world = World()
        world.service(f"web/{EVIL}", {"azure-load-balancer-internal": "True"})
        return world.snapshot()

    page, _ = one_page(gather)

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "c&amp;&lt;b&gt;" in page


def test_nothing_is_loaded_and_no_script_may_run() -> None:
    page, headers = one_page(recorded())
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)

    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}';" in headers["content-security-policy"]
    assert not re.search(r"<script|\bsrc=|<link|<iframe|@import|url\(|\bon[a-z]+=|http-equiv", page)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "prefers-color-scheme: dark" in page


def test_incomplete_evidence_is_said_above_the_report() -> None:
    def gather() -> Snapshot:
        world = World()
        world.service("web/shop", {"azure-load-balancer-internal": "true"})
        world.gaps = [Gap(source="azure", scope="*", kind="loadBalancers", reason="403: <not> allowed")]
        return world.snapshot()

    page, _ = one_page(gather)
    above = page.partition("<pre>")[0]

    assert "The evidence is incomplete" in above
    assert "azure: loadBalancers: 403: &lt;not&gt; allowed" in above
    assert 'class="verdict clean"' not in page


def test_a_cluster_that_fails_shows_the_sentence_beside_the_others() -> None:
    with running(planned({"broken": fails, BASELINE: recorded(BASELINE)})) as site:
        page = site.settled().ask("/").text

    assert '<span class="verdict failed">failed</span>' in page
    assert "kubernetes: &lt;b&gt;nobody&lt;/b&gt; answers" in page
    assert "2 of 2 not clean" in page
    assert "<pre>" in page
    above = page.partition("<h2")[0]
    for number, name, verdict in ((1, "broken", "failed"), (2, BASELINE, "drift")):
        assert f'<a href="#cluster-{number}">{name}</a> <span class="verdict {verdict}">{verdict}</span>' in above
        assert f'<h2 id="cluster-{number}">{name} ' in page


def test_of_one_cluster_there_is_no_overview() -> None:
    page, _ = one_page(recorded())

    assert 'href="#' not in page


def test_what_was_clean_is_not_called_so_once_it_is_old() -> None:
    from datetime import timedelta

    from tests.serve.running import Clock

    def gather() -> Snapshot:
        world = World()
        world.service("web/shop", {"azure-load-balancer-internal": "true"})
        return world.snapshot()

    clock = Clock()
    with running(planned({"c": gather}), clock=clock) as site:
        fresh = site.settled().ask("/").text
        clock.ahead = timedelta(hours=3)
        old = site.ask("/").text

    assert '<span class="verdict clean">' in fresh
    assert '<span class="verdict late">' in old
    assert '<span class="verdict clean">' not in old


def test_a_report_that_cannot_be_written_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> str:
        raise ValueError("no such column")

    with running(planned({DRIFTED: recorded()})) as site:
        _fails_to_render(site.settled(), monkeypatch, breaks)
        page = site.ask("/").text

    assert "the auditor broke, which is a bug (ValueError: no such column)" in page


def _fails_to_render(site: Site, monkeypatch: pytest.MonkeyPatch, breaks: object) -> None:
    from auditor.reports import text

    with monkeypatch.context() as patched:
        patched.setattr(text, "render", breaks)
        site.daemon.runner.start()
        site.settled()


def _unescaped(page: str) -> str:
    import html

    return html.unescape(page)
