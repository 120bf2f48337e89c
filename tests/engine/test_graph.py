"""Steps recorded and replayed against steps taken eagerly, for every strategy: on a stand-in, and on a GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state
from strategies.cases import BY_NAME, CASES
from tape import Tape, Tapes, WaitsError

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.graph import CudaGraphs, GraphExecutor
from ftcli.engine.stacked import StackedExecutor
from ftcli.errors import UsageError

STEPS = 6
LENGTHS = (7, 5)
SEEDS = (1, 2)

pytestmark = [
    pytest.mark.usefixtures("double_precision"),
    pytest.mark.filterwarnings("ignore:There is a performance drop"),
]


DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


def recorder_on(device):
    return Tapes if device == "cpu" else CudaGraphs


def batch_of(seed, step):
    """The lengths take turns, so that each kind of step is taken eagerly once, recorded once, and replayed."""
    return random_batch(6, LENGTHS[step % 2], seed=10 * seed + step)


def state_of(seed, strategies, **settings):
    encoder = tiny_encoder(seed=seed, dropout=0.1)
    batches = [batch_of(seed, step) for step in range(STEPS)]
    state = tiny_state(encoder, strategies, steps=STEPS, seed=seed, batches=batches, **settings)
    # Recorded steps read their rates in float32: so that eager ones move by the same.
    state.plan = replace(state.plan, rates=state.plan.rates.float().double())
    return state


def alone(strategies, recorder=None, told=None, **settings):
    state = state_of(1, strategies, **settings)
    state.random.manual_seed(5)
    executor = EagerExecutor(state, recorded=recorder is not None)
    driver = GraphExecutor(executor, (told if told is not None else []).append, recorder) if recorder else executor
    return state, [driver.step(batch_of(1, step)) for step in range(state.plan.steps)]


def together(strategies, recorder=None, **settings):
    states = [state_of(seed, strategies, **settings) for seed in SEEDS]
    executor = StackedExecutor(states, recorded=recorder is not None)
    for state, seed in zip(states, SEEDS, strict=True):
        state.random.manual_seed(seed)
    driver = GraphExecutor(executor, print, recorder) if recorder else executor
    return states, [driver.step([batch_of(seed, step) for seed in SEEDS]) for step in range(states[0].plan.steps)]


def assert_alike(found, expected):
    """Compare all but the biases of the keys: their true gradient is 0, and Adam blows up the rounding."""
    for name, tensor in expected.items():
        if not name.endswith("key.bias"):
            torch.testing.assert_close(
                found[name].to(tensor.device),  # some optimizers count on the processor where nothing is recorded
                tensor,
                rtol=1e-6,
                atol=1e-9,
                msg=lambda m: f"{name}: {m}",  # noqa: B023
            )


def assert_states_alike(found, expected):
    assert_alike(found.weights, expected.weights)
    assert_alike(found.moments.export(), expected.moments.export())
    assert found.taken == expected.taken
    final = expected.final_weights()
    if final:
        assert_alike(found.final_weights(), final)


@pytest.mark.parametrize(
    "names",
    [
        *(pytest.param([case.name], marks=pytest.mark.slow) for case in CASES),  # every technique
        ["reinit", "layerwise_lrd", "mixout", "rdrop", "fgm", "swa"],
    ],
    ids="+".join,
)
def test_replayed_steps_equal_eager_ones(names, device):
    strategies = {name: BY_NAME[name].options for name in names}
    expected, measured = alone(strategies, device=device)
    found, replayed = alone(strategies, recorder_on(device), device=device)
    assert_states_alike(found, expected)
    for one, other in zip(replayed, measured, strict=True):
        assert_alike(one, other)


@pytest.mark.slow  # a second each
@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_so_do_the_steps_of_several_seeds(name, device):
    expected, _ = together({name: BY_NAME[name].options}, device=device)
    found, _ = together({name: BY_NAME[name].options}, recorder_on(device), device=device)
    for one, other in zip(found, expected, strict=True):
        assert_states_alike(one, other)


@pytest.mark.parametrize("strategies", [{}, {"swa": {"start": 0.25, "every": 2}, "gradual_unfreezing": {"share": 0.5}}])
def test_it_is_known_which_steps_are_alike(strategies):
    """Of each kind the first is taken eagerly, the second recorded, and that as well as the others replayed."""
    recorded, replayed = [], []

    class Counting(Tape):
        def __init__(self, *arguments):
            recorded.append(self)
            super().__init__(*arguments)

        def replay(self):
            replayed.append(self)
            super().replay()

    class Recorder:
        record = Counting

    state, _ = alone(strategies, Recorder)
    kinds = {EagerExecutor(at(state, step)).kind(batch_of(1, step)) for step in range(STEPS)}
    assert len(replayed) == STEPS - len(kinds)
    assert len(recorded) == len(set(replayed)) > 0


def at(state, step):
    state.taken = step
    return state


def test_a_step_that_waits_for_a_number_is_no_graph():
    executor = EagerExecutor(state_of(1, {"mixout": {"probability": 0.3}}), Waiting(), recorded=True)
    driver = GraphExecutor(executor, print, Tapes)
    driver.step(batch_of(1, 0))
    with pytest.raises(WaitsError):
        driver.step(batch_of(1, 2))


class Waiting:
    """Looks at what it draws."""

    def bernoulli(self, like, probability):
        return torch.full_like(like, float(torch.rand((), device=like.device) < probability))


def test_no_room_for_a_graph_leaves_the_step_eager():
    class Refusing:
        def record(self, work, generators):
            raise torch.OutOfMemoryError("CUDA out of memory")

    told = []
    found, _ = alone({"rdrop": {}}, Refusing, told)
    expected, _ = alone({"rdrop": {}})
    assert_states_alike(found, expected)
    assert told == ["Steps like number 3 are not recorded, but taken eagerly: memory does not allow it."]


@pytest.mark.gpu
def test_on_a_gpu_steps_that_wait_for_a_number_are_taken_eagerly():
    """What failed to be recorded leaves no trace: neither in the weights nor in what is drawn."""

    def trained(driver_of):
        state = state_of(1, {"mixout": {"probability": 0.3}}, device="cuda")
        state.random.manual_seed(5)
        driver = driver_of(EagerExecutor(state, Waiting(), recorded=True))
        for step in range(state.plan.steps):
            driver.step(batch_of(1, step))
        return state

    told = []
    found = trained(lambda executor: GraphExecutor(executor, told.append, CudaGraphs))
    assert_states_alike(found, trained(lambda executor: executor))
    assert len(told) == 1
    assert "Steps like number 3 are not recorded, but taken eagerly: " in told[0]


@pytest.mark.gpu
@pytest.mark.parametrize("optimizer", ["nadam", "radam", "sgd", "adamax", "rmsprop"])
def test_other_optimizers_are_replayed_too(optimizer):
    options = {"optimizer": optimizer, "lr": 1e-3, "device": "cuda"}
    found, _ = alone({}, CudaGraphs, **options)
    expected, _ = alone({}, **options)
    assert_states_alike(found, expected)


def test_an_optimizer_that_counts_on_the_processor_is_refused():
    with pytest.raises(UsageError, match="--optimizer adagrad: its steps can't be recorded"):
        alone({}, Tapes, optimizer="adagrad")
