"""The repository's pages, and its command line to compare with."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*/page.*"))

Cli = Callable[..., bytes]


@pytest.fixture(scope="session")
def cli() -> Cli:
    """Runs `pagesieve` in the repository; gives its standard output. PAGESIEVE_BIN names the program."""
    program = os.environ.get("PAGESIEVE_BIN", str(ROOT / "target" / "debug" / "pagesieve"))
    assert os.access(program, os.X_OK), f"{program} is no program: `cargo build` makes it, PAGESIEVE_BIN names another"

    def run(*arguments: object) -> bytes:
        command = [program, *map(str, arguments)]
        environment = {name: value for name, value in os.environ.items() if name != "PAGESIEVE_CORPUS"}
        done = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


@pytest.fixture(scope="session")
def golden_records(cli: Cli) -> list[dict]:
    """What the command line says of the golden pages, in the order of `GOLDEN`."""
    assert len(GOLDEN) >= 20
    return [json.loads(line) for line in cli("classify", "--format", "jsonl", *GOLDEN).splitlines()]
