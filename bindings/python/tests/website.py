"""A web site that is made up: news stories, indexes of guest posts, pages that are half of each, and what goes wrong on
the way: redirects, broken HTML, character sets, errors."""

from __future__ import annotations

import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

STORIES, INDEXES, MIXED, REDIRECTS, BROKEN = 180, 70, 40, 20, 30
CHARSETS = ("windows-1252", "utf-16", "iso-8859-15", "utf-8")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    kind: str


class Site(NamedTuple):
    answers: dict[str, Answer]

    def of_kind(self, *kinds: str) -> set[str]:
        return {path for path, answer in self.answers.items() if answer.kind in kinds}


def build() -> Site:
    """The same site every time."""
    chance = random.Random(6)
    answers = {}

    def add(path: str, body: str, kind: str, charset: str = "utf-8", status: int = 200, **headers: str) -> None:
        headers = {"Content-Type": f"text/html; charset={charset}", **headers}
        answers[path] = Answer(status, headers, body.encode(charset, "xmlcharrefreplace"), kind)

    for number in range(STORIES):
        add(f"/story/{number}", page(*story(chance)), "story", charset=CHARSETS[number % 4] if number < 40 else "utf-8")
    for number in range(INDEXES):
        add(f"/guest/{number}", page("Guest posts", guest_posts(chance, 14)), "index")
    for number in range(MIXED):
        title, text = story(chance)
        add(f"/mixed/{number}", page(title, guest_posts(chance, 4) + text), "mixed")
    for number in range(REDIRECTS):
        location = f"/story/{number}"
        add(f"/moved/{number}", "<p>Moved", "redirect", status=301 + number % 2, Location=location)
    for number in range(BROKEN):
        add(f"/broken/{number}", broken(chance, page(*story(chance))), "broken")
    # The declaration in the page alone tells the character set.
    old = page(*story(chance)).replace("<head>", "<head><meta charset=windows-1252>", 1)
    answers["/old"] = Answer(200, {"Content-Type": "text/html"}, old.encode("windows-1252", "replace"), "story")
    answers["/logo.png"] = Answer(200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n", "image")
    add("/blank", "", "blank")
    add("/gone", page("Not found", "<p>There is nothing here."), "error", status=404)
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in answers)
    add("/", page("All pages", f"<ul>{links}</ul>"), "home")
    return Site(answers)


def serve(site: Site) -> ThreadingHTTPServer:
    """A server for the site on a free port; `serve_forever` starts it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = site.answers.get(self.path, site.answers["/gone"])
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def page(title: str, content: str) -> str:
    return f"""<!doctype html><html><head><title>{title} | The Fenmarket Courier</title></head><body>
<nav class="menu"><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<main>{content}</main>
<footer><p>© 2024 The Fenmarket Courier. All rights reserved.</p></footer></body></html>"""


TOWNS = ["Fenmarket", "Ostra Vale", "Kellingby", "Port Sorrel", "Haddersea", "Lindqvistholm", "São Telmo", "Grünau"]
PEOPLE = ["Marta Ellingsen", "José Carvalho", "Ruth Ashdown", "Tomáš Novák", "Priya Raman", "André Lefèvre"]
OFFICES = ["council", "county court", "harbour authority", "fire brigade", "health board", "transport ministry"]
EVENTS = [
    ("closes the old bridge after cracks are found", "The old bridge was closed to all traffic"),
    ("orders an inquiry into the flooding", "An inquiry into last month's flooding was ordered"),
    ("approves a new hospital wing", "Plans for a new hospital wing were approved"),
    ("fines a factory over river pollution", "A factory was fined for letting waste into the river"),
    ("suspends the ferry after an engine fire", "The ferry service was suspended after a fire in the engine room"),
]
SENTENCES = [
    "“We had no other choice after what the inspectors told us on Tuesday night,” said {person}, who speaks for the "
    "{office}.",
    "Police said {number} people were questioned on Thursday, and that no arrests had been made.",
    "The decision was passed by {number} votes to 14 after a debate of four hours, according to the minutes.",
    "Residents of {town} had complained since March, when the first reports reached the {office}.",
    "{person}, the mayor of {town}, told reporters that the work would cost {number} million euros.",
    "A spokeswoman for the {office} declined to comment on the report, which was published on Monday.",
    "Nobody was hurt, the {office} said in a statement, but {number} households were without power for the night.",
    "Opposition members walked out of the session and said they would appeal to the {office} next week.",
    "The government in the capital said on Friday that it would send {number} engineers to {town}.",
    "It was the third such case this year, after two accidents in {town} in which {number} people were injured.",
]
POSTS = [
    "{number} Best {thing} You Can Buy Right Now",
    "How to Choose the Perfect {thing} for Your Home",
    "{number} Proven Tips to Save Money on {thing}",
    "Top {number} {thing} for Busy People: The Ultimate Guide",
    "Why You Need {thing} and {number} Ways to Get the Most Out of Them",
]
THINGS = ["Air Fryers", "Standing Desks", "Pool Pumps", "Office Chairs", "Water Heaters", "Yoga Mats", "Dash Cams"]
TEASERS = [
    "Looking for the best {thing}? We tested dozens so that you don't have to. Check out our top picks and grab a deal "
    "today.",
    "If you want great {thing} without breaking the bank, this guide has all the tips and tricks you need.",
    "Read our honest review of the {number} best {thing}, with pros, cons and the lowest prices on Amazon.",
]


def story(chance: random.Random) -> tuple[str, str]:
    """Headline and text."""
    town, (head, lead) = chance.choice(TOWNS), chance.choice(EVENTS)
    office = chance.choice(OFFICES)
    title = f"{town} {office} {head}"

    def filled(sentence: str) -> str:
        parts = {"person": chance.choice(PEOPLE), "office": office, "town": town, "number": chance.randint(16, 90)}
        return sentence.format(**parts)

    lead = f"{town.upper()} (FMC) — {lead} on Wednesday, the {office} said, in the second such step since the spring."
    sentences = [filled(sentence) for sentence in chance.sample(SENTENCES, 8)]
    paragraphs = [lead, *(" ".join(sentences[at : at + 2]) for at in range(0, 8, 2))]
    return title, f"<article><h1>{title}</h1>{''.join(f'<p>{text}</p>' for text in paragraphs)}</article>"


def guest_posts(chance: random.Random, count: int) -> str:
    posts = []
    for _ in range(count):
        parts = {"thing": chance.choice(THINGS), "number": chance.randint(5, 25)}
        head, teaser = chance.choice(POSTS).format(**parts), chance.choice(TEASERS).format(**parts)
        posts.append(f'<div class="post"><h2><a href="/post">{head}</a></h2><p>{teaser}</p></div>')
    return f'<section class="guest-posts">{"".join(posts)}</section>'


def broken(chance: random.Random, page: str) -> str:
    """The same page with end tags missing, tags out of order, and cut off before its end."""
    for tag in chance.sample(["</p>", "</h1>", "</article>", "</li>", "</main>", "</title>"], 3):
        if tag != "</title>":
            page = page.replace(tag, "")
    return page.replace("<main>", "<b><main><i></b>").rsplit("</footer>", 1)[0] + "<div"
