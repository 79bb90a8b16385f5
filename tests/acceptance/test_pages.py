"""Every shared page, served as its outlet, through the real program to the real mailbox."""

import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trafilatura

from tests.mailbox import Mailbox
from tests.newspaper import Newspaper
from tests.program import Program, outlet_toml, topic_toml

FLOOR = 0.950
# Lower case but for the first letter: a capital inside is two words that the truth glued together.
PLAIN_WORD = r"\b[A-Z]?[a-z]{8,}\b"
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|\w+")


def tokens(text: str) -> Counter[str]:
    return Counter(WORD.findall(text.casefold()))


def token_f1(found: str, truth: str) -> float:
    """Bag-of-words F1; CJK and Thai by character; an empty output is 0."""
    ours, theirs = tokens(found), tokens(truth)
    common = sum((ours & theirs).values())
    return 2 * common / (sum(ours.values()) + sum(theirs.values())) if common else 0.0


@pytest.fixture(scope="module")
def pages(shared: Path) -> list[dict[str, object]]:
    listed = json.loads((shared / "data/pages/manifest.json").read_text())["pages"]
    for page in listed:
        page["html"] = gzip.decompress((shared / "data/pages" / page["file"]).read_bytes())
        page["body"] = "\n".join(page["truth"]["paragraphs"])
    return listed


def rare_words(pages: list[dict[str, object]], wanted: int) -> dict[str, str]:
    """Words that stand in the body of one page and nowhere else on any page, markup included: word -> page id."""
    seen: dict[str, set[str]] = defaultdict(set)
    for page in pages:
        for word in set(re.findall(PLAIN_WORD, str(page["body"]))):
            seen[word.casefold()].add(str(page["id"]))
    raw = {str(page["id"]): page["html"].decode("utf-8", "replace").casefold() for page in pages}  # type: ignore[attr-defined]
    chosen: dict[str, str] = {}
    for page in pages:
        for word in sorted(set(re.findall(PLAIN_WORD, str(page["body"])))):
            if seen[word.casefold()] == {page["id"]} and sum(word.casefold() in text for text in raw.values()) == 1:
                chosen[word] = str(page["id"])
                break
        if len(chosen) == wanted:
            break
    return chosen


def serve(paper: Newspaper, pages: list[dict[str, object]]) -> tuple[str, dict[str, str]]:
    """The outlets with generated feeds, under their own names; gives outlets.toml and page id -> address."""
    hosts: dict[str, list[dict[str, object]]] = defaultdict(list)
    for page in pages:
        hosts[urlsplit(str(page["url"])).hostname or ""].append(page)
    blocks, addresses = [], {}
    for host, mine in sorted(hosts.items()):
        site = paper.outlet(host)
        for page in mine:
            parts = urlsplit(str(page["url"]))
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            truth = page["truth"]
            site.add_article(truth["title"] or "Untitled", [], path=path, summary="", author="", html=page["html"])  # type: ignore[index,arg-type]
            addresses[str(page["id"])] = site.url(path)
        language = str(mine[0]["lang"])
        blocks.append(outlet_toml(host, site.feed_url, language=language))
    return "\n".join(blocks), addresses


def _place(url: str) -> tuple[str, str]:
    """Host and target, as the newspaper counts its requests."""
    parts = urlsplit(url)
    return parts.hostname or "", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def test_all_pages_end_to_end(pages: list[dict[str, object]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each page stored once, bodies no worse than plain trafilatura, exactly the expected mails; a later run asks only for what somebody waits for."""
    watched = rare_words(pages, 20)
    assert len(watched) == 20
    with Newspaper() as paper, Mailbox() as mailbox:
        outlets, addresses = serve(paper, pages)
        topics = "\n".join(topic_toml(f"Watch {word}", word) for word in watched)
        program = Program(folder=tmp_path)
        program.configure(paper, outlets=outlets, topics=topics, smtp_port=mailbox.port)
        program.run("once")
        stored = [json.loads(line) for line in program.run("articles", "export", "--format", "jsonl").out.splitlines()]
        first_hits = paper.counts()
        mails = sorted(str(message.parsed["Subject"]).split("]")[0].removeprefix("[Watch ") for message in mailbox.messages)
        later = datetime.now(UTC) + timedelta(hours=8)
        program.run("once", "--now", later.isoformat(timespec="seconds"))
        second_hits = paper.counts()
        again = len(mailbox.messages)
        feed_requests = [hit for hit in paper.hits() if hit.path == "/rss"]

    assert sorted(article["url"] for article in stored) == sorted(addresses.values())
    assert mails == sorted(watched)
    assert again == len(mails)
    # Articles that a topic found are young still, and looked at once more; nothing else is.
    waited_for = {_place(article["url"]) for article in stored if article["topics"]}
    assert {key: count - first_hits.get(key, 0) for key, count in second_hits.items() if key[1] != "/rss"} == {
        key: int(key in waited_for) for key in second_hits if key[1] != "/rss"
    }
    assert {first_hits[host, path] for host, path in first_hits if path == "/robots.txt"} == {1}
    half = len(feed_requests) // 2
    assert len({hit.host for hit in feed_requests[half:]}) == half == outlets.count("[[outlets]]")
    assert all(hit.header("if-none-match") or hit.header("if-modified-since") for hit in feed_requests[half:])
    _compare_bodies(pages, {article["url"]: article["body"] for article in stored}, addresses, capsys)


def _compare_bodies(
    pages: list[dict[str, object]], bodies: dict[str, str], addresses: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    ours, plain = [], []
    for page in pages:
        truth = str(page["body"])
        ours.append(token_f1(bodies[addresses[str(page["id"])]], truth))
        plain.append(token_f1(trafilatura.extract(page["html"], url=page["url"], include_comments=False) or "", truth))
    mean, floor = sum(ours) / len(ours), sum(plain) / len(plain)
    with capsys.disabled():
        print(  # noqa: T201 - the figure that the run is asked for
            f"\npages: {len(pages)}  token F1 ours {mean:.4f}  plain trafilatura {floor:.4f}"
        )
    assert mean >= floor
    assert mean >= FLOOR


def test_the_sample_article_alerts(shared: Path, tmp_path: Path) -> None:
    """The sample on a page shaped like its outlet's: the topic fires on the body, and none fires on the boxes around it."""
    raw = (shared / "data/seed/article.txt").read_text()
    paragraphs = [line.strip() for line in raw.split("\n") if line.strip()]
    start = next(n for n, line in enumerate(paragraphs) if line.startswith("CAIRO"))
    end = next(n for n, line in enumerate(paragraphs) if n > start and "Russia media is under attack" in line)
    title = next(line for line in paragraphs[:start] if "Sisi" in line)
    body, banner = paragraphs[start:end], paragraphs[end:]
    html = (
        f"<html lang=en><head><title>{title} - The Moscow Times</title></head><body>"
        '<div class="contribute-teaser-mobile"><p>Support The Moscow Times!</p><p>Contribute today</p></div>'
        f'<article><h1>{title}</h1><div class="article__content">'
        + "".join(f'<div class="article__block"><p>{line}</p></div>' for line in body)
        + "</div></article>"
        + '<div class="contribute-banner">'
        + "".join(f"<p>{line}</p>" for line in banner)
        + "</div></body></html>"
    )
    with Newspaper() as paper, Mailbox() as mailbox:
        site = paper.outlet("www.themoscowtimes.com")
        site.add_article(title, [], path="/2015/02/10/putin-and-sisi-a43", summary="", html=html.encode())
        program = Program(folder=tmp_path)
        program.configure(
            paper,
            outlets=outlet_toml("The Moscow Times", site.feed_url, language="en", country="RU"),
            topics="\n".join(
                [
                    topic_toml("Both", "Sisi AND Putin"),
                    topic_toml("Near", "Sisi NEAR/15 Putin"),
                    topic_toml("War", '"war in Ukraine"'),
                    topic_toml("Independent", '"independent media"'),
                    topic_toml("Contribute", "Contribute"),
                ]
            ),
            smtp_port=mailbox.port,
        )
        program.run("once")
        subjects = sorted(str(message.parsed["Subject"]) for message in mailbox.messages)
        texts = [message.text for message in mailbox.messages]
    assert [subject.split("]")[0] for subject in subjects] == ["[Both", "[Near"]
    assert all("Sisi" in text and "Putin" in text for text in texts)
