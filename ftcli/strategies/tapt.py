from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeInt, PositiveFloat

from ftcli.recipes.functions import Batch, PhaseLossFn, Tensors
from ftcli.recipes.schedules import warmed
from ftcli.recipes.strategy import Context, Cost, ParameterGroup, Phase, Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView

_OWN = "tapt."
_WARMUP = 0.06
_AS_MASK, _AS_WORD = 0.8, 0.1


class TAPTSettings(StrategySettings):
    epochs: NonNegativeInt = Field(10, description="Epochs over the texts, before --epochs.")
    lr: PositiveFloat = Field(1e-4, description="Peak learning rate of these epochs, all layers alike.")
    share: float = Field(0.15, gt=0, lt=1, description="Share of the tokens that are to be guessed.")


class TAPT(Strategy[TAPTSettings]):
    """Task-adaptive pre-training: before the labels are learned, masked words of the task's texts are guessed.

    With M the chosen ones of an example's T tokens x, its loss is the mean over M of -log p(x_i | spoilt x), the
    logits [B, T, words]; of those chosen 80 % are masked, 10 % become another word and 10 % stay. The rate warms up
    over 6 % of these steps and falls linearly. Embeddings and blocks are trained, with the head that the model was
    pretrained with, which is dropped afterwards. The paper takes 100 epochs over the task's texts; here it is 10 by
    default.
    """

    name = "tapt"
    stage = Stage.START
    source = "Gururangan et al. 2020, https://arxiv.org/abs/2004.10964"
    Settings = TAPTSettings

    def cost(self) -> Cost:
        return Cost(epochs=self.settings.epochs)

    def is_null(self) -> bool:
        return self.settings.epochs == 0

    def looks_at_whole_table(self) -> bool:
        return True

    def own_parameters(self, encoder: EncoderView, seed: int) -> Tensors:
        return {_OWN + name: weight.detach() for name, weight in encoder.language_model.head.items()}

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        head = tuple(name for name in context.own if name.startswith(_OWN))
        return [*groups, ParameterGroup("head for masked words", 0, self.settings.lr, 0.0, head)]

    def moving(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        return table & table.new_tensor([not group.parameters[0].startswith(_OWN) for group in groups])

    def phase(self, groups: Sequence[ParameterGroup], context: Context) -> Phase:
        import torch

        steps = self.settings.epochs * context.steps_per_epoch
        others = {name for name in context.own if not name.startswith(_OWN)}  # no part of the loss: they would decay
        trained = [group.depth <= context.depth and group.parameters[0] not in others for group in groups]
        moving = torch.tensor(trained).repeat(steps, 1)
        span = replace(context, steps=steps, warmup_steps=int(_WARMUP * steps))
        return Phase(warmed(self.settings.lr * moving.double(), span, lambda over: 1 - over), moving)

    def phase_loss(self, scope: Scope) -> PhaseLossFn:
        def guessing(weights: Tensors, batch: Batch) -> Tensor:
            ids = batch.inputs["input_ids"]
            chosen = self._chosen(ids, scope)
            seen = self._spoilt(ids, chosen, scope)
            known = {name.removeprefix(_OWN): weight for name, weight in weights.items()}
            logits = scope.encoder.language_model.logits(known, batch.inputs | {"input_ids": seen})
            losses = logits.logsumexp(-1) - logits.gather(-1, ids.unsqueeze(-1)).squeeze(-1)
            return (losses * chosen).sum(1) / chosen.sum(1).clamp(min=1)

        return guessing

    def merged(self, weights: Tensors) -> Tensors:
        return {name: weight for name, weight in weights.items() if not name.startswith(_OWN)}

    def _chosen(self, ids: Tensor, scope: Scope) -> Tensor:
        """Return which tokens are to be guessed, bool [B, T]."""
        chosen = scope.noise.uniform(_as_numbers(ids)) < self.settings.share
        for special in scope.encoder.language_model.specials:
            chosen = chosen & (ids != special)
        return chosen

    def _spoilt(self, ids: Tensor, chosen: Tensor, scope: Scope) -> Tensor:
        """Return what the model sees of the tokens, [B, T]."""
        model, like = scope.encoder.language_model, _as_numbers(ids)
        fate = scope.noise.uniform(like)
        word = (scope.noise.uniform(like) * model.words).long()
        spoilt = word.where(fate < _AS_MASK + _AS_WORD, ids).masked_fill(fate < _AS_MASK, model.mask_id)
        return spoilt.where(chosen, ids)


def _as_numbers(ids: Tensor) -> Tensor:
    import torch

    return ids.to(torch.get_default_dtype())
