"""Articles that look like boxes in places keep every paragraph: about donations, consent, channels, with lists, links, short lines."""

import pytest

from aggregator.text import normalise
from tests.articles.support import page, read

FIRST = "The printers' union in Marlow voted on Tuesday to keep its archive open to the public for another ten years, its chairman said."
LAST = "The archive holds some eleven thousand posters, and about a third of them have never been shown, the chairman added."

PARAGRAPHS = {
    "donations": (
        "Donations to the lifeboat service rose by a fifth last year, according to its annual report published on Monday.",
        "Supporters can make a donation to the campaign fund until the end of March, the party's treasurer told members.",
        "The charity asked its donors to give monthly rather than once, because that makes its income easier to plan.",
        "“Your donation keeps our boats at sea,” the coxswain told a crowd on the quay.",
        "Without the help of its readers the magazine would have closed in 2019, its editor wrote in a letter to the court.",
    ),
    "newsletters": (
        "The ministry will send a weekly newsletter to farmers, who can sign up at any post office from June.",
        "More than 40,000 people subscribe to the newsletter of the former mayor, who resigned in October.",
        "Subscribers received the leaked document in their inbox on Friday evening, hours before the vote.",
        "Publishers say that newsletters bring in one new subscriber for every three hundred letters sent.",
    ),
    "cookies": (
        "Browsers will stop accepting cookies of third parties next year, the company announced on Thursday.",
        "The regulator fined two shops because they used cookies to track visitors who had refused their consent.",
        "By using cookies without consent, the shops broke the law in 214 cases, the court found.",
        "Under the bill, websites must offer a button to reject all cookies next to the one that accepts them.",
    ),
    "subscriptions": (
        "The publisher raised the price of a subscription from £2 a month to £3, its first increase in six years.",
        "Readers who subscribe to the print edition will keep access to the site, a spokeswoman said.",
        "Half of the new subscribers leave within a year, according to a study of nine newspapers.",
    ),
    "foreign agents": (
        "The justice ministry added three reporters and a human rights group to its list of foreign agents on Friday.",
        "The outlet was named a foreign agent in 2021 and lost most of its advertisers within weeks, its founder said.",
        "Independent media have been fined more than two hundred times under the law since then.",
        "Journalists named foreign agents must mark every text, and their readers can be prosecuted for sharing it.",
    ),
    "channels": (
        "The governor announced the closure on his Telegram channel early on Wednesday, before the police had been told.",
        "Three channels on Telegram with more than two million followers spread the forged letter, researchers found.",
        "Officials asked residents to follow the emergency service on Telegram and to keep their telephones charged.",
        "A video posted on Facebook and Instagram shows the moment when the crane fell.",
    ),
    "short lines": (
        "Nobody answered.",
        "The ship was gone.",
        "“We waited all night.”",
        "Then the lights went out.",
        "It was the third time in a month.",
    ),
    "questions": (
        "Why now?",
        "Because the lease ends in May, and nobody else wanted the building after the flood of 2021.",
        "Who pays for it?",
        "The members do, and the city gives about a tenth of the money every year since the reform.",
        "And if they stop?",
        "Then we will sell the press and keep the posters, which are worth more than the house in any case.",
    ),
    "own report": (
        "The commission published its findings on Monday; read the full report here before the hearing begins on Thursday.",
        "A summary of the report and a list of the witnesses are on the commission's website, it said.",
        "The report's authors say more about the method in an appendix of ninety pages.",
    ),
    "sayings": (
        "Share prices fell by four percent in the first hour of trading and recovered slightly towards noon.",
        "Comments by the minister on the strike had angered the drivers, two of their representatives said.",
        "Print runs have halved since 2010, and the last offset press in the county was sold for scrap.",
        "Copyright law protects such posters for seventy years after the death of their author, the court said.",
        "Advertising brought in less than a tenth of the income, the accounts show.",
        "Listen to the recordings, the judge told the jury, and ignore the newspapers.",
        "Found guilty of three mistakes in the accounts, the treasurer resigned.",
        "By Friday evening the water had reached the second floor of the school.",
        "Updated figures are expected in the autumn, after the census has been completed.",
    ),
    "first person": (
        "We lost half of our advertisers in a single summer, and nobody told the shareholders before the meeting.",
        "Our readers were printers and sailors, and they paid for the paper with what they had.",
        "You can support a bridge from below or hang it from above, and we did both.",
        "Without your father's help we would have sold the presses that year.",
        "We need help, of course, but most of all we need time.",
    ),
    "first person, other languages": (
        "Нам нужна помощь, но больше всего нам нужно время до весны.",
        "Нас поддерживают соседние города, и этого пока хватает на ремонт крыши.",
        "Наша работа оплачена до конца года, дальше мы ничего не знаем.",
        "Unsere Arbeit wird vom Land finanziert, und das wird hoffentlich so bleiben.",
        "Der Minister hält das Parlament nach eigenen Worten auf dem Laufenden.",
        "Sie wollte nichts verpassen und blieb deshalb bis zum Morgen.",
        "Notre travail dépend du soutien de la région, et nous le disons depuis dix ans.",
        "Храм построили на пожертвования прихожан за три года.",
        "Kunden hatten die Rechnung per E-Mail erhalten.",
    ),
    "russian": (
        "Министерство юстиции внесло в реестр иностранных агентов трёх журналистов и правозащитную организацию.",
        "Редакция собрала пожертвования на оплату штрафа за четыре дня, рассказала главный редактор.",
        "Подписчики канала в Telegram первыми сообщили о пожаре на складе, уточнили в ведомстве.",
        "Нашли ошибку в расчётах только через год, когда мост уже дал трещину.",
        "Использование материалов дела в печати запрещено, сообщил суд.",
        "Реклама на транспорте подорожала на треть, следует из отчёта компании.",
        "Комментарии чиновников появились только вечером.",
    ),
    "german": (
        "Die Spenden für das Hilfswerk sind im vergangenen Jahr um ein Fünftel gestiegen, wie der Jahresbericht zeigt.",
        "Wer den Newsletter der Partei abonniert hatte, bekam am Freitag eine Einladung zum Parteitag.",
        "Anzeigen gegen die Betreiber gingen erst Monate später ein, sagte die Staatsanwältin.",
        "Kommentare wollte das Ministerium am Abend nicht abgeben.",
        "Fehler gefunden hatten die Prüfer schon im Frühjahr, gemeldet wurden sie im Herbst.",
        "Von Montag an fahren die Züge wieder nach Plan.",
    ),
}
LINKED = (
    'The <a href="/1">supreme court</a> upheld the <a href="/2">ruling of the lower court</a> in <a href="/3">Marlow v. Harbour Board</a> on Monday.',
    '<a href="/4">Two earlier decisions</a> and <a href="/5">an opinion of the attorney general</a> had pointed <a href="/6">the other way</a>.',
    'The text is <a href="/7">here</a>, the dissent <a href="/8">here</a>, and a comment by the <a href="/9">law faculty</a> will follow.',
)


def paragraphs(texts):
    return "".join(f"<p>{text}</p>" for text in texts)


@pytest.mark.parametrize("around", [True, False])
@pytest.mark.parametrize("name", PARAGRAPHS)
def test_articles_about_what_boxes_are_about_keep_their_paragraphs(name, around):
    texts = (FIRST, *PARAGRAPHS[name], LAST) if around else PARAGRAPHS[name]
    if not around and name in ("short lines", "questions"):
        texts = (FIRST, *texts)
    body = read(page(f"<div class='story'>{paragraphs(texts)}</div>", headline="A Day in Marlow")).body
    assert body == normalise("\n".join(texts))


def test_paragraphs_full_of_links_stay():
    body = read(page(paragraphs((FIRST, *LINKED, LAST)))).body.split("\n")
    assert len(body) == 5
    assert body[2].startswith("Two earlier decisions and an opinion")


KEPT = {
    "unordered list": (
        "<ul><li>a cellar with the presses from 1911</li><li>two rooms of posters</li><li>the reading room, which opens at noon</li></ul>",
        ("a cellar with the presses from 1911", "two rooms of posters", "the reading room, which opens at noon"),
    ),
    "ordered list of sentences": (
        "<ol><li>The doors open at nine.</li><li>Bags stay in the hall.</li><li>Nobody may take photographs.</li></ol>",
        ("The doors open at nine.", "Bags stay in the hall.", "Nobody may take photographs."),
    ),
    "quotation": ("<blockquote><p>“We print what others throw away.”</p></blockquote>", ("“We print what others throw away.”",)),
    "subhead": ("<h2>A cellar full of lead</h2><p>The oldest press weighs four tonnes and was last used in 1974, for a poster against the dam.</p>",
                ("A cellar full of lead", "The oldest press weighs four tonnes")),
    "subhead that is a name": ("<h2>Edith Norling</h2><p>She was the first woman to lead the union, and she kept the keys until she was ninety years old.</p>",
                               ("Edith Norling", "She was the first woman")),
    "poem": ("<p>The lead is cold,<br>the ink is black,<br>the night is old,<br>and none come back.</p>", ("The lead is cold,", "and none come back.")),
    "results": ("<table><tr><th>Club</th><th>Points</th></tr><tr><td>Marlow Town</td><td>41</td></tr><tr><td>Kelmouth</td><td>38</td></tr></table>",
                ("Marlow Town", "41", "Kelmouth", "38")),
    "questions in bold": (("<p><strong>Why now?</strong></p><p>Because the lease ends in May, and nobody else wanted the house.</p><p><strong>Who pays?</strong></p>"
                          "<p>The members do, and the city gives about a tenth of the money.</p>"), ("Why now?", "Because the lease ends", "Who pays?", "The members do")),
    "live entries": (("<div class='live-post'><time>10:15</time><h3>Doors open</h3><p>The first visitors enter the cellar, about forty of them, in heavy rain.</p></div>"
                     "<div class='live-post'><time>11:40</time><h3>Speech begins</h3><p>The chairman thanks the city and says that the lease was signed this morning.</p></div>"),
                     ("Doors open", "The first visitors enter", "Speech begins", "The chairman thanks the city")),
    "recipe": ("<h2>Ingredients</h2><ul><li>200 g flour</li><li>1/2 tsp salt</li><li>3 eggs</li></ul><h2>Method</h2><ol><li>Mix the flour and the salt.</li><li>Bake for 40 min at 180 degrees.</li></ol>",
               ("Ingredients", "200 g flour", "3 eggs", "Mix the flour and the salt.", "Bake for 40 min at 180 degrees.")),
    "sections": (("<section><h2>The first press</h2><p>It came from Kelmouth on a barge in the spring of 1911 and sank twice on the way, the diary says.</p></section>"
                 "<section><h2>The last press</h2><p>It was bought in 1969 and has stood under a sheet since the strike of the type setters.</p></section>"),
                 ("The first press", "It came from Kelmouth", "The last press", "It was bought in 1969")),
    "picture and paragraph in one block": (("<div><img src='/a.jpg' alt=''><p>Behind the door a staircase of twenty steps leads down to the water, which has risen by a metre since the spring.</p>"
                                           "<p>Nobody has gone further than the third step since then, according to the caretaker of the house.</p></div>"),
                                           ("Behind the door a staircase", "Nobody has gone further")),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_what_an_article_is_built_of_stays(name):
    markup, wanted = KEPT[name]
    body = read(page(f"<p>{FIRST}</p>{markup}<p>{LAST}</p>", headline="Archive Stays Open for Ten Years")).body
    assert [text for text in (FIRST, *wanted, LAST) if text not in body] == []


@pytest.mark.parametrize("length", [1, 2])
def test_a_long_read_in_sections_stays_whole(length):
    """Every part with a heading, the advertisements between them: further parts are no appended articles."""
    part = "<section class='part'><h2>Part {}</h2>{}</section><div class='x1'>Advertisement</div>"
    texts = [[f"{text} It was the turn of number {n} that week." for text in (FIRST, LAST)[:length]] for n in range(5)]
    body = read(page("".join(part.format(n + 1, paragraphs(some)) for n, some in enumerate(texts)))).body
    assert [text for some in texts for text in some if text not in body] == []
    assert "Advertisement" not in body
