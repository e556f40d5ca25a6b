"""Fingerprints of what was said. Invariant: equal hashes mean there is nothing to do again."""

from __future__ import annotations

import hashlib
from typing import Any


def of(*parts: Any) -> str:  # noqa: ANN401 - anything with a stable repr
    """SHA-256 over the parts, hexadecimal."""
    joined = "\x1f".join(part if isinstance(part, str) else repr(part) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()
