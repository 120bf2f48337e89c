"""Texts longer than the model takes."""

from __future__ import annotations

import json

import pytest


@pytest.mark.slow  # five commands
def test_a_length_over_the_models_is_told_and_recorded(desk):
    """The check, the settings and the card would speak of tokens that no one reads otherwise."""
    most = json.loads((desk.model / "config.json").read_text())["max_position_embeddings"]
    answer = desk.train("--output", "long", "--max-length", most + 100)
    assert f"takes {most} tokens at most: --max-length {most + 100} becomes {most}" in answer.err
    planned = desk.train("--dry-run", "--max-length", most + 100)
    assert f"becomes {most}" in planned.err
    plan = desk.train("--dry-run", "--max-length", most + 100, "--json")
    assert plan.json["settings"]["max_length"] == most
    assert not plan.err
    for options in (["--dry-run"], ["--max-steps", 1]):
        told = desk.train(*options, "--max-length", most + 100, "--lr", "1e-4,2e-4").err
        assert told.count(f"becomes {most}") == 1
    run = desk.folder / "runs" / "reviews" / "long"
    assert f"max_length = {most}\n" in (run / "settings.toml").read_text()
    assert f"the first {most} tokens" in (run / "model" / "README.md").read_text()
