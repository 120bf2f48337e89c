"""What a benchmark leaves: what it has measured, and on which machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ftcli.processor import described

RESULTS = Path(__file__).parent / "results"


def write(report: dict[str, Any], name: str) -> Path:
    """Write what has been measured under this name; return where it lies."""
    RESULTS.mkdir(exist_ok=True)
    place = RESULTS / f"{name}.json"
    place.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return place


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
