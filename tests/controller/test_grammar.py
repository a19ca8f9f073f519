"""The primitive grammars of domain.md §1.1: the same text means different things to different parsers."""

import pytest

from auditor.controller import grammar

EXACT, FOLD, TRIM_FOLD, LOWER = grammar.exact_true, grammar.fold_true, grammar.trim_fold_true, grammar.lower_true
NBSP, FILE_SEPARATOR = "\xa0", "\x1c"


@pytest.mark.parametrize(
    ("text", "exact", "fold", "trim_fold", "lower"),
    [
        ("true", True, True, True, True),
        ("True", False, True, True, True),
        ("TRUE", False, True, True, True),
        ("tRuE", False, True, True, True),
        (" true", False, False, True, False),
        ("true ", False, False, True, False),
        ("\tTrue\n", False, False, True, False),
        (f"{NBSP}true", False, False, True, False),
        (f"{FILE_SEPARATOR}true", False, False, False, False),
        ("false", False, False, False, False),
        ("yes", False, False, False, False),
        ("1", False, False, False, False),
        ("t", False, False, False, False),
        ("", False, False, False, False),
        (None, False, False, False, False),
    ],
)
def test_the_four_booleans(text: str | None, exact: bool, fold: bool, trim_fold: bool, lower: bool) -> None:
    assert (EXACT(text), FOLD(text), TRIM_FOLD(text), LOWER(text)) == (exact, fold, trim_fold, lower)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4", 4),
        (" 4 ", 4),
        ("\n4\t", 4),
        ("+4", 4),
        ("-4", -4),
        ("007", 7),
        ("-0", 0),
        ("2147483647", 2**31 - 1),
        ("2147483648", None),
        ("-2147483648", -(2**31)),
        ("-2147483649", None),
        ("4.0", None),
        ("4e0", None),
        ("0x4", None),
        ("1_000", None),
        ("4 4", None),
        ("+ 4", None),
        ("--4", None),
        ("\u0664", None),
        ("four", None),
        ("", None),
        (" ", None),
    ],
)
def test_int32(text: str, number: int | None) -> None:
    assert grammar.int32(text) == number


def test_a_very_long_number_is_no_int32() -> None:
    assert grammar.int32("1" * 5000) is None


def test_leading_zeros_do_not_count() -> None:
    assert grammar.int32("0" * 5000 + "4") == 4


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (None, ()),
        ("", ()),
        ("   ", ()),
        ("a", ("a",)),
        ("a b", ("a", "b")),
        ("  a   b  ", ("a", "b")),
        ("a,b", ("a,b",)),
        ("a, b", ("a,", "b")),
        ("a\tb", ("a\tb",)),
        ("a\nb", ("a\nb",)),
        ("a \tb\n c", ("a", "b", "c")),
        ("b a b", ("b", "a", "b")),
        ("a;b", ("a;b",)),
    ],
)
def test_a_list_between_blanks(text: str | None, tokens: tuple[str, ...]) -> None:
    assert grammar.space_list(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (None, ()),
        ("", ()),
        (" \t ", ()),
        ("a", ("a",)),
        ("a,b", ("a", "b")),
        (" a , b ", ("a", "b")),
        ("a b", ("a b",)),
        ("a,,b", ("a", "", "b")),
        ("a,", ("a", "")),
    ],
)
def test_a_list_between_commas(text: str | None, tokens: tuple[str, ...]) -> None:
    assert grammar.comma_list(text) == tokens


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("10.0.0.9", 4),
        ("fd00::9", 6),
        ("FD00:0:0::9", 6),
        ("::", 6),
        (" 10.0.0.9", None),
        ("10.0.0.09", None),
        ("10.0.0", None),
        ("10.0.0.256", None),
        ("10.0.0.9/32", None),
        ("10.0.0.9,10.0.0.10", None),
        ("fe80::1%eth0", None),
        ("apps", None),
        ("", None),
    ],
)
def test_an_address(text: str, version: int | None) -> None:
    assert [v for v in (4, 6) if grammar.ip_of(text, v)] == ([version] if version else [])


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("10.0.0.0/8", True),
        ("10.0.0.9/32", True),
        ("fd00::/8", True),
        ("0.0.0.0/0", True),
        ("10.0.0.9/8", False),
        ("10.0.0.9", False),
        ("10.0.0.0/33", False),
        ("", False),
    ],
)
def test_a_prefix(text: str, good: bool) -> None:
    assert (grammar.cidr(text) is not None) == good


def test_white_space_is_what_go_takes_for_it() -> None:
    assert grammar.trim(f"\t\n\v\f\r {NBSP}\x85\u2003\u3000x{NBSP} ") == "x"
    assert grammar.trim(f"{FILE_SEPARATOR}x\x1f\u200b") == f"{FILE_SEPARATOR}x\x1f\u200b"
