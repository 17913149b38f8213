"""pagesieve on Spark, for those who outgrow one machine.

    from pagesieve import spark

    judged = spark.classify(pages, "html", min_words=100)
    judged.where("pagesieve.verdict = 'keep'").write.parquet(...)

The package must be installed where the executors run. Results do not depend on the partitioning, and are those of the
command line, row by row.
"""

from __future__ import annotations

import atexit
import csv
import functools
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow
from pyspark import SparkFiles
from pyspark.sql.functions import coalesce, lit, nullif
from pyspark.sql.pandas.types import from_arrow_type
from pyspark.sql.types import StructField, StructType

from .classifier import Classifier, Kind
from .policy import Policy
from .training import Report, Trainer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from typing_extensions import Unpack


def classify(
    df: DataFrame,
    column: str,
    *,
    model: str | os.PathLike[str] | None = None,
    kind: Kind = "auto",
    news_text: bool = False,
    output: str = "pagesieve",
    **policy: Unpack[Policy],
) -> DataFrame:
    """`df` with one more column, a struct of `label`, `probs`, `verdict`, `reasons`, `words`, on demand `news_text`.

    `column` holds the pages, as strings or binary; the column `output` takes what was found out. A null page gives a
    struct of nulls. `model` is a file on the driver, which every worker process gets and reads once; without it the
    model that comes with the package is used. `policy` are the parts of `pagesieve.Policy`.
    """
    if output in df.columns:
        raise ValueError(f"there is a column {output!r} already; name another one with output=")
    classifier = Classifier(model, **policy)
    shipped = None if model is None else _ship(df.sparkSession, model, classifier.model["hash"])
    settings = tuple(sorted(policy.items()))

    def work(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        classifier = _classifier(shipped, settings)
        for batch in batches:
            yield batch.append_column(output, _found(classifier, batch, column, kind, news_text))

    nothing = pyarrow.record_batch({column: pyarrow.array([], pyarrow.string())})
    found = from_arrow_type(_found(classifier, nothing, column, kind, news_text).type)
    return df.mapInArrow(work, StructType([*df.schema.fields, StructField(output, found)]))


def train(
    df: DataFrame,
    *,
    output: str | os.PathLike[str],
    order: str | Sequence[str] = (),
    sample_rows: int | None = None,
    **options: Any,
) -> Report:
    """Trains a model on the rows of `df` and writes it to `output` on the driver: the same bytes as on one machine.

    The columns are those of labelled CSV: `label` and `text`, and if known `page`, `tag`, `place`, `link_bytes`,
    `headline`. All rows with the same `page` are a page, in the order of the columns `order`; a row without one is a
    page of its own. The options are those of `pagesieve.Trainer`.

    Each partition is counted where it is; counts and samples, some MB each, are added up in a tree.
    """
    columns = [column for column in _COLUMNS if column in df.columns]
    order = [order] if isinstance(order, str) else list(order)
    missing = [column for column in (*_COLUMNS[:2], *order) if column not in df.columns]
    if missing:
        raise ValueError(f"there is no column {missing[0]!r}; there are {', '.join(df.columns)}")
    if "page" in columns:
        if not order:
            raise ValueError("rows of a data frame have no order; name the columns that order those of a page, order=")
        # Rows without a page are dealt out by their text, as they would all go to one place by the page they lack.
        df = df.repartition(coalesce(nullif("page", lit("")), "text")).sortWithinPartitions("page", *order)

    def count(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        trainer = Trainer(sample_rows=sample_rows)
        for rows in _csv(batches, columns):
            trainer.add_csv(rows)
        yield pyarrow.record_batch({"collected": [trainer.collected()]})

    def add(one: bytes, other: bytes) -> bytes:
        trainer = Trainer(sample_rows=sample_rows)
        trainer.merge(one)
        trainer.merge(other)
        return trainer.collected()

    parts = df.select(columns + [column for column in order if column not in columns])
    collected = parts.mapInArrow(count, "collected binary").rdd.map(lambda row: bytes(row[0])).treeReduce(add)
    trainer = Trainer(sample_rows=sample_rows, **options)
    trainer.merge(collected)
    return trainer.finish(output)


_COLUMNS = ("label", "text", "page", "tag", "place", "link_bytes", "headline")
"""The columns of labelled CSV."""

_ROWS = 10_000
"""How many rows are counted at a time; the last page goes beyond."""


def _csv(batches: Iterable[pyarrow.RecordBatch], columns: list[str]) -> Iterator[bytes]:
    """The rows of a partition as CSV of whole pages."""
    rows = (row for batch in batches for row in zip(*(batch[column].to_pylist() for column in columns), strict=True))
    page = columns.index("page") if "page" in columns else None
    written, last, out = 0, None, None
    for row in rows:
        name = None if page is None else row[page]
        if out is None or (written >= _ROWS and (not name or name != last)):
            if out is not None:
                yield out.getvalue().encode()
            out = io.StringIO()
            writer = csv.writer(out)
            writer.writerow(columns)
            written = 0
        # Truth is written in words, as the reader of CSV knows it.
        writer.writerow(["" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell for cell in row])
        written, last = written + 1, name
    if out is not None:
        yield out.getvalue().encode()


def _found(
    classifier: Classifier, batch: pyarrow.RecordBatch, column: str, kind: Kind, news_text: bool
) -> pyarrow.StructArray:
    found = pyarrow.record_batch(
        classifier.classify_arrow(batch.select([column]), column=column, kind=kind, news_text=news_text)
    )
    if news_text:
        # Spark knows strings of up to 2 GiB a batch only.
        texts = found.column("news_text").cast(pyarrow.string())
        found = found.set_column(found.num_columns - 1, "news_text", texts)
    return found.to_struct_array()


@functools.lru_cache(maxsize=4)
def _classifier(shipped: str | None, policy: tuple[tuple[str, Any], ...]) -> Classifier:
    """The classifier of this worker process, read once."""
    return Classifier(None if shipped is None else SparkFiles.get(shipped), **dict(policy))


_shipped: set[tuple[str | None, str]] = set()
"""The models given to each application."""


def _ship(session: SparkSession, model: str | os.PathLike[str], hash: str) -> str:
    """Gives the file `model` to all executors; the name by which they find it."""
    context = session.sparkContext
    name = f"pagesieve-{hash}.model"
    if (context.applicationId, hash) not in _shipped:
        # Executors fetch it when they start, so that it stays until the driver ends.
        folder = tempfile.mkdtemp(prefix="pagesieve-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        shutil.copyfile(model, os.path.join(folder, name))
        context.addFile(os.path.join(folder, name))
        _shipped.add((context.applicationId, hash))
    return name
