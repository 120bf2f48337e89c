"""What goes wrong with the numbers of a training, noticed when it happens."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

from ftcli.engine.observers import Observer
from ftcli.errors import DivergedError
from ftcli.recipes.functions import Tensors

_KNOWN, _FEWEST = 100, 20
_JUMP = 100.0


@dataclass
class Watch:
    """Looks at what each step and each evaluation measured, tells the user, and remembers it for status.json.

    A loss that is not a number is divergence. A gradient norm (before clipping) a hundred times the median of the last
    hundred steps is an explosion. The same answer for all examples is collapse. Each is told once.
    """

    stop: bool
    diverged_at: int | None = None
    exploded_at: int | None = None
    collapsed_at: int | None = None
    _norms: list[float] = field(default_factory=list)

    def look(self, step: int, measures: Tensors, observer: Observer) -> None:
        """Look at what a step measured.

        Raises:
            DivergedError: the loss is not a number any more, and that is to stop the training.
        """
        if self.diverged_at is None and not math.isfinite(loss := measures["loss"].item()):
            self.diverged_at = step
            if self.stop:
                raise diverged(step, loss)
            observer.notice(f"The training loss is {loss} at step {step}: the run has diverged, and goes on as asked.")
        if "gradient_norm" in measures:
            self._look_at_norm(step, measures["gradient_norm"].item(), observer)

    def look_at_answers(self, step: int, collapsed: bool, observer: Observer) -> None:
        """Look at whether an evaluation found the same answer for all examples."""
        if collapsed and self.collapsed_at is None:
            self.collapsed_at = step
            observer.notice(f"After step {step} the model gives every example the same label.")

    def facts(self) -> dict[str, int]:
        """Return at which steps something went wrong, for status.json."""
        return {name: step for name, step in self.export().items() if name.endswith("_at") and step is not None}

    def export(self) -> dict[str, Any]:
        """Return all that is remembered."""
        return asdict(self)

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what was exported."""
        for name, value in values.items():
            setattr(self, name, value)
        self._norms = [math.nan if norm is None else norm for norm in self._norms]

    def _look_at_norm(self, step: int, norm: float, observer: Observer) -> None:
        if len(self._norms) >= _FEWEST and self.exploded_at is None:
            usual = statistics.median(self._norms)
            if norm > _JUMP * usual > 0:
                self.exploded_at = step
                observer.notice(f"The gradient norm is {norm:.3g} at step {step}, where {usual:.3g} is usual.")
        self._norms = [*self._norms[-_KNOWN + 1 :], norm]


def diverged(step: int, loss: float | None = None) -> DivergedError:
    """Return the error that ends a diverged run."""
    what = "is not a number" if loss is None else f"is {loss}"
    return DivergedError(
        f"the training loss {what} at step {step}: the run has diverged",
        hint="Try a smaller --lr, a longer --warmup, or a smaller --max-grad-norm.",
    )
