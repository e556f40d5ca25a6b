from __future__ import annotations

import pytest

from web.cli.progress import Bar


def test_how_much_there_is_may_show_only_on_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar() as bar:
        bar("tuning", 0, 1)
        bar("tuning", 3, 12)
        bar("tuning", 6, 12)
    last = capsys.readouterr().err.replace("\r", "\n").splitlines()[-1]
    assert "tuning:  50%" in last
    assert "6/12" in last
