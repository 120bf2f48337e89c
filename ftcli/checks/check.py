"""What a check is, and finding all of them: every module of ``ftcli.checks.rules``."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cache
from typing import ClassVar

from ftcli.checks import rules
from ftcli.checks.finding import Finding, rows_in
from ftcli.checks.subject import Subject
from ftcli.wording import counted


class Check(ABC):
    """Looks for one kind of fault; its docstring's first line says which."""

    name: ClassVar[str]
    of_each_fold: ClassVar[bool] = False
    """Whether it is about what is judged beside what is learned from, so that each fold is looked at."""

    @abstractmethod
    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield what is wrong with a data set that can be read."""

    def in_short(self, findings: Sequence[Finding]) -> str:
        """Say in a few words, without the places, what was found."""
        _, count = rows_in(findings)
        return self.name.replace("-", " ") + (f" in {counted(count, 'row', 'rows')}" if count else "")


@cache
def all_checks() -> tuple[Check, ...]:
    """Return every check, in alphabetical order of their names."""
    modules = (
        importlib.import_module(f"{rules.__name__}.{info.name}") for info in pkgutil.iter_modules(rules.__path__)
    )
    found = [
        member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Check) and member.__module__ == module.__name__ and not inspect.isabstract(member)
    ]
    return tuple(check() for check in sorted(found, key=lambda check: check.name))
