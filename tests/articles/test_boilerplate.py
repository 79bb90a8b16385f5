"""Appeals, labels and teasers are told from news by meaning, in many languages; everything that goes is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.articles.appeals import is_appeal, is_label, labelled_teaser
from aggregator.articles.boilerplate import Context, clean_blocks, key
from aggregator.articles.extract import plain_blocks

APPEALS = [
    "Contribute Today",
    "Subscribe",
    "Support our journalism",
    "Please consider making a donation to keep this site free.",
    "We need your support to go on reporting.",
    "We have a small favor to ask.",
    "Sign up for our free weekly newsletter.",
    "Get the best stories delivered straight to your inbox.",
    "Follow us on Telegram",
    "Your donation helps our reporters stay on the ground.",
    "Unterstützen Sie unseren Journalismus!",
    "Jetzt abonnieren",
    "Поддержите нашу редакцию",
    "Подпишитесь на наш телеграм-канал",
    "Підтримайте незалежну журналістику",
    "Abonnez-vous à partir de 1 euro",
    "Faites un don",
    "Suscríbete a nuestro boletín",
    "Abbonati ora",
    "Assine agora e leia sem limites",
    "Steun onze journalistiek",
    "Wesprzyj nas",
    "اشترك الآن",
]
NEWS = [
    "The party asked its members to donate before the end of the month.",
    "Donations to the opposition fell by a third, the election commission said.",
    "“Please support us,” the mayor said.",
    "Police supported by helicopters searched the forest.",
    "The ministry will support independent farmers with 40 million euros.",
    "He subscribed to the theory that the bridge was badly designed.",
    "The Kremlin said it would support Egypt in the Security Council.",
    "Contributions to the pension fund will rise next year.",
    "Parliament voted to follow the committee's advice.",
    "Die Regierung unterstützt die Ukraine mit weiteren Mitteln.",
    "Россия поддержала резолюцию Совета Безопасности.",
    "Le président a soutenu le projet de loi.",
    "",
]


@pytest.mark.parametrize("text", APPEALS)
def test_appeals_are_recognised(text):
    assert is_appeal(text)


@pytest.mark.parametrize("text", NEWS)
def test_news_about_giving_and_supporting_is_no_appeal(text):
    assert not is_appeal(text)


def test_a_paragraph_is_never_an_appeal():
    assert not is_appeal("Subscribe now. " + "The report describes how the campaign was planned and paid for. " * 8)


@pytest.mark.parametrize(
    "text",
    [
        "Read more",
        "Read more about: ports, ships",
        "Most read",
        "Just in",
        "Related articles:",
        "Lesen Sie auch",
        "Meistgelesene Artikel",
        "Читайте также:",
        "À lire aussi",
        "Lee también",
        "Baca juga",
    ],
)
def test_labels_are_recognised(text):
    assert is_label(text)


@pytest.mark.parametrize(
    "text",
    [
        "Strategic Friend",
        "Latest figures show a decline in exports.",
        "Related companies were searched too.",
        "Just in time for the elections",
        "",
    ],
)
def test_subheads_and_sentences_are_no_labels(text):
    assert not is_label(text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Read more: Bridge opens", "Bridge opens"),
        ("Читайте также: Мост открыт", "Мост открыт"),
        ("Reading more: a habit", ""),
        ("Bridge: opens", ""),
    ],
)
def test_labelled_teasers_give_their_title(text, title):
    assert labelled_teaser(text) == title


LONG = "The new bridge over the river was opened to traffic on Wednesday morning, two years later than planned, the city said."
OTHER = "Some four thousand vehicles crossed it before noon, according to the counters that were installed on both of its ramps."
TEASER, TEASER2 = "Ferry Line Closes After Forty Years", "Mayor Wants Another Bridge by 2030"
LINKED = frozenset({key(TEASER), key(TEASER2)})
BLOCKS = {
    "nothing to drop": ((LONG, OTHER), Context(), (LONG, OTHER)),
    "headline at the top": (("Bridge opens!", LONG), Context(headline="Bridge Opens"), (LONG,)),
    "caption": ((LONG, "The bridge.", OTHER), Context(captions=frozenset({"the bridge"})), (LONG, OTHER)),
    "appeal between": ((LONG, "Support our journalism", OTHER), Context(), (LONG, OTHER)),
    "label and its list": ((LONG, "Read more", TEASER, OTHER), Context(linked=LINKED), (LONG, OTHER)),
    "label before a paragraph": ((LONG, "Read more", OTHER), Context(linked=LINKED), (LONG, OTHER)),
    "labelled teaser": ((LONG, f"Read also: {TEASER}", OTHER), Context(), (LONG, OTHER)),
    "two links in a row": ((LONG, TEASER, TEASER2, OTHER), Context(linked=LINKED), (LONG, OTHER)),
    "link at the end": ((LONG, OTHER, TEASER), Context(linked=LINKED), (LONG, OTHER)),
    "linked subhead stays": ((LONG, TEASER, OTHER), Context(linked=LINKED), (LONG, TEASER, OTHER)),
    "what the feed confirms stays": ((LONG, OTHER, TEASER), Context(linked=LINKED, confirmed=key(TEASER)), (LONG, OTHER, TEASER)),
    "banner around an appeal": (
        (LONG, OTHER, "The press is under attack.", "Our newsroom needs your help."),
        Context(),
        (LONG, OTHER),
    ),
    "a paragraph before an appeal stays": ((LONG, OTHER, "Our newsroom needs your help."), Context(), (LONG, OTHER)),
    "speech before an appeal stays": (
        (LONG, "“We want our bridge back,” she said.", "Contribute today"),
        Context(),
        (LONG, "“We want our bridge back,” she said."),
    ),
    "empty": ((), Context(), ()),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_kept_or_dropped(name):
    blocks, context, kept = BLOCKS[name]
    cleaned = clean_blocks(blocks, context)
    assert cleaned.kept == kept
    assert sorted((*cleaned.kept, *(piece.text for piece in cleaned.dropped))) == sorted(blocks)
    assert all(piece.reason for piece in cleaned.dropped)


@given(st.lists(st.sampled_from([LONG, OTHER, TEASER, "Read more", "Contribute today", "Our readers know.", ""]), max_size=12))
def test_no_block_is_lost_and_cleaning_twice_changes_nothing_that_stayed_long(blocks):
    context = Context(linked=LINKED)
    cleaned = clean_blocks(tuple(blocks), context)
    assert len(cleaned.kept) + len(cleaned.dropped) == len(blocks)
    assert [block for block in blocks if block in (LONG, OTHER)] == [block for block in cleaned.kept if block in (LONG, OTHER)]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("<p>One</p><p>Two &amp; three</p>", ("One", "Two & three")),
        ("One\n\nTwo", ("One", "Two")),
        ("a < b and c > d", ("a < b and c > d",)),
        ("", ()),
    ],
)
def test_texts_from_json_ld_and_feeds_become_blocks(text, blocks):
    assert plain_blocks(text) == blocks
