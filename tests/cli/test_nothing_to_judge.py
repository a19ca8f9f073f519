"""Where nothing is looked at nothing is found: that must not pass for clean without a word."""

from pathlib import Path

from click.testing import CliRunner

from auditor.cli import main

GOLDEN = Path(__file__).parents[1] / "golden" / "drift-00-baseline"


def test_a_file_that_is_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# hello\n")
    result = CliRunner().invoke(main, ["lint", str(path)])

    assert result.exit_code == 2
    assert "is no manifest: name a .yaml" in result.output


def test_a_selector_that_matches_nothing() -> None:
    result = CliRunner().invoke(main, ["run", "--snapshot", str(GOLDEN), "-l", "app=nobody"])

    assert "no Service in Git or in the cluster matches the selector" in result.output
