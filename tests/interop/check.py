"""Files written by others are read by pagesieve, and pagesieve's files by others.

Usage: check.py PAGESIEVE, the program, built with --features parquet. Needs warcio, pyarrow and duckdb, and the commands
gzip, zstd, bzip2, xz and jq. Prints one line a check and how many there were.
"""

import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

NEWS = """<!doctype html><title>Tram line to reopen in Halden</title><nav><a href=/>Home</a></nav>
<article><h1>Tram line to reopen in Halden</h1>
<p>HALDEN, May 6 - The tram line along the harbour will reopen on Monday after two years of repairs, the city council
said on Thursday, a month later than planned.</p>
<p>Workers replaced 14 kilometres of rail and the bridge over the Tista, which had been closed since a barge struck it in
the spring of last year, said Marit Lunde, who leads the transport office.</p>
<p>"Nobody was happy with the delay, but the first trams ran without a fault this week," Lunde told reporters. Fares stay
the same until the end of the year, she said.</p></article><footer><p>Copyright The Halden Courier</p></footer>"""
LIST = """<title>7 Best Standing Desks</title><h1>7 Best Standing Desks You Can Buy Today</h1>
<p>Looking for the best standing desk for your home office? Here are our top picks to boost your productivity!</p>
<h2>1. LiftMaster Pro</h2><p>If you want the best value, this is the one to buy. Check the latest price here.</p>
<h2>2. DeskWhiz</h2><p>A great choice for small rooms, with tips on how to set it up. Check the latest price here.</p>"""

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="pagesieve-interop-"))
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def run(*arguments, code=0):
    done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=FOLDER, capture_output=True)
    assert done.returncode == code, (arguments, done.returncode, done.stderr.decode())
    return done.stdout


def shell(command):
    return subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=FOLDER, capture_output=True, check=True).stdout


def records(output):
    return [json.loads(line) for line in output.decode().splitlines()]


def write_warc(path, packed):
    with open(path, "wb") as out:
        writer = WARCWriter(out, gzip=packed)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "interop"}))
        for url, page in [("http://news.test/", NEWS), ("http://list.test/", LIST)]:
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
            writer.write_request_response_pair(
                writer.create_warc_record(url, "request", http_headers=asked),
                writer.create_warc_record(url, "response", payload=io.BytesIO(page.encode()), http_headers=headers),
            )
            image = StatusAndHeaders("200 OK", [("Content-Type", "image/png")], protocol="HTTP/1.1")
            writer.write_request_response_pair(
                writer.create_warc_record(url + "image", "request", http_headers=asked),
                writer.create_warc_record(url + "image", "response", payload=io.BytesIO(b"\x89PNG"), http_headers=image),
            )


def read_warc(path):
    with open(path, "rb") as archive:
        found = []
        for record in ArchiveIterator(archive, check_digests="raise"):
            body = record.content_stream().read()
            found.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), body))
        return found


@check
def archives_of_warcio_are_gated_and_warcio_reads_what_is_kept():
    for name, packed in [("in.warc", False), ("in.warc.gz", True)]:
        write_warc(FOLDER / name, packed)
        run("gate", name, "--keep-to", "kept-" + name, "--drop-to", "dropped-" + name)
        kept, dropped = read_warc(FOLDER / ("kept-" + name)), read_warc(FOLDER / ("dropped-" + name))
        both = lambda url: [("response", url), ("request", url)]
        assert [(kind, url) for kind, url, _ in kept] == [("warcinfo", None), *both("http://news.test/")], kept
        assert kept[1][2] == NEWS.encode()
        assert [(kind, url) for kind, url, _ in dropped] == both("http://list.test/")
        original = (FOLDER / name).read_bytes()
        assert (FOLDER / ("kept-" + name)).read_bytes() in original or original.startswith(
            (FOLDER / ("kept-" + name)).read_bytes()
        )


@check
def warcio_reads_texts_of_kept_pages():
    write_warc(FOLDER / "in.warc.gz", True)
    run("gate", "in.warc.gz", "--keep-regions", "news", "--keep-to", "news.warc.gz")
    kinds = read_warc(FOLDER / "news.warc.gz")
    kind, url, text = kinds[-1]
    assert (kind, url) == ("conversion", "http://news.test/") and text.startswith(b"Tram line to reopen"), kinds
    assert b"Copyright" not in text
    subprocess.run([sys.executable, "-m", "warcio.cli", "check", FOLDER / "news.warc.gz"], check=True)


@check
def archives_recompressed_by_warcio_give_the_same():
    write_warc(FOLDER / "in.warc", False)
    subprocess.run([sys.executable, "-m", "warcio.cli", "recompress", "in.warc", "again.warc.gz"], cwd=FOLDER, check=True, capture_output=True)
    strip = lambda rows: [(row["id"], row["label"], row["blocks"]) for row in rows]
    one = records(run("classify", "in.warc", "--format", "jsonl"))
    assert len(one) == 2 and strip(one) == strip(records(run("classify", "again.warc.gz", "--format", "jsonl")))


@check
def parquet_of_pyarrow_is_read_whatever_its_types_and_compression():
    for compression in ["none", "snappy", "gzip", "zstd", "lz4"]:
        for kind in [pa.string(), pa.large_string(), pa.binary(), pa.string_view()]:
            table = pa.table(
                {
                    "dump": ["d"] * 3,
                    "html": pa.array([NEWS, LIST, None], pa.string()).cast(kind),
                    "id": ["a", "b", "c"],
                    "score": [0.5, None, 1.5],
                    "url": ["http://a.test/", None, ""],
                }
            )
            pq.write_table(table, FOLDER / "in.parquet", compression=compression, row_group_size=2)
            run("gate", "in.parquet", "--keep-to", "kept.parquet", "--drop-to", "dropped.parquet")
            kept, dropped = pq.read_table(FOLDER / "kept.parquet"), pq.read_table(FOLDER / "dropped.parquet")
            assert kept.select(table.column_names).equals(table.slice(0, 1)), (compression, kind, kept)
            assert kept["pagesieve_verdict"].to_pylist() == ["keep"]
            assert dropped["id"].to_pylist() == ["b", "c"] and dropped["pagesieve_reasons"].to_pylist()[1] == "empty"


@check
def duckdb_reads_every_table():
    (FOLDER / "in.jsonl").write_text("".join(json.dumps({"id": i, "html": p}) + "\n" for i, p in enumerate([NEWS, LIST])))
    for name in ["out.jsonl", "out.csv", "out.parquet"]:
        run("gate", "in.jsonl", "--format", name[4:], "--unsure", "keep", "--keep-to", name, "--min-words", "1")
        rows = duckdb.sql(f"select id, text from '{FOLDER / name}'").fetchall()
        assert len(rows) == 1 and str(rows[0][0]) == "0" and "tram line along" in rows[0][1], rows
    classified = run("classify", "in.jsonl", "--format", "jsonl")
    (FOLDER / "classified.jsonl").write_bytes(classified)
    query = f"select label, verdict, words.news > 50 from '{FOLDER / 'classified.jsonl'}' order by id"
    assert duckdb.sql(query).fetchall() == [("news", "keep", True), ("listicle", "drop", False)]
    duckdb.sql(f"copy (select 'x' as id, text from '{FOLDER / 'out.csv'}') to '{FOLDER / 'duck.parquet'}'")
    assert records(run("extract", "duck.parquet"))[0]["id"] == "x"


@check
def tables_of_python_come_through_byte_for_byte():
    for name, dialect in [("in.csv", "excel"), ("in.tsv", "excel-tab")]:
        with open(FOLDER / name, "w", newline="") as out:
            writer = csv.writer(out, dialect)
            writer.writerows([["id", "html", "note"], ["1", NEWS, 'quoted "so", and\nso'], ["2", LIST, ""]])
        kept = run("gate", name)
        assert (FOLDER / name).read_bytes().startswith(kept)
        rows = list(csv.reader(io.StringIO(kept.decode(), newline=""), dialect))
        assert rows[1] == ["1", NEWS, 'quoted "so", and\nso'] and len(rows) == 2
        cut = run("gate", name, "--keep-regions", "news")
        rows = list(csv.reader(io.StringIO(cut.decode(), newline=""), dialect))
        assert rows[1][1].startswith("Tram line to reopen") and rows[1][2] == 'quoted "so", and\nso'


@check
def json_of_python_and_tools_that_pack():
    lines = "".join(json.dumps({"html": NEWS, "id": name}, ensure_ascii=name == "é") + "\n" for name in "aé")
    (FOLDER / "in.jsonl").write_text(lines)
    for pack, ending in [("gzip", "gz"), ("zstd", "zst"), ("bzip2", "bz2"), ("xz", "xz"), ("xz -9", "xz")]:
        shell(f"rm -f in.jsonl.{ending}; {pack} -k in.jsonl")
        assert run("gate", f"in.jsonl.{ending}") == lines.encode(), pack
        shell(f"cat in.jsonl.{ending} in.jsonl.{ending} > twice; mv twice in.jsonl.{ending}")
        assert run("gate", f"in.jsonl.{ending}") == 2 * lines.encode(), pack
    for ending, unpack in [("gz", "gzip -dc"), ("zst", "zstd -dc")]:
        run("gate", "in.jsonl", "--keep-to", f"kept.jsonl.{ending}")
        assert shell(f"{unpack} kept.jsonl.{ending}") == lines.encode()


@check
def jq_reads_tags():
    (FOLDER / "in.jsonl").write_text("".join(json.dumps({"id": i, "html": p}) + "\n" for i, p in enumerate([NEWS, LIST])))
    run("gate", "in.jsonl", "--tag", "--output", "tagged.jsonl")
    assert shell("jq -c '[.id, .pagesieve.verdict]' tagged.jsonl") == b'[0,"keep"]\n[1,"drop"]\n'


@check
def attributes_stand_beside_documents():
    (FOLDER / "documents").mkdir()
    text = "Ökonomie – Übersicht\n" + "\n".join(line for line in NEWS.splitlines() if line.startswith(("<p>", "said", "the")))
    (FOLDER / "documents" / "a.jsonl").write_text(json.dumps({"id": "x", "text": text, "source": "test"}) + "\n")
    run("classify", "documents", "--format", "dolma", "--output-dir", "attributes")
    line = json.loads((FOLDER / "attributes" / "a.jsonl").read_text())
    assert line["id"] == "x"
    for name, spans in line["attributes"].items():
        for start, end, score in spans:
            assert text[start:end].strip() == text[start:end] and 0 <= score <= 1, (name, start, end)


@check
def a_bomb_of_a_gibibyte_is_an_error_not_a_crash():
    shell("head -c 1G /dev/zero | gzip -9 > bomb.warc.gz; cp bomb.warc.gz bomb.jsonl.gz; cp bomb.warc.gz bomb.html.gz")
    for name in ["bomb.warc.gz", "bomb.jsonl.gz", "bomb.html.gz"]:
        run("gate", name, "--from", name.split(".")[1], code=4)


if __name__ == "__main__":
    failed = 0
    for function in CHECKS:
        for leftover in FOLDER.iterdir():
            if leftover.is_dir():
                subprocess.run(["rm", "-r", str(leftover)], check=True)
            else:
                leftover.unlink()
        try:
            function()
            print(f"ok    {function.__name__}")
        except Exception as error:  # one failure must not hide the others
            failed += 1
            print(f"FAIL  {function.__name__}: {type(error).__name__}: {error}")
    subprocess.run(["rm", "-r", str(FOLDER)], check=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    sys.exit(failed > 0)
