"""pagesieve cuts web pages into text blocks, labels each block news, listicle (SEO and click text) or boilerplate, and
gates pipelines with the result.

    import pagesieve

    classifier = pagesieve.Classifier()                 # the model that comes with the package
    analysis = classifier.classify(html, url=url)       # str or bytes, HTML or plain text
    analysis.label, analysis.probs                      # what the page's own content is
    analysis.news_text                                  # the news on it
    for block in analysis.blocks:
        print(block.label, block.p, block.text)

    if classifier.gate(html) == "keep":
        ...

Everything it finds is what the command line finds on the same bytes; offsets alone differ, which count code points here
and bytes there. Integrations: `pagesieve.scrapy`, `pagesieve.datatrove`, `pagesieve.dolma`, `pagesieve.spark`.
"""

from ._pagesieve import REASONS, Error, __version__
from .analysis import Analysis, Block, Region, Verdict
from .classifier import Classifier
from .policy import Policy
from .training import Report, Trainer, train

__all__ = [
    "REASONS",
    "Analysis",
    "Block",
    "Classifier",
    "Error",
    "Policy",
    "Region",
    "Report",
    "Trainer",
    "Verdict",
    "__version__",
    "train",
]
