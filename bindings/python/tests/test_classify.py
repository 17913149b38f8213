"""Python and the command line say the same, and what only Python has works."""

from __future__ import annotations

import doctest
import importlib
import itertools
import json
import multiprocessing
import pickle
import sys
import threading
import typing

import pagesieve
import pytest
from conftest import GOLDEN, ROOT, Cli
from pagesieve import _pagesieve

HARBOUR = (ROOT / "examples" / "harbour.txt").read_text()


@pytest.fixture(scope="module")
def classifier() -> pagesieve.Classifier:
    return pagesieve.Classifier()


@pytest.mark.parametrize("number", range(len(GOLDEN)), ids=lambda number: GOLDEN[number].parent.name)
@pytest.mark.parametrize("read", [bytes, str])
def test_golden_pages_are_as_on_the_command_line(classifier, golden_records, number, read) -> None:
    path, expected = GOLDEN[number], golden_records[number]
    content = path.read_bytes()
    page = content if read is bytes else content.decode()
    points = {
        # The command line counts bytes, Python code points.
        edge: [len(content[: block[edge]].decode()) for block in expected["blocks"]]
        for edge in ("start", "end")
    }
    found = classifier.classify(page, id=str(path)).to_dict()
    for edge in ("start", "end"):
        assert [block.pop(edge) for block in found["blocks"]] == points[edge]
    blocks = [{name: part for name, part in block.items() if name not in points} for block in expected["blocks"]]
    assert found == {**expected, "blocks": blocks}


def test_members_are_those_of_the_json(classifier) -> None:
    analysis = classifier.classify(HARBOUR, url="https://example.org/")
    told = analysis.to_dict()
    assert told["id"] == told["url"] == analysis.url == analysis.id == "https://example.org/"
    assert (analysis.label, analysis.probs, analysis.words) == (told["label"], told["probs"], told["words"])
    assert (analysis.verdict, analysis.reasons) == (told["verdict"], told["reasons"])
    assert [region._asdict() for region in analysis.regions] == told["regions"]
    assert [block._asdict() for block in analysis.blocks] == told["blocks"]
    assert json.loads(analysis.to_json("document")).keys() == told.keys() - {"regions", "blocks"}
    assert "regions" in analysis.to_dict("regions") and "blocks" not in analysis.to_dict("regions")
    with pytest.raises(ValueError, match="document, regions or blocks"):
        analysis.to_dict("all")


def test_offsets_point_at_the_text(classifier) -> None:
    page = "Größe\n🦊 fox\n  日本語の行  \n"
    for block in classifier.classify(page).blocks:
        assert page[block.start : block.end] == block.text
    page = "<p>Größe <b>und</b> Höhe</p><p>日本</p>"
    blocks = classifier.classify(page).blocks
    assert [page[block.start : block.end] for block in blocks] == ["Größe <b>und</b> Höhe", "日本"]


def test_news_text_is_what_extract_prints(classifier, cli: Cli) -> None:
    for path in [ROOT / "examples" / "harbour.txt", *GOLDEN[:6]]:
        printed = cli("extract", path).decode()
        assert classifier.classify(path.read_bytes()).news_text == printed.removesuffix("\n"), path
    analysis = classifier.classify(HARBOUR)
    assert analysis.text("news") == analysis.news_text
    assert analysis.text(*classifier.labels).splitlines() == [block.text for block in analysis.blocks]
    with pytest.raises(ValueError, match="news, listicle, boilerplate"):
        analysis.text("sport")


def test_bytes_of_any_character_set_are_pages(classifier) -> None:
    page = "<meta charset=iso-8859-2><p>Žluťoučký kůň úpěl ďábelské ódy.</p>"
    assert classifier.classify(page.encode("iso-8859-2")).blocks[0].text == "Žluťoučký kůň úpěl ďábelské ódy."
    assert classifier.classify(bytearray(b"a\nb")).blocks[1].text == "b"
    assert classifier.classify("a \ud800 b").blocks[0].text == "a ? b"
    many = classifier.classify_many(["a", "a \ud800 b", b"c"])
    assert [analysis.blocks[0].text for analysis in many] == ["a", "a ? b", "c"]
    assert classifier.classify(b"\xff\x00\x81").label in classifier.labels
    assert classifier.classify("").verdict == "drop"


def test_kinds(classifier) -> None:
    page = "<p>one</p><p>two</p>"
    assert len(classifier.classify(page).blocks) == len(classifier.classify(page, kind="html").blocks) == 2
    assert len(classifier.classify(page, kind="text").blocks) == 1
    with pytest.raises(ValueError, match="auto, html or text"):
        classifier.classify(page, kind="pdf")
    with pytest.raises(TypeError, match="str or bytes, not int"):
        classifier.classify(5)


def test_explanations_add_up(classifier) -> None:
    page = "<nav><a href=/>Home</a></nav><p>The council voted on Monday to close the bridge, the mayor said."
    analysis, why = classifier.classify(page), classifier.explain(page)
    assert [block["label"] for block in why] == [block.label for block in analysis.blocks]
    assert [block["text"] for block in why] == [block.text for block in analysis.blocks]
    for block in why:
        for label, logit in block["logits"].items():
            total = sum(term["logits"][label] for term in block["contributions"])
            assert total == pytest.approx(logit, abs=0.02)
    assert any(feature["name"] == "words: council" for feature in why[1]["features"])


def test_gate_follows_the_policy(classifier) -> None:
    assert classifier.gate(HARBOUR) == classifier.classify(HARBOUR).verdict == "keep"
    verdict = pagesieve.Classifier(min_words=10_000, max_listicle=0.0).gate(HARBOUR)
    assert verdict == "drop" and verdict.reasons == ["few-words", "listicle"]
    assert set(verdict.reasons) <= set(pagesieve.REASONS)
    assert pickle.loads(pickle.dumps(verdict)).reasons == verdict.reasons
    assert pagesieve.Classifier(min_words=7).policy == {**classifier.policy, "min_words": 7}


def test_the_policy_of_the_library_is_that_of_python() -> None:
    parts = {part.replace("-", "_") for part in _pagesieve.POLICY}
    assert set(typing.get_type_hints(pagesieve.Policy)) == parts
    # Every part gets there and comes back.
    policy = {"wanted": "listicle", "min_words": 7, "min_share": 0.25, "max_listicle": 0.5}
    policy |= {"max_removed_words": 0.75, "min_confidence": 0.375, "drop_below": 0.125}
    assert policy.keys() == parts and pagesieve.Classifier(**policy).policy == policy
    # One that is not given is the model's, as if it were not there.
    assert pagesieve.Classifier(min_words=None).policy == pagesieve.Classifier().policy
    for documented in (pagesieve.Classifier.__doc__, (ROOT / "docs" / "python.md").read_text()):
        assert not [part for part in parts if f"`{part}`" not in documented]


def test_what_is_no_part_of_a_policy_is_no_argument() -> None:
    for use in (pagesieve.Classifier, pagesieve.Trainer):
        with pytest.raises(TypeError, match=r"'min_wordz' is no part of a policy.*min_words"):
            use(min_wordz=5)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"min_words": "many"}, "cannot be used"),
        ({"drop_below": 0.9}, "drop-below is 0.9"),
        ({"min_share": 1.5}, "min-share is 1.5"),
        ({"min_confidence": 0.1}, "between 0.5"),
        ({"wanted": "x"}, "news"),
    ],
)
def test_wrong_policies_are_refused(policy, message) -> None:
    with pytest.raises(pagesieve.Error, match=message):
        pagesieve.Classifier(**policy)


def test_wrong_models_are_refused(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.model"):
        pagesieve.Classifier(tmp_path / "missing.model")
    (tmp_path / "foreign.model").write_bytes(b"GIF89a")
    with pytest.raises(pagesieve.Error, match="not a pagesieve model"):
        pagesieve.Classifier(tmp_path / "foreign.model")


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_many_pages_come_back_in_order(classifier, threads) -> None:
    pages = [f"Page {number}\n" + path.read_text() for number, path in enumerate(GOLDEN * 9)]
    found = [analysis.to_json() for analysis in classifier.classify_many(pages, kind="text", threads=threads)]
    assert found == [classifier.classify(page, kind="text").to_json() for page in pages]


def test_many_pages_are_taken_as_they_are_needed(classifier) -> None:
    endless = (f"page {number}" for number in itertools.count())
    first = next(classifier.classify_many(endless, threads=1))
    assert first.blocks[0].text == "page 0"
    assert int(next(endless).split()[1]) < 1000


def test_pages_before_a_failure_are_not_lost(classifier) -> None:
    def pages():
        yield "one"
        raise OSError("the disk is gone")

    for source, error in [(pages(), OSError), (["one", 5, "three"], TypeError)]:
        found = classifier.classify_many(source)
        assert next(found).blocks[0].text == "one"
        with pytest.raises(error):
            next(found)
    with pytest.raises(ValueError, match="at least 1"):
        list(classifier.classify_many([], threads=0))


def test_other_threads_run_while_a_page_is_classified(classifier) -> None:
    page = HARBOUR * 400
    state = {"finished": False}
    started = threading.Event()

    def classify() -> None:
        started.set()
        classifier.classify(page)
        state["finished"] = True

    interval = sys.getswitchinterval()
    # Nobody takes the lock away, so that another thread runs only if it is given up.
    sys.setswitchinterval(100)
    try:
        worker = threading.Thread(target=classify)
        worker.start()
        started.wait()
        finished = state["finished"]
        worker.join()
    finally:
        sys.setswitchinterval(interval)
    assert not finished and state["finished"]


def label(classifier: pagesieve.Classifier) -> tuple[str, dict]:
    return classifier.gate(HARBOUR), classifier.policy


def test_classifiers_go_to_other_processes(classifier, tmp_path) -> None:
    model = tmp_path / "copy.model"
    model.write_bytes((ROOT / "models" / "default.model").read_bytes())
    for one in [classifier, pagesieve.Classifier(model, min_words=10_000)]:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            assert pool.apply(label, (one,)) == label(one)
    model.unlink()
    with pytest.raises(FileNotFoundError):
        pickle.loads(pickle.dumps(one))


def test_notebooks_show_regions_and_no_markup_of_the_page(classifier) -> None:
    shown = classifier.classify("5 < 6 &amp; <script>\n" + HARBOUR, kind="text")._repr_html_()
    assert "5 &lt; 6 &amp;amp; &lt;script&gt;" in shown and "<script>" not in shown
    assert shown.count("<div") == shown.count("</div>")
    assert "border-left" in shown and "news" in shown


@pytest.mark.parametrize("module", ["pagesieve.analysis", "pagesieve.classifier"])
def test_examples_in_the_help(module) -> None:
    tried = doctest.testmod(importlib.import_module(module))
    assert tried.attempted > 0 and tried.failed == 0
