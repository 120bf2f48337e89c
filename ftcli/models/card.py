"""The model card: what a model was made of, and how good it is."""

from __future__ import annotations

import tomli_w

from ftcli.recipes.recipe import Recipe
from ftcli.runs.evaluation import Evaluation
from ftcli.settings.train import TrainSettings


def model_card(settings: TrainSettings, recipe: Recipe, evaluation: Evaluation, origin: str) -> str:
    """Return the README.md of a fine-tuned model; ``origin`` says which seed or seeds it is of."""
    strategies = "\n".join(f"- `{each.name}`: {each.title()} ({each.source})" for each in recipe)
    shown = {name: "-" if value is None else f"{value:.4f}" for name, value in evaluation.metrics.items()}
    scores = "\n".join(f"| {name} | {value} |" for name, value in shown.items())
    return f"""---
library_name: transformers
pipeline_tag: text-classification
tags: [ftcli]
---

# {settings.model} fine-tuned on {evaluation.task}

Made by ftcli from `{settings.model}`, {origin}, with these techniques:

{strategies}

## Scores on the {evaluation.split} set ({evaluation.examples} examples)

| score | value |
|---|---|
{scores}

## Settings

```toml
{tomli_w.dumps(settings.resolved()).strip()}
```
"""
