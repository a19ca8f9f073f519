"""A configuration as text, and what is said of it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from auditor.config.load import load
from auditor.config.settings import Settings
from auditor.errors import ConfigError

Load = Callable[..., Settings]
Refuse = Callable[..., list[str]]


@pytest.fixture
def configured(tmp_path: Path) -> Load:
    """Load a text as a configuration."""

    def configure(text: str | bytes, environment: Mapping[str, str] | None = None) -> Settings:
        path = tmp_path / "auditor.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(path, environment or {})

    return configure


@pytest.fixture
def refused(configured: Load, tmp_path: Path) -> Refuse:
    """Return the lines that say what is wrong with a text."""

    def refuse(text: str | bytes, environment: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            configured(text, environment)
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return refuse
