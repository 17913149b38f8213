"""The examples of docs/python.md run, one after the other."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys

import pytest
from conftest import GOLDEN, ROOT

GUIDE = (ROOT / "docs" / "python.md").read_text()
STORY = next(path for path in GOLDEN if path.parent.name == "wire-story-01")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the examples read."""
    page = STORY.read_text()
    (tmp_path / "page.html").write_text(page)
    (tmp_path / "mine.csv").write_text("label,text\n" + "spam,Buy cheap pills now\nham,See you at lunch\n" * 30)
    (tmp_path / "documents").mkdir()
    with gzip.open(tmp_path / "documents" / "pages.jsonl.gz", "wt") as out:
        for path in GOLDEN:
            print(json.dumps({"id": path.parent.name, "text": path.read_text()}), file=out)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    return tmp_path


def test_the_examples_of_the_guide_run(folder, capsys) -> None:
    examples = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(examples) >= 8
    names: dict = {"__name__": "guide"}
    try:
        for example in examples:
            exec(compile(example, "docs/python.md", "exec"), names)
    finally:
        # Other tests have a session of their own, and there is one a process.
        if "session" in names:
            names["session"].stop()
    classifier = names["classifier"]
    verdict = classifier.gate(STORY.read_bytes())
    # Arrow, Polars and Ray all came to the verdict of classify.
    assert names["found"]["verdict"].to_pylist() == [verdict, verdict]
    assert names["marked"]["pagesieve"].struct.field("verdict").to_list() == [verdict, verdict]
    assert [row["verdict"] for row in names["judged"]] == [verdict, verdict]
    assert os.path.exists("mine.model") and os.listdir("kept")
