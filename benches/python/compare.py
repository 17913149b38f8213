"""How fast the Python package is: over the Rust library, and next to trafilatura and fastText, on the same pages.

    cargo build --release --example throughput
    python -m venv target/bench && target/bench/bin/pip install -r benches/python/requirements.txt target/wheels/*.whl
    target/bench/bin/python benches/python/compare.py

Pages are those of tests/golden and the texts of training-data; with PAGESIEVE_CORPUS naming the folder of the larger
corpus, pages are those of its bench/pages-raw.jsonl.zst (which needs the program `zstd`). Everything runs on one
thread, in turns; figures are seconds of CPU at the fastest of ROUNDS turns, page by page where Python does the work, so
that what else the machine does disturbs them little.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = 7
PASSES = 10
BATCH = 32
EXTRACT, PREDICT = "trafilatura, extract(fast=True)", "fastText, predict(lines)"
MOST_BYTES = 8_000_000
ROOT = Path(__file__).parents[2]


def raw_pages() -> list[str]:
    """Pages of the web if there are any, else our own."""
    corpus = os.environ.get("PAGESIEVE_CORPUS")
    if corpus is None:
        return [path.read_text() for path in sorted(ROOT.glob("tests/golden/*/page.html"))]
    packed = Path(corpus, "bench", "pages-raw.jsonl.zst")
    lines = subprocess.run(["zstd", "-dcq", "--long=27", packed], capture_output=True, check=True).stdout.splitlines()
    pages: list[str] = []
    for line in lines:
        pages.append(json.loads(line)["html"])
        if sum(map(len, pages)) > MOST_BYTES:
            break
    return pages


def texts() -> list[list[tuple[str, str]]]:
    """The pages of the training data: label and text of every line."""
    pages: dict[str, list[tuple[str, str]]] = {}
    for path in sorted((ROOT / "training-data").glob("*.csv")):
        with path.open(newline="") as file:
            for number, row in enumerate(csv.DictReader(file)):
                name = f"{path}:{row.get('page') or number}"
                pages.setdefault(name, []).append((row["label"].split("|")[0], " ".join(row["text"].split())))
    return list(pages.values())


def in_turns(works: dict[str, Callable[[], list[float]]]) -> dict[str, float]:
    """The seconds of each work, its parts at their fastest, all done in turns."""
    fastest: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, work in works.items():
            taken = work()
            fastest[name] = list(map(min, fastest.get(name, taken), taken))
    return {name: sum(parts) for name, parts in fastest.items()}


def rust(records: list[dict[str, str]], folder: Path, name: str) -> Callable[[], list[float]]:
    """The seconds that the Rust library takes for all pages of `records`."""
    path = folder / name
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"), "release", "examples", "throughput")

    def run() -> list[float]:
        taken = []
        for passes in (1, 1 + PASSES):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([program, path, str(passes)], stdout=subprocess.DEVNULL, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        # Starting and reading the file are in both.
        return [(taken[1] - taken[0]) / PASSES]

    return run


def fasttext_model(pages: list[list[tuple[str, str]]], folder: Path):
    """A fastText model trained on the lines of `pages`, with its defaults but for pairs of words."""
    import fasttext

    lines = [f"__label__{label} {text}\n" for page in pages for label, text in page]
    (folder / "lines.txt").write_text("".join(lines))
    return fasttext.train_supervised(str(folder / "lines.txt"), wordNgrams=2, thread=1, verbose=0)


def each(work: Callable[[Any], object], pages: list[Any]) -> Callable[[], list[float]]:
    """The seconds that `work` takes for each page."""

    def run() -> list[float]:
        taken = []
        for page in pages:
            start = time.process_time()
            work(page)
            taken.append(time.process_time() - start)
        return taken

    return run


def main() -> None:
    import pagesieve
    import pyarrow
    import trafilatura

    classifier = pagesieve.Classifier()
    pages = raw_pages()
    lines = [[text for _, text in page] for page in texts()]
    plain = ["\n".join(page) for page in lines]
    plain_bytes = sum(len(page.encode()) for page in plain)
    batches = [pyarrow.table({"page": plain[at : at + BATCH]}) for at in range(0, len(plain), BATCH)]
    encoded = [page.encode() for page in pages]
    html_bytes = sum(map(len, encoded))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        fasttext = fasttext_model(texts(), folder)
        html = in_turns(
            {
                "Rust, library": rust([{"html": page} for page in pages], folder, "html.jsonl"),
                "Python, classify(bytes)": each(lambda page: classifier.classify(page, kind="html"), encoded),
                "Python, gate(bytes)": each(lambda page: classifier.gate(page, kind="html"), encoded),
            }
        )
        # By itself, as it leaves the heap in a state that slows down what follows.
        html |= in_turns({EXTRACT: each(lambda page: trafilatura.extract(page, fast=True), pages)})
        text = in_turns(
            {
                "Rust, library": rust([{"text": page} for page in plain], folder, "text.jsonl"),
                "Python, classify_arrow": each(
                    lambda batch: classifier.classify_arrow(batch, column="page", kind="text"), batches
                ),
                "Python, classify(str)": each(lambda page: classifier.classify(page, kind="text"), plain),
            }
        )
        # What a page of a crawl costs before anything looks at it.
        packed = gzip.compress("\n".join(plain).encode())
        text |= in_turns({"gzip, unpacking alone": each(gzip.decompress, [packed])})
        text |= in_turns({PREDICT: each(fasttext.predict, lines)})
    report(f"{len(pages)} pages of HTML", html, len(pages), html_bytes)
    report(f"{len(plain)} pages of text, {sum(map(len, lines))} lines", text, len(plain), plain_bytes)
    for what, taken, call, count in (
        ("HTML", html, "Python, classify(bytes)", len(pages)),
        ("HTML", html, "Python, gate(bytes)", len(pages)),
        ("text", text, "Python, classify(str)", len(plain)),
    ):
        over = 1e6 * (taken[call] - taken["Rust, library"]) / count
        print(f"{call} of {what}: {over:+.1f} µs a page over the library")
    arrow = text["Python, classify_arrow"]
    print(f"classify_arrow: {text['Rust, library'] / arrow:.0%} of the library's speed")
    print(f"next to trafilatura: {html[EXTRACT] / html['Python, classify(bytes)']:.1f} times as fast")
    print(f"next to fastText: {text[PREDICT] / arrow:.1f} times as fast")


def report(title: str, seconds: dict[str, float], pages: int, size: int) -> None:
    print(f"{title}, {size / 2**20:.1f} MiB")
    for name, taken in seconds.items():
        print(f"  {name:34} {1e6 * taken / pages:9.1f} µs a page {size / 2**20 / taken:8.1f} MiB/s")


if __name__ == "__main__":
    main()
