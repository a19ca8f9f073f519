"""Label values: words that we know, or names from outside made fit to be shown."""

import re

from auditor.blindness import KINDS
from auditor.model.finding import Severity
from auditor.rules.registry import Rule

OWN = "auditor"
SOURCES = (*KINDS, OWN)
OTHER = "other"

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_WORD = re.compile("[a-z]+")


def fit(value: str) -> str:
    r"""Spell out what would break a line or cannot be written as UTF-8, as `\x1b` or `\ud800`."""
    return _UNFIT.sub(lambda m: ascii(m[0])[1:-1], value)


def source_of(source: str, kind: str) -> str:
    """The source of a coverage entry as one of a few words; a recording may spell it in any way."""
    word = source.strip().lower()
    return word if word in SOURCES else next((s for s, kinds in KINDS.items() if kind in kinds), OTHER)


def severities(rule: Rule) -> tuple[Severity, ...]:
    """The severities that findings of a rule can have, worst first: its own, and those that its variants name."""
    named = set(_WORD.findall(rule.variants))
    return tuple(s for s in sorted(Severity, reverse=True) if s is rule.severity or s.word in named)
