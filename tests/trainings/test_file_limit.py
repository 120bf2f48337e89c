from __future__ import annotations

import resource

import pytest

from ftcli.errors import RunError
from ftcli.trainings.file_limit import allow_processes


@pytest.fixture
def limits():
    """The limits of this process, to be put back."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_limit_that_may_be_raised_is(limits):
    hard = limits[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (70, hard))
    allow_processes(4)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (96, hard)


def test_a_limit_that_is_high_enough_stays(limits):
    allow_processes(1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits


def test_one_that_may_not_be_raised_is_told(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (20, 60))
    with pytest.raises(RunError, match="the limit of open files is 60: 2 processes side by side need 80"):
        allow_processes(2)
