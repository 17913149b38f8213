"""A filter for datatrove pipelines.

from pagesieve.datatrove import GateFilter

pipeline = [WarcReader(…), GateFilter(kind="html", exclusion_writer=JsonlWriter(…)), Trafilatura(), …]
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from datatrove.pipeline.filters.base_filter import BaseFilter

from .analysis import Analysis
from .classifier import Classifier, Kind
from .policy import Policy

if TYPE_CHECKING:
    from datatrove.data import Document
    from datatrove.pipeline.writers.disk_base import DiskWriter
    from typing_extensions import Unpack


class GateFilter(BaseFilter):  # type: ignore[misc] # datatrove comes without types
    """Keeps the documents that the gate keeps. The others are counted, and go to the exclusion writer, by the first of
    their reasons.

    `kind` says what a document's text is: plain text, which extractors leave, or the HTML of readers of WARC files.
    `keep_unsure` keeps what the gate is unsure of. With `tag`, what was found out is put in the metadata of every
    document under "pagesieve". `model` and `policy` are those of `Classifier`; `threads` share a batch.
    """

    name = "pagesieve gate"

    def __init__(
        self,
        *,
        model: str | os.PathLike[str] | None = None,
        kind: Kind = "auto",
        keep_unsure: bool = False,
        tag: bool = False,
        exclusion_writer: DiskWriter | None = None,
        batch_size: int = 64,
        threads: int = 1,
        **policy: Unpack[Policy],
    ) -> None:
        super().__init__(exclusion_writer, batch_size)
        self.classifier = Classifier(model, **policy)
        self.kind: Kind = kind
        self.keep_unsure = keep_unsure
        self.tag = tag
        self.threads = threads

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        """Whether to keep one document, or the reason why not."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Document]) -> list[bool | tuple[bool, str]]:
        """The same for several."""
        texts = (doc.text for doc in batch)
        analyses = self.classifier.classify_many(texts, kind=self.kind, threads=self.threads)
        return [self._judge(doc, analysis) for doc, analysis in zip(batch, analyses, strict=True)]

    def _judge(self, doc: Document, analysis: Analysis) -> bool | tuple[bool, str]:
        if self.tag:
            doc.metadata["pagesieve"] = analysis.tag()
        verdict = analysis.verdict
        if verdict == "keep" or (verdict == "unsure" and self.keep_unsure):
            return True
        return False, next(iter(analysis.reasons), "no-verdict")
