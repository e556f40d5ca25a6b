"""Texts to vectors, without torch. Invariant: the same text in the same batch gives the same vector.

A quantised graph scales activations a batch, so a text's vectors differ slightly between batches: over the samples the
cosine of a text alone with the same text among the others is .99 on average and .967 at worst.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from search.contract import Vectors
from search.recipe import DIMENSIONS, GRAPH, TOKENIZER, Recipe
from search.texts import clean

TOKENS_A_BATCH: Final = 2048
UNREADABLE: Final = (
    OSError,
    onnxruntime.capi.onnxruntime_pybind11_state.NoSuchFile,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
)
"""What is raised where an encoder's folder has gone or is damaged."""
LONGEST_TEXT: Final = 20_000
"""Characters read at all; far beyond what the encoder's tokens can hold."""


class Encoder:
    """The exported graph in `folder`. Safe to call from several threads."""

    def __init__(self, folder: Path, *, threads: int = 1, longest: int | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Each batch has a shape of its own; remembering a memory plan for each costs more than it saves.
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(
            str(folder / GRAPH), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.enable_truncation(longest or Recipe.current().longest)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), rows of length one, in the order of `texts`."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for numbers, batch in self._batches(texts):
            vectors[numbers] = self._run(batch)
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """What the encoder would read of each text."""
        return [encoded.ids for encoded in self._encoded(texts)]

    def _encoded(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch([clean(text[:LONGEST_TEXT]) for text in texts])

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[Encoding]]]:
        """Texts of like length together: padding is work for nothing."""
        encoded = self._encoded(texts)
        numbers: list[int] = []
        for number in sorted(range(len(encoded)), key=lambda n: len(encoded[n].ids)):
            if numbers and len(encoded[number].ids) * (len(numbers) + 1) > TOKENS_A_BATCH:
                yield numbers, [encoded[n] for n in numbers]
                numbers = []
            numbers.append(number)
        if numbers:
            yield numbers, [encoded[n] for n in numbers]

    def _run(self, batch: Sequence[Encoding]) -> NDArray[np.float32]:
        longest = max(len(encoding.ids) for encoding in batch)
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(batch):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        (vectors,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, dtype=np.float32)
