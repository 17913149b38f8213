"""Gates for Scrapy: an item pipeline, a spider middleware, and an add-on that switches them on.

    # settings.py
    ADDONS = {"pagesieve.scrapy.Addon": 500}
    PAGESIEVE_MIN_WORDS = 100

or, item by item, `ITEM_PIPELINES = {"pagesieve.scrapy.GatePipeline": 100}`. The settings, with their defaults:

- `PAGESIEVE_MODE`: "drop" leaves out what is not kept, "tag" passes all on with the verdict added;
- `PAGESIEVE_UNSURE`: "drop" or "keep" pages that the gate is unsure of ("drop");
- `PAGESIEVE_HTML_FIELD`, `PAGESIEVE_TEXT_FIELD`: the fields of an item that hold the page ("html", "text"; HTML is read
  if there are both);
- `PAGESIEVE_TAG_FIELD`: the field that takes the verdict ("pagesieve");
- `PAGESIEVE_MODEL`: the path of a model (the one that comes with the package);
- `PAGESIEVE_MIN_WORDS` and so on: the parts of `pagesieve.Policy` in capitals (the model's);
- `PAGESIEVE_MIDDLEWARE`: whether the add-on switches the spider middleware on too (no).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast, get_type_hints

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem, IgnoreRequest
from scrapy.http import HtmlResponse, Response, TextResponse

from .analysis import Analysis
from .classifier import Classifier, Kind
from .policy import Policy

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from typing_extensions import Self


class Dropped(DropItem):
    """A page was not kept. Scrapy counts each subclass in `item_dropped_reasons_count/…`."""

    reason: str | None = None
    """The first of the verdict's reasons, which names the class."""

    def __init__(self, message: str, analysis: Analysis | None = None) -> None:
        super().__init__(message)
        self.analysis = analysis
        """What was found out about the page."""


class Empty(Dropped):
    """It has no text."""

    reason = "empty"


class FewWords(Dropped):
    """Too few words of the wanted label."""

    reason = "few-words"


class SmallShare(Dropped):
    """The wanted label's share is too small."""

    reason = "small-share"


class Listicle(Dropped):
    """Too much of it is listicle."""

    reason = "listicle"


class RemovedWords(Dropped):
    """Too much of it would be cut away."""

    reason = "removed-words"


class Unwanted(Dropped):
    """It is probably not of the wanted label."""

    reason = "unwanted"


class LowConfidence(Dropped):
    """It may or may not be of the wanted label."""

    reason = "low-confidence"


class NoPage(Dropped):
    """The item has no page: an error, which never reads as keep."""


DROPPED: dict[str | None, type[Dropped]] = {kind.reason: kind for kind in Dropped.__subclasses__()}
"""The exception of each reason."""


class PageDropped(IgnoreRequest):
    """A response was not kept, and its callback is not called. Raised by `GateMiddleware`."""

    def __init__(self, cause: Dropped) -> None:
        super().__init__(str(cause))
        self.cause = cause


_POLICY: dict[str, type] = get_type_hints(Policy)
"""The parts of a policy with what they are: str, int or float."""


class _Gate:
    """What pipeline and middleware share: a classifier and the settings."""

    def __init__(self, settings: BaseSettings) -> None:
        given = {part: settings.get(f"PAGESIEVE_{part.upper()}") for part in _POLICY}
        # Settings given on Scrapy's command line are strings.
        policy = {part: _POLICY[part](value) for part, value in given.items() if value is not None}
        self.classifier = Classifier(settings.get("PAGESIEVE_MODEL"), **cast("Policy", policy))
        self.tags = _choice(settings, "PAGESIEVE_MODE", "drop", "tag") == "tag"
        self.keeps_unsure = _choice(settings, "PAGESIEVE_UNSURE", "drop", "keep") == "keep"

    def judge(self, page: str | bytes, url: str | None, kind: Kind) -> tuple[Analysis, Dropped | None]:
        """What was found out about a page, and why it is to be dropped, if it is."""
        analysis = self.classifier.classify(page, url=url, kind=kind)
        verdict = analysis.verdict
        if verdict == "keep" or (verdict == "unsure" and self.keeps_unsure):
            return analysis, None
        reasons = analysis.reasons
        kind_of_drop = DROPPED[reasons[0]] if reasons else LowConfidence
        return analysis, kind_of_drop(f"{verdict}: {', '.join(reasons)}", analysis)


def _choice(settings: BaseSettings, name: str, default: str, other: str) -> str:
    value = settings.get(name, default)
    if value not in (default, other):
        raise ValueError(f"{name} is {value!r}, but must be {default!r} or {other!r}")
    return str(value)


class GatePipeline:
    """Drops the items whose page is not kept, or tags all items with their page's verdict."""

    def __init__(self, settings: BaseSettings) -> None:
        self.gate = _Gate(settings)
        self.html_field = settings.get("PAGESIEVE_HTML_FIELD", "html")
        self.text_field = settings.get("PAGESIEVE_TEXT_FIELD", "text")
        self.tag_field = settings.get("PAGESIEVE_TAG_FIELD", "pagesieve")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings)

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        page, kind = self._page(adapter)
        if page is None:
            message = f"the item has neither {self.html_field!r} nor {self.text_field!r}"
            if not self.gate.tags:
                raise NoPage(f"{message}; name the field that holds the page in PAGESIEVE_HTML_FIELD")
            adapter[self.tag_field] = {"error": message}
            return item
        analysis, dropped = self.gate.judge(page, adapter.get("url"), kind)
        if self.gate.tags:
            adapter[self.tag_field] = analysis.tag()
        elif dropped is not None:
            raise dropped
        return item

    def _page(self, item: ItemAdapter) -> tuple[str | bytes | None, Kind]:
        page = item.get(self.html_field)
        return (page, "html") if page is not None else (item.get(self.text_field), "text")


class GateMiddleware:
    """Judges responses before their callbacks see them.

    The verdict is put in `response.meta["pagesieve"]`; callbacks of pages that are not kept are not called, unless
    `PAGESIEVE_MODE` is "tag". Requests for pages that are wanted for their links only say so with
    `meta={"pagesieve": False}`. What is no text (images, archives) passes.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.gate = _Gate(crawler.settings)
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_spider_input(self, response: Response) -> None:
        if response.meta.get("pagesieve") is False or not isinstance(response, TextResponse):
            return
        kind: Kind = "html" if isinstance(response, HtmlResponse) else "auto"
        analysis, dropped = self.gate.judge(response.text, response.url, kind)
        response.meta["pagesieve"] = analysis.tag()
        if dropped is not None and not self.gate.tags:
            raise PageDropped(dropped)

    def process_spider_exception(self, response: Response, exception: Exception) -> Iterable[Any] | None:
        if not isinstance(exception, PageDropped):
            return None
        stats = self.crawler.stats
        if stats is not None:
            stats.inc_value("pagesieve/dropped_count")
            stats.inc_value(f"pagesieve/dropped_reasons_count/{type(exception.cause).__name__}")
        return ()


class Addon:
    """Switches the pipeline on, and with `PAGESIEVE_MIDDLEWARE` the middleware."""

    def update_settings(self, settings: BaseSettings) -> None:
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", GatePipeline, 100)
        if settings.getbool("PAGESIEVE_MIDDLEWARE"):
            # Behind the one that takes out what is no success, which stands at 50.
            settings.setdefault_in_component_priority_dict("SPIDER_MIDDLEWARES", GateMiddleware, 60)
