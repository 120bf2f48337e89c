"""Kill a training at random moments until it is through, and hold what it made against one that was left alone.

    python -m benchmarks.torture --kills 100

Each round trains the same recipe in a new folder, kills its process (SIGKILL: no chance to tidy up), resumes it, kills
that, and so on until it finishes. Chance decides what is trained: a single run, one that replaces another, a study in
the same steps, a study in processes; and when it dies: after a random time, or right before something is changed on the
disk (``benchmarks.mortal``), so that the short moments get their share. What differs by a byte from the one that was
left alone ends the torture.
"""

from __future__ import annotations

import argparse
import json
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

from benchmarks.gpu import random_model
from benchmarks.mortal import CHECKPOINT, FINAL_RENAME, MODEL

RESULTS = [
    *("metrics.jsonl", "calibration.json", "model/model.safetensors"),
    *("evaluations/dev.predictions.jsonl", "evaluations/dev.json"),
]
TRAINING, EVALUATION = "training", "evaluating"
WANTED = [TRAINING, CHECKPOINT, EVALUATION, MODEL, FINAL_RENAME]
STEPS_PER_EPOCH = 10
SMALL = {"hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 128}
"""Of a small encoder, which is killed more often an hour than a large one."""
RECIPE = ["--rdrop", "--swa", "--mixout", "--threads", "1", "--checkpoint-every", "3", "--epochs", "4"]


def write_data(folder: Path) -> None:
    """Write two small files of made-up reviews."""
    rng = random.Random(0)
    for name, rows in (("train.csv", 160), ("dev.csv", 600)):
        lines = ["text,label"]
        for number in range(rows):
            words = rng.choices(["the", "phone", "screen", "is", "and", "very"], k=rng.randint(3, 14))
            lines.append(f"{' '.join(words)} {('awful', 'lovely')[number % 2]},{('bad', 'good')[number % 2]}")
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def command(folder: Path, arguments: list[str], *, die_in: Path | None = None, at: int = 0) -> subprocess.Popen[str]:
    """Start ftcli in a session of its own, so that all its processes can be killed together; or have it kill itself."""
    program = ["ftcli"] if die_in is None else ["benchmarks.mortal", str(at), str(die_in)]
    return subprocess.Popen(
        [sys.executable, "-m", *program, "train", *arguments],
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


def kill_in_evaluation(process: subprocess.Popen[str], path: Path) -> bool:
    """Kill a process and all it has started once it evaluates; False if it has come to its end before."""
    while process.poll() is None:
        if moment(path) == EVALUATION:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        time.sleep(0.002)
    return dies(process)


def dies(process: subprocess.Popen[str]) -> bool:
    """Wait until a process that is to kill itself has done so; False if it has come to its end before."""
    _, said = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise SystemExit(f"exit code {process.returncode}\n{said}")
    return process.returncode == -signal.SIGKILL


def moment(path: Path) -> str:
    """Say how far a run, or the first unfinished one of a study, was when it was killed after a random time."""
    statuses = sorted(path.rglob("status.json"))
    runs = [status.parent for status in statuses if '"running"' in read(status)]
    if not runs:
        return "starting or ending"
    run = runs[0]
    lines = read(run / "metrics.jsonl").splitlines(keepends=True)
    if any(run.glob("checkpoints/.partial-*")):
        return CHECKPOINT
    if (run / "evaluations/dev.json").exists():
        return MODEL
    if not lines:
        return "loading"
    last = json.loads(next((line for line in reversed(lines) if line.endswith("\n")), "{}"))
    at_end = last.get("split") == "train" and last["step"] % STEPS_PER_EPOCH == 0
    return EVALUATION if at_end else TRAINING


def read(path: Path) -> str:
    """Read a file that may be gone already."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


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


class Torture:
    """Trains in a folder with data, and kills what trains there."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._folder, self._rng = folder, rng
        data = ["--train-file", "train.csv", "--dev-file", "dev.csv", "--model", "./model", *RECIPE]
        self._kinds = {
            "run": data,
            "overwrite": [*data, "--overwrite"],
            "vmap": [*data, "--seeds", "1,2", "--executor", "vmap"],
            "processes": [*data, "--seeds", "1,2"],
        }
        self._lasted: dict[str, float] = {}
        self._changes: dict[str, list[str]] = {}
        self.moments: Counter[str] = Counter()
        for kind in self._kinds:
            self._train_whole(kind)

    def round(self, kills: int) -> None:
        """Train until it is through, and compare; kill as long as there have not been so many kills."""
        kind = self._rng.choice(list(self._kinds))
        path = self._folder / "tortured"
        if kind == "overwrite":
            shutil.copytree(self._folder / "whole-run", path)
        while self._is_killed(kind, path, at_all=self.moments.total() < kills):
            settle(path)
        compare(self._folder / f"whole-{'run' if kind == 'overwrite' else kind}", path)
        print(f"{self.moments.total()} kills: {dict(self.moments)}", flush=True)
        shutil.rmtree(path)

    def _train_whole(self, kind: str) -> None:
        path = self._folder / f"whole-{kind}"
        if kind == "overwrite":
            shutil.copytree(self._folder / "whole-run", path)
        started = time.perf_counter()
        finish(command(self._folder, [*self._kinds[kind], "--output", f"./{path.name}"], die_in=path, at=0))
        self._lasted[kind] = time.perf_counter() - started
        self._changes[kind] = path.with_name(f"{path.name}.moments").read_text(encoding="utf-8").splitlines()

    def _is_killed(self, kind: str, path: Path, *, at_all: bool) -> bool:
        """Train, or go on; False once it is through."""
        new = path.with_name(f"{path.name}.new")
        there = (new, path) if kind != "overwrite" else (new,)
        going = next((each for each in there if has_begun(each)), None)
        arguments = ["--resume", f"./{going.name}"] if going else [*self._kinds[kind], "--output", f"./{path.name}"]
        way = self._rng.choice(["time", "evaluation", *([] if kind == "processes" else ["change", "change"])])
        place = path if going is None and kind != "overwrite" else going or new
        if at_all and way == "evaluation":
            process, what = command(self._folder, arguments), EVALUATION
            killed = kill_in_evaluation(process, place)
        elif not at_all or way == "time":
            process = command(self._folder, arguments)
            earliest = self._rng.choice([0.2, 0.5 * self._lasted[kind]])  # half of the time goes into loading
            killed = kill_after(process, self._rng.uniform(earliest, 1.1 * self._lasted[kind]) if at_all else 600)
            what = moment(place)
        else:
            what = self._rng.choice(sorted(set(self._changes[kind])))
            at = self._rng.choice([place for place, each in enumerate(self._changes[kind], start=1) if each == what])
            process = command(self._folder, arguments, die_in=path, at=at)
            killed = dies(process)
        if killed:
            self.moments[what] += 1
        return killed


def has_begun(path: Path) -> bool:
    """Whether a run or a study is there that can be told to go on."""
    return (path / "study.toml").exists() or (path / "status.json").exists()


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


def torture(folder: Path, kills: int, rng: random.Random) -> Counter[str]:
    """Kill so many times, and return how often at which moment."""
    write_data(folder)
    random_model(folder / "model", "onboard", **SMALL)
    found = Torture(folder, rng)
    while found.moments.total() < kills:
        found.round(kills)
    return found.moments


def main() -> None:
    """Torture, and say what was survived."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        moments = torture(Path(folder), given.kills, random.Random(given.seed))
    print(f"{moments.total()} kills survived, all results identical to the byte; killed while:")
    for when, times in moments.most_common():
        print(f"  {times:4}  {when}")
    if missed := [each for each in WANTED if not moments[each]]:
        raise SystemExit(f"never killed while: {', '.join(missed)}")


if __name__ == "__main__":
    main()
