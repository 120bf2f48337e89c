"""What does not fit into memory is computed in parts, as it would have been in these parts from the start."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state

from ftcli.data.encoding import EncodedSplit
from ftcli.engine.activations import with_activations
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.memory import Portion, for_evaluation
from ftcli.engine.prediction import predict
from ftcli.engine.stacked import StackedExecutor
from ftcli.errors import OutOfMemoryError
from ftcli.shortage import ran_out, shortage_explained

CPU = "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."
ERRORS = [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError(CPU), MemoryError()]


def fitting(encoder, most, error=ERRORS[1], method="forward"):
    """Let the encoder take so many rows, and no more; return the sizes of what it was given."""
    inner, given = getattr(encoder, method), []

    def forward(weights, inputs, *rest):
        given.append(len(inputs["input_ids"]))
        if given[-1] > most:
            raise error
        return inner(weights, inputs, *rest)

    setattr(encoder, method, forward)
    return given


def stepped(strategies, most=None, steps=3, error=ERRORS[1], **settings):
    """Take a few steps with dropout; the executor, and the weights that come out."""
    encoder = tiny_encoder(dropout=0.1)
    state = tiny_state(encoder, strategies, steps=steps, **settings)
    if most:
        fitting(encoder, most, error)
    executor = EagerExecutor(state)
    torch.manual_seed(4)
    for step in range(steps):
        executor.step(random_batch(seed=step))
    return executor, state.weights


@pytest.mark.parametrize("error", ERRORS, ids=["cuda", "cpu", "python"])
def test_half_as_much_is_tried_until_it_fits_with_the_same_random_numbers(error):
    portion, tried, heard = Portion("micro_batch", 13, "examples"), [], []
    portion.listeners.append(lambda: heard.append(portion.rows))

    def compute(rows):
        tried.append(rows)
        drawn = torch.rand(3)
        if rows > 4:
            raise error
        return drawn

    torch.manual_seed(0)
    found = portion.fit(compute, [torch.default_generator])
    torch.manual_seed(0)
    assert torch.equal(found, torch.rand(3))
    assert (tried, heard) == ([13, 7, 4], [4])
    portion.fit(compute)
    assert tried == [13, 7, 4, 4]


def test_a_single_row_that_does_not_fit_is_an_error_that_says_what_would():
    portion = for_evaluation(2)
    with pytest.raises(OutOfMemoryError, match="fewer examples in a forward pass of an evaluation than one") as caught:
        portion.fit(lambda rows: torch.empty(2**60))
    assert "--max-length" in caught.value.hint


@pytest.mark.parametrize("error", [RuntimeError("shapes do not match"), ValueError("out of memory"), KeyError("x")])
def test_other_errors_are_none_of_its_business(error):
    def fail(rows=0):
        raise error

    assert not ran_out(error)
    with pytest.raises(type(error)):
        for_evaluation(4).fit(fail)
    with pytest.raises(type(error)), shortage_explained():
        fail()


def test_memory_that_runs_out_elsewhere_is_one_message():
    with pytest.raises(OutOfMemoryError, match=r"memory ran out: .*can't allocate memory"), shortage_explained():
        torch.empty(2**60)


@pytest.mark.parametrize(
    "strategies", [{}, {"rdrop": {}}, {"sam": {}}, {"fgm": {}}, {"freelb": {}}, {"r3f": {}}, {"mixout": {}}], ids=str
)
def test_a_step_in_parts_is_to_the_bit_that_of_the_smaller_batch_size(strategies):
    most = 4 if strategies.keys() & {"rdrop", "r3f"} else 2  # these take each row twice
    executor, found = stepped(strategies, most)
    assert executor.state.step_portion.rows == 2
    _, expected = stepped(strategies, batch_size=2, grad_accumulation=3)
    assert all(torch.equal(weight, expected[name]) for name, weight in found.items())


def test_where_one_row_does_not_fit_no_weight_has_moved():
    with pytest.raises(OutOfMemoryError, match="in a forward pass of training"):
        stepped({"rdrop": {}}, most=1)


def test_seeds_that_do_not_fit_together_go_in_turns():
    def trained(most):
        states = [tiny_state(tiny_encoder(seed=seed), {"swa": {}}) for seed in (1, 2, 3)]
        executor = StackedExecutor(states)
        inner = executor._differentiate
        tried = []

        def differentiate(weights, *rest):
            seeds = next(iter(torch._C._functorch.get_unwrapped(weight) for weight in weights.values())).shape[0]
            tried.append(seeds)
            if seeds > most:
                raise ERRORS[0]
            return inner(weights, *rest)

        executor._differentiate = differentiate
        for step in range(3):
            executor.step([random_batch(seed=10 * step + each) for each in range(3)])
        return [dict(state.weights) for state in states], tried

    (whole, _), (in_turns, tried) = trained(3), trained(1)
    assert tried[:3] == [3, 2, 1]
    for one, other in zip(whole, in_turns, strict=True):
        for name, weight in one.items():
            torch.testing.assert_close(other[name], weight, rtol=1e-4, atol=1e-6)


def a_split(rows=13):
    lengths = np.random.default_rng(0).integers(3, 9, rows)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    ids = np.random.default_rng(1).integers(5, 60, starts[-1]).astype(np.int32)
    return EncodedSplit(ids=ids, types=None, starts=starts, labels=np.zeros(rows, dtype=np.int64), pad_id=0)


def test_an_evaluation_goes_on_in_smaller_parts_from_where_it_was():
    encoder, split = tiny_encoder(), a_split()
    expected = predict(encoder, encoder.weights, split, "classification", for_evaluation(8)).logits
    given, portion = fitting(encoder, 4), for_evaluation(8)
    found = predict(encoder, encoder.weights, split, "classification", portion).logits
    assert (given, portion.rows) == ([8, 4, 4, 4, 1], 4)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_what_resting_blocks_make_of_the_data_is_computed_in_smaller_parts():
    encoder, split = tiny_encoder(), a_split()
    encoder.rest_below(2, keep_activations=True)
    expected = with_activations(split, encoder, encoder.weights, for_evaluation(4)).hidden
    given = fitting(encoder, 4, method="activations")
    found = with_activations(split, encoder, encoder.weights, for_evaluation(16)).hidden
    assert given == [13, 8, 4, 4, 4, 1]
    assert torch.equal(found, expected)
