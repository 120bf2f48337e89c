"""Write the reference from the code: ``python -m docs.reference``."""

from __future__ import annotations

from pathlib import Path

from docs.reference import commands, python, techniques

FOLDER = Path(__file__).resolve().parents[1]
PAGES = {"cli.md": commands.page, "strategies.md": techniques.page, "python.md": python.page}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
