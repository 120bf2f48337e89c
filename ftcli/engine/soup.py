"""Averages of several trained models: one model as cheap as each (Wortsman et al. 2022, arXiv 2203.05482)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ftcli.data.encoding import encode
from ftcli.engine.assembly import longest_input
from ftcli.engine.calibrating import Judged, calibrate
from ftcli.engine.device import choose_device, use_threads
from ftcli.engine.evaluation import Judge
from ftcli.engine.memory import for_evaluation
from ftcli.engine.prediction import Predictions, predict
from ftcli.engine.selection import is_better
from ftcli.models.card import model_card
from ftcli.models.encoder import Encoder
from ftcli.models.loading import load_finetuned, load_tokenizer
from ftcli.models.saving import save
from ftcli.recipes.functions import Tensors
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.folder import RunFolder
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.metrics import METRICS

Kind = Literal["uniform", "greedy"]


@dataclass(frozen=True)
class Ingredient:
    """A trained model that may go into the soup."""

    seed: int
    model: Path


class Cook:
    """Averages models of one study, and judges and saves the average.

    Raises:
        ModelError: a model can't be read.
    """

    def __init__(self, settings: TrainSettings, dataset: Dataset, ingredients: Sequence[Ingredient]) -> None:
        use_threads(settings.threads)
        self._settings, self._dataset, self._ingredients = settings, dataset, ingredients
        self._encoder = Encoder(load_finetuned(ingredients[0].model).to(choose_device(settings.device)))
        self._tokenizer = load_tokenizer(str(ingredients[0].model))
        self._selected_on = "select" if "select" in dataset.splits else "dev"

    def cook(self, kind: Kind, folder: RunFolder) -> tuple[Evaluation, list[Ingredient]]:
        """Write the soup into a run folder, calibrated; return its scores on dev and what went into it."""
        weights, used = self._greedy() if kind == "greedy" else self._average(self._ingredients)
        predictions = self._predict(weights, "dev")
        evaluation = Judge(self._dataset).write(folder, "dev", predictions, self._dataset.splits["dev"], "dev")
        assert evaluation is not None
        self._calibrate(weights, predictions, folder)
        folder.update_status(soup_of=[each.seed for each in used])
        card = model_card(folder, self._settings, evaluation)
        model = self._encoder.model
        save(folder.model, model, model.state_dict() | weights, self._tokenizer, card)
        return evaluation, used

    def _calibrate(self, weights: Tensors, on_dev: Predictions, folder: RunFolder) -> None:
        splits, on = self._dataset.splits, self._selected_on
        measured = Judged("dev", on_dev, splits["dev"])
        fitted = measured if on == "dev" else Judged(on, self._predict(weights, on), splits[on])
        tune = self._settings.tune_threshold
        folder.write_calibration(calibrate(fitted, measured, self._dataset, tune=tune))

    def _greedy(self) -> tuple[Tensors, list[Ingredient]]:
        """From the best on, keep each model with which the average scores no worse on the selection set."""
        scores = {each.seed: self._score(self._weights(each)) for each in self._ingredients}
        metric = self._dataset.metric
        higher_is_better = METRICS[metric].higher_is_better
        ranked = sorted(self._ingredients, key=lambda each: scores[each.seed], reverse=higher_is_better)
        soup, used = self._average(ranked[:1])
        best = scores[ranked[0].seed]
        for each in ranked[1:]:
            wider, candidates = self._average([*used, each])
            score = self._score(wider)
            if not is_better(metric, best, score):
                soup, used, best = wider, candidates, score
        return soup, used

    def _average(self, ingredients: Sequence[Ingredient]) -> tuple[Tensors, list[Ingredient]]:
        total: Tensors = {}
        for each in ingredients:
            for name, weight in self._weights(each).items():
                total[name] = total[name] + weight if name in total else weight
        return {name: weight / len(ingredients) for name, weight in total.items()}, list(ingredients)

    def _weights(self, ingredient: Ingredient) -> Tensors:
        device = next(iter(self._encoder.weights.values())).device
        model = load_finetuned(ingredient.model)
        return {name: weight.detach().to(device) for name, weight in model.named_parameters()}

    def _score(self, weights: Tensors) -> float:
        labels = self._dataset.splits[self._selected_on].labels
        assert labels is not None
        return self._predict(weights, self._selected_on).metrics(labels)[self._dataset.metric]

    def _predict(self, weights: Tensors, name: str) -> Predictions:
        reading = self._settings.reading.within(longest_input(self._encoder.model))
        split = encode(self._tokenizer, self._dataset.splits[name], reading)
        portion = for_evaluation(self._settings.eval_batch_size)
        return predict(self._encoder, weights, split, self._dataset.kind, portion)
