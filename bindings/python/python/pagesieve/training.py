"""Training models from labelled CSV."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, TypedDict

from . import _pagesieve
from .policy import Policy, encoded

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Report(TypedDict):
    """How a training run went."""

    hash: str
    """The model's fingerprint."""
    pages: int
    """Pages counted, those of the base model included."""
    blocks: dict[str, int]
    """Blocks counted by label, those of the base model included."""
    vocabulary: list[int]
    """Slots in use of the vocabularies of words and of pairs."""
    sampled_rows: int
    """Rows of pages that were held out to fit and measure on."""
    f1: dict[str, float] | None
    """F1 by label on pages held out; None if the base model's fusions were kept."""
    macro_f1: float | None
    """The mean of F1 over labels."""


class Trainer:
    """Collects labelled pages and makes a model of them; `train` does it all in one go.

    `base` is the path of a model to go on from, `name` what the model is called. Fusions are fitted and measured on
    at most `sample_rows` rows; with `keep_sample` they are stored in the model, so that later training can fit anew.
    The `Policy` is stored in the model; without parts of it the base model's is, or the program's.
    """

    __slots__ = ("_native",)

    def __init__(
        self,
        *,
        base: str | os.PathLike[str] | None = None,
        name: str | None = None,
        sample_rows: int | None = None,
        keep_sample: bool = True,
        **policy: Unpack[Policy],
    ) -> None:
        self._native = _pagesieve.Trainer(base, name, sample_rows, keep_sample, encoded(**policy))

    def read(self, path: str | os.PathLike[str]) -> int:
        """Takes the pages of a CSV file, plain or compressed, and says how many there were."""
        return self._native.read(path)

    def add_csv(self, csv: bytes) -> int:
        """Takes the pages of CSV in memory, header and all."""
        return self._native.add_csv(csv)

    def collected(self) -> bytes:
        """What was collected so far: counts and a bounded sample of pages, for a trainer elsewhere to `merge`."""
        return self._native.collected()

    def merge(self, collected: bytes) -> None:
        """Takes what another trainer with the same `sample_rows` collected. The model is the same, byte for byte, as if
        one trainer had read everything, whoever read what and in whatever order it is merged."""
        self._native.merge(collected)

    def finish(self, output: str | os.PathLike[str]) -> Report:
        """Trains the model and writes it to `output`, which is replaced only when all went well."""
        model, report = self._native.finish()
        _replace(output, model)
        return json.loads(report)


def train(
    *csv: str | os.PathLike[str],
    output: str | os.PathLike[str],
    base: str | os.PathLike[str] | None = None,
    name: str | None = None,
    sample_rows: int | None = None,
    keep_sample: bool = True,
    **policy: Unpack[Policy],
) -> Report:
    """Trains a model on labelled CSV files and writes it to `output`: the same bytes as `pagesieve train`.

    The CSV needs the columns label and text; rows with the same page, one after the other, are a page. The options are
    those of `Trainer`.

    Raises `pagesieve.Error` with file and line if a row cannot be used.
    """
    trainer = Trainer(base=base, name=name, sample_rows=sample_rows, keep_sample=keep_sample, **policy)
    for path in csv:
        trainer.read(path)
    return trainer.finish(output)


def _replace(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes `content` beside `path`, then puts it in its place."""
    folder = os.path.dirname(os.path.abspath(path))
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".pagesieve-", delete=False) as file:
        try:
            file.write(content)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
