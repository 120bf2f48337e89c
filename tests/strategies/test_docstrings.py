"""What a strategy's docstring must have: a formula with its shapes, and the paper beside it."""

from __future__ import annotations

import re

import pytest

from ftcli.recipes.discovery import all_strategies

STRATEGIES = all_strategies()
FORMULA = re.compile(r"[\w)\]] (?:[-+*/=~]|<=|\*\*) [\w(|-]|\w\(\w")
SHAPE = re.compile(r"\[[\w ]+(?:, [\w ]+)*\]|of (?:its|their|one) shape|layers \+ 1 to L")
WITHOUT_TENSORS = re.compile("scheduler|lrd|unfreezing")
"""Rates and steps are single numbers."""


@pytest.mark.parametrize("name", STRATEGIES)
def test_it_gives_the_formula(name):
    assert FORMULA.search(body(name)), STRATEGIES[name].__doc__


@pytest.mark.parametrize("name", [name for name in STRATEGIES if not WITHOUT_TENSORS.search(name)])
def test_it_gives_shapes(name):
    assert SHAPE.search(body(name)), STRATEGIES[name].__doc__


@pytest.mark.parametrize("name", STRATEGIES)
def test_it_names_a_paper_with_its_year(name):
    assert re.match(r"[A-Z][\w&. -]+ (19|20)\d\d, \S+", STRATEGIES[name].source)


def body(name):
    return (STRATEGIES[name].__doc__ or "").partition("\n")[2]
