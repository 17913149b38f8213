"""The classifier."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from . import _pagesieve
from .analysis import Analysis, Verdict
from .policy import Policy, encoded

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._pagesieve import RecordBatch, _ArrowArray, _ArrowStream

Page: TypeAlias = "str | bytes | bytearray"
Kind: TypeAlias = Literal["auto", "html", "text"]

_BATCH_PAGES = 64
"""How many pages each thread of `classify_many` takes at a time."""


class Classifier:
    """Labels pages with one model and judges them by one policy.

    >>> classifier = Classifier(min_words=100)
    >>> classifier.labels
    ['news', 'listicle', 'boilerplate']
    >>> classifier.gate("<p>Only a line of text.") == "drop"
    True

    `model` is the path of a model file; without it, the model that comes with the package is used. The policy is given
    by its parts, which are the command line's options: `wanted`, `min_words`, `min_share`, `max_listicle`,
    `max_removed_words`, `min_confidence`, `drop_below`. `help(pagesieve.Policy)` says what they mean; what is not given
    is as in the model.

    A classifier may be used by many threads at once, and is pickled by the path of its model.

    Raises `pagesieve.Error` if the model or the policy cannot be used, and `OSError` if the file cannot be read.
    """

    __slots__ = ("_native", "_state")

    def __init__(self, model: str | os.PathLike[str] | None = None, **policy: Unpack[Policy]) -> None:
        self.__setstate__((None if model is None else os.fspath(model), encoded(**policy)))

    def __getstate__(self) -> tuple[str | None, str | None]:
        return self._state

    def __setstate__(self, state: tuple[str | None, str | None]) -> None:
        self._state = state
        self._native = _pagesieve.Classifier(*state)

    def classify(self, page: Page, *, url: str | None = None, kind: Kind = "auto", id: str | None = None) -> Analysis:
        """Labels every block of `page`, joins them into regions and judges the page.

        Bytes may be of any character set. `kind` says what the page is written in; "auto" looks at its first bytes.
        Nothing about a page can fail. Other Python threads run meanwhile.
        """
        is_html, name = _is_html(kind), id or url or ""
        page = _checked(page)
        try:
            return Analysis(self._native.classify(page, is_html, name, url))
        except UnicodeEncodeError:
            return Analysis(self._native.classify(_well_formed(page), is_html, name, url))

    def gate(self, page: Page, *, url: str | None = None, kind: Kind = "auto") -> Verdict:
        """What a pipeline should do with `page`: a `Verdict`, which is "keep", "drop" or "unsure", with reasons.

        Raises `pagesieve.Error` if the policy wants none of the model's labels.
        """
        verdict = self.classify(page, url=url, kind=kind).verdict
        if verdict is None:
            known = ", ".join(self.labels)
            raise _pagesieve.Error(f"the policy wants none of the model's labels ({known}); give wanted=")
        return verdict

    def explain(self, page: Page, *, kind: Kind = "auto") -> list[dict[str, Any]]:
        """Why every block of `page` has its label: one dictionary a block, strongest contributions first.

        `contributions` add up to the block's `logits`; those named "itself: …" come from what the block says by itself,
        which `evidence` adds up to. `features` are the words, classes and lengths that speak most in it.

        >>> why = Classifier().explain("10 best tips you need to know", kind="text")
        >>> why[0]["label"]
        'listicle'
        """
        is_html = _is_html(kind)
        page = _checked(page)
        try:
            return cast("list[dict[str, Any]]", json.loads(self._native.explain(page, is_html)))
        except UnicodeEncodeError:
            return cast("list[dict[str, Any]]", json.loads(self._native.explain(_well_formed(page), is_html)))

    def classify_many(
        self, pages: Iterable[Page], *, kind: Kind = "auto", threads: int | None = None
    ) -> Iterator[Analysis]:
        """The analyses of `pages`, in their order, worked out on `threads` threads (default: all cores).

        Pages are taken in batches of 64 a thread, so that memory is bounded. If the iterable raises, or holds what is
        no page, the analyses of the pages before come first.
        """
        if threads is not None and threads < 1:
            raise ValueError(f"threads is {threads}, but must be at least 1")
        is_html = _is_html(kind)
        for batch, failure in _batches(pages, _BATCH_PAGES * (threads or os.cpu_count() or 1)):
            try:
                found = self._native.classify_batch(batch, is_html, threads or 0)
            except UnicodeEncodeError:
                found = self._native.classify_batch(list(map(_well_formed, batch)), is_html, threads or 0)
            yield from map(Analysis, found)
            if failure is not None:
                raise failure

    def classify_arrow(
        self,
        batch: _ArrowArray | _ArrowStream,
        *,
        column: str,
        kind: Kind = "auto",
        news_text: bool = False,
        threads: int = 1,
    ) -> RecordBatch:
        """One row of results for each page in a column of strings or binary, through the Arrow PyCapsule interface: the
        pages are not copied.

        `batch` is whatever exports Arrow data: a record batch or table of pyarrow, a data frame of polars, a relation
        of DuckDB. The result has the columns `label`, `probs`, `verdict`, `reasons`, `words`, and on demand
        `news_text`; `pyarrow.record_batch` and `polars.DataFrame` take it without copying. A null page gives nulls.
        """
        if threads < 1:
            raise ValueError(f"threads is {threads}, but must be at least 1")
        return self._native.classify_arrow(batch, column, _is_html(kind), news_text, threads)

    @property
    def labels(self) -> list[str]:
        """The labels the model tells apart."""
        return self._native.labels()

    @property
    def model(self) -> dict[str, str]:
        """The model's name, version and hash."""
        return json.loads(self._native.model())

    @property
    def policy(self) -> Policy:
        """The policy in force; a part that is not in it forbids nothing."""
        parts = json.loads(self._native.policy())
        return cast("Policy", {name.replace("-", "_"): part for name, part in parts.items()})

    def __repr__(self) -> str:
        model = self.model
        return f"<Classifier {model['name']} {model['hash']}: {', '.join(self.labels)}>"


def _is_html(kind: Kind) -> bool | None:
    """Whether pages are HTML; None if their first bytes tell."""
    kinds: dict[str, bool | None] = {"auto": None, "html": True, "text": False}
    if kind not in kinds:
        raise ValueError(f"the kind is {kind!r}, but must be auto, html or text")
    return kinds[kind]


def _checked(page: Page) -> Page:
    if not isinstance(page, (str, bytes, bytearray)):
        raise TypeError(f"a page is str or bytes, not {type(page).__name__}; give what the file holds")
    return page


def _well_formed(page: Page) -> Page:
    """Text without halves of surrogate pairs, which are no text; "?" in their place keeps the code points where they
    are."""
    return page.encode("utf-8", "replace").decode() if isinstance(page, str) else page


def _batches(pages: Iterable[Page], size: int) -> Iterator[tuple[list[Page], BaseException | None]]:
    """Lists of at most `size` pages; the last one with what kept the next page from coming, if something did."""
    iterator = iter(pages)
    failure: BaseException | None = None
    while failure is None:
        batch: list[Page] = []
        try:
            batch.extend(map(_checked, islice(iterator, size)))
        except Exception as raised:
            failure = raised
        if not batch and failure is None:
            return
        yield batch, failure
