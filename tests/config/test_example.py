"""The annotated example has every key, and is right; so is the schema beside it."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from auditor.config.document import Document
from auditor.config.fault import Path as KeyPath
from auditor.config.keys import EACH, every_key
from auditor.config.load import load
from auditor.config.settings import Settings
from auditor.errors import ConfigError
from tests.docs_configuration import schema_text

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLE = CONFIG / "auditor.yaml"
COMMENTED = re.compile(r"^( *)#(?=\S)", re.MULTILINE)


def uncommented(text: str) -> str:
    """Return the example with all the keys that it does without."""
    return COMMENTED.sub(r"\1", text.partition("\n")[2])


def schema() -> Draft202012Validator:
    found = json.loads((CONFIG / "auditor.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def patterns(paths: list[KeyPath]) -> set[tuple[str, ...]]:
    """Return paths with `[]` for any index, without those of entries."""
    named = [path for path in paths if path and isinstance(path[-1], str)]
    return {tuple(EACH if isinstance(part, int) else part for part in path) for path in named}


def test_it_is_right() -> None:
    found = load(EXAMPLE, {})

    assert [cluster.name for cluster in found.clusters] == ["prod-weu"]
    assert found.settle == Settings(clusters=found.clusters).settle


def test_it_has_every_key() -> None:
    document = Document(uncommented(EXAMPLE.read_text(encoding="utf-8")))

    assert patterns(list(document.lines)) == {pattern for pattern, _ in every_key()}


def test_only_alternatives_are_wrong_with_all_keys_together(tmp_path: Path) -> None:
    path = tmp_path / "auditor.yaml"
    path.write_text(uncommented(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load(path, {"HOME": "/home/me"})

    assert [line.partition(" ")[2] for line in str(caught.value).splitlines()] == [
        "clusters[0].kubernetes.context: excludes `inCluster: true`: give one of them",
        "clusters[0].kubernetes.kubeconfig: excludes `inCluster: true`: give one of them",
        "clusters[0].git[0]: has both `url` and `path`: give one",
        "clusters[0].git[0].auth: has both `tokenFile` and `tokenVariable`: give one",
        "clusters[0].git[0].auth.sshKeyFile: is only for ssh, and `url` is something else",
        "clusters[0].git[0].auth.knownHostsFile: is only for ssh, and `url` is something else",
        "metrics.pushgateway: has both `passwordFile` and `passwordVariable`: give one",
        "serve: has both `tokenFile` and `tokenVariable`: give one",
    ]


def test_its_commented_values_are_the_defaults_where_there_is_one() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    said = yaml.safe_load(uncommented(text))
    cluster = load(EXAMPLE, {}).clusters[0].model_dump(mode="json", by_alias=True)
    default = load(EXAMPLE, {}).model_dump(mode="json", by_alias=True)

    for key in ("settle", "requestTimeout", "concurrency"):
        assert said[key] == default[key]
    for key in ("listen", "schedule", "timezone", "jitter", "deadline"):
        assert said["serve"][key] == default["serve"][key]
    for key in ("namespace", "render", "timeout"):
        assert said["clusters"][0]["git"][0][key] == cluster["git"][0][key]
    assert said["clusters"][0]["azure"]["credential"] == cluster["azure"]["credential"]


def test_the_schema_is_current() -> None:
    assert (CONFIG / "auditor.schema.json").read_text(encoding="utf-8") == schema_text(), "run `make docs`"


def test_the_example_names_the_schema_and_fits_it() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")

    assert text.startswith("# yaml-language-server: $schema=auditor.schema.json\n")
    assert list(schema().iter_errors(yaml.safe_load(text))) == []
    assert list(schema().iter_errors(yaml.safe_load(uncommented(text)))) == []


@pytest.mark.parametrize(
    "text",
    ["{}", "{clusters: [{name: a}], serv: {}}", "{clusters: [{name: a}], settle: soon}", "{clusters: [{git: []}]}"],
)
def test_the_schema_refuses(text: str) -> None:
    assert list(schema().iter_errors(yaml.safe_load(text)))


def test_every_key_of_the_schema_is_described() -> None:
    for section in (json.loads(schema_text()), *json.loads(schema_text())["$defs"].values()):
        assert all(key["description"] for key in section["properties"].values())
