from __future__ import annotations

import weakref

import pytest
import torch

from ftcli.engine.measured import Measured

CPU, ELSEWHERE = torch.device("cpu"), torch.device("meta")  # of which only the name is looked at
STEPS = [{"loss": torch.tensor(number / 7), "gradient_norm": torch.tensor(float(number))} for number in range(1, 6)]


@pytest.mark.parametrize("device", [CPU, ELSEWHERE], ids=str)
def test_means_and_the_last_numbers_are_those_of_the_steps(device):
    measured = Measured(device, STEPS)
    assert len(measured) == 5
    assert measured.means() == {"loss": torch.stack([step["loss"] for step in STEPS]).mean().item(), "gradient_norm": 3}
    assert measured.last(2, "gradient_norm") == [4, 5]
    measured.clear()
    measured.add(STEPS[3])
    assert measured.means() == {name: value.item() for name, value in STEPS[3].items()}


@pytest.mark.parametrize("device", [CPU, ELSEWHERE], ids=str)
def test_what_is_exported_is_what_was_measured(device):
    exported = Measured(device, STEPS).export()
    assert exported == STEPS
    assert [value.dtype for step in exported for value in step.values()] == 10 * [torch.float32]


def test_a_processor_keeps_no_tensor_and_other_devices_read_none():
    value = torch.tensor(2.0)
    seen = weakref.ref(value)
    measured = Measured(CPU)
    measured.add({"loss": value})
    del value
    assert seen() is None
    Measured(ELSEWHERE).add({"loss": torch.zeros((), device=ELSEWHERE)})  # it has no number that could be read
