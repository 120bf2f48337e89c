"""A single query finds without keys and values what it finds with them; so do its gradients."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from ftcli.models.attention_dropout import attend
from ftcli.models.lone_query import LoneQuery

TEXTS, HEADS, SIZE, WIDTH = 5, 3, 4, 16
QUERY = LoneQuery(SIZE, scale=0.5, rate=0.3)


def given(tokens, *, biased=True):
    """Query, states, and the weights of keys and values with the biases, or None."""
    draw = torch.Generator().manual_seed(3)
    shapes = [(TEXTS, HEADS * SIZE), (TEXTS, tokens, WIDTH), *2 * [(HEADS * SIZE, WIDTH)]]
    tensors = [torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_() for shape in shapes]
    return *tensors, torch.randn(HEADS * SIZE, dtype=torch.float64).requires_grad_() if biased else None


def by_keys_and_values(tensors, mask):
    query, states, of_keys, of_values, bias = tensors
    keys = torch.nn.functional.linear(states, of_keys, torch.randn(HEADS * SIZE, dtype=torch.float64))
    values = torch.nn.functional.linear(states, of_values, bias)
    query, keys, values = (
        each.view(TEXTS, -1, HEADS, SIZE).transpose(1, 2).flatten(0, 1) for each in (query, keys, values)
    )
    torch.manual_seed(7)
    found, _ = attend((query, keys, values), mask, QUERY.scale, QUERY.rate)
    return found.reshape(TEXTS, HEADS * SIZE)


@pytest.mark.parametrize("tokens", [1, 3, 16, 17])
@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_what_is_found_and_its_gradients_are_those_by_keys_and_values(tokens, biased, masked):
    tensors = given(tokens, biased=biased)
    mask = torch.randn(TEXTS, 1, 1, tokens, dtype=torch.float64) if masked else None
    spread = None if mask is None else mask.expand(TEXTS, HEADS, 1, tokens).flatten(0, 1)
    expected = by_keys_and_values(tensors, spread)
    present = [each for each in tensors if each is not None]
    gradients = torch.autograd.grad(expected.sin().sum(), present)
    query, states, of_keys, of_values, bias = (None if each is None else each.detach() for each in tensors)
    torch.manual_seed(7)
    found, kept = QUERY.attend(query, states, (of_keys, of_values, bias), mask)
    torch.testing.assert_close(found, expected)
    of_query, others = QUERY.gradients(kept, (of_keys, of_values, bias), found.cos(), (True, True, True, biased))
    for one, other in zip((of_query, *others[: len(present) - 1]), gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_a_gradient_that_is_not_needed_is_not_computed():
    query, states, *weights = (each.detach() for each in given(4))
    found, kept = QUERY.attend(query, states, tuple(weights), None)
    _, others = QUERY.gradients(kept, tuple(weights), found, (False, True, False, False))
    assert [other is not None for other in others] == [False, True, False, False]


def test_a_token_is_not_multiplied_by_the_weights():
    counted = []
    for tokens in (20, 60):
        query, states, *weights = (each.detach() for each in given(tokens))
        with FlopCounterMode(display=False) as counter:
            found, kept = QUERY.attend(query, states, tuple(weights), None)
            QUERY.gradients(kept, tuple(weights), found, (True, True, True, True))
        counted.append(counter.get_total_flops())
    # Each head looks at each token's states six times: for scores and what is seen, and twice that for the gradients.
    assert 0 < counted[1] - counted[0] <= 40 * TEXTS * HEADS * WIDTH * 2 * 6
