"""``python -m ftcli`` and the ``ftcli`` script."""

from __future__ import annotations

import sys

from ftcli.startup import start_soon


def main() -> None:
    """Run the command line; a late or early Ctrl-C ends with 130 as everywhere."""
    start_soon()
    try:
        from ftcli.cli.app import build

        build()(prog_name="ftcli")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
