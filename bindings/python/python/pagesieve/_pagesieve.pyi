"""The native half of pagesieve; use the classes of the package instead."""

from os import PathLike
from typing import Protocol, final, type_check_only

__all__ = ["REASONS", "Analysis", "Classifier", "Error", "Trainer", "__version__"]

__version__: str
REASONS: list[str]

class Error(ValueError):
    """A model, policy or data set that cannot be used; says what to do."""

@type_check_only
class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

@type_check_only
class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@type_check_only
class RecordBatch(_ArrowArray, Protocol):
    """What `classify_arrow` gives; `pyarrow.record_batch` and `polars.DataFrame` take it as it is."""

    @property
    def num_rows(self) -> int: ...
    @property
    def column_names(self) -> list[str]: ...

@final
class Classifier:
    def __new__(cls, model: str | PathLike[str] | None, policy: str) -> Classifier: ...
    def classify(
        self, page: str | bytes | bytearray, is_html: bool | None, id: str | None, url: str | None
    ) -> Analysis: ...
    def classify_batch(
        self, pages: list[str | bytes | bytearray], is_html: bool | None, threads: int
    ) -> list[Analysis]: ...
    def classify_arrow(
        self, batch: _ArrowArray | _ArrowStream, column: str, is_html: bool | None, text: bool, threads: int
    ) -> RecordBatch: ...
    def model(self) -> str: ...
    def policy(self) -> str: ...
    def labels(self) -> list[str]: ...

@final
class Analysis:
    def to_json(self, has_regions: bool, has_blocks: bool) -> str: ...
    def tag(self) -> str: ...
    def text(self, labels: list[str] | None) -> str: ...

@final
class Trainer:
    def __new__(
        cls,
        base: str | PathLike[str] | None,
        name: str | None,
        sample_rows: int | None,
        keep_sample: bool,
        policy: str,
    ) -> Trainer: ...
    def read(self, path: str | PathLike[str]) -> int: ...
    def add_csv(self, csv: bytes) -> int: ...
    def collected(self) -> bytes: ...
    def merge(self, collected: bytes) -> None: ...
    def finish(self) -> tuple[bytes, str]: ...
