"""The text of a configuration to plain data, with the line of every key; keys given twice are faults.

A date is taken for the text that it is written as, and so is `1:30`: nothing here is a date, and a branch may be called
so. An empty value counts as not given. Nothing is expanded: `${HOME}` stays as it is.
"""

from typing import Any

import yaml

from auditor.config.fault import Fault, Path

MAX_DEPTH = 40
MAX_VALUES = 100_000
"""Together with what aliases repeat."""
LONGEST_NUMBER = 40
"""A longer one is a text; Python refuses to print very long numbers."""
_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_NUMBERS = (f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool")
_TEXTS = (f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value")


class UnreadableError(Exception):
    """This text is no YAML mapping."""

    def __init__(self, sentence: str, line: int = 1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line


class Document:
    """A mapping, the line of every path in it (counted from 1), and what was wrong already."""

    def __init__(self, text: str) -> None:
        """Read the text. Raises UnreadableError."""
        self.lines: dict[Path, int] = {(): 1}
        self.faults: list[Fault] = []
        self.data: dict[str, Any] = {}
        self._values = 0
        try:
            self._loader = yaml.SafeLoader(text)
            root = self._root()
            if root is not None:
                self.lines[()] = _line(root)
                self.data = self._mapping(root, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise UnreadableError(f"is not YAML: {error.problem or error.context}", line) from None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise UnreadableError(f"is not YAML: {error.reason}", line) from None
        except RecursionError:
            raise UnreadableError("is nested too deeply") from None

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest that is there."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def _root(self) -> yaml.MappingNode | None:
        nodes: list[Any] = []
        while self._loader.check_node():
            nodes.append(self._loader.get_node())
        if len(nodes) > 1:
            raise UnreadableError("has several documents; a configuration is one", _line(nodes[1]))
        if not nodes or _is_null(nodes[0]):
            return None
        if not isinstance(nodes[0], yaml.MappingNode):
            raise UnreadableError("is not a mapping; it begins with `clusters:`", _line(nodes[0]))
        return nodes[0]

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self._count(node)
        if len(path) > MAX_DEPTH:
            raise UnreadableError("is nested too deeply", _line(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _item(self, node: yaml.Node, path: Path) -> Any:
        self.lines[path] = _line(node)
        return self._value(node, path)

    def _count(self, node: yaml.Node) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise UnreadableError(f"has more than {MAX_VALUES:,} values", _line(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        """The entries of a mapping; its own win over those that `<<` merges, whose lines they take over too."""
        found: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                found = {**self._merged(value, path), **found}
        first: dict[str, int] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                continue
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(Fault(path, "has a list or a mapping as a key", _line(key)))
            elif key.value in first:
                twice = f"is given twice, first on line {first[key.value]}"
                self.faults.append(Fault((*path, key.value), twice, _line(key)))
            else:
                first[key.value] = self.lines[*path, key.value] = _line(key)
                found[key.value] = self._value(value, (*path, key.value))
        return {key: value for key, value in found.items() if value is not None}

    def _merged(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            self._count(part)
            if isinstance(part, yaml.MappingNode):
                found = {**self._mapping(part, path), **found}
            else:
                self.faults.append(Fault(path, "merges (`<<`) something that is no mapping", _line(part)))
        return found

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        if node.tag in _NUMBERS and ":" not in node.value and len(node.value) <= LONGEST_NUMBER:
            try:
                return self._loader.construct_object(node)
            except (ValueError, OverflowError, KeyError):
                return node.value
        if _is_null(node):
            return None
        if node.tag not in (*_TEXTS, *_NUMBERS):
            self.faults.append(Fault(path, f"has the tag {node.tag.removeprefix(_TAG)}, which means nothing here"))
        elif not node.value.isprintable():
            self.faults.append(Fault(path, "has a line break or an invisible character in it"))
        return node.value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == f"{_TAG}null")
