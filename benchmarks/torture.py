"""Kill a training at random moments until it is through, and hold what it made against one that was left alone.

    python -m benchmarks.torture --kills 100

Each round trains the same recipe in a new folder, kills its process (SIGKILL: no chance to tidy up) after a random
time, resumes it, kills that, and so on until it finishes; chance decides between a single run and a study of two seeds
in processes. What differs by a byte from the one that was left alone ends the torture.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

RESULTS = ["metrics.jsonl", "model/model.safetensors", "evaluations/dev.predictions.jsonl", "evaluations/dev.json"]
RECIPE = ["--rdrop", "--swa", "--mixout", "--threads", "1", "--checkpoint-every", "3", "--epochs", "2"]


def write_data(folder: Path) -> None:
    """Write two small files of made-up reviews."""
    rng = random.Random(0)
    for name, rows in (("train.csv", 160), ("dev.csv", 60)):
        lines = ["text,label"]
        for number in range(rows):
            words = rng.choices(["the", "phone", "screen", "is", "and", "very"], k=rng.randint(3, 14))
            lines.append(f"{' '.join(words)} {('awful', 'lovely')[number % 2]},{('bad', 'good')[number % 2]}")
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def command(folder: Path, arguments: list[str]) -> subprocess.Popen[str]:
    """Start ftcli in a session of its own, so that all its processes can be killed together."""
    return subprocess.Popen(
        [sys.executable, "-m", "ftcli", "train", *arguments],
        cwd=folder,
        env=os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a process that is to succeed."""
    _, said = process.communicate()
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}\n{said}")
    return said


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a process and all it has started after some time; False if it has come to its end before."""
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}\n{said}")
    return False


def moment(path: Path) -> str:
    """Say how far a run was when it was killed."""
    if not (path / "status.json").exists() and not (path / "study.toml").exists():
        return "before its folder"
    if not any(path.rglob("metrics.jsonl")):
        return "loading"
    if any(path.rglob("checkpoints/.partial-*")):
        return "writing a checkpoint"
    if any(path.rglob("evaluations/dev.json")):
        return "saving"
    return "training" if any(path.rglob("checkpoints/step-*")) else "before its first checkpoint"


def settle(path: Path) -> None:
    """Wait until the processes of a killed study have gone: they hold their runs until they notice."""
    time.sleep(0.3)
    for lock in path.rglob(".lock-owner"):
        for _ in range(200):
            said = lock.read_text(encoding="utf-8") if lock.exists() else ""
            pid = int(said.partition('"pid": ')[2].partition(",")[0] or 0)
            if not pid or not Path(f"/proc/{pid}").exists():
                break
            time.sleep(0.1)


def torture(folder: Path, kills: int, rng: random.Random) -> Counter[str]:
    """Kill so many times, and return how often at which moment."""
    data = ["--train-file", "train.csv", "--dev-file", "dev.csv", *RECIPE]
    kinds = {"run": data, "study": [*data, "--seeds", "2"]}
    lasted = {}
    for kind, arguments in kinds.items():
        started = time.perf_counter()
        finish(command(folder, [*arguments, "--output", f"./whole-{kind}"]))
        lasted[kind] = time.perf_counter() - started
    moments: Counter[str] = Counter()
    while moments.total() < kills:
        kind = rng.choice(list(kinds))
        path = folder / "tortured"
        arguments = [*kinds[kind], "--output", "./tortured"]
        while True:
            going = path.exists() and (any(path.rglob("status.json")) or (path / "study.toml").exists())
            process = command(folder, ["--resume", "./tortured"] if going else arguments)
            enough = moments.total() >= kills
            if not kill_after(process, 600 if enough else rng.uniform(0.2, 1.1 * lasted[kind])):
                break
            settle(path)
            moments[moment(path)] += 1
        compare(folder / f"whole-{kind}", path)
        print(f"{moments.total()} kills: {dict(moments)}", flush=True)
        shutil.rmtree(path)
    return moments


def compare(whole: Path, tortured: Path) -> None:
    """Hold all results of two runs or studies against each other."""
    for file in sorted(whole.rglob("metrics.jsonl")):
        for name in RESULTS:
            ours, theirs = tortured / file.parent.relative_to(whole) / name, file.parent / name
            if ours.read_bytes() != theirs.read_bytes():
                raise SystemExit(f"{ours} differs from {theirs}")
        run = tortured / file.parent.relative_to(whole)
        left = [*run.glob("checkpoints"), *run.rglob(".partial-*"), *run.rglob(".*.old-*")]
        if left:
            raise SystemExit(f"{left[0]} is still there")


def main() -> None:
    """Torture, and say what was survived."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder))
        moments = torture(Path(folder), given.kills, random.Random(given.seed))
    print(f"{moments.total()} kills survived, all results identical to the byte; killed while:")
    for when, times in moments.most_common():
        print(f"  {times:4}  {when}")


if __name__ == "__main__":
    main()
