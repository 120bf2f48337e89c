"""torch's compiler, loaded when somebody compiles and not before.

``torch._dynamo`` brings much of torch with it: hundreds of modules, and a third of the time and memory that it takes to
import transformers. ftcli compiles nothing, and what is imported asks the compiler only to leave some functions alone.
In a process of ftcli's own a module that does that much lies in its place, and gives way to the real one as soon as
anything else is asked of it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from types import ModuleType
from typing import Any

from ftcli.startup import is_own

_COMPILER = "torch._dynamo"
_MARKS = frozenset({"allow_in_graph", "assume_constant_result", "disable", "graph_break", "mark_static_address"})
"""Functions of the compiler that tell it something and change nothing: most mark a function, and return it."""
_BY_THEMSELVES = frozenset({f"{_COMPILER}._trace_wrapped_higher_order_op"})
"""Modules of the compiler that transformers imports, and that need none of the others."""


@contextmanager
def compiler_comes_later() -> Iterator[None]:
    """Have what is imported inside do without the compiler, and without training over many machines, which needs it.

    Does nothing where the compiler is loaded, or in the process of another program.
    """
    import torch

    spec = find_spec(_COMPILER) if is_own() and _COMPILER not in sys.modules else None
    if spec is None or spec.submodule_search_locations is None:
        yield
        return
    stand_in = _StandIn(spec)
    sys.modules[_COMPILER] = stand_in
    sys.meta_path.insert(0, stand_in.finder)
    available, torch.distributed.is_available = torch.distributed.is_available, lambda: False
    try:
        yield
    finally:
        torch.distributed.is_available = available


class _StandIn(ModuleType):
    """In the compiler's place until more is asked of it than to mark functions."""

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__(spec.name, "torch's compiler, to be loaded at its first use.")
        self.__spec__ = spec
        self.__path__ = list(spec.submodule_search_locations or ())
        self.finder = _Finder(self)

    def __getattr__(self, name: str) -> Any:
        if name in _MARKS:
            return _left_alone
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.give_way(), name)

    def give_way(self) -> ModuleType:
        """Load the compiler, unless that has happened, and return it."""
        if self.finder in sys.meta_path:
            sys.meta_path.remove(self.finder)
            del sys.modules[_COMPILER]
        return importlib.import_module(_COMPILER)


class _Finder(MetaPathFinder):
    """Loads the compiler as a whole before any module of it that needs the others."""

    def __init__(self, stand_in: _StandIn) -> None:
        self._stand_in = stand_in

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{_COMPILER}.") or fullname in _BY_THEMSELVES:
            return None
        self._stand_in.give_way()
        loaded = sys.modules.get(fullname)
        return None if loaded is None else spec_from_loader(fullname, _Loaded(loaded))


class _Loaded(Loader):
    """Brings a module that is there."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def _left_alone(function: Any = None, *more: object, **options: object) -> Any:
    """Return the function that would be marked, or what takes it, as the marks do."""
    return _left_alone if function is None else function
