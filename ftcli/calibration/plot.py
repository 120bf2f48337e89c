"""The reliability plot of a run: accuracy against confidence, before and after calibration, as an SVG file."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from ftcli.calibration.reliability import Bin
from ftcli.page.svg import LEFT, TOP, Axes, dot, drawing, line, path, text

_HEIGHT = 360
_STYLE = Markup(
    "<style>svg{background:#fff;font:12px system-ui,sans-serif}text{fill:#1b1b1b}.grid{stroke:#d9d9d9}"
    ".majority{stroke:#595959;stroke-dasharray:4 4}.curve{fill:none;stroke-width:2}"
    "circle.c0{fill:#b3470b}.curve.c0{stroke:#b3470b}circle.c1{fill:#1f5fa8}.curve.c1{stroke:#1f5fa8}</style>"
)


def reliability_plot(before: Sequence[Bin], after: Sequence[Bin], errors: tuple[float, float], split: str) -> str:
    """Draw both; what is calibrated lies on the diagonal.

    Args:
        before: bins of the probabilities as they are.
        after: bins of the calibrated ones.
        errors: the expected calibration error of both.
        split: what they were measured on.
    """
    points = [value for each in (*before, *after) for value in (each.confidence, each.accuracy)]
    lowest = min(points) // 0.1 / 10
    axes = Axes((lowest, 1), (lowest, 1), _HEIGHT)
    marks = [_STYLE, *axes.grid("confidence"), line(axes.x(lowest), axes.y(lowest), axes.x(1), axes.y(1), "majority")]
    for place, (name, bins) in enumerate((("before", before), ("calibrated", after))):
        places = [(axes.x(each.confidence), axes.y(each.accuracy)) for each in bins]
        marks.append(path(places, place))
        marks += [
            dot(*where, place, f"{name}: {each.examples} examples") for where, each in zip(places, bins, strict=True)
        ]
        height = TOP + 14 + 18 * place
        marks.append(dot(LEFT + 16, height, place, ""))
        marks.append(text(LEFT + 26, height + 4, f"{name}: expected error {errors[place]:.4f}", "start"))
    found = drawing(_HEIGHT, f"Accuracy against confidence on {split}, before and after calibration", marks)
    return str(found).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"
