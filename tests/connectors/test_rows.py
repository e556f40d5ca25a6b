from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.connectors import json_rows
from web.connectors.row import LONGEST_ROW, Row, RowError
from web.connectors.rows import read_rows
from web.connectors.source import SourceError


def written(path: Path, content: str | bytes) -> Path:
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def read(path: Path) -> list[Any]:
    return [(row.line, row.values) if isinstance(row, Row) else row for row in read_rows(path)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"a": "1"}\n\n{"a": "é"}\n'),
        ("a.jsonl.gz", '{"a": "1"}\n\n{"a": "é"}'),
        ("a.ndjson", '\ufeff{"a": "1"}\r\n\r\n{"a": "é"}\r\n'),
        ("a.json", '{"a": "1"}\n\n{"a": "é"}\n'),
        ("a.json", '[{"a": "1"},\n\n{"a": "é"}]'),
        ("a.json", '\ufeff {"a":\n"1"}\n {"a": "é"}\n'),
        ("a.jsonl", '[\n{"a": "1"},\n{"a": "é"}\n]\n'),
        ("a.csv", '\ufeffa\n1\n"é"\n'),
        ("a.csv.gz", "a\n1\né\n"),
        ("noname", '{"a": "1"}\n\n{"a": "é"}\n'),
        ("noname", "a\n1\né\n"),
    ],
)
def test_a_file_is_told_by_its_name_and_its_beginning(tmp_path: Path, name: str, content: str) -> None:
    assert [values for _, values in read(written(tmp_path / name, content))] == [{"a": "1"}, {"a": "é"}]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_commas_semicolons_and_tabs_part_cells(tmp_path: Path, mark: str) -> None:
    path = written(tmp_path / "a.csv", f'"x,;y"{mark}b\n"one{mark}\nand ""two"""{mark}=1+1\n\n3{mark}4\n')

    assert read(path) == [(2, {"x,;y": f'one{mark}\nand "two"', "b": "=1+1"}), (5, {"x,;y": "3", "b": "4"})]


def test_lines_are_counted_from_where_a_row_begins(tmp_path: Path) -> None:
    listed = written(tmp_path / "a.json", '[\n {"a": 1},\n {\n  "a": 2},\n 3, {"a": 4}]')

    first, second, wrong, last = read(listed)

    assert (first[0], second[0], last[0]) == (2, 3, 5)
    assert wrong == RowError(5, "is not a JSON object")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": -Infinity}', "-Infinity is not a number"),
        ('{"a": 1e999}', "1e999 is too large"),
        ('{"a": 1', "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('"a"', "is not a JSON object"),
        ('{"a": ' + "9" * 5000 + "}", "is not usable JSON"),
        ('{"a": ' + "[" * 100_000 + "}", "is not usable JSON"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(tmp_path: Path, line: str, reason: str) -> None:
    before, wrong, after = read(written(tmp_path / "a.jsonl", f'{{"a": 1}}\n{line}\n{{"a": 2}}\n'))

    assert (before, after) == ((1, {"a": 1}), (3, {"a": 2}))
    assert wrong.line == 2
    assert reason in wrong.reason
    assert len(wrong.reason) < 200


def test_a_broken_list_says_that_the_rest_is_lost(tmp_path: Path) -> None:
    first, wrong = read(written(tmp_path / "a.json", '[{"a": 1},\n{"a": NaN},\n{"a": 2}]'))
    _, cut = read(written(tmp_path / "b.json", '[{"a": 1},\n{"a": 2'))

    assert first == (1, {"a": 1})
    assert (wrong.line, cut.line) == (2, 2)
    assert "Nothing after it" in wrong.reason
    assert "Nothing after it" in cut.reason


def test_bad_csv_rows_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    wide, good, narrow, broken, last = read(written(tmp_path / "a.csv", 'a,b\n1,2,3\n4,5\n6\n"x"y,2\n7,8\n'))

    assert (wide, narrow) == (
        RowError(2, "has 3 cells, the header has 2"),
        RowError(4, "has 1 cells, the header has 2"),
    )
    assert (good, last) == ((3, {"a": "4", "b": "5"}), (6, {"a": "7", "b": "8"}))
    assert broken.line == 5


def test_a_quote_that_never_closes_is_one_error(tmp_path: Path) -> None:
    good, wrong = read(written(tmp_path / "a.csv", 'a,b\n1,2\n"x,2\n7,8\n'))

    assert good == (2, {"a": "1", "b": "2"})
    assert wrong.line == 3


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz", "a.json.gz"])
def test_a_huge_row_is_an_error_and_the_next_is_read(tmp_path: Path, name: str) -> None:
    huge = "x" * (LONGEST_ROW + 10)
    if name == "a.csv.gz":
        content = f"a\n{huge}\n2\n"
    elif name == "a.jsonl.gz":
        content = f'{{"a": "{huge}"}}\n{{"a": "2"}}\n'
    else:
        content = f'[\n{{"a": "{huge}"}},{{"a": "2"}}]'

    wrong, *rest = read(written(tmp_path / name, content))

    assert isinstance(wrong, RowError)
    assert wrong.reason == "is longer than 20 MB"
    assert wrong.line == (1 if name == "a.jsonl.gz" else 2)
    assert [values for _, values in rest] == [{"a": "2"}]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.jsonl", b" \n\n", "is empty"),
        ("a.csv.gz", b"", "is empty"),
        ("a.csv", "a,b\n1,é\n".encode("cp1252"), "line 2 is not UTF-8 (byte 0xe9 at offset 6). Convert it first"),
        ("a.json", '[{"a": "é"}]'.encode("cp1252"), "(byte 0xe9 at offset 8). Convert it first"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "iconv -f UTF-16"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16-le"), "iconv -f UTF-16"),
        ("a.csv", b"PK\x03\x04rest", "Save it as CSV"),
        ("a.pdf", b"%PDF-1.7", "is a PDF"),
        ("a.csv", b"a,b,a\n1,2,3\n", "names a twice"),
        ("a.csv", b",,\n1,2,3\n", "no CSV header"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = written(tmp_path / name, content)

    with pytest.raises(SourceError) as caught:
        read(path)

    assert words in caught.value.message
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


def test_gzip_that_is_none_or_not_whole(tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv.gz"
    plain.write_bytes(b"a,b\n1,2\n")
    whole = gzip.compress("".join(json.dumps({"a": n}) + "\n" for n in range(20_000)).encode())
    short, spoiled = tmp_path / "short.jsonl.gz", tmp_path / "spoiled.jsonl.gz"
    short.write_bytes(whole[: len(whole) // 2])
    spoiled.write_bytes(whole[:2000] + bytes(100) + whole[2100:])

    for path, words in ((plain, "not gzipped"), (short, "not a whole gzip"), (spoiled, "not a whole gzip")):
        with pytest.raises(SourceError, match=words):
            read(path)


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no.csv", "no such file"), (tmp_path, "is a folder")):
        with pytest.raises(SourceError, match=words):
            read(path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # The tests may run as root, whom no permission stops.
    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(SourceError, match=r"cannot be read \(Permission denied\). Check its permissions"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.json", "a.csv.gz"])
def test_progress_reaches_the_end(tmp_path: Path, name: str) -> None:
    rows = [json.dumps({"a": n}) for n in range(5_000)]
    path = written(tmp_path / name, "[" + ",\n".join(rows) + "]" if name == "a.json" else "\n".join(rows))
    told: list[tuple[int, int]] = []

    assert sum(1 for _ in read_rows(path, lambda done, total: told.append((done, total)))) >= 4_999

    size = path.stat().st_size
    assert told[-1] == (size, size)
    assert told == sorted(told)


OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=4), st.text(max_size=12) | st.integers() | st.lists(st.none()), max_size=3),
    max_size=6,
)


@given(OBJECTS, st.sampled_from([None, 1]), st.integers(1, 40), st.booleans())
def test_objects_come_out_whole_however_the_file_is_cut(
    objects: list[dict[str, Any]], indent: int | None, size: int, as_list: bool
) -> None:
    text = json.dumps(objects, indent=indent) if as_list else "\n".join(json.dumps(o, indent=indent) for o in objects)
    blocks = iter([text[at : at + size] for at in range(0, len(text), size)])

    found = list(json_rows.values(blocks))

    assert [row.values for row in found if isinstance(row, Row)] == objects
    assert len(found) == len(objects)


def test_printing_a_row_shows_none_of_it() -> None:
    assert "hidden" not in repr(Row(1, {"a": "hidden"}))
