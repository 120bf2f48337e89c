"""What comes after the last step: the weights to keep are chosen, evaluated, calibrated and saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftcli.engine.assembly import Assembly
from ftcli.engine.calibrating import Judged, calibrate
from ftcli.engine.evaluation import Judge
from ftcli.engine.pausing import Pausing
from ftcli.engine.scoring import Scorer
from ftcli.engine.selection import Selection, is_better
from ftcli.engine.speed import Speed
from ftcli.engine.state import TrainState
from ftcli.engine.trained import Trained
from ftcli.models.card import model_card
from ftcli.models.saving import save
from ftcli.recipes.functions import Tensors
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.folder import RunFolder
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset


@dataclass(frozen=True)
class Finisher:
    """Writes what came out of a training into its run folder."""

    settings: TrainSettings
    dataset: Dataset
    folder: RunFolder
    assembly: Assembly
    state: TrainState
    scorer: Scorer

    def finish(self, selection: Selection, steps: int, speed: Speed) -> Pausing[Trained]:
        """Choose the weights to keep, and write their model, its scores and its calibration."""
        final, kept = yield from self._choose(selection, steps)
        judge, examples = Judge(self.dataset), self.dataset.splits["dev"]
        on_dev = Judged("dev", (yield from self.scorer.predict(final, "dev")), examples)
        evaluation = judge.write(self.folder, "dev", on_dev.predictions, examples, "dev")
        assert evaluation is not None
        last = None
        if kept == "average" or (kept == "best epoch" and self.settings.save_last):
            last = yield from self._write_last(judge, evaluation)
        selected, selected_score = on_dev, evaluation.score
        if self.scorer.selected_on != "dev":
            split = self.scorer.selected_on
            selected = Judged(split, (yield from self.scorer.predict(final, split)), self.dataset.splits[split])
            selected_score = selected.predictions.metrics(selected.labels)[self.dataset.metric]
        calibration = calibrate(selected, on_dev, self.dataset, tune=self.settings.tune_threshold)
        self.folder.write_calibration(calibration)
        self._save_model(self.folder.model, final, evaluation)
        collapsed, best_step = on_dev.predictions.collapsed, selection.best_step
        return Trained(
            *(evaluation, last, collapsed, steps, best_step, kept, selected.split, selected_score, speed),
            calibration=calibration,
        )

    def _choose(self, selection: Selection, steps: int) -> Pausing[tuple[Tensors, str]]:
        """Return the weights to keep, and which they are."""
        average, last = self.state.final_weights(), self.state.merged(self.state.weights)
        if average is None:
            kept = "best epoch" if selection.best_step < steps else self._last_or_only(steps)
            return self.state.merged(selection.weights or self.state.weights), kept
        average = self.state.merged(average)
        if self.settings.average_if_better:
            score_of_average = yield from self.scorer.scores(average)
            score_of_last = yield from self.scorer.scores(last)
            metric = self.dataset.metric
            if not is_better(metric, score_of_average.metrics[metric], score_of_last.metrics[metric]):
                return last, "last epoch"
        return average, "average"

    def _last_or_only(self, steps: int) -> str:
        """Say whether others could have been chosen than the weights after the last step."""
        epoch, main_from = self.assembly.buckets.batches, self.assembly.plan.main_from
        return "last epoch" if (steps - 1) // epoch > main_from // epoch else "only epoch"

    def _write_last(self, judge: Judge, of_kept: Evaluation) -> Pausing[Evaluation | None]:
        """Evaluate and save the weights of the last step as well, where others are kept."""
        weights = self.state.merged(self.state.weights)
        predictions = yield from self.scorer.predict(weights, "dev")
        evaluation = judge.write(self.folder, "dev.last", predictions, self.dataset.splits["dev"], "dev")
        self._save_model(self.folder.last_model, weights, evaluation or of_kept)
        return evaluation

    def _save_model(self, place: Path, weights: Tensors, evaluation: Evaluation) -> None:
        if not self.settings.save_model:
            return
        card = model_card(self.folder, self.settings, evaluation)
        model, vocabulary = self.assembly.encoder.model, self.assembly.vocabulary
        state = model.state_dict() | {name: weight.detach() for name, weight in weights.items()}
        if vocabulary is not None:
            state = vocabulary.expand(state)
        save(place, model, state, self.assembly.tokenizer, card)
