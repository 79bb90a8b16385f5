"""A second set of layouts, wordings and markups, written after the rules and without them: what it measures was not tuned to.

The same kinds of boxes at the same places as in `rendering_boxes`, as other outlets would print them.
"""

import random

from tests.articles.rendering_boxes import Name
from tests.articles.rendering_texts import OTHERS
from tests.articles.renderings import Layout

_NAV = '<ul><li><a href="/politics">Politics</a></li><li><a href="/business">Business</a></li><li><a href="/opinion">Opinion</a></li><li><a href="/video">Video</a></li></ul>'
_END = '<p><a href="/imprint">Imprint</a> | <a href="/terms">Terms of use</a> | <a href="/jobs">Jobs</a></p>'

LAYOUTS_APART: dict[str, Layout] = {
    "tagged story": Layout(
        page='$start<div class="site-wrapper"><div class="masthead">' + _NAV + '</div><div class="story-page">$top<div class="story-header"><h1 class="story-headline">$title</h1></div>$lead<div class="story-content">$body $end</div></div>$after<div class="rail">$side</div><div class="site-footer">$foot' + _END + "</div></div>$stop"
    ),
    "tailwind": Layout(
        page='$start<div class="min-h-screen flex flex-col"><header class="sticky top-0 z-50 bg-white">' + _NAV + '</header><main class="container mx-auto px-4 grid grid-cols-12 gap-8"><div class="col-span-12 lg:col-span-8">$top<h1 class="text-4xl font-bold mb-4">$title</h1>$lead<div class="prose prose-lg max-w-none">$body $end</div>$after</div><div class="col-span-12 lg:col-span-4">$side</div></main><footer class="bg-gray-900 text-white py-12">$foot' + _END + "</footer></div>$stop"
    ),
    "styled components": Layout(
        page='$start<div id="__next"><div class="sc-aXZVg kTyqQm"><div class="sc-gEvEer hYbzEe">' + _NAV + '</div><div class="sc-eqUAAy bGqxBd">$top<div class="sc-fqkvVR lmPkrt"><h1 class="sc-dcJsrY fQwZsa">$title</h1></div>$lead<div class="sc-iGgWBj eXkGvd"><div class="sc-gsFSXq">$body</div>$end</div></div><div class="sc-kAyceB">$after</div><div class="sc-imWYAI">$side</div><div class="sc-jXbUNg">$foot' + _END + "</div></div></div>$stop",
        block='<p class="sc-dhKdcB gZnBaf">$text</p>',
    ),
    "article and asides": Layout(
        page="$start<header>" + _NAV + '</header>$top<article itemscope itemtype="http://schema.org/NewsArticle"><h1 itemprop="headline">$title</h1>$lead<section itemprop="articleBody">$body</section>$end</article><aside>$side</aside>$after<footer>$foot' + _END + "</footer>$stop"
    ),
    "left column first": Layout(
        page='$start<div id="container"><div id="topmenu">' + _NAV + '</div><div id="leftcol">$side</div><div id="maincol">$top<div class="doc"><h1>$title</h1>$lead<div class="doc-body">$body $end</div></div>$after</div><div id="copy">$foot' + _END + "</div></div>$stop"
    ),
    "joomla": Layout(
        page='$start<div class="body"><div class="header">' + _NAV + '</div><div class="row-fluid"><main id="content" role="main" class="span9">$top<div class="item-page" itemscope itemtype="https://schema.org/Article"><div class="page-header"><h1>$title</h1></div>$lead<div itemprop="articleBody">$body $end</div></div>$after</main><div id="aside" class="span3">$side</div></div></div><footer class="footer">$foot' + _END + "</footer>$stop"
    ),
    "ghost": Layout(
        page='$start<div class="gh-viewport"><header id="gh-head">' + _NAV + '</header><main class="gh-main">$top<article class="gh-article post"><header class="gh-article-header gh-canvas"><h1 class="gh-article-title">$title</h1>$lead</header><section class="gh-content gh-canvas">$body $end</section></article>$after $side</main><footer class="gh-foot">$foot' + _END + "</footer></div>$stop"
    ),
    "chunks": Layout(
        page='$start<div class="page"><div class="bar">' + _NAV + '</div><div class="content">$top<h1 class="title">$title</h1>$lead $body $end</div>$after<div class="extra">$side</div><div class="bottom">$foot' + _END + "</div></div>$stop",
        block='<div class="content-chunk chunk-text"><div class="chunk-inner"><p>$text</p></div></div>',
    ),
    "spans": Layout(
        page='$start<div data-page="article"><div data-part="nav">' + _NAV + '</div><div data-part="main">$top<div data-part="title"><h1>$title</h1></div>$lead<div data-part="text">$body</div>$end</div>$after<div data-part="side">$side</div><div data-part="foot">$foot' + _END + "</div></div>$stop",
        block='<div dir="auto"><span data-text="true">$text</span></div>',
    ),
    "paragraph breaks": Layout(
        page='$start<div class="wrap"><div class="nav">' + _NAV + '</div>$top<div class="post"><h1>$title</h1>$lead<div class="post-text">$body</div>$end</div>$after<div class="side">$side</div><div class="foot">$foot' + _END + "</div></div>$stop",
        block="$text",
        joint="<br/>\n<br/>\n",
    ),
    "font tables": Layout(
        page='$start<center><table border="0" width="760"><tr><td>' + _NAV + '</td></tr><tr><td><table><tr><td width="520" valign="top">$top<h1>$title</h1>$lead $body $end $after</td><td width="240">$side</td></tr></table></td></tr><tr><td align="center"><font size="1">$foot' + _END + "</font></td></tr></table></center>$stop",
        block='<p align="justify"><font face="Arial">$text</font></p>',
    ),
    "main only": Layout(page="$start<header>" + _NAV + '</header><main id="main">$top<h1>$title</h1>$lead $body $end $after</main><div>$side</div><footer>$foot' + _END + "</footer>$stop"),
}  # fmt: skip

WORDS_APART: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "donation": {
        "en": (
            ("A message from our editor", "Journalism like this takes time and money, and we do not have a billionaire behind us.", "Will you chip in £5 to keep us going?", "Yes, I'll help", "Dismiss"),
            ("Support local news", "We don't have a paywall, so that everybody can read what happens in this town.", "Please donate what you can.", "Donate"),
            ("You've read 7 articles this month", "The authorities labelled us “undesirable”, and we are still here thanks to people who read us.", "Join 4,300 supporters today.", "Support us"),
        ),
        "ru": (
            ("Нам нужна ваша помощь", "Власти заблокировали наш сайт, но мы продолжаем писать о том, что происходит в стране.", "Станьте нашим ежемесячным донором.", "Помочь"),
            ("Спасибо, что читаете нас!", "Этот текст вышел потому, что нас поддерживают тысячи людей.", "Поддержать"),
        ),
        "de": (
            ("Guter Journalismus braucht Sie", "Unsere Recherchen sind für alle frei zugänglich, weil viele Menschen sie freiwillig bezahlen.", "Machen Sie mit und werden Sie Mitglied.", "Mitmachen"),
            ("Ihnen gefällt dieser Text?", "Dann unterstützen Sie unsere Arbeit mit einer Spende.", "Spenden"),
        ),
        "fr": (("Vous appréciez notre travail ?", "Notre journal est gratuit et sans publicité grâce aux dons de ses lecteurs.", "Faire un don"),),
        "es": (("Necesitamos tu apoyo", "Hacemos periodismo sin muros de pago porque miles de personas nos ayudan.", "Quiero colaborar"),),
        "uk": (("Нам потрібна ваша підтримка", "Ми працюємо без олігархів і реклами, бо нас підтримують читачі.", "Підтримати нас"),),
        "ar": (("نحتاج إلى دعمكم", "نعمل من دون ممول كبير ونعتمد على مساهمات القراء.", "ساهم الآن"),),
    },
    "newsletter": {
        "en": (("Don't miss a thing", "Sign up to the Daily Digest and we'll email you the top stories at 6pm.", "Your email", "Sign me up"), ("Newsletter", "Stay informed with our weekly round-up.", "Subscribe now", "You can unsubscribe at any time.")),
        "ru": (("Подпишитесь на рассылку", "Раз в неделю присылаем самое важное.", "Ваш e-mail", "Подписаться"),),
        "de": (("Nichts verpassen", "Mit unserem Newsletter bleiben Sie auf dem Laufenden.", "E-Mail-Adresse", "Jetzt anmelden", "Abmeldung jederzeit möglich."),),
        "fr": (("Newsletter", "Recevez chaque matin l'essentiel de l'actu par mail.", "Votre e-mail", "Je m'inscris"),),
        "es": (("Boletín", "Recibe cada mañana lo más importante.", "Tu correo electrónico", "Apúntate"),),
        "uk": (("Підпишіться на розсилку", "Щотижня надсилаємо найважливіше.", "Підписатися"),),
        "ar": (("اشترك في النشرة البريدية", "أهم أخبار الأسبوع في رسالة واحدة.", "اشترك الآن"),),
    },
    "more": {
        "en": (("READ MORE",), ("Also read",), ("Recommended for you",), ("More from Marlow",), ("What to read next",), ("Related content",)),
        "ru": (("Читайте ещё",), ("Смотрите также",), ("Похожие материалы",), ("Рекомендуем",)),
        "de": (("Auch interessant",), ("Weitere Artikel",), ("Mehr dazu",), ("Passend dazu",)),
        "fr": (("Lire aussi",), ("Voir aussi",)),
        "es": (("Te puede interesar",), ("Más noticias",)),
        "uk": (("Читайте ще",), ("Вас може зацікавити",)),
        "ar": (("إقرأ أيضاً",), ("أخبار ذات صلة",)),
    },
    "lists": {
        "en": (("Most popular",), ("Top stories",), ("The latest",), ("Most viewed",), ("Breaking news",)),
        "ru": (("Популярное",), ("Главное за день",), ("Лента новостей",)),
        "de": (("Meistgelesene Artikel",), ("Neueste Meldungen",), ("Top-Themen",)),
        "fr": (("Les plus populaires",), ("Dernières nouvelles",)),
        "es": (("Más leídas",), ("Últimas noticias",)),
        "uk": (("Популярне",), ("Головне за добу",)),
        "ar": (("الأكثر مشاهدة",), ("أحدث الأخبار",)),
    },
    "tags": {
        "en": (("Filed under:", "Ferries", "Ports"), ("More about", "Marlow Bay", "Shipping"), ("Tagged:", "harbour", "coast")),
        "ru": (("Метки:", "порт", "река"), ("По теме:", "Транспорт", "Ремонт")),
        "de": (("Themen:", "Häfen", "Fähren"), ("Mehr zum Thema:", "Küste")),
        "fr": (("Tags :", "mer", "transport"),), "es": (("Temas:", "mar", "transporte"),), "uk": (("Мітки:", "ріка"),), "ar": (("الكلمات المفتاحية:", "البحر"),),
    },
    "share": {
        "en": (("Share this story", "Tweet", "Share on WhatsApp", "Share on LinkedIn", "Email this article"), ("Share:", "Facebook", "Twitter", "Reddit", "Copy URL")),
        "ru": (("Поделитесь с друзьями", "Отправить в Telegram", "Отправить в WhatsApp"), ("Поделиться:", "VK", "OK", "Viber")),
        "de": (("Artikel teilen", "Facebook", "Per WhatsApp teilen", "E-Mail"),),
        "fr": (("Partager cet article", "Facebook", "Envoyer par e-mail"),), "es": (("Comparte esta noticia", "WhatsApp", "Facebook"),), "uk": (("Поділитись", "Telegram", "Viber"),), "ar": (("مشاركة", "واتساب", "تويتر"),),
    },
    "bio": {
        "en": (("Written by", "Robert Quill", "Robert Quill is the Echo's harbour correspondent. Before that he spent ten years at sea.", "More from Robert Quill"),),
        "ru": (("Автор", "Пётр Гусев", "Пётр Гусев — корреспондент отдела транспорта, бывший штурман.", "Другие материалы автора"),),
        "de": (("Zum Autor", "Robert Kiel", "Robert Kiel ist Redakteur im Ressort Norden und früher selbst zur See gefahren.", "Weitere Beiträge von Robert Kiel"),),
    },
    "comments": {
        "en": (("View 14 comments",), ("Have your say",), ("No comments yet", "Be the first to comment"), ("Comments are closed.",)),
        "ru": (("Обсуждение (5)",), ("Комментировать",), ("Комментариев пока нет",)),
        "de": (("14 Kommentare lesen",), ("Ihre Meinung ist gefragt",), ("Jetzt mitdiskutieren",)),
        "fr": (("Voir les commentaires",), ("Réagissez à cet article",)), "es": (("Ver comentarios",), ("Comenta esta noticia",)), "uk": (("Додати коментар",),), "ar": (("اترك تعليقا",),),
    },
    "cookie": {
        "en": (("Your privacy", "This website uses cookies to give you the best experience. By clicking “Agree” you accept our cookie policy.", "Agree", "Learn more"),),
        "ru": (("Сайт использует cookie", "Оставаясь на сайте, вы соглашаетесь с условиями использования cookie.", "Хорошо"),),
        "de": (("Cookie-Hinweis", "Diese Website nutzt Cookies, um Inhalte zu personalisieren und Zugriffe zu analysieren.", "Zustimmen", "Ablehnen"),),
        "fr": (("Gestion des cookies", "Ce site utilise des cookies pour améliorer votre expérience.", "J'accepte"),),
        "es": (("Aviso de cookies", "Utilizamos cookies propias y de terceros para mejorar nuestros servicios.", "Aceptar todas"),),
        "uk": (("Ми використовуємо cookie", "Цей сайт використовує файли cookie для аналізу відвідувань.", "Зрозуміло"),),
        "ar": (("ملفات تعريف الارتباط", "يستخدم هذا الموقع ملفات تعريف الارتباط لتحسين تجربتك.", "موافق"),),
    },
    "app": {
        "en": (("The Echo on your phone", "Download our free app for breaking news alerts.", "App Store", "Google Play"), ("Continue reading in the app", "Install")),
        "ru": (("Установите мобильное приложение", "Читайте новости без рекламы.", "Скачать"),),
        "de": (("Die Echo-App", "Alle Nachrichten immer dabei – kostenlos.", "App herunterladen"),),
        "fr": (("L'appli Écho", "Toute l'actu en direct sur votre mobile.", "Télécharger l'application"),), "es": (("Nuestra app", "Toda la actualidad en tu móvil.", "Descargar la app"),),
    },
    "follow": {
        "en": (("Follow us on X and Instagram for more stories like this.",), ("Make The Echo a preferred source on Google",), ("Join our WhatsApp channel",)),
        "ru": (("Читайте нас в «Яндекс Новостях»",), ("Больше новостей — в нашем телеграм-канале",), ("Присоединяйтесь к нам в VK",)),
        "de": (("Folgen Sie uns auf Instagram!",), ("Jetzt dem WhatsApp-Kanal folgen",)),
        "fr": (("Suivez-nous sur WhatsApp",),), "es": (("Únete a nuestro canal de WhatsApp",),), "uk": (("Читайте нас у Telegram",),), "ar": (("تابعنا على غوغل نيوز",),),
    },
    "copyright": {
        "en": (("© The Echo 2026",), ("The Echo is published by Echo Group. All rights reserved. Registered in England.",), ("This material may not be published, broadcast, rewritten or redistributed.",)),
        "ru": (("© ООО «Эхо реки», 2008–2026",), ("Любое использование материалов допускается только при наличии гиперссылки.",)),
        "de": (("© dpa-infocom, dpa:260304-930-1234/1",), ("Alle Rechte vorbehalten. Nachdruck nur mit Genehmigung.",)),
        "fr": (("Tous droits réservés © L'Écho 2026",),), "es": (("© El Eco. Prohibida su reproducción total o parcial.",),), "uk": (("Усі права захищені © 2026",),), "ar": (("© صدى 2026",),),
    },
    "typo": {
        "en": (("See a mistake in this article? Tell us.",), ("Do you have a story for us? Email newsdesk@echo.example",), ("Is there something wrong with this article? Let us know",), ("Rate this article",)),
        "ru": (("Увидели ошибку? Выделите фрагмент и нажмите Ctrl+Enter",), ("Сообщить об ошибке",), ("Оцените материал",)),
        "de": (("Haben Sie einen Fehler entdeckt? Schreiben Sie uns.",), ("Fehler melden",), ("Wie fanden Sie diesen Artikel?",)),
        "uk": (("Побачили помилку? Виділіть і натисніть Ctrl+Enter",),),
    },
    "ad": {
        "en": (("ADVERTISEMENT",), ("Story continues below advertisement",), ("Ad",), ("Sponsored content",)),
        "ru": (("РЕКЛАМА",), ("Продолжение после рекламы",), ("Партнёрский материал",)),
        "de": (("WERBUNG",), ("Weiterlesen nach der Anzeige",)),
        "fr": (("PUBLICITÉ",),), "es": (("PUBLICIDAD",),), "uk": (("РЕКЛАМА",),), "ar": (("إعلانات",),),
    },
    "player": {
        "en": (("Listen", "00:00 / 04:12"), ("Audio: 5 minutes",), ("This video is not available in your country.",)),
        "ru": (("Аудиоверсия статьи", "5 минут"), ("Воспроизвести видео",)),
        "de": (("Diesen Artikel hören", "(5 Min)"), ("Video abspielen",)),
        "fr": (("Écouter cet article", "00:00"),), "es": (("Escucha esta noticia", "5 minutos"),), "uk": (("Слухати статтю", "5 хв"),),
    },
    "meta": {
        "en": (("Robert Quill, Harbour Correspondent", "Wed 4 Mar 2026 10.15 GMT"), ("Words by Robert Quill", "04.03.26", "Reading time: 3 minutes"), ("Posted on March 4, 2026 at 10:15 AM",), ("BY ROBERT QUILL", "MAR 04, 2026")),
        "ru": (("Автор: Пётр Гусев", "Вчера, 10:15"), ("04 марта 2026 г.", "Время чтения: 3 мин.")),
        "de": (("Ein Artikel von Robert Kiel", "Veröffentlicht am 04.03.2026 um 10:15 Uhr"), ("04.03.2026", "Lesezeit: 3 Minuten")),
        "fr": (("Publié le 04/03/2026 à 10:15", "Lecture 3 min."),), "es": (("Redacción", "04/03/2026 10:15"),), "uk": (("Автор: Петро Гусак", "Сьогодні, 10:15"),), "ar": (("الأربعاء 4 مارس 2026",),),
    },
    "crumbs": {"en": (("Homepage", "Regions", "Coast"),), "ru": (("На главную", "Регионы"),), "de": (("Start", "Norden"),), "fr": (("À la une", "Mer"),), "es": (("Portada", "Costa"),), "uk": (("На головну", "Регіони"),), "ar": (("الصفحة الرئيسية", "محليات"),)},
    "caption": {
        "en": (("A crowd greets the ferry, which was last seen here in 2022", "Credit: Echo archive"), ("The ferry (left) and the pilot boat. Picture by Ann Rowe", "© Ann Rowe")),
        "ru": (("Пассажиры на верхней палубе во вторник", "Автор фото: А. Рябова"),),
        "de": (("Passagiere auf dem Oberdeck", "© Anna Rohde / Echo"),),
        "fr": (("Des passagers sur le pont supérieur", "Crédit : Anne Roux"),), "es": (("Pasajeros en la cubierta superior", "Ana Ruiz / El Eco"),), "uk": (("Пасажири на верхній палубі", "Фото: А. Рябко"),), "ar": (("ركاب على السطح العلوي", "أرشيف صدى"),),
    },
    "gallery": {"en": (("3/15", "View gallery"),), "ru": (("Фото 3 из 15",), ), "de": (("3 / 15", "Bilderstrecke öffnen"),)},
}  # fmt: skip


def box_apart(kind: str, language: str, name: Name, rng: random.Random, words: dict = WORDS_APART) -> str:
    """The markup of one box, built otherwise than `rendering_boxes.box` builds it; "" without words in this language."""
    source = {"related_one": "more", "related_list": "more", "cards": "more", "plain_links": "lists", "next_article": "more"}.get(
        kind, kind
    )
    wordings = words.get(source, {}).get(language, ())
    if not wordings:
        return ""
    lines = rng.choice(wordings)
    titles = rng.sample(list(OTHERS[language][0]), 3)
    return _MARKUP.get(kind, _lines)(kind, lines, titles, OTHERS[language][1], name, rng)


def _lines(kind, lines, titles, texts, name, rng):
    tag = rng.choice(("p", "div", "span", "small"))
    inner = "".join(f"<{tag}>{line}</{tag}>" for line in lines)
    return rng.choice(
        (
            f"<div{name(kind)}>{inner}</div>",
            f"<div{name('widget')}><div{name(kind)}>{inner}</div></div>",
            f"<footer{name(kind)}>{inner}</footer>",
        )
    )


def _ask(kind, lines, titles, texts, name, rng):
    head, *middle, last = lines
    field = '<label>E-mail <input type="email" name="mail"></label>' if kind == "newsletter" and rng.random() < 0.5 else ""
    text = "<br>".join(middle) if rng.random() < 0.3 else "".join(f"<p>{line}</p>" for line in middle)
    return rng.choice((
        f'<div{name(kind)}><h4>{head}</h4>{text}{field}<button type="button">{last}</button></div>',
        f'<div{name(kind)} role="complementary"><p><b>{head}</b></p>{text}{field}<p><a href="/join" role="button">{last}</a></p></div>',
        f'<section{name(kind)}><header><h2>{head}</h2></header><div>{text}</div>{field}<div><a href="/join"><span>{last}</span></a></div></section>',
    ))  # fmt: skip


def _one(kind, lines, titles, texts, name, rng):
    label, title = lines[0], titles[0]
    return rng.choice((
        f'<p><em>{label}: <a href="/s/1">{title}</a></em></p>',
        f'<p><strong><a href="/s/1">{label} | {title}</a></strong></p>',
        f'<div{name("inset")}><p>{label}</p><h3><a href="/s/1">{title}</a></h3></div>',
        f'<div{name("inset")}><a href="/s/1"><div>{label}</div><div>{title}</div></a></div>',
        f'<ul><li>{label}: <a href="/s/1">{title}</a></li></ul>',
    ))  # fmt: skip


def _several(kind, lines, titles, texts, name, rng):
    return rng.choice((
        f"<section{name(kind)}><h2>{lines[0]}</h2><ol>{''.join(f'<li><h3><a href=/s/{n}>{title}</a></h3></li>' for n, title in enumerate(titles))}</ol></section>",
        f"<div{name(kind)}><div><strong>{lines[0]}</strong></div>{''.join(f'<div><a href=/s/{n}><span>{title}</span></a><time>10:{n}5</time></div>' for n, title in enumerate(titles))}</div>",
        f"<div{name(kind)}><p>{lines[0]}:</p><ul>{''.join(f'<li><a href=/s/{n}>{title}</a></li>' for n, title in enumerate(titles))}</ul></div>",
    ))  # fmt: skip


def _column(kind, lines, titles, texts, name, rng):
    return f"<div{name('col')}>{''.join(f'<p><a href=/s/{n}>{title}</a></p>' for n, title in enumerate(titles))}</div>"


def _tiles(kind, lines, titles, texts, name, rng):
    tiles = "".join(
        f'<article{name("tile")}><div><a href="/s/{n}"><img src="/t.jpg" alt=""></a></div><div><span>News</span><h4><a href="/s/{n}">{title}</a></h4><p>{texts[n % 2]}</p><time>4 Mar</time></div></article>'
        for n, title in enumerate(titles)
    )
    return f"<div{name('tiles')}><h3>{lines[0]}</h3>{tiles}</div>"


def _next(kind, lines, titles, texts, name, rng):
    body = "".join(f"<p>{text}</p>" for text in texts)
    return rng.choice((
        f'<article{name("story")}><div><h2><a href="/s/9">{titles[0]}</a></h2></div><div>{body}</div></article>',
        f'<div{name("story")}><div><h1>{titles[0]}</h1></div><div>By Ann Rowe</div><div>{body}</div></div>',
        f'<div{name("story")} data-url="/s/9"><h2><a href="/s/9">{titles[0]}</a></h2>{body}</div>',
    ))  # fmt: skip


def _keywords(kind, lines, titles, texts, name, rng):
    label, *tags = lines
    links = "".join(f'<a href="/topic/{n}" rel="tag">{tag}</a> ' for n, tag in enumerate(tags))
    return rng.choice(
        (
            f"<div{name('topics')}>{label} {links}</div>",
            f"<p>{label} {links}</p>",
            f"<div{name('topics')}><strong>{label}</strong>{links}</div>",
        )
    )


def _buttons(kind, lines, titles, texts, name, rng):
    label, *ways = lines
    return rng.choice((
        f"<div{name('social')}><div>{label}</div>{''.join(f'<button><span>{way}</span></button>' for way in ways)}</div>",
        f"<div{name('social')}>{label} {' '.join(f'<a href=https://s.example/{n}>{way}</a>' for n, way in enumerate(ways))}</div>",
    ))  # fmt: skip


def _author(kind, lines, titles, texts, name, rng):
    label, person, text, link = lines
    return rng.choice((
        f'<div{name("writer")}><img src="/r.jpg" alt=""><div><span>{label}</span> <a href="/by/r">{person}</a></div><div>{text}</div><a href="/by/r">{link}</a></div>',
        f'<aside{name("writer")}><h3>{label} {person}</h3><p>{text} <a href="/by/r">{link}</a></p></aside>',
    ))  # fmt: skip


def _picture(kind, lines, titles, texts, name, rng):
    text, credit = lines
    return rng.choice((
        f'<figure><a href="/f.jpg"><img src="/f.jpg" alt=""></a><figcaption>{text}<br><small>{credit}</small></figcaption></figure>',
        f'<div{name("pic")}><picture><img src="/f.jpg" alt=""></picture><p>{text}</p><p><small>{credit}</small></p></div>',
        f'<figure{name("pic")}><div><img src="/f.jpg" alt=""></div><div><span>{text}</span><span>{credit}</span></div></figure>',
        f'<div class="image-block"><img src="/f.jpg" alt=""><div class="image-block__caption">{text}</div><div class="image-block__source">{credit}</div></div>',
    ))  # fmt: skip


def _trail(kind, lines, titles, texts, name, rng):
    return f"<ul{name('trail')}>{''.join(f'<li><a href=/{n}>{line}</a></li>' for n, line in enumerate(lines))}</ul>"


_MARKUP = {
    "donation": _ask, "newsletter": _ask, "app": _ask, "cookie": _ask, "related_one": _one, "related_list": _several, "lists": _several, "plain_links": _column,
    "cards": _tiles, "next_article": _next, "tags": _keywords, "share": _buttons, "bio": _author, "caption": _picture, "crumbs": _trail,
}  # fmt: skip
