"""How many files a process may hold open, which is also how many processes it can talk to."""

from __future__ import annotations

import sys

from ftcli.errors import RunError

_FOR_ONE = 64
"""What Python, torch and a training hold open, with room to spare."""
_FOR_EACH_MORE = 8
"""Pipes to another process, in this one and in the one that forks."""


def allow_processes(number: int) -> None:
    """Raise the limit of open files to what so many processes side by side need, where the system lets us.

    Below that the standard library, which sends open files from one process to another, gives up without a reason.

    Raises:
        RunError: the system does not let us.
    """
    if sys.platform == "win32":
        return
    import resource

    needed = _FOR_ONE + _FOR_EACH_MORE * number
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise RunError(
            f"the limit of open files is {hard}: {number} processes side by side need {needed}",
            hint=f"Raise it (ulimit -n {needed}), or give --executor eager, which trains one seed after the other.",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
