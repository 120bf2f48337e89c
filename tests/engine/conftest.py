from __future__ import annotations

import pytest
import torch


@pytest.fixture
def double_precision():
    """In which differences show."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)
