"""The gate's policy: what a page must be like to be kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict

from . import _pagesieve

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Policy(TypedDict, total=False):
    """What a page must be like to be kept, as the keyword arguments of `Classifier`, `Trainer`, `train` and the
    integrations. What is not given is as in the model. Shares are of a page's words, 0 to 1."""

    wanted: str
    """The label a page is kept for."""
    min_words: int
    """Fewest words of that label."""
    min_share: float
    """Smallest share of it among the words that are not boilerplate."""
    max_listicle: float
    """Largest share of listicle among the words that are not boilerplate."""
    max_removed_words: float
    """Largest share of the page's words that are not of the wanted label; 1 allows all."""
    min_confidence: float
    """Smallest probability that the page is of the wanted label; below it the verdict is unsure, below 1 less it drop.
    0.5 to 1; with `drop_below` 0 to 1."""
    drop_below: float
    """The probability below which the verdict is drop, in place of 1 less `min_confidence`, and at most that."""


def encoded(**policy: Unpack[Policy]) -> str | None:
    """The policy as the native half takes it, by the names of the library; None if no part of it is given."""
    known = {part.replace("-", "_"): part for part in _pagesieve.POLICY}
    for part in policy:
        if part not in known:
            raise TypeError(f"{part!r} is no part of a policy ({', '.join(known)}), and no other argument")
    given = {known[part]: value for part, value in policy.items() if value is not None}
    return json.dumps(given) if given else None
