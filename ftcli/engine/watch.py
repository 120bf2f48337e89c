"""What goes wrong with the numbers of a training, noticed when it happens."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

from ftcli.engine.observers import Observer
from ftcli.errors import DivergedError

_KNOWN, _FEWEST = 100, 20
_JUMP = 100.0


@dataclass
class Watch:
    """Looks at what each step and each evaluation measured, tells the user, and remembers it for status.json.

    A loss that is not a number, in a step or an evaluation, is divergence. A gradient norm (before clipping) a hundred
    times the median of the last hundred steps is an explosion. The same answer for all examples is collapse. Each is
    told once: on a GPU when the next entry is written, for to read a number there is to wait for it.
    """

    stop: bool
    diverged_at: int | None = None
    exploded_at: int | None = None
    collapsed_at: int | None = None
    _norms: list[float] = field(default_factory=list)

    def look(self, step: int, loss: float, norm: float, observer: Observer) -> None:
        """Look at what a step measured: its loss, and the norm of its gradients before clipping.

        Raises:
            DivergedError: the loss is not a number any more, and that is to stop the training.
        """
        self._look_at_loss(step, loss, "the training loss", observer)
        self._look_at_norm(step, norm, observer)

    def look_at_scores(self, step: int, loss: float, split: str, collapsed: bool, observer: Observer) -> None:
        """Look at what an evaluation found: the loss, and whether it was the same answer for all examples.

        Raises:
            DivergedError: as above.
        """
        self._look_at_loss(step, loss, f"the loss on {split}", observer)
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

    def _look_at_loss(self, step: int, loss: float, which: str, observer: Observer) -> None:
        if self.diverged_at is not None or math.isfinite(loss):
            return
        self.diverged_at = step
        if self.stop:
            raise diverged(step, f"{which} is {loss}")
        observer.notice(f"{which.capitalize()} is {loss} at step {step}: the run has diverged, and goes on as asked.")

    def _look_at_norm(self, step: int, norm: float, observer: Observer) -> None:
        if len(self._norms) >= _FEWEST and self.exploded_at is None:
            usual = statistics.median(self._norms)
            if norm > _JUMP * usual > 0:
                self.exploded_at = step
                observer.notice(f"The gradient norm is {norm:.3g} at step {step}, where {usual:.3g} is usual.")
        self._norms = [*self._norms[-_KNOWN + 1 :], norm]


def diverged(step: int, what: str = "the loss is not a number") -> DivergedError:
    """Return the error that ends a diverged run."""
    return DivergedError(
        f"{what} at step {step}: the run has diverged",
        hint="Try a smaller --lr, a longer --warmup, or a smaller --max-grad-norm.",
    )
