"""What a call from Python costs over the same work in Rust, a page.

    target/bench/bin/python benches/python/overhead.py

The same page is classified by as many calls as there are copies of it, and by one call of the native half that takes
them all; both make the same objects in the same process, so that what is between them is the way there and back. They
are timed in pairs, first one and then the other first, and the median of the differences is told with its standard
error. The whole call for an empty page bounds what does not depend on the page. Pages are those of compare.py.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from compare import raw_pages, texts

COPIES = 8
LEAST_PAIRS = 1500


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def microseconds_over(one_by_one: Callable[[object], object], together: Callable[[list], object], pages: list) -> None:
    """Prints how much longer pages take one by one."""
    differences, alone = [], []
    # As many turns one way round as the other.
    for turn in range(2 * -(-LEAST_PAIRS // (2 * len(pages)))):
        for page in pages:
            copies = [page] * COPIES
            # Whoever comes first would pay for a page that no cache holds.
            together(copies)
            works = [
                lambda copies=copies: together(copies),
                lambda copies=copies: [one_by_one(copy) for copy in copies],
            ]
            if turn % 2:
                taken = [seconds(work) for work in reversed(works)][::-1]
            else:
                taken = [seconds(work) for work in works]
            alone.append(1e6 * taken[0] / COPIES)
            differences.append(1e6 * (taken[1] - taken[0]) / COPIES)
    low, median, high = statistics.quantiles(differences, n=4)
    # The standard error of a median, from the quartiles.
    error = 1.2533 * (high - low) / 1.349 / len(differences) ** 0.5
    whole, pairs = statistics.median(alone), len(differences)
    print(f"  {whole:.0f} µs a page, {median:+.1f} ± {error:.1f} µs from Python, {pairs} pairs")


def main() -> None:
    import pagesieve

    classifier = pagesieve.Classifier()
    native = classifier._native
    plain = ["\n".join(text for _, text in page) for page in texts()]
    html = [page.encode() for page in raw_pages()]
    for name, pages, kind in (("an empty page", [""], "text"), ("plain text", plain, "text"), ("HTML", html, "html")):
        print(f"{name}: {len(pages)} pages of {statistics.mean(map(len, pages)) / 1000:.1f} kB")
        microseconds_over(
            lambda page, kind=kind: classifier.classify(page, kind=kind),
            lambda copies, kind=kind: native.classify_batch(copies, kind == "html", 1),
            pages,
        )
    empty = seconds(lambda: [classifier.classify("", kind="text") for _ in range(10_000)])
    print(f"the whole call for an empty page: {1e6 * empty / 10_000:.1f} µs")


if __name__ == "__main__":
    main()
