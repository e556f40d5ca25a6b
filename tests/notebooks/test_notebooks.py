from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

import web

FOLDER = Path(web.__file__).parent.parent / "notebooks"
NAMES = ("01_retrieval.ipynb", "02_escalation.ipynb", "03_threshold.ipynb")
FEWER = {
    "count=1600": "count=500",
    "told[:1000]": "told[:300]",
    "told[1000:]": "told[300:]",
    '("lexical", "semantic", "memory", "popularity", "learnt", "facts")': '("memory",)',
}
"""What makes a notebook quick enough for a test."""
LARGEST = 400_000


def cells(name: str) -> list[dict[str, Any]]:
    found = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert found["nbformat"] == 4
    return [cell for cell in found["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("name", NAMES)
def test_it_was_run_from_top_to_bottom_and_is_small(name: str) -> None:
    assert (FOLDER / name).stat().st_size < LARGEST
    assert [cell["execution_count"] for cell in cells(name)] == list(range(1, len(cells(name)) + 1))
    assert not any(out["output_type"] == "error" for cell in cells(name) for out in cell["outputs"])
    assert sum(bool(cell["outputs"]) for cell in cells(name)) >= len(cells(name)) - 1


@pytest.mark.parametrize("name", NAMES)
def test_it_says_that_the_desk_is_made_up(name: str) -> None:
    assert "fictional" in (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_still_runs(name: str, encoder_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    fewer = FEWER | {"tempfile.mkdtemp()": repr(str(tmp_path))}
    namespace: dict[str, Any] = {"__name__": "notebook"}
    for cell in cells(name):
        source = "".join(cell["source"])
        for much, little in fewer.items():
            source = source.replace(much, little)
        exec(compile(ast.parse(source), name, "exec"), namespace)  # noqa: S102 - our own notebook
    assert "tickets" in capsys.readouterr().out
