"""What outlets print around their articles, in invented words: every box in several languages, wordings and ways to build it.

A box is made from its lines; `name` gives the class attribute, telling or not. Positions: top (before the headline), lead
(between headline and text), inline (between two paragraphs), end (after the last one, in the article's container), after
(behind that container), side, foot, start and stop (first and last things of the body).
"""

import random
from collections.abc import Callable

from tests.articles.rendering_texts import OTHERS

Name = Callable[[str], str]

WORDS: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "donation": {
        "en": (
            ("Before you go…", "The Marlow Courier has no owner but its readers.", "If you value what we do, please support us with a gift today.", "Give now", "Not today"),
            ("Dear reader,", "Our newsroom was declared a “foreign agent” last spring, and advertisers have left.", "We can only go on with your help.", "Become a member"),
            ("Keep independent reporting alive", "Three in four local papers around us have closed.", "From £2 a month you make sure that ours does not.", "Donate", "Maybe later"),
        ),
        "ru": (
            ("Дорогие читатели!", "Нашу редакцию признали «иностранным агентом», рекламодатели ушли.", "Мы можем работать только благодаря вам.", "Поддержать редакцию"),
            ("Прежде чем вы закроете страницу", "Независимая журналистика существует на ваши пожертвования.", "Оформите ежемесячную подписку — это займёт минуту.", "Сделать взнос"),
        ),
        "de": (
            ("Bevor Sie gehen", "Der Marlower Bote gehört niemandem außer seinen Lesern.", "Unterstützen Sie unabhängigen Journalismus mit einem kleinen Beitrag.", "Jetzt spenden", "Vielleicht später"),
            ("Liebe Leserin, lieber Leser,", "guter Lokaljournalismus kostet Geld.", "Schon mit 5 Euro im Monat helfen Sie uns weiter.", "Mitglied werden"),
        ),
        "fr": (("Avant de partir", "Notre rédaction ne vit que de ses lecteurs.", "Soutenez une presse indépendante à partir de 2 euros.", "Je fais un don"),),
        "es": (("Antes de irte", "Este periódico vive solo de sus lectores.", "Apoya el periodismo independiente desde 2 euros al mes.", "Hazte socio"),),
        "uk": (("Любі читачі!", "Наша редакція живе лише вашим коштом.", "Підтримайте незалежну журналістику донатом.", "Підтримати"),),
        "ar": (("عزيزي القارئ", "تعيش صحيفتنا على دعم قرائها وحدهم.", "ادعموا الصحافة المستقلة بتبرع صغير.", "تبرع الآن"),),
    },
    "newsletter": {
        "en": (("The Morning Tide", "Our best stories in your inbox, every weekday at seven.", "Sign up", "By signing up you agree to our privacy policy."), ("Get our free daily newsletter", "Enter your email address", "Subscribe")),
        "ru": (("Утренняя рассылка", "Главные новости дня на вашу почту каждое утро.", "Подписаться", "Нажимая на кнопку, вы соглашаетесь с политикой конфиденциальности."),),
        "de": (("Unser Newsletter am Morgen", "Die wichtigsten Nachrichten des Tages in Ihrem Postfach.", "Anmelden", "Mit der Anmeldung stimmen Sie der Datenschutzerklärung zu."),),
        "fr": (("La lettre du matin", "L'essentiel de l'actualité dans votre boîte mail.", "S'inscrire"),),
        "es": (("El boletín de la mañana", "Las noticias más importantes en tu correo.", "Suscribirse"),),
        "uk": (("Ранкова розсилка", "Головні новини дня на вашу пошту.", "Підписатися"),),
        "ar": (("النشرة الصباحية", "أهم الأخبار في بريدك الإلكتروني كل صباح.", "اشترك"),),
    },
    "more": {  # labels over one or several teasers
        "en": (("Read more",), ("Related stories",), ("You may also like",), ("More on this story",), ("See also",)),
        "ru": (("Читайте также",), ("Материалы по теме",), ("Ещё по теме",), ("Вам может быть интересно",)),
        "de": (("Lesen Sie auch",), ("Mehr zum Thema",), ("Das könnte Sie auch interessieren",)),
        "fr": (("À lire aussi",), ("Sur le même sujet",)),
        "es": (("Lee también",), ("Noticias relacionadas",)),
        "uk": (("Читайте також",), ("Матеріали за темою",)),
        "ar": (("اقرأ أيضا",), ("مواضيع ذات صلة",)),
    },
    "lists": {
        "en": (("Most read",), ("Just in",), ("Trending now",), ("Latest news",), ("Editor's picks",)),
        "ru": (("Самое читаемое",), ("Последние новости",), ("Популярное за неделю",), ("Выбор редакции",)),
        "de": (("Meistgelesen",), ("Aktuelle Nachrichten",), ("Beliebt auf unserer Seite",)),
        "fr": (("Les plus lus",), ("En continu",)),
        "es": (("Lo más leído",), ("Última hora",)),
        "uk": (("Найпопулярніше",), ("Останні новини",)),
        "ar": (("الأكثر قراءة",), ("آخر الأخبار",)),
    },
    "tags": {
        "en": (("Read more about:", "Ferries", "Marlow Bay", "Transport"), ("Tags:", "ferry", "harbour"), ("Topics", "Shipping", "Islands")),
        "ru": (("Теги:", "паром", "Заозёрск"), ("Темы:", "Транспорт", "Порты")),
        "de": (("Schlagwörter:", "Fähre", "Hafen"), ("Themen", "Verkehr", "Küste")),
        "fr": (("Mots-clés :", "bac", "port"),),
        "es": (("Etiquetas:", "puerto", "transporte"),),
        "uk": (("Теги:", "порт", "транспорт"),),
        "ar": (("وسوم:", "الميناء", "النقل"),),
    },
    "share": {
        "en": (("Share", "Share on Facebook", "Share on X", "Copy link", "Print"), ("Share this article", "Facebook", "WhatsApp", "Email", "Link copied"), ("Save", "Share", "Comment")),
        "ru": (("Поделиться", "ВКонтакте", "Telegram", "Скопировать ссылку", "Распечатать"),),
        "de": (("Teilen", "Auf Facebook teilen", "Per E-Mail senden", "Link kopieren", "Drucken"),),
        "fr": (("Partager", "Partager sur Facebook", "Copier le lien", "Imprimer"),),
        "es": (("Compartir", "Compartir en Facebook", "Copiar enlace", "Imprimir"),),
        "uk": (("Поділитися", "Facebook", "Скопіювати посилання"),),
        "ar": (("شارك", "فيسبوك", "نسخ الرابط", "طباعة"),),
    },
    "bio": {
        "en": (("About the author", "Pauline Marsh", "Pauline Marsh covers transport and the coast for the Courier. She joined the paper in 2014.", "View all posts by Pauline Marsh"),),
        "ru": (("Об авторе", "Ирина Лосева", "Ирина Лосева пишет о транспорте и портах, работает в редакции с 2014 года.", "Все материалы автора"),),
        "de": (("Über die Autorin", "Paula Marsch", "Paula Marsch schreibt für den Boten über Verkehr und Küste. Sie arbeitet seit 2014 in der Redaktion.", "Alle Artikel von Paula Marsch"),),
    },
    "comments": {
        "en": (("3 comments",), ("Leave a comment",), ("Comments (12)", "Log in to join the discussion"), ("Join the conversation",)),
        "ru": (("3 комментария",), ("Оставить комментарий",), ("Комментарии (12)", "Войдите, чтобы комментировать")),
        "de": (("3 Kommentare",), ("Kommentar schreiben",), ("Diskutieren Sie mit",)),
        "fr": (("3 commentaires",), ("Laisser un commentaire",)),
        "es": (("3 comentarios",), ("Deja un comentario",)),
        "uk": (("3 коментарі",), ("Залишити коментар",)),
        "ar": (("3 تعليقات",), ("أضف تعليقا",)),
    },
    "cookie": {
        "en": (("We value your privacy", "We and our 214 partners use cookies to store and read information on your device and to show personalised ads.", "Accept all", "Manage options", "Reject"),),
        "ru": (("Мы используем файлы cookie", "Продолжая пользоваться сайтом, вы соглашаетесь на обработку файлов cookie и пользовательских данных.", "Принять"),),
        "de": (("Wir schätzen Ihre Privatsphäre", "Wir und unsere Partner verwenden Cookies, um Informationen auf Ihrem Gerät zu speichern und Werbung zu personalisieren.", "Alle akzeptieren", "Einstellungen"),),
        "fr": (("Nous respectons votre vie privée", "Nous et nos partenaires utilisons des cookies pour mesurer l'audience et personnaliser la publicité.", "Tout accepter", "Continuer sans accepter"),),
        "es": (("Tu privacidad nos importa", "Nosotros y nuestros socios utilizamos cookies para mostrar publicidad personalizada.", "Aceptar", "Rechazar"),),
        "uk": (("Ми використовуємо файли cookie", "Продовжуючи користуватися сайтом, ви погоджуєтеся на обробку файлів cookie.", "Прийняти"),),
        "ar": (("نحن نحترم خصوصيتك", "نستخدم نحن وشركاؤنا ملفات تعريف الارتباط لعرض إعلانات مخصصة.", "قبول الكل"),),
    },
    "app": {
        "en": (("Get the Courier app", "Breaking news on your phone, free of charge.", "Download on the App Store", "Get it on Google Play"), ("Read faster in our app", "Open app")),
        "ru": (("Скачайте наше приложение", "Новости быстрее и удобнее на вашем телефоне.", "Загрузить в App Store", "Доступно в Google Play"),),
        "de": (("Laden Sie unsere App herunter", "Nachrichten schneller auf Ihrem Handy.", "Laden im App Store", "Jetzt bei Google Play"),),
        "fr": (("Téléchargez notre application", "Télécharger dans l'App Store", "Disponible sur Google Play"),),
        "es": (("Descarga nuestra aplicación", "Consíguelo en el App Store", "Disponible en Google Play"),),
    },
    "follow": {
        "en": (("Follow us on Google News",), ("Follow the Courier on Telegram and never miss a story.",), ("Follow us", "Facebook", "Instagram", "Telegram")),
        "ru": (("Подписывайтесь на наш канал в Telegram",), ("Читайте нас в Telegram и «Дзене»",), ("Мы в соцсетях", "Telegram", "ВКонтакте")),
        "de": (("Folgen Sie uns auf Google News",), ("Folgen Sie dem Boten auf WhatsApp und Telegram.",)),
        "fr": (("Suivez-nous sur Google Actualités",),),
        "es": (("Síguenos en Telegram y Google News",),),
        "uk": (("Підписуйтесь на наш канал у Telegram",),),
        "ar": (("تابعونا على تلغرام",),),
    },
    "copyright": {
        "en": (("© 2026 The Marlow Courier. All rights reserved.",), ("Copyright 2026 Courier Media Ltd. Reproduction without written permission is prohibited.",)),
        "ru": (("© 2026 «Заозёрский курьер». Все права защищены.",), ("При использовании материалов ссылка на сайт обязательна.",)),
        "de": (("© 2026 Marlower Bote. Alle Rechte vorbehalten.",),),
        "fr": (("© 2026 Le Courrier. Tous droits réservés.",),),
        "es": (("© 2026 El Correo de Marlow. Todos los derechos reservados.",),),
        "uk": (("© 2026 «Кур'єр». Усі права захищено.",),),
        "ar": (("© 2026 جميع الحقوق محفوظة",),),
    },
    "typo": {
        "en": (("Found a typo? Select it and press Ctrl+Enter.",), ("Spotted an error? Let us know.",), ("Was this article helpful?", "Yes", "No")),
        "ru": (("Нашли ошибку? Выделите её и нажмите Ctrl+Enter.",), ("Заметили опечатку? Сообщите нам.",)),
        "de": (("Fehler gefunden? Markieren Sie ihn und drücken Sie Strg+Enter.",), ("War dieser Artikel hilfreich?", "Ja", "Nein")),
        "uk": (("Знайшли помилку? Виділіть її та натисніть Ctrl+Enter.",),),
    },
    "ad": {
        "en": (("Advertisement",), ("ADVERTISEMENT - SCROLL TO CONTINUE",), ("Article continues below advertisement",)),
        "ru": (("Реклама",), ("На правах рекламы",)),
        "de": (("Anzeige",), ("Werbung",)),
        "fr": (("Publicité",),), "es": (("Publicidad",),), "uk": (("Реклама",),), "ar": (("إعلان",),),
    },
    "player": {
        "en": (("Listen to this article", "4 min", "Your browser does not support the audio element."), ("Listen to this article 4 min",), ("Video: your browser does not support HTML5 video.",)),
        "ru": (("Слушать статью", "4 мин", "Ваш браузер не поддерживает аудио."),),
        "de": (("Artikel anhören", "4 Min.", "Ihr Browser unterstützt das Audio-Element nicht."),),
        "fr": (("Écouter l'article", "4 min"),),
        "es": (("Escuchar el artículo", "4 min"),),
    },
    "meta": {
        "en": (("By Pauline Marsh", "4 March 2026, 10:15", "3 min read"), ("Pauline Marsh", "Updated 4 hours ago"), ("Published: March 4, 2026 10:15 am", "Last updated: March 4, 2026", "By Pauline Marsh and Tom Hale")),
        "ru": (("Ирина Лосева", "4 марта 2026, 10:15", "3 минуты чтения"), ("Опубликовано: 04.03.2026 10:15", "Обновлено 4 часа назад")),
        "de": (("Von Paula Marsch", "4. März 2026, 10:15 Uhr", "3 Min. Lesezeit"), ("Stand: 04.03.2026, 10:15 Uhr",)),
        "fr": (("Par Pauline Marsh", "Publié le 4 mars 2026 à 10h15", "Temps de lecture : 3 min"),),
        "es": (("Por Paulina Marsh", "4 de marzo de 2026, 10:15", "3 min de lectura"),),
        "uk": (("Ірина Лосєва", "4 березня 2026, 10:15"),),
        "ar": (("4 مارس 2026", "3 دقائق للقراءة"),),
    },
    "crumbs": {
        "en": (("Home", "News", "Transport"),), "ru": (("Главная", "Новости", "Транспорт"),), "de": (("Startseite", "Nachrichten", "Verkehr"),),
        "fr": (("Accueil", "Actualités"),), "es": (("Inicio", "Noticias"),), "uk": (("Головна", "Новини"),), "ar": (("الرئيسية", "أخبار"),),
    },
    "caption": {
        "en": (("The ferry Eleanor leaves the northern quay.", "Photo: Sam Holt / Coast Press"), ("Passengers on the upper deck on Tuesday", "Coast Press")),
        "ru": (("Речной трамвай отходит от северного причала.", "Фото: Семён Холин / Берег-пресс"),),
        "de": (("Die Fähre verlässt den nördlichen Anleger.", "Foto: Sven Holt / Küstenbild"),),
        "fr": (("Le bac quitte le quai nord.", "Photo : Samuel Holt / Côte Presse"),),
        "es": (("El transbordador deja el muelle norte.", "Foto: Samuel Holt / Costa Prensa"),),
        "uk": (("Річковий трамвай відходить від причалу.", "Фото: Семен Холін"),),
        "ar": (("العبّارة تغادر الرصيف الشمالي", "تصوير سامي"),),
    },
    "gallery": {"en": (("1 / 12", "Next"),), "ru": (("1 / 12", "Следующее фото"),), "de": (("Bild 1 von 12",),)},
}  # fmt: skip

# Where each box may stand.
PLACES: dict[str, tuple[str, ...]] = {
    "donation": ("top", "lead", "inline", "end", "after", "foot", "start", "stop"),
    "newsletter": ("inline", "end", "after", "side", "foot"),
    "related_one": ("inline", "end"),
    "related_list": ("inline", "end", "after"),
    "cards": ("end", "after"),
    "tags": ("end", "after"),
    "lists": ("side", "after", "end"),
    "plain_links": ("side",),
    "next_article": ("after",),
    "share": ("lead", "end"),
    "bio": ("end", "after"),
    "comments": ("lead", "end", "after"),
    "cookie": ("start", "stop"),
    "app": ("inline", "end", "after", "start"),
    "follow": ("inline", "end"),
    "copyright": ("end", "foot"),
    "typo": ("end", "after"),
    "ad": ("lead", "inline", "end"),
    "player": ("lead", "inline"),
    "meta": ("lead",),
    "crumbs": ("top",),
    "caption": ("lead", "inline"),
    "gallery": ("lead",),
}


def box(kind: str, language: str, name: Name, rng: random.Random, words: dict = WORDS) -> str:
    """The markup of one box, "" when it has no words in this language."""
    build = _BUILDERS.get(kind, _plain)
    table = words.get(
        {"related_one": "more", "related_list": "more", "cards": "more", "plain_links": "lists", "next_article": "more"}.get(
            kind, kind
        ),
        {},
    )
    wordings = table.get(language, ())
    return build(kind, rng.choice(wordings), language, name, rng) if wordings else ""


def _titles(language: str, rng: random.Random, count: int) -> list[str]:
    titles = list(OTHERS[language][0])
    rng.shuffle(titles)
    return titles[:count]


def _plain(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    tag = rng.choice(("div", "div", "section", "aside"))
    if len(lines) == 1 and rng.random() < 0.5:
        return rng.choice(
            (
                f"<p{name(kind)}>{lines[0]}</p>",
                f"<p><em>{lines[0]}</em></p>",
                f'<p{name(kind)}><a href="/{kind}">{lines[0]}</a></p>',
            )
        )
    inner = "".join(f"<p>{line}</p>" for line in lines)
    return f"<{tag}{name(kind)}><div>{inner}</div></{tag}>"


def _asking(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    """Title, sentences, buttons; a newsletter with its form or without."""
    title, *rest = lines
    texts, buttons = [line for line in rest if len(line) > 24], [line for line in rest if len(line) <= 24]
    head = rng.choice(
        (f"<h3>{title}</h3>", f"<p><strong>{title}</strong></p>", f"<div{name(kind + '-title')}>{title}</div>", f"<p>{title}</p>")
    )
    body = "".join(rng.choice(("<p>{}</p>", "<div>{}</div>")).format(text) for text in texts)
    ends = "".join(
        rng.choice(
            (f'<a href="/{kind}"{name("btn")}>{{}}</a>', "<button>{}</button>", f'<p><a href="/{kind}">{{}}</a></p>')
        ).format(b)
        for b in buttons
    )
    if kind == "newsletter" and rng.random() < 0.5:
        ends = f'<form><input type="email" placeholder="E-mail">{ends}</form>'
    return rng.choice(
        (
            f"<div{name(kind)}><div>{head}{body}{ends}</div></div>",
            f"<section{name(kind)}>{head}{body}<div>{ends}</div></section>",
            f"<aside{name(kind)}>{head}{body}{ends}</aside>",
        )
    )


def _related_one(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    label, title = lines[0], _titles(language, rng, 1)[0]
    return rng.choice((
        f'<p>{label}: <a href="/other/1">{title}</a></p>',
        f'<p><strong>{label}:</strong> <a href="/other/1">{title}</a></p>',
        f'<p><a href="/other/1"><b>{label}: {title}</b></a></p>',
        f'<div{name("related")}><span>{label}</span><a href="/other/1">{title}</a></div>',
        f'<aside{name("related")}><h4>{label}</h4><a href="/other/1"><img src="/a.jpg" alt=""><p>{title}</p></a></aside>',
        f'<blockquote{name("related")}><p>{label}</p><p><a href="/other/1">{title}</a></p></blockquote>',
    ))  # fmt: skip


def _list(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    titles = _titles(language, rng, rng.choice((3, 4)))
    items = "".join(f'<li><a href="/other/{n}">{title}</a></li>' for n, title in enumerate(titles))
    divs = "".join(
        f'<div{name("item")}><span>{n}</span><a href="/other/{n}"><h4>{title}</h4></a></div>' for n, title in enumerate(titles, 1)
    )
    paragraphs = "".join(f'<p><a href="/other/{n}">{title}</a></p>' for n, title in enumerate(titles))
    head = rng.choice(
        (
            f"<h3>{lines[0]}</h3>",
            f"<p><strong>{lines[0]}</strong></p>",
            f"<div>{lines[0]}</div>",
            f"<h2><span>{lines[0]}</span></h2>",
        )
    )
    return f"<div{name(kind)}>{head}{rng.choice((f'<ul>{items}</ul>', divs, paragraphs))}</div>"


def _plain_links(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    links = "".join(f'<a href="/other/{n}">{title}</a><br>' for n, title in enumerate(_titles(language, rng, 4)))
    return f"<div{name('column')}>{links}</div>"


def _cards(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    """Headline, excerpt, date and reading time of several other articles."""
    excerpts = OTHERS[language][1]
    cards = "".join(
        f'<div{name("card")}><a href="/other/{n}"><img src="/c.jpg" alt=""><h3>{title}</h3></a><p>{excerpts[n % 2]}</p><div><span>03.03.2026</span> <span>{n + 2} min</span></div></div>'
        for n, title in enumerate(_titles(language, rng, 3))
    )
    return f"<section{name('cards')}><h2>{lines[0]}</h2><div>{cards}</div></section>"


def _next_article(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    """Infinite scroll: a whole other article behind this one."""
    paragraphs = "".join(f"<p>{text}</p>" for text in OTHERS[language][1])
    title = OTHERS[language][0][0]
    return rng.choice((
        f'<article{name("post")}><header><h1>{title}</h1></header><div>{paragraphs}</div></article>',
        f'<article{name("post")}><h2><a href="/other/0">{title}</a></h2>{paragraphs}</article>',
        f'<div{name("next-article")}><h1>{title}</h1><div>{paragraphs}</div></div>',
        f'<section{name("next-article")}><h2>{title}</h2>{paragraphs}</section>',
    ))  # fmt: skip


def _tags(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    label, *tags = lines
    links = [f'<a href="/tag/{n}">{tag}</a>' for n, tag in enumerate(tags)]
    return rng.choice((
        f"<p{name('tags')}>{label} {', '.join(links)}</p>",
        f"<div{name('tags')}><span>{label}</span> {' '.join(links)}</div>",
        f"<div{name('tags')}><h4>{label}</h4><ul>{''.join(f'<li>{link}</li>' for link in links)}</ul></div>",
    ))  # fmt: skip


def _share(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    label, *ways = lines
    items = "".join(rng.choice(('<li><a href="#s">{}</a></li>', "<li><button>{}</button></li>")).format(way) for way in ways)
    flat = "".join(f'<a href="https://social.example/{n}"><span>{way}</span></a> ' for n, way in enumerate(ways))
    return rng.choice(
        (
            f"<div{name('share')}><span>{label}</span><ul>{items}</ul></div>",
            f"<div{name('share')}><p>{label}</p>{flat}</div>",
            f"<ul{name('share')}>{items}</ul>",
        )
    )


def _bio(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    label, person, text, link = lines
    return rng.choice((
        f'<div{name("author-bio")}><h4>{label}</h4><img src="/p.jpg" alt=""><h5>{person}</h5><p>{text}</p><a href="/author/p">{link}</a></div>',
        f'<section{name("author-box")}><div><a href="/author/p" rel="author">{person}</a></div><p>{text}</p><p><a href="/author/p">{link}</a></p></section>',
        f'<footer{name("author")}><p>{label}</p><p><a href="/author/p">{person}</a></p><p>{text}</p></footer>',
    ))  # fmt: skip


def _caption(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    text, credit = lines
    image = '<img src="/ferry.jpg" alt="" width="800">'
    return rng.choice((
        f"<figure{name('image')}>{image}<figcaption>{text} <span{name('credit')}>{credit}</span></figcaption></figure>",
        f"<figure>{image}<figcaption><p>{text}</p><cite>{credit}</cite></figcaption></figure>",
        f'<div class="wp-caption alignnone">{image}<p class="wp-caption-text">{text} {credit}</p></div>',
        f'<div class="article-image">{image}<div class="caption">{text}</div><span class="credit">{credit}</span></div>',
        f'<div class="photo"><a href="/big.jpg">{image}</a><p class="photo-caption">{text}</p><p class="photo-credit">{credit}</p></div>',
        f"<figure><picture>{image}</picture><div><p>{text}</p><small>{credit}</small></div></figure>",
        f'<div class="media__figure">{image}<div class="media__description">{text}</div><div class="media__author">{credit}</div></div>',
    ))  # fmt: skip


def _player(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    first, *rest = lines
    return f"<div{name('audio-player')}><span>{first}</span><span>{rest[0] if rest else ''}</span><audio controls>{rest[-1] if rest else first}</audio></div>"


def _meta(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    return rng.choice((
        f"<div{name('meta')}>{''.join(f'<span>{line}</span> ' for line in lines)}</div>",
        f"<div{name('byline')}>{''.join(f'<div>{line}</div>' for line in lines)}</div>",
        "".join(f"<p{name('byline')}>{line}</p>" for line in lines),
        f'<p{name("byline")}><a href="/author/p">{lines[0]}</a></p><time datetime="2026-03-04T10:15:00+00:00">{" · ".join(lines[1:])}</time>',
    ))  # fmt: skip


def _crumbs(kind: str, lines: tuple[str, ...], language: str, name: Name, rng: random.Random) -> str:
    links = [f'<a href="/{n}">{line}</a>' for n, line in enumerate(lines)]
    return rng.choice(
        (
            f"<div{name('breadcrumbs')}>{' » '.join(links)}</div>",
            f"<ol{name('breadcrumb')}>{''.join(f'<li>{link}</li>' for link in links)}</ol>",
            f"<nav{name('breadcrumbs')}>{' / '.join(links)}</nav>",
        )
    )


_BUILDERS = {
    "donation": _asking, "newsletter": _asking, "app": _asking, "cookie": _asking, "related_one": _related_one, "related_list": _list,
    "lists": _list, "plain_links": _plain_links, "cards": _cards, "next_article": _next_article, "tags": _tags, "share": _share, "bio": _bio,
    "caption": _caption, "player": _player, "meta": _meta, "crumbs": _crumbs,
}  # fmt: skip
