"""Pages of outlets that do not exist: one article through many independent templates, with boxes at every plausible place.

`pages` yields them from a seed, `measure` reads one as the first article of its outlet. Everything is invented.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from string import Template

from aggregator.text import normalise
from tests.articles.rendering_boxes import PLACES, WORDS, Name, box
from tests.articles.rendering_texts import article
from tests.articles.support import read

LENGTHS = (1, 2, 3, 5, 10, 40)
LANGUAGES = ("en", "ru", "de", "fr", "es", "uk", "ar")
_MENU = '<a href="/">$site</a> <a href="/news">News</a> <a href="/sport">Sport</a> <a href="/culture">Culture</a>'
_TAIL = '<a href="/about">About</a> <a href="/privacy">Privacy</a> <a href="/contact">Contact</a>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A template: `page` holds $top $title $lead $body $end $after $side $foot $start $stop, `block` one paragraph."""

    page: str
    block: str = "<p>$text</p>"
    joint: str = "\n"


LAYOUTS: dict[str, Layout] = {
    "wordpress classic": Layout(
        page='$start<div id="page" class="site"><header id="masthead" class="site-header"><div class="menu">'
        + _MENU
        + '</div></header>$top<div id="content" class="site-content"><div id="primary" class="content-area"><main id="main" class="site-main"><article id="post-4711" class="post type-post hentry category-news">'
        '<header class="entry-header"><h1 class="entry-title">$title</h1></header><div class="entry-content">$lead $body $end</div></article>$after</main></div><aside id="secondary" class="widget-area">$side</aside></div>'
        '<footer id="colophon" class="site-footer">$foot' + _TAIL + "</footer></div>$stop"
    ),
    "wordpress blocks": Layout(
        page='$start<div class="wp-site-blocks"><header class="wp-block-template-part">'
        + _MENU
        + '</header><main class="wp-block-group is-layout-flow">$top<h1 class="wp-block-post-title">$title</h1>$lead<div class="entry-content wp-block-post-content is-layout-constrained">$body $end</div>$after</main>'
        '<div class="wp-block-columns">$side</div><footer class="wp-block-template-part">$foot' + _TAIL + "</footer></div>$stop"
    ),
    "semantic": Layout(
        page="$start<header><nav>" + _MENU + "</nav></header><main>$top<article><header><h1>$title</h1></header>$lead $body $end</article>$after</main><aside>$side</aside><footer>$foot" + _TAIL + "</footer>$stop"
    ),
    "hashed names": Layout(
        page='$start<div class="css-1a2b3c"><div class="css-77xk2">' + _MENU + '</div>$top<div class="css-9ffq1"><div class="css-k3l9s"><h1 class="css-h0p2d">$title</h1>$lead<div class="css-b1c77">$body $end</div></div>$after</div><div class="css-1z0v3">$side</div><div class="css-f00t3">$foot' + _TAIL + "</div></div>$stop",
        block='<p class="css-p4r4g">$text</p>',
    ),
    "module names": Layout(
        page='$start<div class="Layout_root__aX1"><div class="Header_wrap__b2">' + _MENU + '</div>$top<div class="ArticlePage_container__Q9"><div class="ArticlePage_main__x1Y"><div class="ArticleHeader_title__m"><h1>$title</h1></div>$lead<div class="ArticleBody_content__Zz3">$body $end</div></div><div class="Rail_right__77">$side</div></div>$after<div class="Footer_root__k">$foot' + _TAIL + "</div></div>$stop",
        block='<div class="ArticleBody_block__p1"><p>$text</p></div>',
    ),
    "bootstrap": Layout(
        page='$start<nav class="navbar navbar-expand-lg"><div class="container">' + _MENU + '</div></nav><div class="container">$top<div class="row"><div class="col-md-4 order-md-2">$side</div><div class="col-md-8"><h1 class="mt-4">$title</h1>$lead<div class="news-text">$body $end</div>$after</div></div></div><footer class="py-5 bg-dark"><div class="container">$foot' + _TAIL + "</div></footer>$stop"
    ),
    "amp": Layout(
        page='$start<header class="amp-wp-header"><div>' + _MENU + '</div></header>$top<article class="amp-wp-article"><header class="amp-wp-article-header"><h1 class="amp-wp-title">$title</h1></header>$lead<div class="amp-wp-article-content">$body $end</div><footer class="amp-wp-article-footer">$after</footer></article>$side<footer class="amp-wp-footer"><div>$foot' + _TAIL + "</div></footer>$stop"
    ),
    "tables": Layout(
        page='$start<table width="980" cellpadding="0"><tr><td colspan="3">' + _MENU + '</td></tr><tr><td width="180" valign="top">$side</td><td valign="top">$top<h1><font size="5">$title</font></h1>$lead $body $end</td><td width="160">$after</td></tr><tr><td colspan="3">$foot' + _TAIL + "</td></tr></table>$stop"
    ),
    "test ids": Layout(
        page='$start<div id="root"><div data-testid="header"><div>' + _MENU + '</div></div><div data-testid="layout"><div>$top<div data-testid="article"><div><div data-testid="headline"><h1><span>$title</span></h1></div>$lead<div data-testid="article-body"><div>$body</div>$end</div></div></div>$after</div><div data-testid="rail">$side</div></div><div data-testid="footer">$foot' + _TAIL + "</div></div>$stop",
        block='<div data-testid="paragraph"><p><span>$text</span></p></div>',
    ),
    "components": Layout(
        page='$start<div><header role="banner"><nav>' + _MENU + '</nav></header><main id="main-content"><article class="ssrcss-pv1rh6-ArticleWrapper">$top<div data-component="headline-block" class="ssrcss-s9k1"><h1 id="main-heading">$title</h1></div>$lead $body $end</article><div class="ssrcss-1ki8h-Rest">$after</div></main><div data-component="rail">$side</div><footer>$foot' + _TAIL + "</footer></div>$stop",
        block='<div data-component="text-block" class="ssrcss-7uxr49-RichTextContainer"><div class="ssrcss-1q0x1qg"><p class="ssrcss-hmf8ql"><b class="ssrcss-x"></b>$text</p></div></div>',
    ),
    "divs for paragraphs": Layout(
        page='$start<div class="wrapper"><div class="head">' + _MENU + '</div>$top<div class="news-detail"><h1>$title</h1>$lead<div class="news-detail__text">$body</div>$end</div>$after<div class="right-col">$side</div><div class="bottom">$foot' + _TAIL + "</div></div>$stop",
        block='<div class="text-block">$text</div>',
    ),
    "breaks": Layout(
        page='$start<div id="wrap"><div id="head">' + _MENU + '</div><div id="left">$side</div><div id="center">$top<h1>$title</h1>$lead<div class="text">$body</div>$end $after</div><div id="bottom">$foot' + _TAIL + "</div></div>$stop",
        block="$text",
        joint="<br><br>\n",
    ),
    "one main": Layout(page="$start<main>" + _MENU + "$top<h1>$title</h1>$lead $body $end $after $side $foot" + _TAIL + "</main>$stop"),
    "microdata": Layout(
        page='$start<div class="top">' + _MENU + '</div>$top<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">$title</h1>$lead<div itemprop="articleBody">$body $end</div></div>$after<div class="col2">$side</div><div class="btm">$foot' + _TAIL + "</div>$stop"
    ),
    "drupal": Layout(
        page='$start<div class="dialog-off-canvas-main-canvas"><header role="banner">' + _MENU + '</header><main role="main">$top<div class="region region-content"><h1 class="page-header"><span class="field field--name-title">$title</span></h1><article class="node node--type-article">$lead<div class="node__content"><div class="field field--name-body field--type-text-with-summary field__item">$body $end</div></div></article>$after</div></main><aside class="region-sidebar-second">$side</aside><footer role="contentinfo">$foot' + _TAIL + "</footer></div>$stop"
    ),
    "sections": Layout(
        page='$start<div id="app"><div class="l-header">' + _MENU + '</div><div class="l-page"><section class="story">$top<div class="story__head"><h2 class="story__title">$title</h2></div>$lead<section class="story__text">$body $end</section></section>$after</div><div class="l-aside">$side</div><div class="l-footer">$foot' + _TAIL + "</div></div>$stop"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page and what is true about it: its paragraphs, the lines of its captions, which boxes stand where."""

    html: bytes
    layout: str
    language: str
    length: int
    named: str
    boxes: tuple[str, ...]
    headline: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What went wrong on one page: lines of the body that are not paragraphs, paragraphs that are not lines of it."""

    page: Page
    leaked: tuple[str, ...]
    lost: tuple[str, ...]
    captions: str


def naming(kind: str, rng: random.Random) -> Name:
    """Class attributes: telling ("newsletter-box"), in blocks and modifiers, hashed, or none."""
    if kind == "telling":
        return lambda name: f' class="{name}-box {name}"'
    if kind == "bem":
        return lambda name: f' class="b-{name} b-{name}_theme_light"'
    if kind == "hashed":
        return lambda name: f' class="css-{rng.randrange(16**6):06x}"'
    return lambda name: ""


def render(
    layout: str,
    language: str,
    length: int,
    *,
    named: str,
    places: dict[str, tuple[str, ...]],
    rng: random.Random,
    words=WORDS,
    layouts=LAYOUTS,
    build=box,
    texts=article,
) -> Page:
    """`places` names the boxes at each place; inline ones stand after the first, the second and before the last paragraph."""
    headline, paragraphs = texts(language, length, rng.randrange(6))
    shape, name = layouts[layout], naming(named, rng)
    blocks = [Template(shape.block).substitute(text=text) for text in paragraphs]
    filled = {
        place: "".join(build(kind, language, name, rng, words) for kind in places.get(place, ()))
        for place in ("top", "lead", "end", "after", "side", "foot", "start", "stop")
    }
    for kind in places.get("inline", ()):
        blocks.insert(rng.choice([1, min(2, len(blocks)), max(1, len(blocks) - 1)]), build(kind, language, name, rng, words))
    body = shape.joint.join(block for block in blocks if block)
    html = Template(shape.page).safe_substitute(title=headline, body=body, **filled).replace("$site", "The Courier")
    head = f'<meta charset="utf-8"><title>{headline}</title>' + (
        f'<meta property="og:title" content="{headline}">' if rng.random() < 0.7 else ""
    )
    return Page(
        html=f'<!DOCTYPE html><html lang="{language}"><head>{head}</head><body>{html}</body></html>'.encode(),
        layout=layout, language=language, length=length, named=named, headline=headline, paragraphs=paragraphs,
        boxes=tuple(f"{kind}@{place}" for place, kinds in places.items() for kind in kinds),
    )  # fmt: skip


def measure(page: Page) -> Result:
    extraction = read(page.html)
    body = extraction.body.split("\n")
    wanted = [normalise(text) for text in page.paragraphs]
    found, true = Counter(line for line in body if line), set(wanted)
    return Result(
        page=page,
        leaked=tuple(line for line in found if line not in true),
        lost=tuple(text for text in wanted if text not in found),
        captions=extraction.captions,
    )


def some_boxes(rng: random.Random, count: int, places=PLACES) -> dict[str, tuple[str, ...]]:
    """`count` boxes of different kinds, each at one of its places."""
    chosen: dict[str, tuple[str, ...]] = {}
    for kind in rng.sample(sorted(places), count):
        place = rng.choice(places[kind])
        chosen[place] = (*chosen.get(place, ()), kind)
    return chosen


def pages(seed: int, *, layouts=LAYOUTS, languages=LANGUAGES, lengths=LENGTHS, places=PLACES, **options) -> Iterator[Page]:
    """One page for every layout, language and length, with two to seven boxes drawn from the seed."""
    for layout in layouts:
        for language in languages:
            for length in lengths:
                rng = random.Random(f"{seed} {layout} {language} {length}")
                named = rng.choice(("telling", "bem", "hashed", "none"))
                chosen = some_boxes(rng, rng.randint(2, 7), places)
                yield render(
                    layout,
                    language,
                    min(length, 20) if language not in ("en", "ru", "de") else length,
                    named=named,
                    places=chosen,
                    rng=rng,
                    layouts=layouts,
                    **options,
                )


def single_pages(
    seed: int, *, layouts=LAYOUTS, languages=("en", "ru", "de"), lengths=(1, 3, 10), places=PLACES, **options
) -> Iterator[Page]:
    """One box on a page, every kind at every place in every layout: what fails here names its rule."""
    for layout in layouts:
        for kind, spots in places.items():
            for place in spots:
                rng = random.Random(f"{seed} {layout} {kind} {place}")
                yield render(
                    layout,
                    rng.choice(languages),
                    rng.choice(lengths),
                    named=rng.choice(("telling", "bem", "hashed", "none")),
                    places={place: (kind,)},
                    rng=rng,
                    layouts=layouts,
                    **options,
                )


def page_captions(layout: str, place: str) -> Iterator[tuple[Page, str]]:
    """Pages with a picture at a place, and the words of its caption."""
    for seed in range(8):
        rng = random.Random(f"caption {seed} {layout} {place}")
        language, length = rng.choice(("en", "ru", "de")), rng.choice((1, 3, 10))
        named = rng.choice(("telling", "bem", "hashed", "none"))
        page = render(layout, language, length, named=named, places={place: ("caption",)}, rng=rng)
        shown = next(text for text, _ in WORDS["caption"][language] if text.encode() in page.html)
        yield page, shown
