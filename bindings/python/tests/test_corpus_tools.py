"""datatrove and dolma, as their users run them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pagesieve
import pytest
from conftest import GOLDEN, Cli
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from pagesieve.datatrove import GateFilter

CLASSIFIER = pagesieve.Classifier()


@pytest.fixture
def documents(tmp_path) -> Path:
    """The golden pages as a folder of JSON Lines."""
    folder = tmp_path / "documents"
    folder.mkdir()
    with gzip.open(folder / "pages.jsonl.gz", "wt") as out:
        for path in GOLDEN:
            print(json.dumps({"id": path.parent.name, "text": path.read_text(), "source": "golden"}), file=out)
    return folder


def read(folder: Path) -> dict[str, dict]:
    lines = [line for path in folder.rglob("*.jsonl.gz") for line in gzip.open(path, "rt")]
    return {record["id"]: record for record in map(json.loads, lines)}


def test_a_pipeline_of_datatrove_keeps_what_the_gate_keeps(cli: Cli, documents, tmp_path) -> None:
    kept, dropped = tmp_path / "kept", tmp_path / "dropped"
    gate = GateFilter(exclusion_writer=JsonlWriter(str(dropped)), batch_size=5, tag=True)
    pipeline = [JsonlReader(str(documents)), gate, JsonlWriter(str(kept))]
    stats = LocalPipelineExecutor(pipeline=pipeline, logging_dir=str(tmp_path / "logs")).run()
    command_line = {Path(path).parent.name for path in cli("gate", *GOLDEN).decode().split()}
    assert read(kept).keys() == command_line
    assert 0 < len(command_line) < len(GOLDEN)
    excluded = read(dropped)
    assert excluded.keys() == {path.parent.name for path in GOLDEN} - command_line
    reasons = Counter(record["metadata"]["pagesieve"]["reasons"][0] for record in excluded.values())
    told = stats.stats[1].stats
    assert {name: told[f"dropped_{name}"].total for name in reasons} == dict(reasons)
    assert Counter(record["metadata"]["filter_reason"] for record in excluded.values()) == reasons


def test_the_filter_follows_its_arguments() -> None:
    page = GOLDEN[0].read_text()
    document = Document(text=page, id="a")
    assert GateFilter(min_words=100_000).filter(document)[0] is False
    assert "pagesieve" not in document.metadata
    anything = {"min_words": 0, "min_share": 0, "max_listicle": 1}
    strict = GateFilter(**anything, min_confidence=1.0, tag=True)
    assert strict.filter(document) == (False, "low-confidence")
    assert document.metadata["pagesieve"]["verdict"] == "unsure"
    assert GateFilter(**anything, min_confidence=1.0, keep_unsure=True).filter(document) is True
    with pytest.raises(pagesieve.Error, match="min-share"):
        GateFilter(min_share=7)


def test_dolma_tags_documents(documents, tmp_path) -> None:
    command = [
        *[str(Path(sys.executable).with_name("dolma")), "tag", "--tagger_modules", "pagesieve.dolma"],
        *["--documents", f"{documents}/*.gz", "--taggers", "pagesieve", "--experiment", "gate"],
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    tagged = read(tmp_path / "attributes")
    assert len(tagged) == len(GOLDEN)
    for path in GOLDEN:
        page = path.read_text()
        analysis = CLASSIFIER.classify(page, kind="text")
        attributes = tagged[path.parent.name]["attributes"]
        spans = {name.removeprefix("gate__pagesieve__"): spans for name, spans in attributes.items()}
        assert spans[f"page_{analysis.label}"] == [[0, len(page), analysis.probs[analysis.label]]]
        assert spans[str(analysis.verdict)] == [[0, len(page), 1.0]]
        for label in CLASSIFIER.labels:
            blocks = [[block.start, block.end, block.p] for block in analysis.blocks if block.label == label]
            assert spans.get(label, []) == blocks
