"""Tuning the upper half of the encoder on the desk's own pairs, with the softmax over all articles as the loss.

Invariant: run as ``python -m search.tuning FOLDER THREADS``; it reads ``pairs.npz`` there and writes ``state.npz`` and
``encoder/``, and nothing else. The lower layers stay as they are, so what they give is computed once.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from search.export import original_model, write_encoder
from search.pairs import OWN, SHRINK

UPPER: Final = 3
"""Layers that are tuned, of six."""
EPOCHS: Final = 3
BATCH: Final = 32
AT_ONCE: Final = 8
"""Batches whose questions are sorted by length together: padding is work for nothing."""
RATE: Final = 1e-4
HEAD_RATE: Final = 2e-3
MAP_RATE: Final = 4e-4
WARM: Final = 40
"""Steps until the full rate; it falls evenly to nothing after that."""
DROPOUT: Final = 0.1
LONGEST_STEP: Final = 1.0
"""Norm at which a gradient is cut."""


class Reader:
    """The encoder's layers: `states` of the lower ones, kept; `vectors` by the upper ones."""

    def __init__(self, transformer: Any, questions: list[NDArray[np.int32]]) -> None:  # noqa: ANN401 - its class is imported late
        self.transformer = transformer
        self.upper = nn.ModuleList(transformer.encoder.layer[-UPPER:])
        for module in self.upper.modules():
            if isinstance(module, nn.Dropout):
                module.p = DROPOUT
        self.questions = questions
        self.lengths = np.array([len(question) for question in questions])
        self.precision = self._faster()
        self.states: list[Tensor] = [torch.empty(0)] * len(questions)

    def read(self, rows: NDArray[np.int64]) -> None:
        """Run the lower layers, once for all."""
        longest = int(self.lengths[rows].max())
        ids, mask = torch.zeros(len(rows), longest, dtype=torch.long), self._mask(rows, longest)
        for place, row in enumerate(rows):
            ids[place, : self.lengths[row]] = torch.as_tensor(self.questions[row], dtype=torch.long)
        with torch.no_grad(), self.precision():
            found = self._through(self.transformer.encoder.layer[:-UPPER], self.transformer.embeddings(ids), mask)
        for place, row in enumerate(rows):
            self.states[row] = found[place, : self.lengths[row]].to(torch.bfloat16).clone()

    def vectors(self, rows: NDArray[np.int64]) -> Tensor:
        """Shape (rows, dimensions), of length one."""
        longest = int(self.lengths[rows].max())
        states, mask = torch.zeros(len(rows), longest, self.states[rows[0]].shape[1]), self._mask(rows, longest)
        for place, row in enumerate(rows):
            states[place, : self.lengths[row]] = self.states[row].float()
        with self.precision():
            found = self._through(self.upper, states, mask).float()
        mean = (found * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return nn.functional.normalize(mean, dim=1)

    def _mask(self, rows: NDArray[np.int64], longest: int) -> Tensor:
        return (torch.arange(longest)[None, :] < torch.as_tensor(self.lengths[rows])[:, None]).float()

    @staticmethod
    def _through(layers: Any, states: Tensor, mask: Tensor) -> Tensor:  # noqa: ANN401
        hidden = (1 - mask[:, None, None, :]) * -1e9
        for layer in layers:
            found = layer(states, attention_mask=hidden)
            states = found[0] if isinstance(found, tuple) else found
        return states

    def _faster(self) -> Any:  # noqa: ANN401
        """Half precision where the processor has it; elsewhere it is several times slower."""
        halves: dict[Any, float] = {}
        states, mask = torch.randn(8, 64, self.transformer.config.hidden_size), torch.ones(8, 64)
        for precision in (_half, nullcontext):
            for _ in range(2):
                started = time.perf_counter()
                with torch.no_grad(), precision():
                    self._through(self.upper, states, mask)
                halves[precision] = time.perf_counter() - started
        return min(halves, key=lambda precision: halves[precision])


def _half() -> Any:  # noqa: ANN401 - the library has no types
    return torch.autocast("cpu", dtype=torch.bfloat16)


class Head(nn.Module):  # type: ignore[misc]
    """Log odds of each article, as `pairs` learns them; starts where the plain encoder's descent ended."""

    def __init__(self, held: dict[str, NDArray[Any]]) -> None:
        super().__init__()
        self.means = torch.as_tensor(held["means"], dtype=torch.float32)
        for name in ("map", "own", "bias", "scale"):
            self.register_parameter(name, nn.Parameter(torch.as_tensor(held[name], dtype=torch.float32)))

    def forward(self, vectors: Tensor, product_of: Tensor) -> Tensor:
        turned = vectors + vectors @ self.map
        return self.scale * (turned @ self.means.T) + OWN * (vectors @ self.own.T) + self.bias.T[product_of]

    def cost(self) -> Tensor:
        """What keeps the map and the articles' own vectors small."""
        return SHRINK * (self.map.square().sum() + self.own.square().sum())


def tune(folder: Path, threads: int) -> None:
    """Read, tune, write."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    with np.load(folder / "pairs.npz", allow_pickle=False) as file:
        held = {name: file[name] for name in file.files}
    questions = np.split(held["tokens"], np.cumsum(held["lengths"])[:-1])
    original = original_model()
    reader, head = Reader(original[0].model, questions), Head(held)
    steps = [batch for epoch in range(EPOCHS) for batch in batches(reader.lengths, epoch)]
    reading = list(batches(reader.lengths, EPOCHS))
    total = len(steps) + len(reading) // 3
    for number, rows in enumerate(reading):
        reader.read(rows)
        _tell(number // 3, total)
    _descend(reader, head, held, steps, total)
    reader.upper.eval()
    write_encoder(original, folder / "encoder")
    state = {name: value.detach().numpy().astype(np.float32) for name, value in head.named_parameters()}
    np.savez(folder / "state.npz", **state)


def batches(lengths: NDArray[np.int64], epoch: int) -> Iterator[NDArray[np.int64]]:
    """Rows in an order of that epoch's own, questions of like length together."""
    random = np.random.default_rng(epoch)
    found: list[NDArray[np.int64]] = []
    for part in np.array_split(random.permutation(len(lengths)), max(1, len(lengths) // (BATCH * AT_ONCE))):
        ordered = part[np.argsort(lengths[part], kind="stable")]
        found += [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
    for place in random.permutation(len(found)):
        yield found[place]


def _descend(
    reader: Reader, head: Head, held: dict[str, NDArray[Any]], steps: list[NDArray[np.int64]], total: int
) -> None:
    """AdamW (Loshchilov and Hutter 2019) with a warm-up and an even decay."""
    product_of, weight = torch.as_tensor(held["product_of"]), torch.as_tensor(held["weight"])
    target = torch.as_tensor(held["target"])
    groups: list[dict[str, Any]] = [
        {"params": list(reader.upper.parameters()), "lr": RATE, "weight_decay": 0.01},
        {"params": [head.map], "lr": MAP_RATE, "weight_decay": 0.0},
        {"params": [head.own, head.bias, head.scale], "lr": HEAD_RATE, "weight_decay": 0.0},
    ]
    descent = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        descent, lambda step: min(1.0, (step + 1) / WARM) * max(0.02, 1 - step / len(steps))
    )
    reader.upper.train()
    for number, rows in enumerate(steps):
        descent.zero_grad()
        logs = torch.log_softmax(head(reader.vectors(rows), product_of[rows]), dim=1)
        loss = -(weight[rows, None] * target[rows] * logs).sum() / len(rows) + head.cost()
        loss.backward()
        nn.utils.clip_grad_norm_(reader.upper.parameters(), LONGEST_STEP)
        descent.step()
        schedule.step()
        _tell(total - len(steps) + number + 1, total)


def _tell(done: int, total: int) -> None:
    sys.stdout.write(f"{json.dumps([done, total])}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    tune(Path(sys.argv[1]), int(sys.argv[2]))
