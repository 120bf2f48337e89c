"""What the system says of this machine's processor."""

from __future__ import annotations

import platform
from pathlib import Path


def described() -> str:
    """Return the lines about the first of its cores, as Linux has them; elsewhere one that names maker and family."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    except OSError:
        return platform.processor()
