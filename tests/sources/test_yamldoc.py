"""YAML trees: what is read, where it stands, and what is refused without harm."""

import json
import time
from typing import Any

import pytest

from auditor.sources.yaml_text import goscalar, yamldoc
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, Sequence, YamlError, place
from auditor.sources.yaml_text.yamldoc import load


def plain(node: Node) -> Any:
    """A tree as plain values."""
    if isinstance(node, Mapping):
        return {key: plain(item) for key, item in node.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    return goscalar.value(node)


def read(data: bytes | str) -> list[Any]:
    """The documents of a file as plain values."""
    return load(data.encode() if isinstance(data, str) else data, plain)


def node_at(data: bytes, *path: str | int) -> Node:
    """The node at a path in the first document."""
    node: Any = load(data, lambda root: root)[0]
    for step in path:
        node = node[step]
    assert isinstance(node, Scalar | Mapping | Sequence)
    return node


@pytest.fixture(params=["libyaml", "pure Python"])
def _parsers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure Python":
        monkeypatch.setattr(yamldoc, "parser", yamldoc.PureParser)


ONE = {"a": 1}
TWO = {"b": 2}
STREAMS: dict[str, tuple[str | bytes, list[Any]]] = {
    "nothing": ("", []),
    "a comment": ("# nothing\n", []),
    "separators only": ("---\n---\n...\n---\n", []),
    "one": ("a: 1\n", [ONE]),
    "no final newline": ("a: 1", [ONE]),
    "two": ("a: 1\n---\nb: 2\n", [ONE, TWO]),
    "leading separator": ("---\na: 1\n---\nb: 2\n", [ONE, TWO]),
    "trailing separator": ("a: 1\n---\n", [ONE]),
    "content on the separator": ("--- {a: 1}\n--- {b: 2}\n", [ONE, TWO]),
    "separator with a comment": ("a: 1\n--- # next\nb: 2\n", [ONE, TWO]),
    "separator with trailing space": ("a: 1\n---   \nb: 2\n", [ONE, TWO]),
    "end marks": ("a: 1\n...\n---\nb: 2\n...\n", [ONE, TWO]),
    "a directive": ("%YAML 1.1\n---\na: 1\n", [ONE]),
    "an empty document in between": ("a: 1\n---\n# none\n---\nb: 2\n", [ONE, TWO]),
    "a null document": ("a: 1\n---\n~\n", [ONE, None]),
    "a separator in a block scalar ends it": ("a: |\n  x\n---\nb: 2\n", [{"a": "x\n"}, TWO]),
    "CRLF": ("a: 1\r\n---\r\nb: 2\r\n", [ONE, TWO]),
    "BOM": (b"\xef\xbb\xbfa: 1\n", [ONE]),
    "UTF-16": ("a: 1\n---\nb: 2\n".encode("utf-16"), [ONE, TWO]),
    "UTF-16 big-endian": (b"\xfe\xff" + "a: 1\n".encode("utf-16-be"), [ONE]),
    "a scalar": ("hello world\n", ["hello world"]),
    "a list": ("- 1\n- a\n", [[1, "a"]]),
    "the last of a key counts": ("a: 0\nb: 2\na: 1\n", [{"a": 1, "b": 2}]),
    "keys that look alike to Go": ("yes: 0\ntrue: 1\n", [{"true": 1}]),
    "an anchor": ("a: &x {p: 1}\nb: *x\n", [{"a": {"p": 1}, "b": {"p": 1}}]),
    "an anchored scalar": ("a: &x 5\nb: *x\n", [{"a": 5, "b": 5}]),
    "an anchor redefined": ("a: &x 1\nb: *x\nc: &x 2\nd: *x\n", [{"a": 1, "b": 1, "c": 2, "d": 2}]),
    "an alias as a key": ("a: &x k\n*x : 1\n", [{"a": "k", "k": 1}]),
    "a merge": ("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n", [{"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}}]),
    "a merge counts where it stands": ("a: &x {p: 1}\nb: {p: 0, <<: *x}\n", [{"a": {"p": 1}, "b": {"p": 1}}]),
    "merges in a list, the first wins": ("b: {<<: [{p: 1, q: 2}, {p: 3}]}\n", [{"b": {"p": 1, "q": 2}}]),
    "a quoted << is a key": ('"<<": {p: 1}\n', [{"<<": {"p": 1}}]),
    "flow": ('{"a": 1, b: [x, "y", {z: ~}]}\n', [{"a": 1, "b": ["x", "y", {"z": None}]}]),
}


@pytest.mark.usefixtures("_parsers")
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream(name: str) -> None:
    data, expected = STREAMS[name]

    assert read(data) == expected


@pytest.mark.usefixtures("_parsers")
@pytest.mark.parametrize(
    ("data", "path", "expected"),
    [
        (b"a: 1\n", ("a",), (1, 4)),
        (b"\xef\xbb\xbfa: 1\n", ("a",), (1, 4)),
        (b"a: 1\r\nb:   2\r\n", ("b",), (2, 6)),
        ("ä: ö\nb: ü # é\nc: x\n".encode(), ("c",), (3, 4)),
        ("é: ü, x: 1".replace(",", "\n").replace(" x", "x").encode(), ("x",), (2, 4)),
        ("a: 1\nb: 2\n".encode("utf-16"), ("b",), (2, 4)),
        (b"# one\n\n---\n# two\na:\n  - x: 1\n    p: '2'\n", ("a", 0, "p"), (7, 8)),
        (b"a: |\n  text\nb: 1\n", ("a",), (1, 4)),
        (b"a: |\n  text\nb: 1\n", ("b",), (3, 4)),
        (b"a:\n  {b: 1}\n", ("a",), (2, 3)),
        (b"a: &x {p: 1}\nb: *x\n", ("b",), (1, 4)),
    ],
)
def test_places(data: bytes, path: tuple[str | int, ...], expected: tuple[int, int]) -> None:
    node = node_at(data, *path)

    assert (node.start_mark.line + 1, node.start_mark.column + 1) == place(node)
    if path == ("b",) and b"&x" in data:
        assert place(node)[0] == 1  # an alias points to what it repeats
    else:
        assert place(node) == expected


STARS = {
    "at the end of a line": "k: *\nl: 1\n",
    "at the end of the file": "k: *",
    "before a comment": "k: * # everyone\nl: 1\n",
    "in a flow map": "{k: *, l: 1}\n",
    "last in a flow map": "{l: 1, k: *}\n",
    "CRLF": "k: *\r\nl: 1\r\n",
    "after letters that are no ASCII": "# ü é 🎉\nl: '🎉'\nk: *\n",
    "with a BOM": "\ufeffk: *\nl: 1\n",
    "with an anchor": "k: &x *\nl: 1\n",
}


@pytest.mark.usefixtures("_parsers")
@pytest.mark.parametrize("name", STARS)
def test_a_bare_star_is_read_as_text(name: str) -> None:
    data = STARS[name].encode()

    (root,) = load(data, lambda root: root)

    assert isinstance(root, Mapping)
    assert goscalar.kind(root["k"]) == "alias"
    assert root["k"].text == "*"
    line, column = place(root["k"])
    assert STARS[name].removeprefix("\ufeff").splitlines()[line - 1][column - 1] in "*&"
    assert "l" not in root or goscalar.kind(root["l"]) != "alias"


def test_a_bare_star_in_utf16() -> None:
    node = node_at("a: 1\nk: *\n".encode("utf-16"), "k")

    assert isinstance(node, Scalar)
    assert node.text == "*"


def test_many_bare_stars() -> None:
    data = "\n".join(f"k{i}: *" for i in range(100)).encode()

    assert set(read(data)[0].values()) == {"*"}


def test_more_bare_stars_than_are_worth_the_work_are_an_error() -> None:
    data = "\n".join(f"k{i}: *" for i in range(100_000)).encode()

    started = time.process_time()
    with pytest.raises(YamlError, match="is not YAML: did not find expected alphabetic"):
        load(data, id)

    assert time.process_time() - started < 5


BROKEN: dict[str, tuple[str | bytes, int]] = {
    "star with more": ("k: *.contoso.com\n", 1),
    "star with a word after a space": ("a: 1\nk: * x\n", 2),
    "star, then a list": ("k: *, other\n", 1),
    "an unknown alias": ("a: 1\nb: *nobody\n", 2),
    "an alias of itself": ("a: &x\n  b: *x\n", 2),
    "an alias of another document": ("a: &x 1\n---\nb: *x\n", 3),
    "a tab as indent": ("a:\n\tb: 1\n", 2),
    "a bad indent": ("a: 1\n b: 2\n", 2),
    "an open bracket": ("a: [1, 2\n", 2),
    "an open quote": ('a: "x\n', 2),
    "a colon too many": ("a: b: c\n", 1),
    "a template": ("name: {{ .Values.name }}\n", 1),
    "a template before the rest": ("{{- if .Values.on }}\na: 1\n{{- end }}\n", 1),
    "a list as a key": ("? [a]\n: 1\n", 1),
    "an aliased mapping as a key": ("a: &x {b: 1}\n*x : 1\n", 2),
    "a merge of a scalar": ("a: 1\n<<: 5\n", 2),
    "a merge of a list of scalars": ("<<: [1]\n", 1),
    "Latin-1": (b"a: 1\nb: \xe9t\xe9\n", 2),
    "NUL": (b"a: 1\n\nb: x\x00\n", 3),
    "a control character": (b"a: \x07\n", 1),
    "binary": (bytes(range(256)), 1),
    "a truncated UTF-16": (b"\xff\xfea\x00:", 1),
    "a second document that is broken": ("a: 1\n---\nb: [\n", 4),
}


@pytest.mark.usefixtures("_parsers")
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_yaml_is_one_error_with_a_line(name: str) -> None:
    data, line = BROKEN[name]

    with pytest.raises(YamlError) as caught:
        read(data)

    assert abs(caught.value.line - line) <= 1, "within a line of where a person would look"
    assert caught.value.column >= 1
    assert caught.value.reason.startswith(("is not YAML", "uses ", "has ", "merges "))
    assert "\n" not in caught.value.reason


def nested(opening: str, closing: str, depth: int) -> str:
    """Something that deep."""
    return "a: " + opening * depth + closing * depth


def aliases(levels: int) -> str:
    """Each level names the one before it ten times."""
    first = "a0: &a0 [" + ", ".join(["x"] * 10) + "]\n"
    return first + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, levels))


def merges(levels: int) -> str:
    """Each level merges the one before it twice."""
    keys = ", ".join(f"k{i}: {i}" for i in range(8))
    return f"a0: &a0 {{{keys}}}\n" + "".join(
        f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}], n{i}: 1}}\n" for i in range(1, levels)
    )


def nested_merges(levels: int) -> str:
    """Each level repeats the one before it in a merge and in a value."""
    return "a0: &a0 {k: 1}\n" + "".join(
        f"a{i}: &a{i} {{p: *a{i - 1}, q: *a{i - 1}, <<: *a{i - 1}}}\n" for i in range(1, levels)
    )


BOMBS = {
    "100,000 brackets": nested("[", "]", 100_000),
    "100,000 open brackets": "[" * 100_000,
    "100,000 braces": nested("{a: ", "}", 100_000),
    "100,000 open braces": "{" * 100_000,
    "100,000 dashes": "- " * 100_000,
    "100,000 question marks": "? " * 100_000,
    "deep by indents": "\n".join(" " * i + "a:" for i in range(2_000)),
    "JSON that deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "JSON lists that deep": "[" * 100_000 + "]" * 100_000,
    "aliases": aliases(12),
    "merges": merges(60),
    "merges and aliases": nested_merges(60),
}


@pytest.mark.usefixtures("_parsers")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_an_error_and_soon(name: str) -> None:
    started = time.process_time()
    with pytest.raises(YamlError) as caught:
        read(BOMBS[name])

    assert time.process_time() - started < 5
    assert caught.value.reason.startswith(("is nested", "repeats", "has a list or a mapping as a key"))


def test_sixty_levels_are_no_bomb() -> None:
    assert read(nested("[", "]", 60))


def test_a_document_with_too_many_values_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamldoc, "MAX_EVENTS", 1_000)

    with pytest.raises(YamlError, match="has more than 1,000 values"):
        load(b"[" + b"a," * 2_000 + b"]", id)


JSON = {
    "plain": '{"kind": "Service", "n": 1, "t": true, "z": null, "l": [1, {"a": "b"}], "f": 1.5e3}',
    "tabs": '{\n\t"a":\t1,\n\t"b": [\t1,\t2\t]\n}',
    "a tab first": '\t{"a": 1}',
    "tight": '{"a":1,"b":"x","c":["y"],"d":{"e":"f"}}',
    "escapes": r'{"a": "\"\\\/\b\f\n\r\t\u00e9", "b\u0041": "x"}',
    "a surrogate pair": r'{"a": "\ud83c\udf89", "b": 1}',
    "braces in strings": r'{"a": "\ud83c\udf89 }{][,:\" \\", "b": [":", "{"]}',
    "a delete character": '{"a": "\x7f", "b": "\x85"}',
    "a long key": '{"a": 1, "' + "k" * 3_000 + '": 2}',
    "a list": '[{"a": 1}, {"b": 2}]',
    "a key on its own line": '{"a"\n:\n1}',
    "empty containers": '{"a": {}, "b": [], "c": ""}',
}


@pytest.mark.usefixtures("_parsers")
@pytest.mark.parametrize("name", JSON)
def test_json_is_read_as_json(name: str) -> None:
    assert read(JSON[name]) == [json.loads(JSON[name])]


@pytest.mark.parametrize("tail", ["", '\n{"z": "\\ud83c\\udf89"}'])
def test_json_keeps_places(tail: str) -> None:
    """With the tail it is JSON but not YAML."""
    data = f'{{\n  "a": "x",\n  "b": [1, {{"c": "d"}}]}}{tail}'.encode()

    assert place(node_at(data, "a")) == (2, 8)
    assert place(node_at(data, "b")) == (3, 8)
    assert place(node_at(data, "b", 1, "c")) == (3, 18)
    assert place(node_at(data)) == (1, 1)


def test_json_objects_in_a_row() -> None:
    assert read('{"a": 1}\n{"b": "\\u0041"}\n\n {"a": 1}') == [ONE, {"b": "A"}, ONE]


def test_half_a_surrogate_pair_can_be_printed() -> None:
    assert read(r'{"a": "\ud83c x"}') == [{"a": "\ufffd x"}]


@pytest.mark.parametrize("data", ['{"a": 1', '{"a": 1}}', '{"a" 1}', '{"a": "\\ud83c'])
def test_broken_json_is_an_error(data: str) -> None:
    with pytest.raises(YamlError):
        read(data)


def test_one_line_of_json_is_read_in_linear_time() -> None:
    data = '{"a": "\\ud83c\\udf89", "l": [' + ",".join(['{"k": "v"}'] * 100_000) + "]}"

    started = time.process_time()
    read(data)

    assert time.process_time() - started < 10


def test_each_sees_one_document_at_a_time() -> None:
    seen: list[str] = []

    load(b"a: 1\n---\nb: 2\n", lambda root: seen.append(next(iter(root))))

    assert seen == ["a", "b"]
