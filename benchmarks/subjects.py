"""What is measured, each in a process of its own: ftcli, and the Hugging Face Trainer in several settings.

    python -m benchmarks.subjects NAME '{"task": "cola", ...}'

prints one JSON object: examples a second between two steps, seconds from the start of the process to the end of the
first step, and the largest resident memory up to the last step. Evaluation and saving lie after the last step.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftcli.startup import start_soon

STARTED = time.time()


@dataclass(frozen=True)
class Job:
    """What to train: alike for all subjects."""

    task: str = "cola"
    data_dir: str = "data"
    model: str = "onboard"
    batch_size: int = 16
    steps: int = 110
    skip: int = 10
    lr: float = 5e-5
    seed: int = 42
    threads: int = 0
    seeds: int = 4
    max_length: int = 256
    device: str = "cpu"
    pause_every: int = 0

    def settings(self, output: str, **more: Any) -> Any:
        """Return ftcli's settings for this job."""
        from ftcli.settings.train import train_settings

        own = {
            name: getattr(self, name)
            for name in ("task", "data_dir", "model", "batch_size", "lr", "seed", "threads", "device")
        }
        return train_settings()(
            **own, max_steps=self.steps, max_length=self.max_length, output=output, log_every=50, **more
        )


@dataclass
class Clock:
    """Times the steps that are not skipped; after so many the process stops, if asked to, until it is woken."""

    job: Job
    first_step: float = 0.0
    warm_up: float = 0.0
    begun: float = 0.0
    seconds: float = 0.0
    found: dict[str, float] = field(default_factory=dict)

    def step(self, number: int) -> None:
        """Note the end of a step, counted from 1."""
        if number == 1:
            self.first_step = time.time() - STARTED
        timed = number - self.job.skip
        if timed == 0:
            self.warm_up = time.time() - STARTED
            self._go_on()
        elif number == self.job.steps:
            self.seconds += self._now() - self.begun
            self.found = {
                "examples_per_second": self.job.batch_size * timed / self.seconds,
                "first_step_seconds": self.first_step,
                "warm_up_seconds": self.warm_up,
                "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        elif timed > 0 and self.job.pause_every and timed % self.job.pause_every == 0:
            self.seconds += self._now() - self.begun
            self._go_on()

    def _go_on(self) -> None:
        if self.job.pause_every:
            os.kill(os.getpid(), signal.SIGSTOP)
        self.begun = self._now()

    def _now(self) -> float:
        if self.job.device == "cuda":
            import torch

            torch.cuda.synchronize()
        return time.perf_counter()


def ftcli(job: Job) -> dict[str, Any]:
    """One run, as ``ftcli train`` does it."""
    start_soon()
    from ftcli import api
    from ftcli.engine.observers import Observer

    clock = Clock(job)

    class Watch(Observer):
        def step(self, number: int) -> None:
            clock.step(number)

    with tempfile.TemporaryDirectory() as folder:
        result = api.train(job.settings(f"{folder}/run", save_model=job.device == "cpu"), [Watch()])
    speed = result.trained.speed
    tokens = speed.tokens_per_second / speed.examples_per_second  # its clock has not stopped at pauses
    return clock.found | {
        "tokens_per_second": tokens * clock.found["examples_per_second"],
        "padding_efficiency": speed.padding_efficiency,
    }


def ftcli_study(job: Job) -> dict[str, Any]:
    """Several seeds side by side: the examples a second of one run, times the runs that go at a time."""
    from ftcli import api
    from ftcli.trainings.processes import share_cores

    with tempfile.TemporaryDirectory() as folder:
        result = api.train_study(job.settings(f"{folder}/study", seeds=str(job.seeds)))
    assert len(result.finished) == job.seeds
    workers, _ = share_cores(job.seeds, job.threads)
    rates = [each.trained.speed.examples_per_second for each in result.finished]
    return {"examples_per_second": workers * sum(rates) / len(rates)}


def trainer(
    job: Job, *, grouped: bool = False, fused: bool = False, padded: bool = False, compiled: bool = False
) -> dict[str, Any]:
    """The Hugging Face Trainer; on a GPU in bf16."""
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainerCallback,
        TrainingArguments,
        set_seed,
    )

    from ftcli.models.places import model_folder
    from ftcli.tasks.load import load_dataset

    if job.threads:
        import torch

        torch.set_num_threads(job.threads)
    set_seed(job.seed)
    examples = load_dataset(job.settings("unused")).splits["train"]
    folder = model_folder(job.model)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    padding = "max_length" if padded else False
    pairs = None if examples.pairs is None else list(examples.pairs)
    encoded = tokenizer(list(examples.texts), pairs, truncation=True, max_length=job.max_length, padding=padding)
    assert examples.labels is not None
    rows = [
        {name: encoded[name][row] for name in encoded} | {"labels": int(examples.labels[row])}
        for row in range(len(examples))
    ]
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=int(examples.labels.max()) + 1)
    clock = Clock(job)

    class Watch(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            clock.step(state.global_step)

    with tempfile.TemporaryDirectory() as output:
        arguments = TrainingArguments(
            output_dir=output,
            per_device_train_batch_size=job.batch_size,
            learning_rate=job.lr,
            max_steps=job.steps,
            warmup_steps=0.1,
            weight_decay=0.01,
            logging_steps=50,
            save_strategy="no",
            report_to="none",
            seed=job.seed,
            disable_tqdm=True,
            bf16=job.device == "cuda",
            use_cpu=job.device == "cpu",
            torch_compile=compiled,
            **({"train_sampling_strategy": "group_by_length"} if grouped else {}),
            **({"optim": "adamw_torch_fused"} if fused else {}),
        )
        collator = DataCollatorWithPadding(tokenizer)
        Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collator, callbacks=[Watch()]).train()
    return clock.found


def matrix_speed(job: Job) -> dict[str, Any]:
    """The speed of fp32 matrix products on this machine, in GFLOP/s: the best of several sizes and tries.

    ``gflops`` is that of the faster way, ``torch_gflops`` that of torch's own.
    """
    import torch

    from ftcli.models.products import products

    if job.threads:
        torch.set_num_threads(job.threads)
    best = {"torch_gflops": 0.0, "gflops": 0.0}
    for rows, inner, columns in ((1024, 1024, 1024), (2048, 384, 1536)):
        left, right = torch.randn(rows, inner), torch.randn(columns, inner)
        for name, way in (("torch_gflops", torch.nn.functional.linear), ("gflops", products(torch.float32).forward)):
            for _ in range(30):
                begun = time.perf_counter()
                way(left, right, None)
                best[name] = max(best[name], 2 * rows * inner * columns / (time.perf_counter() - begun) / 1e9)
    return best


SUBJECTS: dict[str, Callable[[Job], dict[str, Any]]] = {
    "ftcli": ftcli,
    "ftcli study": ftcli_study,
    "Trainer grouped by length": lambda job: trainer(job, grouped=True, fused=True),
    "Trainer compiled": lambda job: trainer(job, grouped=True, fused=True, compiled=True),
    "Trainer defaults": trainer,
    "Trainer padded to 256": lambda job: trainer(job, padded=True),
    "matrix products": matrix_speed,
}


def main() -> None:
    """Measure one subject."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    name, job = sys.argv[1], Job(**json.loads(sys.argv[2]))
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print must not get between
    found = SUBJECTS[name](job)
    Path(f"/dev/fd/{out}").write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
