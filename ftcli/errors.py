"""What can go wrong, each with the exit code that the command line ends with."""

from __future__ import annotations


class FtcliError(Exception):
    """Something the user can understand and act on: shown as one message, never as a traceback.

    Args:
        message: what is wrong and where (file and line for data, option name for settings).
        hint: how to mend it.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(FtcliError):
    """The command was put together wrongly: an unknown name, a bad value, options that exclude each other."""

    exit_code = 2


class SingleTextsError(UsageError):
    """A model of single texts is given pairs of them."""


class DataError(FtcliError):
    """A data file is missing, malformed, or does not fit its task."""


class MissingColumnError(DataError):
    """A file lacks the column that is asked for, or that can't be read as text.

    Args:
        message: what is wrong and where.
        hint: which columns there are.
        column: the one that is asked for.
    """

    def __init__(self, message: str, *, hint: str, column: str) -> None:
        super().__init__(message, hint=hint)
        self.column = column

    def chosen_by(self, how: str) -> MissingColumnError:
        """Return the same error, with a hint that says how another column is chosen, too."""
        return MissingColumnError(self.message, hint=f"{self.hint} {how}", column=self.column)


class ModelError(FtcliError):
    """A model can't be found, read or used."""


class DownloadError(FtcliError):
    """A download failed or brought something unexpected."""


class HubError(FtcliError):
    """The Hugging Face hub can't be reached, or refuses."""


class RunError(FtcliError):
    """A run folder is missing, occupied or unreadable."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end by SIGTERM or SIGHUP: handled like Ctrl-C, but for the exit code 143."""


class Stopped(KeyboardInterrupt):
    """The process was asked to end, by SIGTERM or SIGHUP (``terminated``) or Ctrl-C, and is between two steps."""

    def __init__(self, *, terminated: bool) -> None:
        super().__init__()
        self.terminated = terminated


def is_termination(error: KeyboardInterrupt) -> bool:
    """Whether an interrupt came from SIGTERM or SIGHUP."""
    return isinstance(error, Terminated) or (isinstance(error, Stopped) and error.terminated)


class OutOfMemoryError(FtcliError):
    """Memory ran out, and computing in smaller parts was no way out."""


class PausedError(FtcliError):
    """A training waits for others, after ``step`` of its ``steps``; it can go on."""

    def __init__(self, message: str, *, step: int = 0, steps: int = 0) -> None:
        super().__init__(message)
        self.step, self.steps = step, steps


class DivergedError(FtcliError):
    """Training produced a loss that is not a number."""
