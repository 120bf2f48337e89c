"""What a benchmark leaves: what it has measured, and on which machine."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from ftcli.processor import described

RESULTS = Path(__file__).parent / "results"


def write(report: dict[str, Any], name: str) -> Path:
    """Write what has been measured under this name, with the day and the commit; return where it lies."""
    RESULTS.mkdir(exist_ok=True)
    place = RESULTS / f"{name}.json"
    whole = {"day": time.strftime("%Y-%m-%d", time.gmtime()), "commit": commit(), **report}
    place.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return place


def commit() -> str | None:
    """Return which version of the code this is, with a word where it has been changed since."""
    command = ["git", "describe", "--always", "--dirty"]
    try:
        told = subprocess.run(command, cwd=RESULTS.parent, capture_output=True, text=True, check=False)
    except OSError:  # there is no git
        return None
    return told.stdout.strip() or None


def machine() -> dict[str, Any]:
    """Say what this is measured on."""
    import torch
    import transformers

    return {
        "processor": processor(),
        "threads": torch.get_num_threads(),
        **({"device": torch.cuda.get_device_name()} if torch.cuda.is_available() else {}),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def processor() -> str:
    """Name the processor; a name such as AMD EPYC alone leaves its generation open."""
    facts = dict(map(_fact, described().splitlines()))
    wanted = {"family": "cpu family", "model": "model"}
    numbers = [f", {name} {facts[key]}" for name, key in wanted.items() if key in facts]
    return facts.get("model name", described()) + "".join(numbers)


def _fact(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()
