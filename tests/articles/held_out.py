"""A second set of invented pages, written after the rules and never used to tune them: other languages, wordings and templates."""

from aggregator.articles.values import Status as S
from tests.articles.pagekit import EN, Case, document, paragraphs

# Teasers of a site in Spanish, Dutch, Ukrainian and English; written as (title, excerpt).
ES = (
    ("El tranvía llega por fin al puerto", "La línea 4 suma tres paradas y reduce a la mitad el trayecto desde la estación."),
    (
        "Los panaderos cierran en agosto",
        "Por primera vez desde 1987 la mitad de los hornos del casco viejo apagará el fuego a la vez.",
    ),
    ("Hallan un mosaico bajo un aparcamiento", "Los arqueólogos creen que pertenecía a unos baños del siglo segundo."),
    ("La universidad estrena residencia", "Tendrá 312 plazas y una biblioteca abierta toda la noche."),
    ("Sube el precio de la sardina", "La flota descargó un tercio menos que el año pasado."),
    ("Un coro de jubilados gana en Viena", "Ninguno de sus cuarenta miembros había cantado antes de los sesenta."),
)
NL = (
    ("Brug weer dicht voor vrachtverkeer", "De gemeente vond opnieuw scheurtjes in een van de pijlers."),
    ("Ooievaars keren terug naar de kerktoren", "Het paar broedde er in 1998 voor het laatst."),
    ("Zwembad krijgt dak van glas", "De verbouwing duurt tot volgend voorjaar en kost zeven miljoen."),
    ("Veerman stopt na vijftig jaar", "Hij voer naar eigen zeggen elf keer de wereld rond zonder de rivier te verlaten."),
    ("Nachttrein stopt voortaan in het dal", "De eerste reizigers stapten dinsdag om vier uur 's ochtends uit."),
)
UK = (
    ("У місті відкрили оновлений вокзал", "Ремонт тривав два роки, платформи стали доступними для людей на візках."),
    ("Лікарня отримала новий томограф", "Перших пацієнтів приймуть уже наступного тижня."),
    ("Школярі посадили тисячу дубів", "Саджанці виростили з жолудів, зібраних у старому парку."),
    ("Фермери просять відкрити пункт пропуску", "Черга вантажівок розтягнулася на дев'ять кілометрів."),
    ("Театр показав прем'єру просто неба", "Виставу довелося двічі зупиняти через грозу."),
)
EX = (
    ("Orchard owners count frost damage", "Three nights in a row the thermometer fell to minus five."),
    ("Village shop run by its customers turns ten", "Forty volunteers share the shifts, the youngest is fifteen."),
    ("New tunnel shortens trip to the coast", "Lorries save forty minutes, walkers lose a quiet road."),
    ("Chess club wins on the last board", "The decisive game lasted seven hours."),
    ("Bees move into the town hall roof", "The first jar of honey went to the fire brigade next door."),
    ("Old printing press prints again", "It took two retired engineers six winters."),
    ("Snow closes the pass until Friday", "Two drivers spent the night in a ski hut."),
)


def soup(entries):
    """Teasers as modern sites build them: no headings, no lists, classes that say little."""
    return (
        "<div class='c-9f'>"
        + "".join(
            f"<div class='x1 y2'><div class='media'><img src='/{n}.webp' alt=''></div><div class='b'><a class='t' href='/2026/03/{n}-{len(t)}.html'>{t}</a><div class='s'>{x}</div><span class='d'>{n} h</span></div></div>"
            for n, (t, x) in enumerate(entries)
        )
        + "</div>"
    )


def rows(entries):
    return (
        "<table class='arch'>"
        + "".join(f"<tr><td>0{n}.03.2026</td><td><a href='/art/{n}'>{t}</a><br>{x}</td></tr>" for n, (t, x) in enumerate(entries))
        + "</table>"
    )


def flat(entries):
    return "".join(
        f"<h2 class='entry-title'><a href='https://www.example.org/p/{n}/'>{t}</a></h2><div class='entry-summary'><p>{x}</p></div>"
        for n, (t, x) in enumerate(entries)
    )


def wrapped(entries):
    """The link is the whole card, with heading and text inside."""
    return "".join(f"<a class='tile' href='/s/{n}'><h3>{t}</h3><p>{x}</p></a>" for n, (t, x) in enumerate(entries))


FRONTS = {
    "spanish soup": document(f"<div id='page'>{soup(ES)}</div>", title="Local - El Valle", lang="es"),
    "dutch tiles": document(f"<main>{wrapped(NL)}</main>", title="Regio | Dalbode", lang="nl"),
    "ukrainian blog": document(f"<div class='content'><h1>Новини</h1>{flat(UK)}</div>", title="Новини — Долина", lang="uk"),
    "english table": document(
        f"<h1>Archive, March 2026</h1>{rows(EX)}", title="March 2026", url="https://www.example.org/archive/2026/03"
    ),
    "og type article by mistake": document(
        f"<main><h1>Countryside</h1>{wrapped(EX)}</main>", title="Countryside", head="<meta property='og:type' content='article'>"
    ),
    "blog front with long excerpts": document(flat([(t, x + " " + " ".join(EN[:3])) for t, x in EX]), title="Valley blog"),
}
TAG_PAGES = {
    "spanish tag": document(
        f"<h1>#puerto</h1>{soup(ES)}", title="puerto", lang="es", url="https://www.example.org/noticias/etiqueta/puerto"
    ),
    "keyword": document(
        f"<h2>Stories tagged “frost”</h2>{flat(EX)}", title="frost Archives", url="https://www.example.org/keyword/frost"
    ),
    "ukrainian": document(f"<h1>Тег: вокзал</h1>{flat(UK)}", title="вокзал", lang="uk", url="https://www.example.org/tag/vokzal"),
}
FOUND = {
    "spanish": document(
        f"<h1>Resultados para: tranvía</h1>{soup(ES)}", title="Buscar", lang="es", url="https://www.example.org/buscar?q=tranvia"
    ),
    "dutch": document(
        f"<p>5 resultaten</p>{wrapped(NL)}", title="Zoeken", lang="nl", url="https://www.example.org/zoeken?query=brug"
    ),
    "none": document(
        "<h1>Keine Treffer</h1><p>Zu Ihrem Suchbegriff haben wir leider keine Artikel gefunden.</p>",
        title="Suche",
        lang="de",
        url="https://www.example.org/suche?q=xyz",
    ),
}
WRITERS = {
    "spanish": document(
        f"<div class='bio'><h1>Marta Ruiz</h1><p>Redactora de Local. Estudió historia y llegó al diario en 2011.</p></div>{soup(ES)}",
        title="Marta Ruiz",
        lang="es",
        url="https://www.example.org/autor/marta-ruiz",
    ),
    "staff page": document(
        f"<h1>Tom Hale</h1><p>Tom Hale is the paper's countryside correspondent and keeps bees himself.</p>{flat(EX)}",
        title="Tom Hale | Our people",
        url="https://www.example.org/our-team/tom-hale",
    ),
}
FRONT_DOORS = {
    "spanish": document(f"{soup(ES)}{wrapped(ES[::-1])}", title="El Valle - Noticias", lang="es", url="https://www.example.org/"),
    "english edition": document(f"{wrapped(EX)}{flat(EX[::-1])}", title="The Dale", url="https://www.example.org/en"),
}
PICTURES = {
    "carousel": document(
        "<h1>Frost over the orchards</h1><div class='carousel'>"
        + "".join(f"<div class='item'><img src='{n}.jpg'><div class='txt'>{x}</div></div>" for n, (_, x) in enumerate(EX))
        + "</div>",
        title="Frost over the orchards | Photos",
        url="https://www.example.org/photos/frost",
    ),
    "spanish": document(
        "<h1>Las imágenes del día</h1>"
        + "".join(f"<figure><img src='{n}.jpg'><figcaption>{x} / EFE</figcaption></figure>" for n, (_, x) in enumerate(ES)),
        title="Las imágenes del día",
        lang="es",
    ),
    "counted": document(
        "<h1>Bees in the roof</h1>"
        + "".join(
            f"<div><img src='{n}.jpg'><span>{n} of 7</span><p>The town hall roof, seen from the tower.</p></div>"
            for n in range(1, 8)
        ),
        title="In pictures: Bees in the roof",
    ),
}
FILMS = {
    "youtube": document(
        "<h1>Snow closes the pass</h1><iframe src='https://www.youtube-nocookie.com/embed/abc'></iframe><p>Two drivers spent the night in a ski hut.</p>",
        title="Snow closes the pass",
        url="https://www.example.org/watch/8812",
    ),
    "spanish": document(
        "<h1>Vídeo: el coro canta en Viena</h1><video src='/c.mp4'></video><p>Los cuarenta jubilados cantaron ante dos mil personas.</p><span>02:31</span>",
        title="Vídeo",
        lang="es",
        url="https://www.example.org/videos/coro",
    ),
    "typed": document(
        "<h1>Printing press prints again</h1><div id='player'></div><p>The two engineers show how it works.</p>",
        title="Printing press",
        head='<script type=\'application/ld+json\'>{"@context":"https://schema.org","@graph":[{"@type":"VideoObject","name":"Printing press"}]}</script>',
    ),
}
RUNNING = {
    "minuto a minuto": document(
        "<h1>Temporal en la costa, minuto a minuto</h1>"
        + "".join(f"<div class='u'><strong>1{n}:05</strong><p>{x} {x}</p></div>" for n, (_, x) in enumerate(ES)),
        title="Temporal en la costa, minuto a minuto",
        lang="es",
    ),
    "liveticker": document(
        "<h1>Sturm an der Küste im Liveticker</h1>" + paragraphs(EN),
        title="Sturm an der Küste im Liveticker",
        lang="de",
        url="https://www.example.org/panorama/liveticker-sturm-1234",
    ),
    "agency wire": document(
        "<h1>Latest from the agencies</h1>"
        + "".join(f"<p><b>1{n}:4{n}</b> <a href='/w/{n}'>{t}</a></p>" for n, (t, _) in enumerate(EX)),
        title="Latest from the agencies",
    ),
    "as it happened": document(
        f"<article><h1>Cup final: Dale 3-2 Moor – as it happened</h1>{paragraphs(EN)}</article>",
        title="Cup final – as it happened",
    ),
}

PURPOSES = "<ul><li>Store and/or access information on a device</li><li>Use limited data to select advertising</li><li>Create profiles for personalised advertising</li><li>Measure advertising performance</li><li>Understand audiences through statistics or combinations of data from different sources</li><li>Develop and improve services</li></ul>"
WALLS = {
    "iab list": document(f"<div class='tcf'><h1>Your choices</h1><p>The Dale and its 1,124 vendors ask for your permission to use your data for the purposes below. Some of them rely on legitimate interest, to which you can object.</p>{PURPOSES}<button>Consent</button><button>Do not consent</button></div>", title="The Dale", bare=True),
    "portuguese": document("<div><h2>A sua privacidade é importante para nós</h2><p>Nós e os nossos parceiros armazenamos e/ou acedemos a informações num dispositivo, tais como cookies, e processamos dados pessoais.</p><p>Pode clicar para consentir o processamento efetuado por nós. As suas preferências aplicam-se apenas a este site.</p><button>Aceito</button></div>", title="O Vale", lang="pt", bare=True),
    "swedish": document("<div><h2>Vi bryr oss om din integritet</h2><p>Vi och våra partner lagrar och får åtkomst till information på en enhet, till exempel kakor, och behandlar personuppgifter.</p><p>Du kan när som helst ändra dina val eller återkalla ditt samtycke.</p><button>Godkänn alla</button></div>", title="Dalposten", lang="sv", bare=True),
    "czech": document("<div><h2>Vážíme si vašeho soukromí</h2><p>My a naši partneři ukládáme a zpřístupňujeme informace v zařízení, jako jsou soubory cookie, a zpracováváme osobní údaje.</p><p>Svůj souhlas můžete kdykoli odvolat.</p><button>Souhlasím</button></div>", title="Údolí", lang="cs", bare=True),
    "ukrainian": document("<div><h2>Ваша приватність</h2><p>Ми та наші партнери використовуємо файли cookie, щоб показувати вам персоналізовану рекламу та аналізувати відвідування.</p><p>Натискаючи «Погоджуюсь», ви даєте згоду на обробку персональних даних.</p><button>Погоджуюсь</button></div>", title="Долина", lang="uk", bare=True),
    "english newspaper": document("<section><h1>It's your choice</h1><p>We'd like to use cookies and other technologies to understand how people read us and to show advertising that pays for our reporting.</p><p>To find out more, read our privacy policy and cookie policy. You can manage your choices whenever you like.</p><button>Yes, I'm happy</button><button>Manage my cookies</button></section>", title="The Dale", bare=True),
    "german pur": document("<div><h1>Mit Werbung weiterlesen</h1><p>Besuchen Sie dal.example wie gewohnt mit Werbung und Tracking. Die Zustimmung ist jederzeit über die Datenschutzeinstellungen widerrufbar.</p><h2>Oder Pur-Abo</h2><p>Nutzen Sie uns ohne Werbetracking für 2,99 Euro im Monat.</p><button>Akzeptieren</button></div>", title="Talbote", lang="de", bare=True),
    "turkish": document("<div><h2>Çerez tercihleri</h2><p>Biz ve iş ortaklarımız, size kişiselleştirilmiş reklam sunmak için cihazınızda çerezler ve benzeri teknolojiler kullanıyoruz.</p><p>Tercihlerinizi istediğiniz zaman değiştirebilirsiniz.</p><button>Kabul et</button></div>", title="Vadi", lang="tr", bare=True),
}  # fmt: skip
BEFORE = {
    "iab before an article": document(
        f"<div class='tcf'><p>The Dale and its 1,124 vendors ask for your permission to use your data.</p>{PURPOSES}</div><article><h1>New tunnel shortens trip to the coast</h1>{paragraphs(EN)}</article>",
        title="New tunnel",
        bare=True,
    ),
    "banner under an article": document(
        f"<article><h1>New tunnel shortens trip</h1>{paragraphs(EN[:5])}</article><div id='banner'><p>We use cookies. By using this site you agree to our cookie policy.</p><button>OK</button></div>",
        title="New tunnel",
    ),
}
MISSING_TEXTS = (
    ("pt", "Esta página não existe", "A página que procura foi removida ou o endereço está incorreto."),
    (
        "nl",
        "Deze pagina bestaat niet (meer)",
        "De pagina die u zoekt is verplaatst of verwijderd. Probeer het via de zoekfunctie.",
    ),
    ("sv", "Sidan finns inte", "Vi kunde tyvärr inte hitta sidan du letade efter."),
    ("uk", "Сторінку не знайдено", "На жаль, такої сторінки не існує або її було видалено."),
    ("cs", "Stránka nebyla nalezena", "Omlouváme se, požadovaná stránka neexistuje."),
    ("ja", "お探しのページは見つかりませんでした", "ページが削除されたか、URLが変更された可能性があります。"),
    ("en", "Well, this is embarrassing", "We looked everywhere, but we couldn't find the page you were after. Error code: 404."),
    ("en", "Story not available", "The content you requested is no longer available on our website. Please use the search."),
    ("de", "Hoppla, hier ist nichts!", "Der gewünschte Artikel ist nicht mehr verfügbar oder der Link ist veraltet."),
    ("ru", "Ошибка 404", "Неправильно набран адрес, или такой страницы на сайте больше нет."),
)
MISSING = {
    f"{n} {lang} alone": document(f"<div class='err'><h1>{t}</h1><p>{x}</p></div>", title=t, lang=lang)
    for n, (lang, t, x) in enumerate(MISSING_TEXTS)
} | {
    f"{n} {lang} with teasers": document(
        f"<div class='err'><h1>{t}</h1><p>{x}</p></div><h3>Popular now</h3>{(wrapped, soup, flat)[n % 3](EX)}",
        title=f"{t} | The Dale",
        lang=lang,
    )
    for n, (lang, t, x) in enumerate(MISSING_TEXTS)
}
EMPTY = {
    "nuxt": document(
        "<div id='__nuxt'><div class='nuxt-loading'></div></div><script>window.__NUXT__={}</script>",
        title="El Valle",
        lang="es",
        bare=True,
    ),
    "spanish noscript": document(
        "<noscript><strong>Lo sentimos, esta aplicación no funciona correctamente sin JavaScript. Active JavaScript para continuar.</strong></noscript><div id='app'></div><script src='x.js'></script>",
        title="El Valle",
        lang="es",
        bare=True,
    ),
    "cookies and script": document(
        "<p>Please enable JS and disable any ad blocker</p><script src='https://ct.example.net/c.js'></script>",
        title="dale.example",
        bare=True,
    ),
    "italian": document(
        "<p>Per visualizzare questa pagina è necessario abilitare JavaScript nel browser.</p><script src='x.js'></script>",
        title="La Valle",
        lang="it",
        bare=True,
    ),
}
GUARDS = {
    "incapsula": document("<p>Request unsuccessful. Incapsula incident ID: 877000470122-58433</p>", title="", bare=True),
    "press and hold": document(
        "<h1>Before we continue...</h1><p>Press & Hold to confirm you are a human (and not a bot).</p><p>Reference ID 1f0c-4e</p>",
        title="Access to this page has been denied",
        bare=True,
    ),
    "russian": document(
        "<h1>Доступ к ресурсу ограничен</h1><p>Ваш запрос отклонён системой защиты. Если вы считаете, что это ошибка, напишите администратору.</p>",
        title="Доступ ограничен",
        lang="ru",
        bare=True,
    ),
    "region": document(
        "<h1>451: Unavailable due to legal reasons</h1><p>We recognise you are attempting to access this website from a country belonging to the European Economic Area and therefore cannot grant you access at this time.</p>",
        title="451",
        bare=True,
    ),
    "rate": document(
        "<h1>Too Many Requests</h1><p>You have sent too many requests in a given amount of time. Please slow down.</p>",
        title="429 Too Many Requests",
        bare=True,
    ),
    "spanish": document(
        "<h1>Comprobación de seguridad</h1><p>Estamos verificando que usted es un ser humano. Esto puede tardar unos segundos.</p>",
        title="Un momento…",
        lang="es",
        bare=True,
    ),
    "sorry blocked": document(
        "<h1>Sorry, you have been blocked</h1><p>You are unable to access dale.example</p><p>This website is using a security service to protect itself from online attacks.</p>",
        title="Attention Required!",
        bare=True,
    ),
}
DOORS = {
    "dutch": document(
        "<h1>Inloggen</h1><form><input type='email' name='e'><input type='password' name='p'><button>Inloggen</button></form><p>Nog geen account? Maak er gratis een aan.</p>",
        title="Inloggen",
        lang="nl",
    ),
    "account needed": document(
        "<h1>Your account</h1><p>Please sign in to your account to go on.</p><form><input type='text'><input type='password'></form><p>Forgotten your password?</p>",
        title="Your account - The Dale",
    ),
}
CLOSED = {
    "english": document(
        "<h1>Down for maintenance</h1><p>The Dale is getting some work done. Please check back again in a few minutes.</p>",
        title="Down for maintenance",
        bare=True,
    ),
    "spanish": document(
        "<h1>Sitio en mantenimiento</h1><p>Estamos realizando tareas de mantenimiento. Volvemos enseguida.</p>",
        title="Mantenimiento",
        lang="es",
        bare=True,
    ),
    "gateway": document("<h1>502 Bad Gateway</h1><hr><p>nginx</p>", title="502 Bad Gateway", bare=True),
}
PAY_TEXTS = (
    ("nl", "Verder lezen?", "Dit artikel is alleen voor abonnees. Al abonnee? Log in."),
    (
        "pl",
        "Dalszy ciąg artykułu jest dostępny dla prenumeratorów",
        "Aby czytać dalej, wykup dostęp. Masz już prenumeratę? Zaloguj się.",
    ),
    ("pt", "Conteúdo exclusivo para assinantes", "Assine para continuar lendo. Já é assinante? Entre."),
    ("da", "Læs videre med et abonnement", "Denne artikel er kun for abonnenter. Har du allerede et abonnement? Log ind."),
    ("uk", "Щоб читати далі, оформіть передплату", "Повний текст доступний лише для передплатників."),
    ("en", "You've reached your free article limit", "To keep reading, start your free trial. Cancel anytime."),
    ("en", "Want to read on?", "The rest of this story is for members. Join from 2 a month."),
    ("ja", "この記事は有料会員限定です", "残り1,204文字。続きを読むには会員登録が必要です。"),
)
LEAD = "<p>Three nights in a row the thermometer in the upper valley fell to minus five, and the cherry trees stood in full blossom.</p><p>The owners of the eighty orchards now count what is left of a harvest that</p>"
LOCKED = {
    f"{n} {lang}": document(
        f"<article><h1>Orchard owners count frost damage</h1>{LEAD}<div class='{cls}'><p><b>{t}</b></p><p>{x}</p></div></article>",
        title="Orchard owners count frost damage",
        lang=lang,
    )
    for n, ((lang, t, x), cls) in enumerate(
        zip(PAY_TEXTS, ("gate", "offer", "p-box", "wall", "sub", "meter", "join", "kaiin"), strict=True)
    )
} | {
    f"{n} {lang} marked": document(
        f"<article><h1>Orchard owners count frost damage</h1>{LEAD}<aside><p>{t}</p><p>{x}</p></aside></article>",
        title="Orchard owners",
        lang=lang,
        head='<script type="application/ld+json">{"@type":["NewsArticle"],"headline":"Orchard owners count frost damage","isAccessibleForFree":"False"}</script>',
    )
    for n, (lang, t, x) in enumerate(PAY_TEXTS)
}
TALK = {
    "es cookies": ("es", "Multa millonaria por las cookies", ("La agencia de protección de datos ha multado con dos millones a una tienda que instalaba cookies antes de que nadie pudiera aceptar o rechazar.", "El aviso decía «utilizamos cookies» y no ofrecía más botón que «Aceptar todo», según la resolución.", "La empresa anunció el martes que recurrirá ante los tribunales.")),
    "ru captcha": ("ru", "Капча стала сложнее для людей, чем для роботов", ("Программы решают задачи «Подтвердите, что вы не робот» быстрее людей, выяснили учёные.", "Люди тратят на одну капчу в среднем 32 секунды, рассказала автор работы Анна Ким.", "Крупные сайты постепенно отказываются от картинок со светофорами.")),
    "fr paywall": ("fr", "Les journaux relèvent leurs murs payants", ("« Cet article est réservé aux abonnés » : la phrase s'affiche désormais devant deux articles sur trois, selon une étude.", "Les éditeurs espèrent ainsi compenser la chute de la publicité.", "Les lecteurs de moins de trente ans s'abonnent pourtant rarement, a déclaré l'auteure.")),
    "de 404": ("de", "Tausende Behördenseiten verschwunden", ("Wer Formulare der alten Stadtverwaltung sucht, liest seit Montag nur „Seite nicht gefunden“.", "Bei der Umstellung wurden rund 4.000 Seiten gelöscht, sagte eine Sprecherin.", "Ein Archiv soll bis zum Sommer wenigstens die wichtigsten zurückbringen.")),
    "en outage": ("en", "Rail tickets unavailable for six hours", ("Travellers could not buy tickets on Sunday because the website of the railway was down.", "The page told them that the service was temporarily unavailable and to try again later, passengers said.", "The railway blamed a broken cooling unit in its computing centre in the north of the country.")),
    "en robots": ("en", "“Are you human?” asks the theatre's new play", ("A voice asks the audience to prove that it is no robot before the doors open.", "The play by Nora Lind had its first night on Friday at the harbour theatre and was applauded for ten minutes.", "It runs until the end of May, and there are still tickets for most evenings.")),
    "en subscription": ("en", "Streaming firm to end shared accounts", ("Households that share an account will have to subscribe twice from June, the firm told its customers on Tuesday.", "Analysts expect it to lose a tenth of its viewers and to earn more all the same.", "Shares rose four percent after the announcement, which had been expected since the autumn.")),
    "en privacy": ("en", "Clinic apologises for tracking patients", ("A clinic shared visits to its pages with advertising partners without asking its patients for their consent.", "The clinic removed the trackers on Monday and said it was sorry.", "Patients may ask what was stored about them until the end of the year, the data office said.")),
}  # fmt: skip
TALKING = {
    name: document(
        f"<article><h1>{t}</h1>{paragraphs(x)}</article>", title=t, lang=lang, head="<meta property='og:type' content='article'>"
    )
    for name, (lang, t, x) in TALK.items()
} | {
    f"{name} unmarked": document(f"<div class='post'><h1>{t}</h1>{paragraphs(x)}</div>", title=t, lang=lang)
    for name, (lang, t, x) in TALK.items()
}
NEWS = {
    "brief, og only": document(
        "<h1>Snow closes the pass</h1><p>The road over the pass is closed until Friday. Two drivers spent the night in a ski hut, the police said on Tuesday.</p>",
        title="Snow closes the pass",
        head="<meta property='og:type' content='article'>",
    ),
    "with a login form": document(
        f"<div id='modal'><form><input type='password'></form></div><article><h1>Bees move into the town hall roof</h1>{paragraphs(EN[:5])}</article>",
        title="Bees move into the roof",
    ),
    "with related tiles": document(
        f"<article><h1>Chess club wins</h1>{paragraphs(EN)}</article><section>{wrapped(EX)}</section>", title="Chess club wins"
    ),
    "with related soup": document(
        f"<div class='story'><h1>Old printing press prints again</h1>{paragraphs(EN[:6])}</div>{soup(EX)}",
        title="Old printing press",
    ),
    "metered whole": document(
        f"<article><h1>Frost damage</h1>{paragraphs(EN * 2)}</article><div class='promo'>Subscribe from 1 a week.</div>",
        title="Frost damage",
        head='<script type="application/ld+json">{"@type":"NewsArticle","headline":"Frost damage","isAccessibleForFree":false}</script>',
    ),
    "with a film": document(
        f"<article><h1>Tunnel opens</h1><iframe src='https://www.youtube.com/embed/1'></iframe>{paragraphs(EN[:4])}</article>",
        title="Tunnel opens",
    ),
    "spanish": document(
        f"<article><h1>El tranvía llega al puerto</h1>{paragraphs(x for _, x in ES)}</article>",
        title="El tranvía llega al puerto",
        lang="es",
    ),
    "list of ten": document(
        "<article><h1>Seven things about the valley</h1>"
        + "".join(f"<h2>{t}</h2><p>{x} {EN[n]}</p>" for n, (t, x) in enumerate(EX))
        + "</article>",
        title="Seven things about the valley",
    ),
}

TRUSTED = frozenset({S.OK, S.SUSPECT})
FAMILIES = (
    ("section front", FRONTS, {S.NOT_ARTICLE}), ("tag page", TAG_PAGES, {S.NOT_ARTICLE}), ("search", FOUND, {S.NOT_ARTICLE, S.SOFT_404}), ("author page", WRITERS, {S.NOT_ARTICLE}),
    ("home page", FRONT_DOORS, {S.NOT_ARTICLE}), ("gallery", PICTURES, {S.NOT_ARTICLE}), ("video page", FILMS, {S.NOT_ARTICLE}), ("consent wall", WALLS, {S.CONSENT_WALL}),
    ("soft 404", MISSING, {S.SOFT_404}), ("scripts only", EMPTY, {S.JAVASCRIPT_ONLY}), ("bot check", GUARDS, {S.BLOCKED}), ("log-in", DOORS, {S.BLOCKED}), ("maintenance", CLOSED, {S.FAILED}),
    ("paywall stub", LOCKED, {S.PARTIAL}), ("live page", RUNNING, {S.NOT_ARTICLE}), ("article with dialog", BEFORE, TRUSTED), ("article about such pages", TALKING, TRUSTED), ("article", NEWS, TRUSTED),
)  # fmt: skip
CASES = tuple(
    Case(family=family, name=name, page=page, right=frozenset(right))
    for family, pages, right in FAMILIES
    for name, page in pages.items()
)
