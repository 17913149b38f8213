"""How much memory the gate takes for a long input: `python3 benches/memory.py PAGESIEVE [GIGABYTES]`.

Comes in: the program, and how many gigabytes (10^9 bytes) to stream, 5 unless given. Goes out: the peak of its resident
memory. The input is never on the disk: the HTML of the golden pages as JSON Lines, each page with 20 times as many bytes of
script behind it, which is what pages of the web hold, and an id of its own.
"""

import json
import pathlib
import resource
import subprocess
import sys
import time

GOLDEN = pathlib.Path(__file__).parent.parent / "tests" / "golden"
STATEMENT = "window.queue.push(function(){load('widget',%d)});\n"


def lines():
    """The pages as JSON, each in two halves around the place of its number."""
    for path in sorted(GOLDEN.glob("*/page.html")):
        page = path.read_text(encoding="utf-8")
        script = "".join(STATEMENT % n for n in range(len(page) * 20 // len(STATEMENT)))
        yield b'{"id":"', f'-{path.parent.name}","html":'.encode() + json.dumps(page + f"<script>{script}</script>").encode() + b"}\n"


def main():
    program = sys.argv[1]
    most_bytes = float(sys.argv[2] if len(sys.argv) > 2 else 5) * 1e9
    start = time.monotonic()
    run = subprocess.Popen([program, "gate", "-", "--threads", "2"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    pages, written = list(lines()), 0
    number = 0
    while written < most_bytes:
        head, rest = pages[number % len(pages)]
        number += 1
        written += run.stdin.write(head + str(number).encode() + rest)
    run.stdin.close()
    code = run.wait()
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{written / 1e9:.2f} GB, {number} pages, {seconds:.0f} s, peak {peak:.0f} MiB")
    if code != 0:
        sys.exit(f"the gate ended with {code}")


if __name__ == "__main__":
    main()
