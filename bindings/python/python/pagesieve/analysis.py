"""What was found out about a page."""

from __future__ import annotations

import html
import json
from typing import Any, NamedTuple

from . import _pagesieve


class Verdict(str):
    """What a pipeline should do with a page: "keep", "drop" or "unsure", with `reasons`.

    >>> import pagesieve
    >>> verdict = pagesieve.Classifier().gate("Log in")
    >>> verdict == "drop", verdict.reasons[0]
    (True, 'few-words')
    """

    reasons: list[str]
    """Why it is not keep; `pagesieve.REASONS` lists all there are."""

    def __new__(cls, name: str, reasons: list[str]) -> Verdict:
        verdict = super().__new__(cls, name)
        verdict.reasons = reasons
        return verdict

    def __getnewargs__(self) -> tuple[str, list[str]]:  # type: ignore[override] # str has one argument
        return str(self), self.reasons

    def __repr__(self) -> str:
        return f"<Verdict {self}{': ' if self.reasons else ''}{', '.join(self.reasons)}>"


class Region(NamedTuple):
    """A run of blocks with one label."""

    label: str
    first: int
    """The index of its first block."""
    last: int
    """The index of its last block."""
    p: float
    """The mean probability of the label, by words."""


class Block(NamedTuple):
    """A block of text with its label."""

    text: str
    """The visible text."""
    label: str
    p: float
    """How probable the label is, given the whole page."""
    start: int
    """Where the text starts in the page, in code points: `page[start:end]` holds it, with whatever markup is in it."""
    end: int
    """Where it ends."""
    tag: str
    """The nearest block-level element, such as "p"; empty in plain text."""
    headline: bool
    """Whether it is the page's own title."""


class Analysis:
    """What was found out about a page. Made by `Classifier.classify`, and holds on to the page.

    >>> import pagesieve
    >>> analysis = pagesieve.Classifier().classify("Home\\nThe council voted on Monday to close the old bridge.")
    >>> [block.text for block in analysis.blocks][0]
    'Home'
    >>> analysis.to_dict()["schema"]
    1
    """

    __slots__ = ("_all", "_native", "_page")

    def __init__(self, native: _pagesieve.Analysis) -> None:
        self._native = native
        self._page: dict[str, Any] | None = None
        self._all: dict[str, Any] | None = None

    def _document(self) -> dict[str, Any]:
        if self._page is None:
            self._page = json.loads(self._native.to_json("document"))
        return self._page

    def _detail(self) -> dict[str, Any]:
        if self._all is None:
            self._all = json.loads(self._native.to_json("blocks"))
        return self._all

    @property
    def id(self) -> str:
        """The `id` given to `classify`, else the address, else ""."""
        return self._document()["id"]

    @property
    def url(self) -> str | None:
        """The address given to `classify`."""
        return self._document()["url"]

    @property
    def label(self) -> str:
        """What the page's own content is."""
        return self._document()["label"]

    @property
    def probs(self) -> dict[str, float]:
        """The probability of every label for the page's own content."""
        return dict(self._document()["probs"])

    @property
    def words(self) -> dict[str, int]:
        """Words by label of the block they stand in."""
        return dict(self._document()["words"])

    @property
    def verdict(self) -> Verdict | None:
        """What a pipeline should do with the page; None if the policy wants no label."""
        verdict = self._document()["verdict"]
        return None if verdict is None else Verdict(verdict, self.reasons)

    @property
    def reasons(self) -> list[str]:
        """Why the verdict is not keep."""
        return list(self._document()["reasons"])

    @property
    def regions(self) -> list[Region]:
        """Runs of blocks with one label; they cover the page."""
        return [Region(**region) for region in self._detail()["regions"]]

    @property
    def blocks(self) -> list[Block]:
        """The blocks in page order."""
        return [Block(**block) for block in self._detail()["blocks"]]

    @property
    def news_text(self) -> str:
        """The text of the label that the policy wants (news, with the model that comes with the package), as
        `pagesieve extract` prints it."""
        return self._native.text(None)

    def text(self, *labels: str) -> str:
        """The text of these labels, such as `text("news", "listicle")`."""
        return self._native.text(list(labels))

    def to_json(self, detail: str = "blocks") -> str:
        """What `pagesieve classify --format jsonl` prints of the page (schema 1), with offsets in code points.

        `detail` is "document", "regions" or "blocks"."""
        return self._native.to_json(detail)

    def to_dict(self, detail: str = "blocks") -> dict[str, Any]:
        """The same as a dictionary."""
        return json.loads(self.to_json(detail))

    def tag(self) -> dict[str, Any]:
        """Label, probabilities, verdict and reasons: what `pagesieve gate --tag` adds to a record."""
        return json.loads(self._native.tag())

    def __repr__(self) -> str:
        verdict = self.verdict
        judged = "" if verdict is None else f", {verdict}{': ' if verdict.reasons else ''}{', '.join(verdict.reasons)}"
        return f"<Analysis {self.label} {self.probs[self.label]:.2f}{judged}; {len(self.regions)} regions>"

    def _repr_html_(self) -> str:
        """The page as a notebook shows it: regions in colour."""
        blocks = self.blocks
        parts = [f"<div><b>{html.escape(repr(self))}</b>"]
        for region in self.regions:
            colour = _COLOURS.get(region.label, "#1565c0")
            parts.append(
                f'<div style="border-left:4px solid {colour};padding-left:8px;margin:4px 0">'
                f'<small style="color:{colour}">{html.escape(region.label)} {region.p:.2f}</small>'
            )
            texts = blocks[region.first : region.last + 1]
            parts.extend(f"<div>{html.escape(block.text)}</div>" for block in texts)
            parts.append("</div>")
        return "".join([*parts, "</div>"])


_COLOURS = {"news": "#2e7d32", "listicle": "#b26a00", "boilerplate": "#9e9e9e"}
