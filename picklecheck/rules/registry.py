"""The rules themselves, as the objects that claim refusals and uses; none is imported before one is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from picklecheck.rules.catalogue import RULES
from picklecheck.rules.rule import CrossingRule, Rule, UseRule


@cache
def crossing_rules() -> tuple[CrossingRule, ...]:
    """The rules about values that are refused, in the order of their codes."""
    return tuple(rule for rule in _rules() if isinstance(rule, CrossingRule))


@cache
def use_rules() -> tuple[UseRule, ...]:
    """The rules about ways of using a boundary, in the order of their codes."""
    return tuple(rule for rule in _rules() if isinstance(rule, UseRule))


def load(name: str) -> Rule:
    """The rule of this name: `LambdaCrosses` in `lambda_crosses.py` is `lambda-crosses`."""
    words = name.split("-")
    module = import_module(f"picklecheck.rules.{'_'.join(words)}")
    rule: Rule = getattr(module, "".join(word.capitalize() for word in words))()
    return rule


def _rules() -> Iterator[Rule]:
    return (load(entry.name) for entry in RULES)
