"""Scalars are what Go takes them for; kubectl is asked where it is there."""

import json
import math
import subprocess

import pytest

from auditor.sources.yaml_text import goscalar
from auditor.sources.yaml_text.nodes import Mapping, Scalar
from auditor.sources.yaml_text.yamldoc import load

TABLE: list[tuple[str, object]] = [
    *((text, True) for text in ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")),
    *((text, False) for text in ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")),
    *((text, None) for text in ("", "~", "null", "Null", "NULL")),
    *((text, text) for text in ("yEs", "tRUE", "oN", "nO", "nULL", "none", "None", "truee", "t", "f", "yy")),
    ("0", 0),
    ("-0", 0),
    ("15", 15),
    ("+5", 5),
    ("-5", -5),
    ("0755", 493),
    ("0o755", 493),
    ("0O17", 15),
    ("0o8", "0o8"),
    ("08", 8),
    ("09.5", 9.5),
    ("0x1F", 31),
    ("0X1f", 31),
    ("0x", "0x"),
    ("0xg", "0xg"),
    ("0b11", 3),
    ("-0b11", -3),
    ("0b2", "0b2"),
    ("0x1F_F", 511),
    ("1_000", 1000),
    ("1__0", 10),
    ("_1", "_1"),
    ("1_", 1),
    ("1_000.5", 1000.5),
    ("1e3", 1000),
    ("1E3", 1000),
    ("1e+3", 1000),
    ("1e-3", 0.001),
    ("1.", 1),
    (".5", 0.5),
    ("-.5", -0.5),
    ("1.5.2", "1.5.2"),
    ("1.e1", 10),
    ("e3", "e3"),
    ("1e", "1e"),
    ("1e400", "1e400"),
    ("9223372036854775807", 9223372036854775807),
    ("9223372036854775808", 9223372036854775808),
    ("18446744073709551615", 18446744073709551615),
    ("18446744073709551616", 18446744073709551616.0),
    ("-9223372036854775809", -9223372036854775809.0),
    ("0xFFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFFF"),
    ("+", "+"),
    (".", "."),
    ("=", "="),
    ("1:30", "1:30"),
    ("12:30:45", "12:30:45"),
    ("190:20:30", "190:20:30"),
    ("2026-11-22", "2026-11-22"),
    ("2026-11-22T10:50:00Z", "2026-11-22T10:50:00Z"),
    ("10.0.0.1", "10.0.0.1"),
    ("10.0.0.0/8", "10.0.0.0/8"),
    ("fd00::1", "fd00::1"),
    ("1 2", "1 2"),
    ("1-2", "1-2"),
    ("infinity", "infinity"),
    ("nan", "nan"),
    ("1,000", "1,000"),
    ("٣", "٣"),
    ("!!str 12", "12"),
    ("!!str true", "true"),
    ("!!str", ""),
    ("!foo 12", "12"),
    ("! 12", "12"),
    ('!!int "12"', 12),
    ('!!bool "true"', True),
    ("!!float 3", 3),
    ("!!null ~", None),
    ("!!binary aGVsbG8=", "hello"),
    ('"true"', "true"),
    ("'15'", "15"),
    ('""', ""),
    ("|-\n    true", "true"),
    (">-\n    15", "15"),
]


def scalar(text: str) -> Scalar:
    """The node of a value."""
    (root,) = load(f"k: {text}\n".encode(), lambda root: root)
    assert isinstance(root, Mapping)
    node = root["k"]
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_a_scalar_is_what_go_takes_it_for(text: str, expected: object) -> None:
    found = goscalar.value(scalar(text))

    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)


def test_the_table_is_what_kubectl_says(kubectl: str) -> None:
    lines = ["apiVersion: v1", "kind: Service", "metadata: {name: x}", "spec:"]
    lines += [f"  k{i}: {text}" for i, (text, _) in enumerate(TABLE)]
    command = [kubectl, "label", "--local", "-f", "-", "-o", "json", "x=y"]

    answer = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)

    spec = json.loads(answer.stdout, parse_int=float)["spec"]
    # kubectl passes numbers through a float before it prints them.
    expected = [(text, float(found) if type(found) is int else found) for text, found in TABLE]
    assert [(text, spec[f"k{i}"]) for i, (text, _) in enumerate(TABLE)] == expected


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN"])
def test_what_json_cannot_hold_is_still_a_number(text: str, kubectl: str) -> None:
    manifest = f"apiVersion: v1\nkind: Service\nmetadata: {{name: x}}\nspec: {{a: {text}}}\n"
    command = [kubectl, "label", "--local", "-f", "-", "-o", "json", "x=y"]

    refused = subprocess.run(command, input=manifest, capture_output=True, text=True, check=False)

    assert goscalar.kind(scalar(text)) == "number"
    assert refused.returncode != 0


@pytest.mark.parametrize("text", ["9" * 100_000, "0x" + "f" * 100_000, "1" + "_" * 100_000, "." * 100_000])
def test_a_very_long_number_is_not_worth_an_error(text: str) -> None:
    found = goscalar.plain_value(text)

    assert found in (text, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", "string"),
        ('"1"', "string"),
        ("yes", "bool"),
        ("0x10", "number"),
        (".nan", "number"),
        ("~", "null"),
        ("*", "alias"),
        ("!!binary ///", "string"),
    ],
)
def test_kinds(text: str, expected: str) -> None:
    assert goscalar.kind(scalar(text)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a", "a"),
        ("true", "true"),
        ("yes", "true"),
        ("off", "false"),
        ('"yes"', "yes"),
        ("1", "1"),
        ("0x10", "16"),
        ("1e3", "1000"),
        ("1.5", "1.5"),
        ("2001-01-01", "2001-01-01"),
        ("!!str 0x10", "0x10"),
    ],
)
def test_a_key_is_text(key: str, expected: str, kubectl: str) -> None:
    manifest = f"apiVersion: v1\nkind: Service\nmetadata: {{name: x}}\nspec:\n  {key}: here\n"
    command = [kubectl, "label", "--local", "-f", "-", "-o", "json", "x=y"]
    answer = subprocess.run(command, input=manifest, capture_output=True, text=True, check=True)

    (root,) = load(manifest.encode(), lambda root: root)

    assert isinstance(root, Mapping)
    assert list(root["spec"]) == [expected] == list(json.loads(answer.stdout)["spec"])


def test_infinity_is_a_number_only_where_yaml_says_so() -> None:
    assert goscalar.plain_value(".inf") == math.inf
    assert goscalar.plain_value("-.inf") == -math.inf
    assert goscalar.plain_value("inf") == "inf"
