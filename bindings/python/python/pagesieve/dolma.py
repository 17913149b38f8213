"""A tagger for dolma: importing this module registers `pagesieve`.

    dolma tag --tagger_modules pagesieve.dolma --taggers pagesieve --documents "data/documents/*"

Documents are plain text. Each block is a span of its label with its probability, and the page as a whole a span of
`page_LABEL` for every label and of `keep`, `drop` or `unsure` with the score 1.
"""

from __future__ import annotations

from dolma.core.data_types import DocResult, Document, Span
from dolma.core.registry import TaggerRegistry
from dolma.core.taggers import BaseTagger

from .classifier import Classifier


@TaggerRegistry.add("pagesieve")
class PagesieveTagger(BaseTagger):
    """Tags blocks and pages with the model that comes with the package."""

    def __init__(self) -> None:
        self.classifier = Classifier()

    def predict(self, doc: Document) -> DocResult:
        """The spans of one document."""
        analysis = self.classifier.classify(doc.text, kind="text")
        spans = [Span(start=block.start, end=block.end, type=block.label, score=block.p) for block in analysis.blocks]
        page = {f"page_{label}": p for label, p in analysis.probs.items()}
        if analysis.verdict is not None:
            page[str(analysis.verdict)] = 1.0
        spans.extend(Span(start=0, end=len(doc.text), type=name, score=score) for name, score in page.items())
        return DocResult(doc=doc, spans=spans)
