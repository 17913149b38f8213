"""Models from Python are models from the command line, byte for byte."""

from __future__ import annotations

import pagesieve
import pytest
from conftest import ROOT, Cli

DATA = ROOT / "training-data"
FILES = [DATA / "news-en.csv", DATA / "listicle-en.csv"]


def test_the_model_is_that_of_the_command_line(cli: Cli, tmp_path) -> None:
    cli("train", *FILES, "--name", "two", "--min-words", "9", "--output", tmp_path / "theirs.model")
    report = pagesieve.train(*FILES, output=tmp_path / "ours.model", name="two", min_words=9)
    assert (tmp_path / "ours.model").read_bytes() == (tmp_path / "theirs.model").read_bytes()
    classifier = pagesieve.Classifier(tmp_path / "ours.model")
    assert classifier.model["name"] == "two" and classifier.policy["min_words"] == 9
    assert report["hash"] == classifier.model["hash"] and report["pages"] > 0
    assert report["macro_f1"] == pytest.approx(sum(report["f1"].values()) / len(report["f1"]))


def test_training_goes_on_from_a_base(cli: Cli, tmp_path) -> None:
    first, both, on = (tmp_path / name for name in ("first.model", "both.model", "on.model"))
    pagesieve.train(FILES[0], output=first)
    pagesieve.train(FILES[1], output=on, base=first)
    cli("train", *FILES, "--output", both)
    assert on.read_bytes() == both.read_bytes()


def test_bad_rows_are_refused_and_nothing_is_written(tmp_path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("label,text\nnews,One\n,Two\n")
    with pytest.raises(pagesieve.Error, match=r"bad\.csv:3: the label is empty"):
        pagesieve.train(bad, output=tmp_path / "bad.model")
    with pytest.raises(FileNotFoundError):
        pagesieve.train(tmp_path / "none.csv", output=tmp_path / "bad.model")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_any_labels_will_do(tmp_path) -> None:
    # No text twice, as what is measured on a text that was trained on alone says nothing.
    goods, places = ("pills", "watches", "loans", "shoes", "tickets"), ("lunch", "home", "work", "school", "church")
    praise, times = (
        ("cheap", "free", "new", "real", "best", "hot"),
        ("today", "soon", "at six", "then", "early", "later"),
    )
    rows = [f"spam,Buy {how} {what} now" for how in praise for what in goods]
    rows += [f"ham,See you {when} for {where}" for when in times for where in places]
    (tmp_path / "mail.csv").write_text("\n".join(["label,text", *rows]))
    pagesieve.train(tmp_path / "mail.csv", output=tmp_path / "mail.model")
    classifier = pagesieve.Classifier(tmp_path / "mail.model")
    assert classifier.labels == ["ham", "spam"]
    analysis = classifier.classify("Buy cheap pills now")
    assert analysis.label == "spam" and analysis.verdict is None and "verdict" in repr(analysis.to_dict())
    with pytest.raises(pagesieve.Error, match="wanted="):
        classifier.gate("Buy cheap pills now")
    assert pagesieve.Classifier(tmp_path / "mail.model", wanted="ham", min_words=1).gate("Buy pills now") == "drop"
