"""Invented pages that are no articles, by family, and articles that talk about such pages: the set the rules were tuned on."""

from aggregator.articles.values import Status as S
from tests.articles.pagekit import EN, Case, card, cards, document, links, paragraphs, story

TITLES = (
    (
        "Harbour pilots vote to end two-week strike",
        "Pilots in the northern port accepted a new roster on Monday after talks that lasted through the night.",
    ),
    (
        "Rain floods underground car parks in old town",
        "Fire crews pumped water for nine hours. No one was hurt, the brigade said.",
    ),
    (
        "Museum finds lost map behind a wardrobe",
        "The map of 1641 shows a river branch that historians had thought to be a legend.",
    ),
    ("Bakers ask for cheaper electricity at night", "The guild says that ovens run when nobody else needs the current."),
    ("Striker signs for second division club", "The 31-year-old has scored forty goals in three seasons for his former side."),
    ("School trial starts an hour later", "Teachers report fewer pupils asleep over their desks in the first lesson."),
    (
        "Ferry company orders three electric ships",
        "The first is to sail in two years' time between the mainland and the islands.",
    ),
    ("Court lifts ban on night flights", "Residents near the runway announced that they would appeal against the decision."),
    ("Wolf seen on the ring road", "Rangers believe that the animal is a young male on its way to the eastern forests."),
    ("Library opens on Sundays from May", "Twelve students will look after the reading rooms at weekends."),
)
DE = (
    ("Hafenlotsen beenden Streik", "Nach einer langen Nacht einigten sich beide Seiten auf einen neuen Dienstplan."),
    ("Starkregen flutet Tiefgaragen", "Die Feuerwehr pumpte neun Stunden lang, verletzt wurde niemand."),
    ("Museum findet verschollene Karte", "Die Karte von 1641 zeigt einen Flussarm, den viele für eine Legende hielten."),
    ("Bäcker fordern günstigen Nachtstrom", "Die Öfen laufen dann, wenn niemand sonst den Strom braucht."),
    ("Bücherei öffnet auch sonntags", "Zwölf Studierende betreuen am Wochenende die Lesesäle."),
)
RU = (
    ("Лоцманы прекратили забастовку", "Стороны договорились о новом графике после ночных переговоров."),
    ("Ливень затопил подземные парковки", "Пожарные откачивали воду девять часов, никто не пострадал."),
    ("Музей нашёл потерянную карту", "На карте 1641 года виден рукав реки, который считали легендой."),
    ("Пекари просят дешёвое электричество", "Печи работают тогда, когда ток больше никому не нужен."),
    ("Библиотека будет открыта по воскресеньям", "За читальными залами присмотрят двенадцать студентов."),
)

SECTIONS = {
    "cards with excerpts": document(
        f"<main><h1>Politics</h1>{cards(TITLES)}</main>",
        title="Politics | The Valley Post",
        head='<meta property="og:type" content="website">',
    ),
    "plain list without marks": document(f"<h1>Business</h1>{links(TITLES * 2)}", title="Business news"),
    "long excerpts": document(
        f"<main><h1>World</h1>{''.join(card(t, x + ' ' + EN[i]) for i, (t, x) in enumerate(TITLES[:8]))}</main>",
        title="World news, analysis and background",
    ),
    "collection page": document(
        f"<main>{cards(TITLES)}</main>",
        title="Culture",
        head='<script type="application/ld+json">{"@context":"https://schema.org","@type":"CollectionPage","name":"Culture"}</script>',
    ),
    "german": document(f"<main><h1>Wirtschaft</h1>{cards(DE * 2)}</main>", title="Wirtschaft - Talbote", lang="de"),
    "russian": document(f"<main><h1>Общество</h1>{cards(RU * 2)}</main>", title="Общество — Долина", lang="ru"),
    "item list of articles": document(
        f"<main><h1>Sport</h1>{cards(TITLES)}</main>",
        title="Sport",
        head='<script type="application/ld+json">{"@type":"ItemList","itemListElement":[{"@type":"NewsArticle","headline":"Striker signs"}]}</script>',
    ),
}
TAGS = {
    "tag": document(
        f"<h1>Tag: harbour</h1><p>All articles on harbour</p>{cards(TITLES)}",
        title="harbour - The Valley Post",
        url="https://www.example.org/tag/harbour",
    ),
    "topic in german": document(
        f"<h1>Thema: Hafen</h1>{cards(DE * 2)}",
        title="Hafen: News und Hintergründe",
        lang="de",
        url="https://www.example.org/thema/hafen",
    ),
    "topic with introduction": document(
        f"<h1>Floods</h1><p>Everything about the floods of this spring: news, background and pictures from the valley and the coast.</p>{cards(TITLES)}",
        title="Floods",
        url="https://www.example.org/topics/floods",
    ),
    "russian tag": document(
        f"<h1>Порт</h1>{cards(RU * 2)}", title="Порт — последние новости", lang="ru", url="https://www.example.org/tags/port"
    ),
}
SEARCHES = {
    "results": document(
        f"<h1>Search results for “harbour”</h1><form><input type='search' name='q'></form><p>214 results</p>{cards(TITLES)}",
        title="Search: harbour",
        url="https://www.example.org/search?q=harbour",
    ),
    "german results": document(
        f"<h1>Suchergebnisse</h1><p>37 Treffer für „Hafen“</p>{cards(DE * 2)}",
        title="Suche",
        lang="de",
        url="https://www.example.org/suche?begriff=hafen",
    ),
    "nothing found": document(
        "<h1>Search</h1><p>Your search for “harbuor” did not match any articles. Please check the spelling or try other words.</p><form><input type='search'></form>",
        title="Search",
        url="https://www.example.org/?s=harbuor",
    ),
}
AUTHORS = {
    "author with biography": document(
        f"<h1>Ann Lee</h1><p>Ann Lee covers ports and shipping. She joined the Valley Post in 2014 and has reported from eleven countries.</p><h2>Latest by Ann Lee</h2>{cards(TITLES)}",
        title="Ann Lee, Author at The Valley Post",
        url="https://www.example.org/author/ann-lee",
        head='<meta property="og:type" content="profile">',
    ),
    "author without marks": document(
        f"<h1>Articles by Bob Ray</h1>{cards(TITLES)}", title="Bob Ray", url="https://www.example.org/people/bob-ray"
    ),
    "profile page": document(
        f"<h1>Irina Belova</h1><p>Correspondent. Writes about courts, prisons and the law. Lives in the capital with two cats.</p>{links(TITLES)}",
        title="Irina Belova",
        head='<script type="application/ld+json">{"@type":"ProfilePage","mainEntity":{"@type":"Person","name":"Irina Belova"}}</script>',
    ),
}
HOMES = {
    "home": document(
        f"{cards(TITLES)}<h2>Opinion</h2>{cards(TITLES[::-1])}",
        title="The Valley Post - News from the valley and the coast",
        url="https://www.example.org/",
        head='<meta property="og:type" content="website">',
    ),
    "home without marks": document(
        f"<h1>The Valley Post</h1>{cards(TITLES * 2)}", title="The Valley Post", url="https://www.example.org/"
    ),
    "russian home": document(f"{cards(RU * 4)}", title="Долина — новости", lang="ru", url="https://www.example.org/"),
}


def gallery(captions, head=""):
    figures = "".join(
        f"<figure><img src='/{n}.jpg'><figcaption>{text} Photo: Press Pool</figcaption></figure>"
        for n, text in enumerate(captions)
    )
    return f"<article><h1>The week in pictures</h1><p>Our photographers' best pictures of the week.</p>{figures}</article>"


CAPTIONS = tuple(text for _, text in TITLES)
GALLERIES = {
    "figures": document(gallery(CAPTIONS), title="The week in pictures"),
    "image gallery": document(
        gallery(CAPTIONS),
        title="The week in pictures",
        head='<script type="application/ld+json">{"@type":"ImageGallery","name":"The week in pictures"}</script>',
    ),
    "slides": document(
        "<h1>Flooded town in photos</h1><div class='gallery'>"
        + "".join(f"<div class='slide'><img src='/{n}.jpg'><p class='slide-text'>{n + 1}/10</p></div>" for n in range(10))
        + "</div>",
        title="Flooded town in photos",
        url="https://www.example.org/gallery/flooded-town",
    ),
    "german": document(
        "<h1>Fotostrecke: Hochwasser</h1><div class='fotostrecke'>"
        + "".join(f"<figure><img src='{n}.jpg'><figcaption>{x}</figcaption></figure>" for n, (_, x) in enumerate(DE))
        + "</div>",
        title="Fotostrecke",
        lang="de",
    ),
}
VIDEO = "<video controls src='/v.mp4'></video>"
VIDEOS = {
    "video with caption": document(
        f"<h1>Pilots celebrate the end of the strike</h1>{VIDEO}<p>Harbour pilots cheered on Monday after their vote.</p><p>Duration 1:12</p><h2>More videos</h2>{links(TITLES)}",
        title="Pilots celebrate",
        url="https://www.example.org/video/pilots",
    ),
    "video object": document(
        f"<h1>Wolf on the ring road</h1>{VIDEO}<p>A driver filmed the animal on Sunday evening. Rangers believe it is a young male.</p>{links(TITLES)}",
        title="Wolf on the ring road",
        head='<script type="application/ld+json">{"@type":"VideoObject","name":"Wolf on the ring road","description":"A driver filmed the animal."}</script><meta property="og:type" content="video.other">',
    ),
    "embedded": document(
        f"<h1>Watch: Floods from above</h1><iframe src='https://player.example.net/1'></iframe><p>A drone shows the flooded streets of the old town.</p>{cards(TITLES[:5])}",
        title="Watch: Floods from above",
        url="https://www.example.org/videos/floods-from-above",
    ),
    "german": document(
        f"<h1>Video: Wolf auf der Umgehungsstraße</h1>{VIDEO}<p>Ein Autofahrer filmte das Tier am Sonntagabend.</p><p>01:12 Min.</p>{links(DE)}",
        title="Video: Wolf",
        lang="de",
        url="https://www.example.org/mediathek/video-123",
    ),
}
TICKERS = {
    "ticker of links": document(
        "<h1>News ticker</h1><ul>"
        + "".join(f"<li><time>{10 + n}:0{n}</time> <a href='/n/{n}'>{t}</a></li>" for n, (t, _) in enumerate(TITLES))
        + "</ul>",
        title="News ticker",
    ),
    "live blog": document(
        "<h1>Live: Floods in the valley</h1>"
        + "".join(f"<div class='post'><time>{12 - n}:30</time><p>{EN[n]}</p></div>" for n in range(6)),
        title="Live: Floods in the valley",
        head='<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"Live: Floods in the valley","datePublished":"2026-03-05T08:00:00Z","coverageStartTime":"2026-03-05T08:00:00Z"}</script>',
    ),
    "russian online": document(
        "<h1>Паводок в долине. Онлайн</h1>" + "".join(f"<div><b>1{n}:20</b><p>{x} {x}</p></div>" for n, (_, x) in enumerate(RU)),
        title="Паводок в долине. Онлайн",
        lang="ru",
    ),
}

CONSENT_TEXTS = {
    "en partners": ("en", "We value your privacy", "We and our 842 partners store and/or access information on a device, such as cookies, and process personal data, such as unique identifiers and standard information sent by a device for personalised ads and content.", "With your permission we and our partners may use precise geolocation data. You may click to consent to the processing described above.", "Accept all"),
    "en short": ("en", "Before you continue", "We use cookies to keep the site working, to measure how it is used and to show you ads that fit.", "If you choose to accept all, we will also use cookies to develop new services. You can change your mind at any time.", "I agree"),
    "en pay or okay": ("en", "Read with advertising or subscribe", "Read this site with advertising and the usual tracking. Your consent can be withdrawn at any time in the privacy settings.", "Or subscribe to our ad-free offer for 3.99 a month and use the site without tracking.", "Accept and continue"),
    "de": ("de", "Willkommen beim Talboten", "Um unser Angebot zu finanzieren, verarbeiten wir und unsere Partner Informationen auf Ihrem Gerät, zum Beispiel Cookies und Kennungen, für personalisierte Werbung.", "Ihre Einwilligung können Sie jederzeit in der Datenschutzerklärung widerrufen.", "Zustimmen und weiter"),
    "fr": ("fr", "Votre vie privée compte", "Avec votre accord, nos partenaires et nous utilisons des cookies ou des technologies similaires pour stocker et consulter des données personnelles.", "Vous pouvez retirer votre consentement à tout moment dans notre politique de confidentialité.", "Accepter et fermer"),
    "es": ("es", "Su privacidad nos importa", "Nosotros y nuestros socios almacenamos o accedemos a información en un dispositivo, tales como cookies, y procesamos datos personales.", "Puede aceptar o rechazar el uso de cookies y cambiar sus preferencias en cualquier momento.", "Aceptar todo"),
    "it": ("it", "La tua privacy è importante", "Noi e i nostri partner archiviamo informazioni sul dispositivo, come i cookie, e trattiamo dati personali per annunci personalizzati.", "Puoi liberamente prestare, rifiutare o revocare il tuo consenso in qualsiasi momento.", "Accetta tutto"),
    "ru": ("ru", "Мы используем файлы cookie", "Этот сайт использует файлы cookie и рекомендательные технологии, чтобы сделать его удобнее для вас.", "Оставаясь на сайте, вы соглашаетесь с политикой обработки персональных данных.", "Согласен"),
    "pl": ("pl", "Szanujemy Twoją prywatność", "My i nasi partnerzy przechowujemy informacje na urządzeniu, takie jak pliki cookie, i przetwarzamy dane osobowe w celu wyświetlania spersonalizowanych reklam.", "W każdej chwili możesz wycofać zgodę w ustawieniach prywatności.", "Przejdź do serwisu"),
    "nl": ("nl", "Uw privacy is belangrijk", "Wij en onze partners gebruiken cookies en vergelijkbare technieken om informatie op een apparaat op te slaan en persoonsgegevens te verwerken.", "U kunt uw toestemming op elk moment intrekken via de cookie-instellingen.", "Alles accepteren"),
}  # fmt: skip


def dialog(key):
    _, title, one, two, button = CONSENT_TEXTS[key]
    return f"<div id='cmp' class='consent-dialog' role='dialog'><h2>{title}</h2><p>{one}</p><p>{two}</p><button>{button}</button><button>Settings</button></div>"


CONSENTS = {
    f"{key} alone": document(dialog(key), title="Privacy", lang=CONSENT_TEXTS[key][0], bare=True) for key in CONSENT_TEXTS
}
BEHIND = {
    f"{key} before an article": document(dialog(key) + story(), title="Bridge Opens to Traffic", bare=True)
    for key in ("en partners", "en short", "de", "fr")
}

GONE_TEXTS = {
    "en": ("en", "Page not found", "Sorry, the page you are looking for could not be found. It may have been moved or deleted."),
    "en oops": ("en", "Oops! That page can’t be found.", "It looks like nothing was found at this location. Maybe try one of the links below?"),
    "en 404": ("en", "404", "We can't find the page you requested. Check the address or go back to the home page."),
    "en removed": ("en", "This article is no longer available", "The story you are looking for has been removed or has expired."),
    "de": ("de", "Seite nicht gefunden", "Die angeforderte Seite existiert leider nicht mehr. Vielleicht hilft Ihnen unsere Suche weiter."),
    "ru": ("ru", "Страница не найдена", "К сожалению, запрашиваемая страница не существует или была удалена."),
    "fr": ("fr", "Page introuvable", "La page que vous recherchez n'existe pas ou a été déplacée."),
    "es": ("es", "Página no encontrada", "Lo sentimos, la página que busca no existe o ha sido eliminada."),
    "it": ("it", "Pagina non trovata", "Siamo spiacenti, la pagina richiesta non esiste o è stata spostata."),
    "tr": ("tr", "Sayfa bulunamadı", "Aradığınız sayfa silinmiş veya taşınmış olabilir."),
}  # fmt: skip
GONE = {f"{key} alone": document(f"<h1>{t}</h1><p>{x}</p>", title=t, lang=lang) for key, (lang, t, x) in GONE_TEXTS.items()} | {
    f"{key} with teasers": document(
        f"<h1>{t}</h1><p>{x}</p><h2>You may be interested</h2>{cards(TITLES if lang != 'de' else DE)}", title=t, lang=lang
    )
    for key, (lang, t, x) in GONE_TEXTS.items()
}

SHELLS = {
    "empty root": document("<div id='root'></div><script src='/app.js'></script>", title="The Valley Post", bare=True),
    "noscript": document(
        "<noscript>You need to enable JavaScript to run this app.</noscript><div id='app'></div><script src='/a.js'></script>",
        title="News",
        bare=True,
    ),
    "noscript in words": document(
        "<div id='__next'></div><noscript><p>Please turn on JavaScript in your browser to read this page.</p></noscript><script src='/a.js'></script>",
        title="Bridge Opens",
        bare=True,
    ),
    "german": document(
        "<div id='app'><p>Bitte aktivieren Sie JavaScript in Ihrem Browser, um diese Seite zu nutzen.</p></div><script src='/a.js'></script>",
        title="Talbote",
        lang="de",
        bare=True,
    ),
    "loading": document(
        "<div id='root'><div class='spinner'>Loading…</div></div><script>window.x=1</script>", title="News", bare=True
    ),
}
BOTS = {
    "checking": document(
        "<h1>Just a moment...</h1><p>Checking your browser before accessing example.org. This process is automatic.</p><p>Please allow up to 5 seconds.</p>",
        title="Just a moment...",
        bare=True,
    ),
    "human": document(
        "<h1>example.org</h1><p>Verifying you are human. This may take a few seconds.</p><p>example.org needs to review the security of your connection before proceeding.</p>",
        title="Just a moment...",
        bare=True,
    ),
    "denied": document(
        "<h1>Access Denied</h1><p>You don't have permission to access this page on this server.</p><p>Reference #18.2d351ab8.1557333295.a4e16ab</p>",
        title="Access Denied",
        bare=True,
    ),
    "press and hold": document(
        "<h1>Pardon Our Interruption</h1><p>As you were browsing, something about your browser made us think you might be a bot. Please complete the captcha to go on.</p>",
        title="Pardon Our Interruption",
        bare=True,
    ),
    "unusual": document(
        "<p>Our systems have detected unusual traffic from your computer network. Are you a robot?</p>",
        title="Robot check",
        bare=True,
    ),
    "german": document(
        "<h1>Sicherheitsüberprüfung</h1><p>Bitte bestätigen Sie, dass Sie kein Roboter sind, um fortzufahren.</p>",
        title="Sicherheitsüberprüfung",
        lang="de",
        bare=True,
    ),
    "russian": document(
        "<h1>Подтвердите, что вы не робот</h1><p>Запросы с вашего устройства похожи на автоматические. Введите символы с картинки.</p>",
        title="Проверка",
        lang="ru",
        bare=True,
    ),
    "mail protection": document(
        "<h1>Email Protection</h1><p>You are unable to access this email address. The website from which you got to this page is protected. Email addresses on that page have been hidden in order to keep them from being accessed by malicious bots. You must enable Javascript in your browser in order to decode the e-mail address.</p>",
        title="Email Protection",
        bare=True,
    ),
    "forbidden": document(
        "<h1>403 Forbidden</h1><p>Request blocked. We can't connect to the server for this app or website at this time.</p>",
        title="403 Forbidden",
        bare=True,
    ),
}
LOGINS = {
    "log in": document(
        "<h1>Log in</h1><form><label>E-mail <input type='email'></label><label>Password <input type='password'></label><button>Log in</button></form><p>Forgot your password? No account yet? Register for free.</p>",
        title="Log in - The Valley Post",
    ),
    "german": document(
        "<h1>Anmelden</h1><form><input type='email'><input type='password'><button>Anmelden</button></form><p>Noch kein Konto? Jetzt registrieren. Passwort vergessen?</p>",
        title="Anmelden",
        lang="de",
    ),
    "russian": document(
        "<h1>Вход</h1><form><input type='text'><input type='password'><button>Войти</button></form><p>Забыли пароль? Нет учётной записи? Зарегистрируйтесь, это бесплатно.</p>",
        title="Вход",
        lang="ru",
    ),
}
REPAIRS = {
    "maintenance": document(
        "<h1>We'll be back soon!</h1><p>Sorry for the inconvenience but we're performing some maintenance at the moment. We'll be back online shortly.</p>",
        title="Site Maintenance",
        bare=True,
    ),
    "unavailable": document(
        "<h1>503 Service Temporarily Unavailable</h1><p>The server is temporarily unable to service your request due to maintenance downtime or capacity problems. Please try again later.</p>",
        title="503 Service Unavailable",
        bare=True,
    ),
    "german": document(
        "<h1>Wartungsarbeiten</h1><p>Unsere Seite ist wegen Wartungsarbeiten vorübergehend nicht erreichbar. Bitte versuchen Sie es später noch einmal.</p>",
        title="Wartungsarbeiten",
        lang="de",
        bare=True,
    ),
    "russian": document(
        "<h1>Технические работы</h1><p>Сайт временно недоступен. Ведутся технические работы, скоро мы вернёмся.</p>",
        title="Технические работы",
        lang="ru",
        bare=True,
    ),
}
NOT_FREE = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Pilots vote","datePublished":"2026-03-04T08:00:00Z","isAccessibleForFree":false}</script>'
OFFERS = {
    "en": ("en", "Subscribe to continue reading", "Get unlimited access for 1 a month. Already a subscriber? Log in."),
    "en register": ("en", "This article is for subscribers only", "Register or sign in to read the full story."),
    "de": ("de", "Weiterlesen mit Talbote Plus", "Jetzt abonnieren und alle Artikel lesen. Bereits Abonnent? Hier anmelden."),
    "fr": ("fr", "Cet article est réservé aux abonnés", "Il vous reste 85 % de cet article à lire. Abonnez-vous pour lire la suite."),
    "es": ("es", "Contenido exclusivo para suscriptores", "Suscríbete para seguir leyendo. ¿Ya eres suscriptor? Inicia sesión."),
    "ru": ("ru", "Полный текст доступен по подписке", "Оформите подписку, чтобы дочитать статью. Уже есть подписка? Войдите."),
    "it": ("it", "Articolo riservato agli abbonati", "Abbonati per continuare a leggere. Sei già abbonato? Accedi."),
    "sv": ("sv", "Läs vidare med Dalposten Plus", "Den här artikeln är låst. Bli prenumerant för att läsa hela artikeln."),
}  # fmt: skip
TEASER = "<p>Pilots in the northern port accepted a new roster on Monday after talks that lasted through the night.</p><p>The agreement ends a strike that had kept forty ships waiting in the bay for two weeks, but</p>"
STUBS = {
    f"{key} marked": document(
        f"<article><h1>Pilots vote to end strike</h1>{TEASER}<div class='paywall'><h3>{t}</h3><p>{x}</p></div></article>",
        title="Pilots vote",
        lang=lang,
        head=NOT_FREE,
    )
    for key, (lang, t, x) in OFFERS.items()
} | {
    f"{key} unmarked": document(
        f"<article><h1>Pilots vote to end strike</h1>{TEASER}<div class='offer'><h3>{t}</h3><p>{x}</p></div></article>",
        title="Pilots vote",
        lang=lang,
    )
    for key, (lang, t, x) in OFFERS.items()
}

ABOUT = {
    "cookies": ("Regulator fines ad firm over cookie banners", ("The data regulator fined an advertising firm 4 million on Tuesday because its banners made it hard to reject all cookies.", "Under the GDPR, consent must be freely given: a button that says “Accept all” has to stand beside one that says “Reject all”, the regulator said.", "“We use cookies” is no consent, said its head, Maria Olsen, at a press conference in the capital.")),
    "404": ("The strange charm of the 404 page", ("“Page not found” is the most printed sentence on the web, and designers have made an art of it.", "An exhibition in the old post office shows two hundred error 404 pages, from a drawing of a sad fish to a whole game of cards.", "The oldest one says only that the page could not be found, and that the webmaster was sorry.")),
    "captcha": ("Captchas now take longer than reading the news", ("People spend 500 years a day proving that they are not a robot, a study by a university in the south found.", "“Verify you are human” is asked of the blind as well, who often cannot answer, its author Lena Holm said.", "The firm that sells the captcha said on Friday that it would offer a version without pictures.")),
    "paywall": ("Papers tighten their paywalls", ("Readers have to subscribe to continue reading at nine of ten regional papers, an industry group said on Thursday.", "“Already a subscriber? Log in” has become the line that most readers see first, its chairman complained.", "Only two papers still let readers open ten articles a month without an account.")),
    "javascript": ("Browser maker wants to ban half of all scripts", ("A new browser will ask before it runs any program, and sites that say “Please enable JavaScript” will be shown without it.", "The maker, a cooperative of forty engineers, says that news pages open four times as fast.", "Publishers fear for their advertising income and have asked for talks.")),
    "login": ("Bank customers locked out after update", ("Thousands could not log in to their accounts on Monday after an update of the bank's app failed.", "Customers who typed their password saw the words “Forgot your password?” again and again, users wrote.", "The bank said the error had been found by noon and apologised.")),
    "maintenance": ("Tax office closed by “maintenance” for a week", ("“We'll be back soon”, the website of the tax office has promised since last Monday.", "The office blamed maintenance of a database that is older than most of its staff.", "Citizens may hand in their papers a week later, the ministry decided.")),
    "german consent": ("Gericht verbietet trickreiche Cookie-Banner", ("Das Landgericht hat am Dienstag einem Verlag verboten, die Einwilligung in Cookies mit einem grünen Knopf zu erschleichen.", "Die Datenschutzerklärung sei zwar lang, aber für niemanden verständlich, sagte die Richterin.", "Der Verlag will gegen das Urteil in Berufung gehen.")),
}  # fmt: skip
QUOTING = {
    f"about {key}": document(f"<article><h1>{t}</h1>{paragraphs(x)}</article>", title=t, lang="de" if "german" in key else "en")
    for key, (t, x) in ABOUT.items()
} | {
    f"about {key} at length": document(f"<article><h1>{t}</h1>{paragraphs(x + EN[:6])}</article>", title=t)
    for key, (t, x) in ABOUT.items()
    if "german" not in key
}
BRIEFS = {
    "two sentences, marked": document(
        "<article><h1>Mill burns down</h1><p>A fire destroyed the old mill on Friday night. Nobody was hurt, the fire service said.</p></article>",
        title="Mill burns down",
        head='<script type="application/ld+json">{"@type":"NewsArticle","headline":"Mill burns down","datePublished":"2026-03-04T08:00:00Z"}</script>',
    ),
    "three paragraphs, unmarked": document(
        f"<article><h1>Ferry line gets electric ships</h1>{paragraphs(EN[:3])}</article>", title="Ferry line gets electric ships"
    ),
    "news with a video": document(
        f"<article><h1>Bridge Opens to Traffic</h1>{VIDEO}{paragraphs(EN[:6])}</article>",
        title="Bridge Opens",
        url="https://www.example.org/video/bridge",
    ),
    "news with many teasers": document(f"{story()}<h2>More</h2>{cards(TITLES * 2)}", title="Bridge Opens to Traffic"),
    "news with a gallery": document(
        f"<article><h1>Bridge Opens to Traffic</h1>{paragraphs(EN[:8])}{gallery(CAPTIONS[:5]).replace('h1', 'h3')}</article>",
        title="Bridge Opens",
    ),
}

TRUSTED = frozenset({S.OK, S.SUSPECT})
FAMILIES = (
    ("section front", SECTIONS, {S.NOT_ARTICLE}), ("tag page", TAGS, {S.NOT_ARTICLE}), ("search", SEARCHES, {S.NOT_ARTICLE, S.SOFT_404}), ("author page", AUTHORS, {S.NOT_ARTICLE}),
    ("home page", HOMES, {S.NOT_ARTICLE}), ("gallery", GALLERIES, {S.NOT_ARTICLE}), ("video page", VIDEOS, {S.NOT_ARTICLE}), ("consent wall", CONSENTS, {S.CONSENT_WALL}),
    ("soft 404", GONE, {S.SOFT_404}), ("scripts only", SHELLS, {S.JAVASCRIPT_ONLY}), ("bot check", BOTS, {S.BLOCKED}), ("log-in", LOGINS, {S.BLOCKED}), ("maintenance", REPAIRS, {S.FAILED}),
    ("paywall stub", STUBS, {S.PARTIAL}), ("live page", TICKERS, {S.NOT_ARTICLE}), ("article with dialog", BEHIND, TRUSTED), ("article about such pages", QUOTING, TRUSTED), ("article", BRIEFS, TRUSTED),
)  # fmt: skip
CASES = tuple(
    Case(family=family, name=name, page=page, right=frozenset(right))
    for family, pages, right in FAMILIES
    for name, page in pages.items()
)
