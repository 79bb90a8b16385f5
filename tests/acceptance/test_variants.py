"""AMP, print and mobile pages of one article are one article and one alert; pages that name a wrong address stay apart."""

from pathlib import Path

import pytest

from tests.mailbox import Mailbox
from tests.newspaper import Newspaper
from tests.program import Program, outlet_toml, topic_toml

TEXT = [f"Paragraph {n}: the bridge over the river was opened by the mayor, who spoke at length of its cost." for n in range(6)]
MILL = [
    f"Passage {n}: flames took the old mill while the bridge crew looked on, and {n * 7} sacks of barley burned."
    for n in range(6)
]
PATH = "/news/2026/bridge-opened"


def page(title: str, paragraphs: list[str], *, canonical: str = "", amp: str = "", before: str = "") -> bytes:
    links = f"<link rel='canonical' href='{canonical}'>" if canonical else ""
    links += f"<link rel='amphtml' href='{amp}'>" if amp else ""
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f"<html lang='en'><head><title>{title}</title>{links}<meta property='og:type' content='article'>"
        f"<meta property='og:title' content='{title}'></head><body>{before}<article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


def rss(*links: str, title: str = "Bridge opened") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>{link.replace('&', '&amp;')}</link><guid isPermaLink='false'>{link}</guid></item>"
        for link in links
    )
    return f"<rss version='2.0'><channel><title>x</title><link>http://herald.example/</link>{items}</channel></rss>".encode()


def published(newspaper: Newspaper, folder: Path, *feeds: str) -> tuple[list[dict], list[str]]:
    program = Program(folder=folder)
    with Mailbox() as mailbox:
        program.configure(
            newspaper,
            outlets=outlet_toml("Herald", *feeds, language="en"),
            topics=topic_toml("Bridges", "bridge"),
            smtp_port=mailbox.port,
        )
        program.run("once")
        return program.run("articles", "list", "--json").json(), [mail.subject for mail in mailbox.messages]


def urls(newspaper: Newspaper) -> dict[str, str]:
    herald, mobile, amp = (newspaper.outlet(host) for host in ("www.herald.example", "m.herald.example", "amp.herald.example"))
    cache = newspaper.outlet("www-herald-example.cdn.ampproject.org")
    return {
        "amp path": herald.url(f"{PATH}/amp"),
        "amp directory": herald.url(f"/amp{PATH}"),
        "amp parameter": herald.url(f"{PATH}?outputType=amp"),
        "print parameter": herald.url(f"{PATH}?print=1"),
        "print page of its own": herald.url("/print.php?id=17"),
        "mobile host": mobile.url(PATH),
        "mobile host, number": mobile.url("/a/17"),
        "amp host, number": amp.url("/stories/17"),
        "amp cache": cache.url(f"/c/s/www.herald.example:{newspaper.port}{PATH}"),
    }


@pytest.mark.parametrize("order", ["article first", "variants first"])
def test_all_variants_of_an_article_are_one(newspaper: Newspaper, tmp_path: Path, order: str) -> None:
    herald = newspaper.outlet("www.herald.example")
    variants = urls(newspaper)
    herald.add_page(PATH, page("Bridge opened", TEXT))
    for url in variants.values():
        host, _, path = url.removeprefix("http://").partition("/")
        site = newspaper.outlet(host.partition(":")[0])
        site.add_page(f"/{path}", page("Bridge opened", [*TEXT[:-1], "Read this in our app."], canonical=herald.url(PATH)))
    links = [herald.url(PATH), *variants.values()]
    feeds = [
        herald.add_feed(f"/feed/{n}", rss(link)) for n, link in enumerate(links if order == "article first" else links[::-1])
    ]
    articles, mails = published(newspaper, tmp_path, *feeds)
    assert len(articles) == 1, [article["url"] for article in articles]
    assert articles[0]["version"] == 1
    assert len(mails) == 1


def test_the_amp_address_that_an_article_names_is_it(newspaper: Newspaper, tmp_path: Path) -> None:
    """The AMP page names nothing itself."""
    herald, amp = newspaper.outlet("www.herald.example"), newspaper.outlet("amp.herald.example")
    herald.add_page(PATH, page("Bridge opened", TEXT, amp=amp.url("/stories/17")))
    amp.add_page("/stories/17", page("Bridge opened", [*TEXT, "More in our app."]))
    feeds = [herald.add_feed("/feed/1", rss(herald.url(PATH))), herald.add_feed("/feed/2", rss(amp.url("/stories/17")))]
    articles, mails = published(newspaper, tmp_path, *feeds)
    assert (len(articles), len(mails)) == (1, 1)


@pytest.mark.parametrize("named", ["/", "/news", PATH, "/index.html"])
def test_one_canonical_for_all_merges_nothing(newspaper: Newspaper, tmp_path: Path, named: str) -> None:
    herald = newspaper.outlet("www.herald.example")
    herald.add_page(PATH, page("Bridge opened", TEXT, canonical=herald.url(named), amp=herald.url("/amp-page")))
    herald.add_page("/news/2026/mill-burns", page("Mill burns", MILL, canonical=herald.url(named), amp=herald.url("/amp-page")))
    feeds = [
        herald.add_feed("/feed/1", rss(herald.url(PATH))),
        herald.add_feed("/feed/2", rss(herald.url("/news/2026/mill-burns"), title="Mill burns")),
    ]
    articles, mails = published(newspaper, tmp_path, *feeds)
    assert sorted(article["headline"] for article in articles) == ["Bridge opened", "Mill burns"]
    assert len(mails) == 2


def test_a_canonical_on_another_site_is_only_a_hint(newspaper: Newspaper, tmp_path: Path) -> None:
    herald, wire = newspaper.outlet("www.herald.example"), newspaper.outlet("www.wire.example")
    wire.add_page(PATH, page("Bridge opened", TEXT, canonical=wire.url(PATH)))
    herald.add_page("/copy/1", page("Bridge opened", [*TEXT, "Printed with leave."], canonical=wire.url(PATH)))
    feeds = [herald.add_feed("/feed/1", rss(herald.url("/copy/1"))), wire.add_feed("/feed", rss(wire.url(PATH)))]
    articles, _ = published(newspaper, tmp_path, *feeds)
    assert len(articles) == 2
