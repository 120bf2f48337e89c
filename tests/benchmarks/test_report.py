"""What a result says of where it was measured."""

from __future__ import annotations

import json

import pytest

from benchmarks import report

OF_LINUX = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n"
OF_OTHERS = "Intel64 Family 6 Model 142 Stepping 12, GenuineIntel"


@pytest.mark.parametrize(
    ("described", "name"), [(OF_LINUX, "AMD EPYC, family 25, model 17"), (OF_OTHERS, OF_OTHERS)], ids=["linux", "other"]
)
def test_a_result_names_the_processor(monkeypatch, described, name):
    monkeypatch.setattr(report, "described", lambda: described)
    assert report.machine()["processor"] == name


def test_a_result_names_the_code_and_keeps_what_was_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(report, "commit", lambda: "1234567-dirty")
    content = json.loads(report.write({"turns": [1.5]}, "cpu").read_text())
    assert content.pop("day")
    assert content == {"commit": "1234567-dirty", "turns": [1.5]}
