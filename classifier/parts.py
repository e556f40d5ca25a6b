"""A model's parts in one file: containers, numbers, arrays and scikit-learn's own types. Invariant: nothing is unpickled."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from classifier.contract import NoModelError

DOOR: Final = "sklearn.externals.array_api_compat.torch"


@contextmanager
def _shut(module: str) -> Iterator[None]:
    """Whoever imports that module meanwhile is told that it is not there, unless it is loaded already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # as the documentation of sys.modules describes
    try:
        yield
    finally:
        del sys.modules[module]


# To list scikit-learn's estimators skops imports all of its packages, and one of them leads to torch: two seconds and
# 180 MB, of which no model needs anything.
with _shut(DOOR):
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

UNREADABLE: Final = (
    OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, zipfile.BadZipFile,
    UnsupportedTypeException, UntrustedTypesFoundException,
)  # fmt: skip
"""What reading a file may raise that is not what was written."""


def write(path: Path, parts: dict[str, Any]) -> None:
    """Store them."""
    skops.io.dump(parts, path, compression=zipfile.ZIP_DEFLATED, compresslevel=1)


def read(path: Path) -> dict[str, Any]:
    """What was stored.

    Raises:
        NoModelError: the file holds other types.
        one of UNREADABLE: it is no such file.
    """
    unknown = sorted(skops.io.get_untrusted_types(file=path))
    if unknown:
        raise NoModelError(f"it holds types that are not allowed ({', '.join(unknown)})")
    parts: dict[str, Any] = skops.io.load(path, trusted=[])
    return parts
