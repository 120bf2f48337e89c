"""What the terminal shows, whatever state it was left in."""

from __future__ import annotations

from ftcli.cli.console import err, show_error
from ftcli.errors import FtcliError


def test_an_error_is_shown_though_what_was_being_written_was_interrupted(capsys):
    with err:  # as within a line: what is written now waits for its end
        show_error(FtcliError("interrupted", hint="To go on: like this."), as_json=False)
        assert capsys.readouterr().err == "Error: interrupted\nTo go on: like this.\n"
