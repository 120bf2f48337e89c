from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.strategy import Stage, Strategy, StrategySettings, Weights

if TYPE_CHECKING:
    from ftcli.recipes.functions import EncoderView


class NoisyTuneSettings(StrategySettings):
    intensity: NonNegativeFloat = Field(0.15, description="Width of the noise, in standard deviations of each matrix.")


class NoisyTune(Strategy[NoisyTuneSettings]):
    """NoisyTune: a little noise on the pretrained weights before training.

    To each pretrained parameter w is added u * std(w), with u of its shape, each element uniform in
    (-intensity / 2, intensity / 2).
    """

    name = "noisytune"
    stage = Stage.START
    source = "Wu et al. 2022, https://arxiv.org/abs/2202.12024"
    Settings = NoisyTuneSettings
    acts_on = frozenset({Weights.MATRICES})

    def is_null(self) -> bool:
        return self.settings.intensity == 0

    def looks_at_whole_table(self) -> bool:
        return True

    def prepare(self, encoder: EncoderView, seed: int) -> None:
        import torch

        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name in encoder.pretrained:
                weight = encoder.weights[name]
                if weight.numel() > 1:
                    noise = torch.rand(weight.shape, generator=generator, dtype=weight.dtype) - 0.5
                    weight.add_(self.settings.intensity * weight.std() * noise)
