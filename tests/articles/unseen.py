"""A third set of invented pages, written last and read once: what it shows is reported and was not mended."""

from aggregator.articles.values import Status as S
from tests.articles.pagekit import EN, Case, document, paragraphs

NEWS = (
    ("Glazbenici osvojili nagradu u Beču", "Zbor umirovljenika pjevao je pred dvije tisuće ljudi."),
    ("Nova knjižnica otvara vrata u svibnju", "Čitaonica će raditi do ponoći, a kavana do deset."),
    ("Ribari traže jeftinije gorivo", "Tvrde da im se izlazak na more više ne isplati."),
    ("Snijeg zatvorio prijevoj", "Dvojica vozača prenoćila su u planinarskom domu."),
    ("Pčele na krovu vijećnice", "Prvi med dobili su vatrogasci iz susjedstva."),
)
FINNISH = (
    ("Silta avattiin kaksi vuotta myöhässä", "Ensimmäisenä aamuna sen ylitti neljätuhatta ajoneuvoa."),
    ("Leipurit vaativat halvempaa yösähköä", "Uunit käyvät silloin, kun muut nukkuvat."),
    ("Susi nähtiin kehätiellä", "Eläin on luultavasti nuori uros matkalla itään."),
    ("Kirjasto auki sunnuntaisin", "Lukusaleja valvoo kaksitoista opiskelijaa."),
)
PLAIN = (
    ("Potters revive a kiln that was cold for sixty years", "The first firing took four days and used eleven tons of birch."),
    ("Bus drivers win case over breaks", "The judge said that waiting at a stop is work."),
    ("A comet returns after three centuries", "It can be seen with field glasses until the end of April."),
    ("Lighthouse keeper's logbook found at a flea market", "Its last entry is dated the night of the great storm."),
    ("Growers switch from barley to chickpeas", "Two dry summers made up their minds."),
)


def blog(entries):
    return "".join(
        f"<article><header><h2><a href='/{n}-{len(t)}'>{t}</a></h2><time>0{n} Mar</time></header><div class='excerpt'>{x} <a href='/{n}-{len(t)}'>Continue</a></div></article>"
        for n, (t, x) in enumerate(entries, 1)
    )


def grid(entries):
    return (
        "<div role='list'>"
        + "".join(
            f"<div role='listitem'><a href='/story/{n}'><img alt=''><span class='kicker'>Local</span><span class='hl'>{t}</span></a><p>{x}</p></div>"
            for n, (t, x) in enumerate(entries)
        )
        + "</div>"
    )


def dl(entries):
    return "<dl>" + "".join(f"<dt><a href='/x/{n}'>{t}</a></dt><dd>{x}</dd>" for n, (t, x) in enumerate(entries)) + "</dl>"


LISTS = {
    "croatian blog": document(f"<main>{blog(NEWS)}</main>", title="Naslovnica | Dolina", lang="hr"),
    "finnish grid": document(f"<main><h1>Kotimaa</h1>{grid(FINNISH)}</main>", title="Kotimaa", lang="fi"),
    "definition list": document(f"<h1>News in brief</h1>{dl(PLAIN)}", title="News in brief"),
    "opinion front": document(f"<h1>Opinion</h1>{grid(PLAIN)}{blog(PLAIN[::-1])}", title="Opinion"),
    "tag": document(f"<h1>comet</h1>{blog(PLAIN)}", title="comet", url="https://www.example.org/tags/comet/page/2"),
    "search": document(
        f"<h1>Hakutulokset: silta</h1>{grid(FINNISH)}", title="Haku", lang="fi", url="https://www.example.org/haku?q=silta"
    ),
    "author": document(
        f"<h1>Stories by Nora Lind</h1><p>Nora Lind writes about the sky and everything below it.</p>{dl(PLAIN)}",
        title="Nora Lind",
    ),
    "home": document(f"{grid(PLAIN)}{grid(NEWS)}", title="The Cove", url="https://www.example.org/index.html"),
}
SHOWN = {
    "gallery": document(
        "<h1>Photos: A kiln comes back to life</h1>"
        + "".join(f"<div class='shot'><img src='{n}.jpg'><p>{x}</p></div>" for n, (_, x) in enumerate(PLAIN)),
        title="Photos: A kiln comes back to life",
        url="https://www.example.org/photo/kiln",
    ),
    "video": document(
        "<h1>Comet over the bay</h1><div><video></video></div><p>Our camera filmed for six hours on Saturday night.</p>",
        title="Comet over the bay",
    ),
    "podcast": document(
        "<h1>Episode 41: The kiln</h1><audio src='/41.mp3' controls></audio><p>Four days by the fire.</p>",
        title="Episode 41: The kiln",
        url="https://www.example.org/podcasts/41",
    ),
}
WALLS = {
    "danish": document(
        "<div><h1>Vi beder om dit samtykke</h1><p>Vi og vores 214 partnere bruger cookies og lignende teknologier til at gemme og tilgå oplysninger på din enhed.</p><p>Du kan til enhver tid ændre dit valg.</p><button>Tillad alle</button></div>",
        title="Vigen",
        lang="da",
        bare=True,
    ),
    "finnish": document(
        "<div><h1>Arvostamme yksityisyyttäsi</h1><p>Me ja kumppanimme käytämme evästeitä ja muita tekniikoita tietojen tallentamiseen laitteellesi.</p><p>Voit muuttaa valintojasi milloin tahansa.</p><button>Hyväksy kaikki</button></div>",
        title="Lahti",
        lang="fi",
        bare=True,
    ),
    "english short": document(
        "<div class='gdpr'><p>This website stores cookies on your computer. These cookies are used to collect information about how you interact with our website and allow us to remember you.</p><button>Accept</button><button>Decline</button></div>",
        title="The Cove",
        bare=True,
    ),
    "hungarian": document(
        "<div><h1>Az Ön adatainak védelme fontos számunkra</h1><p>Mi és a partnereink információkat – például sütiket – tárolunk egy eszközön vagy hozzáférünk az eszközön tárolt információkhoz.</p><button>Elfogadom</button></div>",
        title="Öböl",
        lang="hu",
        bare=True,
    ),
}
GONE = {
    "croatian": document(
        "<h1>Stranica nije pronađena</h1><p>Tražena stranica ne postoji ili je premještena.</p>",
        title="Stranica nije pronađena",
        lang="hr",
    ),
    "finnish": document("<h1>Sivua ei löytynyt</h1><p>Etsimääsi sivua ei ole olemassa.</p>", title="404", lang="fi"),
    "english": document(
        f"<h1>Lost at sea</h1><p>The page you're looking for doesn't exist. It may have drifted off.</p>{grid(PLAIN)}",
        title="Page Not Found – The Cove",
    ),
    "english archive": document(
        "<h1>Sorry!</h1><p>This article has been removed from our archive at the request of the agency that owns it.</p>",
        title="The Cove",
    ),
    "spanish": document(
        f"<h1>Error 404</h1><p>No hemos podido encontrar la página que buscas.</p>{dl(PLAIN)}", title="Error 404", lang="es"
    ),
}
REFUSED = {
    "cloud": document(
        "<h1>Verify you are human by completing the action below.</h1><p>cove.example needs to review the security of your connection.</p>",
        title="cove.example",
        bare=True,
    ),
    "waf": document(
        "<h1>The requested URL was rejected.</h1><p>Please consult with your administrator. Your support ID is: 1429384</p>",
        title="Request Rejected",
        bare=True,
    ),
    "polish": document(
        "<h1>Sprawdzamy, czy jesteś człowiekiem</h1><p>To potrwa kilka sekund.</p>", title="Chwileczkę…", lang="pl", bare=True
    ),
    "log in": document(
        "<h1>Welcome back</h1><form><input type='email'><input type='password'></form><p>New here? Create an account.</p>",
        title="Log in | The Cove",
    ),
}
CLOSED = {
    "french": document(
        "<h1>Site en maintenance</h1><p>Nous revenons très vite. Merci de votre patience.</p>",
        title="Maintenance",
        lang="fr",
        bare=True,
    ),
    "english": document(
        "<h1>Service Unavailable</h1><p>We are experiencing technical difficulties. Please try again later.</p>",
        title="503",
        bare=True,
    ),
}
SHELL = {
    "react": document("<div id='app'></div><script src='/s.js'></script><script>1</script>", title="The Cove", bare=True),
    "dutch": document(
        "<p>Schakel JavaScript in om deze site te gebruiken.</p><script>1</script>", title="De Baai", lang="nl", bare=True
    ),
}
BEGIN = "<p>The first firing of the old kiln took four days and used eleven tons of birch, and half the town came to look.</p><p>When the door was opened on Sunday, the potters saw at once that</p>"
LOCKED = {
    f"{lang} {n}": document(f"<article><h1>Potters revive a kiln</h1>{BEGIN}<div class='more'><h4>{t}</h4><p>{x}</p></div></article>", title="Potters revive a kiln", lang=lang)
    for n, (lang, t, x) in enumerate(
        (
            ("en", "Read the rest with a free account", "Create an account or log in to read the full article."),
            ("de", "Dieser Beitrag ist Abonnenten vorbehalten", "Jetzt kostenlos testen und sofort weiterlesen."),
            ("fi", "Haluatko lukea koko jutun?", "Tämä artikkeli on vain tilaajille."),
            ("hr", "Sadržaj samo za pretplatnike", "Pretplatite se da biste nastavili čitati."),
            ("it", "Contenuto per abbonati", "Per continuare a leggere abbonati a 1 euro al mese."),
            ("ru", "Это материал для подписчиков", "Чтобы читать дальше, оформите подписку."),
        )
    )
}  # fmt: skip
QUOTING = {
    "404 café": document(
        "<article><h1>A café called 404 opens by the docks</h1><p>The owner of the new café got the idea when his old one could not be found on any map.</p><p>The menu is printed on an error page, and guests who ask for the toilet are told that it no longer exists.</p><p>It does, behind the kitchen, and the café is open until midnight.</p></article>",
        title="A café called 404",
    ),
    "privacy law": document(
        "<article><h1>Parliament passes privacy bill</h1><p>Members voted 61 to 38 on Wednesday for a bill that forbids firms to make people accept cookies before they can read a page.</p><p>Partners of large advertising networks would have to ask again every six months.</p><p>The bill goes to the upper house in April.</p></article>",
        title="Parliament passes privacy bill",
    ),
    "paper": document(
        "<article><h1>Newspaper drops its paywall</h1><p>From Monday nobody will have to log in to read the Cove Gazette, its publisher Rita Moss announced.</p><p>The paper lost readers when it locked its articles three years ago.</p><p>Subscribers keep the crossword to themselves.</p></article>",
        title="Newspaper drops its paywall",
    ),
    "russian": document(
        "<article><h1>Суд запретил сайтам навязывать файлы cookie</h1><p>Суд встал на сторону читательницы, которую сайт не пускал к новостям без согласия на обработку данных.</p><p>Издатель должен выплатить ей сорок тысяч рублей и изменить страницу до мая.</p><p>Решение может стать примером для других.</p></article>",
        title="Суд запретил",
        lang="ru",
    ),
}
PRINTED = {
    "brief": document(
        "<article><h1>Comet can be seen until April</h1><p>A comet that was last seen three centuries ago can be watched with field glasses until the end of April, astronomers said on Monday.</p></article>",
        title="Comet",
        head="<meta property='og:type' content='article'><meta property='article:published_time' content='2026-03-04T08:00:00Z'>",
    ),
    "with teasers": document(
        f"<main><h1>Bus drivers win case</h1>{paragraphs(EN[:5])}</main><section><h2>More stories</h2>{grid(PLAIN)}{blog(NEWS)}</section>",
        title="Bus drivers win case",
    ),
    "long": document(f"<article><h1>Growers switch</h1>{paragraphs(EN)}</article>", title="Growers switch"),
    "interview": document(
        "<article><h1>“I log in at dawn”</h1>"
        + "".join(
            f"<p><strong>Question number {n}, what do you say to that?</strong></p><p>{text}</p>" for n, text in enumerate(EN[:5])
        )
        + "</article>",
        title="Interview",
    ),
}
TRUSTED = frozenset({S.OK, S.SUSPECT})
FAMILIES = (
    ("list of articles", LISTS, {S.NOT_ARTICLE}), ("pictures, films, sound", SHOWN, {S.NOT_ARTICLE}), ("consent wall", WALLS, {S.CONSENT_WALL}), ("soft 404", GONE, {S.SOFT_404}),
    ("refusal, log-in", REFUSED, {S.BLOCKED}), ("maintenance", CLOSED, {S.FAILED}), ("scripts only", SHELL, {S.JAVASCRIPT_ONLY}), ("paywall stub", LOCKED, {S.PARTIAL}),
    ("article about such pages", QUOTING, TRUSTED), ("article", PRINTED, TRUSTED),
)  # fmt: skip
CASES = tuple(
    Case(family=family, name=name, page=page, right=frozenset(right))
    for family, pages, right in FAMILIES
    for name, page in pages.items()
)
