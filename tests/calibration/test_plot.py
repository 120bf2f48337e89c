"""The reliability plot: a picture of its own, with a mark for each bin."""

from __future__ import annotations

from xml.etree import ElementTree

from ftcli.calibration.plot import reliability_plot
from ftcli.calibration.reliability import Bin

BEFORE = [Bin(examples=3, confidence=0.62, accuracy=0.33), Bin(examples=7, confidence=0.97, accuracy=0.71)]
AFTER = [Bin(examples=10, confidence=0.6, accuracy=0.6)]
SVG = "{http://www.w3.org/2000/svg}"


def test_each_bin_has_its_mark():
    root = ElementTree.fromstring(reliability_plot(BEFORE, AFTER, (0.27, 0.0), "dev"))
    assert root.tag == f"{SVG}svg"
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert titles == ["before: 3 examples", "before: 7 examples", "calibrated: 10 examples"]
    assert {"before: expected error 0.2700", "calibrated: expected error 0.0000"} <= {
        each.text for each in root.iter(f"{SVG}text")
    }


def test_confidence_goes_to_the_right_and_accuracy_up():
    root = ElementTree.fromstring(reliability_plot(BEFORE, AFTER, (0.27, 0.0), "dev"))
    marks = [each for each in root.iter(f"{SVG}circle") if each.find(f"{SVG}title") is not None]
    first, second, on_diagonal = [(float(each.get("cx")), float(each.get("cy"))) for each in marks]
    assert first[0] < second[0]
    assert first[1] > second[1]
    (diagonal,) = [each for each in root.iter(f"{SVG}line") if each.get("class") == "majority"]
    x1, y1, x2, y2 = (float(diagonal.get(name)) for name in ("x1", "y1", "x2", "y2"))
    share = (on_diagonal[0] - x1) / (x2 - x1)
    assert abs(on_diagonal[1] - (y1 + share * (y2 - y1))) < 1
