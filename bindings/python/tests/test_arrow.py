"""Columns of pages, through the Arrow PyCapsule interface."""

from __future__ import annotations

import pagesieve
import polars
import pyarrow
import pytest
from conftest import GOLDEN

CLASSIFIER = pagesieve.Classifier()
PAGES = [path.read_text() for path in GOLDEN]
MEMBERS = ("label", "probs", "verdict", "reasons", "words")


def rows(batch) -> list[dict]:
    return pyarrow.record_batch(batch).to_pylist()


@pytest.mark.parametrize("type", ["string", "large_string", "string_view", "binary", "large_binary", "binary_view"])
def test_rows_are_those_of_classify(type, golden_records) -> None:
    array = pyarrow.array(PAGES).cast(getattr(pyarrow, type)())
    found = rows(CLASSIFIER.classify_arrow(pyarrow.record_batch({"page": array}), column="page"))
    assert found == [{member: record[member] for member in MEMBERS} for record in golden_records]


def test_threads_and_chunks_change_nothing() -> None:
    whole = CLASSIFIER.classify_arrow(pyarrow.table({"page": PAGES}), column="page", news_text=True)
    chunked = pyarrow.table({"page": pyarrow.chunked_array([PAGES[:7], [], PAGES[7:]])})
    parts = CLASSIFIER.classify_arrow(chunked, column="page", news_text=True, threads=3)
    assert rows(whole) == rows(parts)
    assert [row["news_text"] for row in rows(whole)] == [CLASSIFIER.classify(page).news_text for page in PAGES]


def test_nulls_stay_nulls_and_slices_stay_slices() -> None:
    batch = pyarrow.record_batch({"page": pyarrow.array(["zero", None, PAGES[0], ""])}).slice(1)
    null, page, empty = rows(CLASSIFIER.classify_arrow(batch, column="page"))
    assert set(null.values()) == {None}
    assert page["label"] == CLASSIFIER.classify(PAGES[0]).label
    assert empty["reasons"] == ["empty"]
    nothing = CLASSIFIER.classify_arrow(pyarrow.record_batch({"page": pyarrow.nulls(2)}), column="page")
    assert nothing.num_rows == 2
    assert CLASSIFIER.classify_arrow(batch.slice(0, 0), column="page").num_rows == 0


def test_polars_data_frames_go_in_and_out() -> None:
    frame = polars.DataFrame({"page": PAGES[:3]})
    found = polars.DataFrame(CLASSIFIER.classify_arrow(frame, column="page"))
    assert found["label"].to_list() == [CLASSIFIER.classify(page).label for page in PAGES[:3]]


def test_wrong_columns_are_refused() -> None:
    table = pyarrow.table({"page": [1, 2]})
    with pytest.raises(KeyError, match=r'named "text".*"page"'):
        CLASSIFIER.classify_arrow(table, column="text")
    with pytest.raises(TypeError, match="Int64"):
        CLASSIFIER.classify_arrow(table, column="page")
    with pytest.raises(ValueError, match="__arrow_c_array__"):
        CLASSIFIER.classify_arrow([PAGES[0]], column="page")
    with pytest.raises(ValueError, match="at least 1"):
        CLASSIFIER.classify_arrow(table, column="page", threads=0)
