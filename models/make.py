"""Trains the default model, measures it and writes its card: `PAGESIEVE_CORPUS=FOLDER python3 models/make.py [--measure]`.

Comes in: `training-data/` and the corpus folder. Goes out: `models/default.model`, `models/README.md` (from `models/card.md`,
where names in braces stand for figures) and the outputs that `README.md` shows. `--measure` takes the model as it is, and
keeps what the card says of its training. What the golden pages are held to (`tests/golden.rs`) is for a person to change.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
MODEL = ROOT / "models" / "default.model"
CARD = ROOT / "models" / "README.md"
README = ROOT / "README.md"
PAGESIEVE = ["cargo", "run", "--quiet", "--release", "--"]


def printed(command, **options):
    """What a command prints; both streams, as a terminal shows them."""
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", **options)
    return run.stdout


def checked(command):
    """What a command prints that must not fail."""
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return run.stdout


def training():
    """Trains; the F1 of every label on pages held out."""
    report = checked([*PAGESIEVE, "train", "training-data", "--name", "default", "--output", str(MODEL)])
    print(report)
    rows = re.findall(r"^(\w+) +[\d.]+ +[\d.]+ +([\d.]+) +\d+$|^(macro) +([\d.]+)", report, re.M)
    return {f"held_out_{label or macro}": f1 or macro_f1 for label, f1, macro, macro_f1 in rows}


def trained_before():
    """The same from the card of a model that stays as it is."""
    pattern = r"news ([\d.]+), listicle ([\d.]+), boilerplate ([\d.]+) F1, macro ([\d.]+)"
    names = ["held_out_news", "held_out_listicle", "held_out_boilerplate", "held_out_macro"]
    return dict(zip(names, re.search(pattern, CARD.read_text(encoding="utf-8")).groups()))


def inspection():
    """What the model says of itself."""
    found = json.loads(checked([*PAGESIEVE, "inspect", "--format", "json"]))
    blocks = {f"blocks_{label['name']}": f"{label['blocks']:,}" for label in found["labels"]}
    return {"hash": found["hash"], "bytes": f"{found['bytes']:,}", "pages": f"{found['pages']:,}", **blocks}


def evaluation():
    """The figures of every task on the corpus's files named dev-*, as `task/set/figure`."""
    results = json.loads(checked([*PAGESIEVE, "eval", "--corpus", os.environ["PAGESIEVE_CORPUS"], "--format", "json"]))
    return {
        f"{measured['task']}/{measured['set']}/{figure['name']}": f"{figure['value']:.3f}"
        for measured in results["measurements"]
        for figure in measured["figures"]
    }


def golden():
    """How many blocks of the golden pages are right, whether or not that is what is asked of them."""
    table = printed(["cargo", "test", "--quiet", "--release", "--test", "golden", "labels_are_right", "--", "--nocapture"])
    rows = re.findall(r"^(?:(all)|(?:kind|label) (\S+)) +(\d+) +(\d+) +([\d.]+) ", table, re.M)
    figures = {f"golden_{name}": share for total, name, _, _, share in rows if name}
    right, blocks = next((right, blocks) for total, _, right, blocks, _ in rows if total)
    return {**figures, "golden_right": f"{int(right):,}", "golden_blocks": f"{int(blocks):,}"}


def write_card(figures):
    """Fills in the card; a name without a figure is a mistake."""
    card = (ROOT / "models" / "card.md").read_text(encoding="utf-8")
    CARD.write_text(re.sub(r"\{([\w/-]+)\}", lambda name: figures[name[1]], card), encoding="utf-8")


def refresh_readme():
    """Replaces what README.md shows below its commands by what they print now, cut where it was cut."""
    readme = README.read_text(encoding="utf-8")

    def output(command):
        target = os.environ.get("CARGO_TARGET_DIR", "target")
        return printed(["bash", "-c", f"PATH={target}/release:$PATH; {command}"]).rstrip("\n")

    def replaced(example):
        command, shown = example[1], example[2]
        now = output(command)
        if shown.endswith("…"):
            now = "\n".join(now.split("\n")[: shown.count("\n")]) + "\n…"
        return f"$ {command}\n{now}\n```"

    readme = re.sub(r"^\$ (pagesieve (?:classify|extract|gate) examples/.*)\n((?:.*\n)+?.*)\n```", replaced, readme, flags=re.M)
    first = output("pagesieve classify examples/harbour.txt")
    readme = re.sub(r"```\nexamples/harbour.txt[^`]*```", lambda _: f"```\n{first}\n```", readme, count=1)
    README.write_text(readme, encoding="utf-8")


def main():
    if "PAGESIEVE_CORPUS" not in os.environ:
        sys.exit("name the corpus folder by the environment variable PAGESIEVE_CORPUS: docs/corpus.md says what it holds")
    of_training = trained_before() if "--measure" in sys.argv[1:] else training()
    write_card({**of_training, **inspection(), **evaluation(), **golden()})
    refresh_readme()


if __name__ == "__main__":
    main()
