"""Scrapy crawls a site of more than 300 pages, and what is kept is what should be."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pagesieve
import pagesieve.scrapy
import pytest
import website
from conftest import Cli

SITE = website.build()
PAGES = SITE.of_kind("story", "index", "mixed", "broken", "blank", "error")


@pytest.fixture(scope="module")
def crawl():
    """Crawls the site under some settings; gives items by path, paths with callbacks, statistics."""
    server = website.serve(SITE)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"

    def run(**settings: object) -> tuple[dict[str, dict], set[str], dict]:
        command = [sys.executable, Path(__file__).with_name("crawl.py"), address, json.dumps(settings)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0 and not done.stderr, done.stderr
        told = json.loads(done.stdout)
        items = {urlsplit(item["url"]).path: item for item in told["items"]}
        return items, {urlsplit(url).path for url in told["called"]}, told["stats"]

    yield run
    server.shutdown()


@pytest.fixture(scope="module")
def verdicts(cli: Cli, tmp_path_factory) -> dict[str, str]:
    """The command line's verdict on every page, decoded as its server says."""
    records = tmp_path_factory.mktemp("site") / "pages.jsonl"
    with records.open("w") as out:
        for path in sorted(PAGES):
            answer = SITE.answers[path]
            charset = answer.headers["Content-Type"].partition("charset=")[2] or "windows-1252"
            # A mark at the start tells the order of bytes and is no text.
            print(json.dumps({"id": path, "html": answer.body.decode(charset)}), file=out)
    tagged = map(json.loads, cli("gate", "--tag", records).splitlines())
    return {record["id"]: record["pagesieve"] for record in tagged}


def test_the_site_is_large() -> None:
    assert len(SITE.answers) >= 300
    assert {len(SITE.of_kind(kind)) > 10 for kind in ("story", "index", "mixed", "redirect", "broken")} == {True}


def test_stories_are_kept_and_guest_posts_dropped(crawl, verdicts) -> None:
    items, called, stats = crawl()
    assert called >= PAGES, "every page is crawled"
    kept = {path for path, tag in verdicts.items() if tag["verdict"] == "keep"}
    assert items.keys() == kept
    stories = SITE.of_kind("story", "broken")
    # What is unclear about a story is the model's business, not the crawl's.
    assert len(stories - items.keys()) <= len(stories) // 20
    assert not items.keys() & SITE.of_kind("index", "blank", "error", "image")
    assert stats["item_scraped_count"] == len(kept)
    reasons = Counter(tag["reasons"][0] for tag in verdicts.values() if tag["verdict"] != "keep")
    expected = {pagesieve.scrapy.DROPPED[reason].__name__: count for reason, count in reasons.items()}
    expected["NoPage"] = 1  # the image
    prefix = "item_dropped_reasons_count/"
    counted = {name.removeprefix(prefix): count for name, count in stats.items() if name.startswith(prefix)}
    assert counted == expected


def test_tagged_items_all_pass(crawl, verdicts) -> None:
    items, _, _ = crawl(PAGESIEVE_MODE="tag", PAGESIEVE_TAG_FIELD="found")
    assert {path: items[path]["found"] for path in PAGES} == verdicts
    assert "neither 'html' nor 'text'" in items["/logo.png"]["found"]["error"]


def test_callbacks_see_only_what_is_kept(crawl, verdicts) -> None:
    _, called, stats = crawl(PAGESIEVE_MIDDLEWARE=True, ITEM_PIPELINES={})
    kept = {path for path, tag in verdicts.items() if tag["verdict"] == "keep"}
    assert called == kept | {"/logo.png"}
    assert stats["pagesieve/dropped_count"] == len(PAGES - kept)
    reasons = [count for name, count in stats.items() if name.startswith("pagesieve/dropped_reasons_count/")]
    assert sum(reasons) == len(PAGES - kept) and len(reasons) > 1


def test_every_reason_has_an_exception() -> None:
    assert [*pagesieve.REASONS, None] == list(pagesieve.scrapy.DROPPED)


def pipeline(**settings: object) -> pagesieve.scrapy.GatePipeline:
    from scrapy.settings import Settings

    return pagesieve.scrapy.GatePipeline(Settings(settings))


def test_the_pipeline_follows_its_settings() -> None:
    story = {"body": SITE.answers["/story/50"].body, "url": "https://example.org/"}
    assert pipeline(PAGESIEVE_HTML_FIELD="body").process_item(story) is story
    with pytest.raises(pagesieve.scrapy.FewWords) as raised:
        pipeline(PAGESIEVE_HTML_FIELD="body", PAGESIEVE_MIN_WORDS="5000").process_item(story)
    assert raised.value.analysis.url == "https://example.org/"
    with pytest.raises(pagesieve.scrapy.RemovedWords):
        pipeline(PAGESIEVE_HTML_FIELD="body", PAGESIEVE_MAX_REMOVED_WORDS="0.0").process_item(story)
    with pytest.raises(pagesieve.Error, match="drop-below"):
        pipeline(PAGESIEVE_DROP_BELOW="0.9")
    with pytest.raises(pagesieve.scrapy.NoPage, match="PAGESIEVE_HTML_FIELD"):
        pipeline().process_item(story)
    with pytest.raises(pagesieve.scrapy.Empty):
        pipeline().process_item({"text": ""})
    with pytest.raises(ValueError, match="PAGESIEVE_MODE is 'both'"):
        pipeline(PAGESIEVE_MODE="both")
    with pytest.raises(pagesieve.Error, match="min-share"):
        pipeline(PAGESIEVE_MIN_SHARE=2)


def test_pages_that_the_gate_is_unsure_of() -> None:
    page = next(
        text
        for text in (SITE.answers[path].body.decode() for path in sorted(SITE.of_kind("mixed", "story")))
        if pagesieve.Classifier(min_confidence=0.999, max_listicle=1, min_share=0).gate(text) == "unsure"
    )
    strict = {"PAGESIEVE_MIN_CONFIDENCE": 0.999, "PAGESIEVE_MAX_LISTICLE": 1, "PAGESIEVE_MIN_SHARE": 0}
    with pytest.raises(pagesieve.scrapy.LowConfidence):
        pipeline(**strict).process_item({"html": page})
    assert pipeline(**strict, PAGESIEVE_UNSURE="keep").process_item({"html": page}) == {"html": page}
