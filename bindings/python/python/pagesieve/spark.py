"""pagesieve on Spark, for those who outgrow one machine.

    from pagesieve import spark

    judged = spark.classify(pages, "html", min_words=100)
    judged.where("pagesieve.verdict = 'keep'").write.parquet(...)

The package must be installed where the executors run. Results do not depend on the partitioning, and are those of the
command line, row by row.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow
from pyspark import SparkFiles
from pyspark.sql.pandas.types import from_arrow_type
from pyspark.sql.types import StructField, StructType

from .classifier import Classifier, Kind

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def classify(
    df: DataFrame,
    column: str,
    *,
    model: str | os.PathLike[str] | None = None,
    kind: Kind = "auto",
    news_text: bool = False,
    output: str = "pagesieve",
    **policy: Any,
) -> DataFrame:
    """`df` with one more column, a struct of `label`, `probs`, `verdict`, `reasons`, `words`, on demand `news_text`.

    `column` holds the pages, as strings or binary; the column `output` takes what was found out. A null page gives a
    struct of nulls. `model` is a file on the driver, which every worker process gets and reads once; without it the
    model that comes with the package is used. `policy` is that of `Classifier`.
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
