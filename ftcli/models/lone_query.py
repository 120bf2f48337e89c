"""Attention of a single query to each text, for processors: neither keys nor values of the tokens are computed.

What a head asks of a token, q (W_k x), is (q W_k) x; and what it takes from the tokens, the sum of s (W_v x + b), is
W_v of the sum of s x, and b as often as the shares s add up to. So both weights are multiplied once for each text, not
for each token. The bias of the keys adds the same to all of a query's scores, and changes no share: its gradient is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ftcli.models.attention_dropout import gradient_of_scores, mask_of_heads, shares_of

Weights = tuple[Tensor, Tensor, Tensor | None]
"""Of the keys, [heads * size, width], and of the values, with their bias."""
Kept = tuple[Tensor, ...]
"""Queries, states, what is asked of the states, [heads, B, width], shares before and after dropout, [B * heads, 1, T],
and the states seen with them, [B, heads, width]."""


@dataclass(frozen=True)
class LoneQuery:
    """Attention of heads of this ``size``, whose scores are multiplied by ``scale``, with dropout at this ``rate``."""

    size: int
    scale: float
    rate: float

    def attend(self, query: Tensor, states: Tensor, weights: Weights, mask: Tensor | None) -> tuple[Tensor, Kept]:
        """Return what queries find in the states of their texts' tokens, and what its gradient needs.

        ``query`` is [B, heads * size], and so is what is found; ``states`` are [B, T, width].
        """
        of_keys, of_values, bias = weights
        examples, by_head = len(query), query.view(len(query), -1, self.size)
        heads = by_head.shape[1]
        asked = torch.bmm(by_head.transpose(0, 1), of_keys.view(heads, self.size, -1))
        scores = torch.bmm(asked.transpose(0, 1), states.transpose(1, 2)).mul_(self.scale).view(examples * heads, 1, -1)
        spread = mask_of_heads(mask, scores, heads)
        shares, dropped = shares_of(scores if spread is None else scores.add_(spread), self.rate)
        seen = torch.bmm(dropped.view(examples, heads, -1), states)
        found = torch.bmm(seen.transpose(0, 1), of_values.view(heads, self.size, -1).transpose(1, 2))
        found = found.transpose(0, 1).reshape(query.shape)
        if bias is not None:
            found.view(by_head.shape).addcmul_(dropped.sum(-1).view(examples, heads, 1), bias.view(heads, self.size))
        return found, (query, states, asked, shares, dropped, seen)

    def gradients(
        self, kept: Kept, weights: Weights, gradient: Tensor, needed: Sequence[bool]
    ) -> tuple[Tensor, Sequence[Tensor | None]]:
        """Return the gradient of the queries from that of what they have found, [B, heads * size].

        And of those that are ``needed``: the states, the weights of the keys, those of the values, and their bias.
        """
        query, states, asked, shares, dropped, seen = kept
        of_keys, of_values, bias = weights
        examples, heads, _ = seen.shape
        of_found = gradient.view(examples, heads, self.size)
        of_seen = torch.bmm(of_found.transpose(0, 1), of_values.view(heads, self.size, -1)).transpose(0, 1)
        of_dropped = torch.bmm(of_seen, states.transpose(1, 2))
        if bias is not None:
            of_dropped.add_((of_found * bias.view(heads, self.size)).sum(-1, keepdim=True))
        of_scores = gradient_of_scores(of_dropped.view(dropped.shape), shares, dropped, self.scale)
        of_scores, dropped = of_scores.view(of_dropped.shape), dropped.view(of_dropped.shape)
        of_asked = torch.bmm(of_scores, states).transpose(0, 1)
        of_query = torch.bmm(of_asked, of_keys.view(heads, self.size, -1).transpose(1, 2)).transpose(0, 1)
        return of_query.reshape(query.shape), (
            _sum_of_products((dropped, of_seen), (of_scores, asked.transpose(0, 1))) if needed[0] else None,
            _by_head(query.view(of_found.shape), of_asked) if needed[1] else None,
            _by_head(of_found, seen.transpose(0, 1)) if needed[2] else None,
            (of_found * dropped.sum(-1, keepdim=True)).sum(0).view(-1) if needed[3] else None,
        )


def _sum_of_products(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> Tensor:
    """Multiply [B, heads, T] transposed by [B, heads, width], and add both products: [B, T, width]."""
    return torch.bmm(first[0].transpose(1, 2), first[1]).baddbmm_(second[0].transpose(1, 2), second[1])


def _by_head(left: Tensor, right: Tensor) -> Tensor:
    """Multiply [B, heads, size] by [heads, B, width], summed over the texts: [heads * size, width]."""
    return torch.bmm(left.permute(1, 2, 0), right).flatten(0, 1)
