"""What is said to the reader instead of told: appeals to give, subscribe or follow, and labels over lists of other articles.

By meaning, not by an outlet's wording: an appeal is short, speaks to "you" or begins with an imperative, and names giving,
subscribing or following. Fifteen languages have their own lines; nothing here names an outlet.
"""

import re
from functools import lru_cache

# An appeal is a line on a banner, not a paragraph about fund raising: longest real one seen has 52 words.
MOST_WORDS = 60
MOST_CHARS = 420

_PATTERNS = (
    # English: spoken to the reader
    r"\bneeds?\s+your\s+(?:help|support|donations?|contributions?)\b",
    r"\b(?:with|without|through)\s+your\s+(?:help|support|donations?|contributions?|subscriptions?)\b",
    r"\byour\s+(?:support|donations?|contributions?|subscriptions?|gifts?|memberships?)\s+(?:\w+\s+)?(?:help|keep|mak|allow|enabl|ensur|matter|mean|will|can|is\s+what)",
    r"\bconsider\s+(?:\w+\s+)?(?:donating|subscribing|supporting|contributing|becoming\s+a|making\s+a|a\s+(?:donation|contribution|subscription))\b",
    r"\bfavou?r\s+to\s+ask\b",
    r"\bmake\s+a\s+(?:\S+\s+){0,3}?(?:donation|contribution)\b(?!\s+to\s+the\s+(?:campaign|fund|party))",
    r"\bsupport(?:ing)?\s+(?:us\b|our\s+(?:\w+\s+){0,2}?(?:work|journalis\w+|report\w+|newsroom|mission|media|team|project))",
    r"\b(?:time|moment|please|help|help\s+us|you\s+can)\s+(?:to\s+)?support\s+(?:\w+\s+){0,2}?(?:journalis\w+|reporting|media|news)\b",
    r"\bsubscribe\s+(?:now|today|here)\b|\bsubscribe\s+(?:to|for)\s+(?:our|my)\b",
    r"\b(?:straight|delivered|directly|right)\s+(?:\w+\s+)?(?:in)?to\s+your\s+(?:e-?mail\s+)?inbox\b",
    r"\bfollow\s+(?:us|@\w+)(?:\s+\w+){0,2}\s+on\b|\blike\s+us\s+on\s+facebook\b",
    r"\b(?:join|subscribe\s+to)\s+our\s+(?:\w+\s+){0,2}?(?:telegram|whatsapp|channel|community|mailing)\b",
    r"\bdownload\s+(?:our|the)\s+(?:\w+\s+){0,3}?app\b(?!\w)(?=.{0,60}$)",
    r"\b(?:donate|contribute)\s+(?:today|now|here)\b",
    # German
    r"\b(?:unterstützen|unterstütze)\s+(?:sie\s+)?(?:uns|unsere[nr]?)\b|\bspenden\s+sie\b|\bjetzt\s+(?:spenden|abonnieren|unterstützen|anmelden|abo\s+abschließen)\b",
    r"\bnewsletter\s+(?:\w+\s+)?(?:abonnieren|anmelden|bestellen)\b|\b(?:abonnieren|abonniere)\s+(?:sie\s+)?(?:unseren|den|hier|jetzt)\b|\bmelden\s+sie\s+sich\s+(?:\w+\s+){0,4}newsletter",
    # Russian, Ukrainian
    r"\bподдерж(?:ите|и|ать)\s+(?:\w+\s+)?(?:нас|наш\w*|редакци\w*|независим\w*|проект\w*)|\bнужна\s+ваша\s+(?:помощь|поддержка)|\b(?:сделайте|сделать|оформите|оформить)\s+(?:\w+\s+)?(?:пожертвовани\w+|донат|подписк\w+)",
    r"\bподпи(?:шитесь|сывайтесь|шись)\b(?=.{0,120}(?:канал|рассылк|наш|телеграм|telegram|нас|новост))|\bпомогите\s+нам\b|\bпідтрим(?:айте|ай|ати)\s+(?:нас|наш\w*|редакці\w*|незалежн\w*)|\bпідпи(?:шіться|суйтесь|суйтеся)\b",
    # French, Spanish, Italian, Portuguese
    r"\babonnez-vous\b|\bsoutenez(?:-nous|\s+(?:notre|nos|le\s+journalisme|une\s+presse))|\bfaites\s+un\s+don\b|\binscrivez-vous\s+(?:à|a)\s+(?:notre|la|nos)\b",
    r"\bsuscríb(?:ete|ase|anse)\b|\bapoy[ae]\s+(?:nuestro|el\s+periodismo|a\s+nuestr)|\b(?:haz|haga)\s+(?:una\s+donación|tu\s+donación)|\bdona\s+(?:ahora|hoy)\b|\bhazte\s+soci[oa]\b",
    r"\babb[oò]nati\b|\bsostieni(?:ci|\s+(?:il\s+nostro|l'informazione|il\s+giornalismo))|\biscriviti\s+(?:alla|al|ora|qui)\b|\bdona\s+ora\b",
    r"\bassine\s+(?:já|agora|a\s+nossa|o\s+nosso|nossa)\b|\bapoie\s+(?:o\s+jornalismo|nosso|o\s+nosso)|\binscreva-se\s+(?:na|no|em)\b|\b(?:faça\s+uma\s+doação|doe\s+agora)\b",
    # Dutch, Polish, Turkish, Scandinavian
    r"\babonneer\s+(?:je|u|nu)\b|\bsteun\s+(?:ons|onze)\b|\bdoneer\s+(?:nu|hier)\b|\bschrijf\s+je\s+in\s+voor\b.{0,40}nieuwsbrief",
    r"\bwesprzyj\s+(?:nas|nasz\w*)|\bzapisz\s+się\s+(?:do|na)\b.{0,40}newsletter|\bzasubskrybuj\b|\babone\s+ol(?:un|maya)?\b|\bbize\s+destek\s+ol",
    r"\b(?:støtt|støt|stöd|stötta)\s+(?:oss|os|vår\w*|vores)\b|\b(?:meld\s+deg\s+på|tilmeld\s+dig|anmäl\s+dig\s+till)\b.{0,40}(?:nyhetsbrev|nyhedsbrev)",
    # Arabic, Hebrew, Indonesian, Japanese, Korean, Chinese
    r"(?:اشترك|اشتركوا|تبرع|تبرعوا|ادعم|ادعموا)\s+(?:في|الآن|لنا|نا|صحافتنا|معنا)|הירשמו\s+ל|תרמו\s+עכשיו|\bberlangganan\s+(?:sekarang|newsletter)\b|\bikuti\s+kami\s+di\b|\bdapatkan\s+update\s+berita",
    r"メールマガジン.{0,12}(?:登録|購読)|ご(?:支援|寄付)をお願い|구독(?:하기|신청)|후원(?:하기|해\s*주)|(?:订阅|訂閱)我们?|支持我们的",
    # Banners in other words: before you leave, what it costs, whom it reaches
    r"^before\s+you\s+(?:go|leave|close)\b.{0,40}$|^(?:dear|hello|hi),?\s+(?:\w+\s+)?readers?\W*$|^(?:give|donate|contribute|chip\s+in)\s+(?:now|today|monthly|once|here|what\s+you\s+can)\W*$|^(?:maybe\s+later|not\s+(?:today|now)|no,?\s+thanks|remind\s+me\s+.{1,20}|i['’]ll\s+(?:give|donate).{0,20})\W*$",
    r"\bin\s+your\s+(?:e-?mail|inbox|mailbox)\b|^(?:enter\s+)?your\s+e-?mail(?:\s+address)?\W*$|\bunsubscribe\s+(?:at\s+)?any\s?time\b|^(?:join\s+)?(?:from|for)\s+(?:just\s+|only\s+|as\s+little\s+as\s+)?[£$€]\s?\d+(?:[.,]\d+)?\s+(?:a|per)\s+(?:month|week|year)\b.{0,80}|\bfor\s+(?:just|only|less\s+than|as\s+little\s+as)\s+[£$€]\s?\d+.{0,60}\byou\b|\byou\s+can\s+(?:help|support)\b.{0,60}\b(?:us|our|journalis\w+|report\w+|news\w*)\b",
    r"^(?:keep|help\s+keep|protect|defend|fund|power|stand\s+(?:up\s+)?(?:for|with))\s+(?:the\s+|our\s+)?(?:\w+\s+)?(?:independent|free|local|honest|fearless|quality|public)\s+(?:\w+\s+)?(?:journalis\w+|reporting|press|media|news)\b.{0,60}$|\breaders?\s+like\s+you\b|\bif\s+you\s+(?:value|like|appreciate|enjoy|believe\s+in|trust|rely\s+on)\b.{0,80}\b(?:us|our|we|support|donat\w+|journalis\w+)\b",
    r"^bevor\s+(?:sie|du)\s+(?:gehen|gehst|weiter\w*|die\s+seite).{0,40}$|^liebe[r]?\s+(?:leser\w*|nutzer\w*|freund\w*)\b.{0,40}$|\b(?:helfen|hilf)\s+(?:sie\s+)?(?:uns|mit)\b.{0,60}$|\bmit\s+ihrer\s+(?:spende|hilfe|unterstützung)\b|\bihre\s+(?:spende|unterstützung)\s+(?:hilft|ermöglicht|sichert|macht|zählt)|^(?:mitglied|förder\w+|unterstützer\w*)\s+werden\W*$|^(?:vielleicht\s+später|nicht\s+jetzt|nein,?\s+danke|später\s+erinnern)\W*$|\bunterstützen\s+(?:sie\s+)?(?:\w+\s+){0,2}?(?:journalismus|medien|berichterstattung)\b|\bin\s+(?:ihrem|dein(?:em)?|ihr)\s+(?:e-?mail-?)?(?:postfach|posteingang)\b|\bins\s+(?:e-?mail-?)?postfach\b|^(?:ihre\s+)?e-?mail-?adresse\W*$|\bunser(?:en)?\s+(?:\w+\s+){0,3}?newsletter\b|\bmöglich\s+durch\s+(?:sie|ihre)\b",
    r"^(?:прежде\s+чем|перед\s+тем\s+как)\s+(?:вы\s+)?(?:уйд\w+|закро\w+|уйти|закрыть).{0,40}$|^(?:дорог\w+|уважаем\w+)\s+(?:наш\w*\s+)?(?:читател\w+|друзья|подписчик\w+)\b.{0,40}$|\b(?:только\s+)?благодаря\s+(?:вам|вашей|вашим|читателям)\b.{0,60}$|\b(?:на|за)\s+ваш[иу]?\s+(?:пожертвовани\w+|донат\w*|деньги)\b|\bваш[аеи]?\s+(?:поддержк\w+|пожертвовани\w+|донат\w*|помощь)\s+(?:помо\w+|позвол\w+|да[её]т|важн\w+|нужн\w+)|\bоформите\b.{0,40}\b(?:подписк\w+|пожертвован\w+|донат)|^(?:сделать|внести)\s+(?:взнос|вклад|пожертвование)\W*$|^(?:стать|станьте)\s+(?:соучастник\w+|подписчик\w+|партн[её]р\w+|друг\w+)\b.{0,40}$|\bна\s+ваш[уе]?\s+(?:электронн\w+\s+)?(?:почту|почте|e-?mail|ящик)\b|^ваш\s+(?:e-?mail|электронн\w+\s+(?:почта|адрес))\W*$|^электронный\s+адрес$|^(?:позже|не\s+сейчас|напомнить\s+позже)\W*$|\bподдерж(?:ите|и)\b.{0,40}\b(?:журналистик\w+|сми|медиа|издани\w+|редакци\w+)\b|^(?:\w+\s+){0,2}рассылка\W*$",
    r"\bна\s+ваш[уі]\s+(?:електронн\w+\s+)?(?:пошту|скриньк\w+)\b|\b(?:вашим|ваші)\s+(?:коштом|донат\w*|внеск\w+)\b|^(?:люб[іи]|дорогі|шановні)\s+(?:читач\w+|друзі).{0,30}$|^(?:\w+\s+){0,2}розсилка\W*$|^(?:перш\s+ніж|перед\s+тим\s+як)\s.{1,40}$|^стати\s+(?:учасни\w+|друг\w+|патрон\w+).{0,20}$",
    r"^avant\s+de\s+(?:partir|nous\s+quitter|fermer).{0,40}$|^ch(?:er|ère)s?\s+(?:lecteur\w*|lectrice\w*|ami\w*).{0,40}$|\bdans\s+votre\s+(?:boîte|messagerie|e-?mail)\b|^(?:votre\s+(?:adresse\s+)?|adresse\s+)e-?mail\W*$|\bgrâce\s+à\s+(?:vous|votre\s+(?:soutien|don))\b|\bvotre\s+(?:soutien|don)\s+(?:nous|permet|est|garantit)\b|^(?:je\s+(?:fais|soutiens|donne|m['’]inscris)|faire)\b.{0,30}$|^(?:plus\s+tard|non\s+merci)\W*$|^(?:devenir|devenez)\s+(?:membre|adhérent|mécène).{0,20}$|^s['’]inscrire\W*$",
    r"^antes\s+de\s+(?:irte|que\s+te\s+vayas|cerrar|salir).{0,40}$|^(?:querid[oa]s?|estimad[oa]s?)\s+(?:lector\w*|amig\w*).{0,40}$|\ben\s+(?:tu|su)\s+(?:correo|buzón|bandeja|e-?mail)\b|^(?:tu|su)\s+(?:correo|e-?mail)\b.{0,20}$|\b(?:gracias\s+a|con|sin)\s+(?:tu|su)\s+(?:apoyo|ayuda|donación|aportación)\b|\b(?:tu|su)\s+(?:apoyo|donación|aportación)\s+(?:nos|permite|es|hace)\b|^hazte\s+(?:soci[oa]|miembro|suscriptor\w*).{0,20}$|^(?:ahora\s+no|más\s+tarde|no,?\s+gracias)\W*$|\bprima\s+di\s+andare\b|\bnella\s+tua\s+(?:casella|mail|posta)\b|\bno\s+seu\s+e-?mail\b|\bantes\s+de\s+ir\b.{0,20}$",
    r"^عزيز(?:ي|تي)?\s+(?:القارئ|القارئة|القراء).{0,20}$|(?:في|إلى|الى)\s+بريدك\s|(?:على|إلى)\s+بريدكم|ادعموا?\s+(?:الصحافة|صحافة|إعلام)|(?:بدعمكم|بدعمك|تبرعكم|تبرعك)|^النشرة\s+\S+$|^(?:ليس\s+الآن|لاحقا)$",
    # What an outlet says of itself when it asks: how it is paid for, who stands behind it
    r"\bchip\s+in\b|\bwe\s+(?:do\s+not|don['’]t|have\s+no|are\s+not)\b.{0,60}\b(?:paywall|shareholders?|billionaire|advertisers?)\b|\bour\s+(?:journalism|reporting|work|site|newsroom)\b.{0,60}\bfree\s+(?:for|to)\s+(?:everyone|all|read)\b|\bjoin\s+(?:the\s+)?\d[\d.,]*\s+(?:\w+\s+)?(?:supporters?|members?|subscribers?|readers?)\b|\ba\s+(?:message|note|word)\s+from\s+(?:our|the)\s+(?:editor\w*|newsroom|team)\b.{0,20}$|^(?:yes|no),?\s+i['’](?:ll|d)\b.{0,30}$|\bthanks\s+to\s+(?:you\b|our\s+(?:readers|members|supporters|donors)|(?:people|readers)\s+(?:like\s+you|who\s+(?:read|support|pay)))|^you(?:['’]ve|\s+have)\s+(?:read|reached|used)\s+.{0,20}\barticles?\b.{0,60}$",
    r"\bmachen\s+sie\s+mit(?:\s+und\b|[.!]|$)|\bwerden\s+sie\s+(?:mitglied|unterstützer\w*|förder\w*|abonnent\w*)\b|\b(?:guter|unabhängiger|freier|unser)\s+(?:lokal)?journalismus\s+(?:braucht|kostet|lebt|ist)\b.{0,60}$|\bunsere?\s+(?:recherchen|texte|artikel|inhalte|zeitung|redaktion)\b.{0,80}\b(?:frei|kostenlos|freiwillig|leser\w*|spenden)\b",
    r"\b(?:necesitamos|queremos|pedimos)\s+(?:tu|su|vuestr[oa])\s+(?:apoyo|ayuda|colaboración)\b|\b(?:hacemos|nuestro)\s+(?:\w+\s+)?(?:periodismo|periódico|medio|diario)\b.{0,100}\b(?:lector\w*|ayud\w+|socios|apoy\w+|muros?)\b|^(?:quiero\s+(?:colaborar|ayudar|suscribirme)|colabora|apúntate|únete)\b.{0,30}$|\bnotre\s+(?:journal|rédaction|média)\b.{0,100}\b(?:lecteurs|dons|abonnés)\b|\bvous\s+(?:appréciez|aimez|lisez)\s+(?:notre|nos|ce)\b.{0,60}\?|\bnous\s+avons\s+besoin\s+de\s+(?:vous|votre)\b",
    r"\b(?:нам|редакции)\s+(?:нужна|необходима|важна)\s+ваша\s+(?:помощь|поддержка)\b|\bнас\s+(?:читают\s+и\s+)?поддерживают\s+(?:\w+\s+)?(?:читател\w+|люд\w+|подписчик\w+|донор\w+)\b|\b(?:станьте|стать)\s+(?:\w+\s+){0,2}(?:донор\w*|подписчик\w*|друг\w*)\b|\bспасибо,?\s+что\s+(?:читаете|вы\s+с\s+нами|остаётесь)\b.{0,40}$|\b(?:заблокировал\w*|закрыл\w*)\s+наш\b|\bнам\s+потрібна\s+ваша\s+(?:допомога|підтримка)\b|\bнас\s+підтримують\s+(?:\w+\s+)?(?:читач\w+|люд\w+|донор\w+)\b|^(?:підтримати|допомогти)(?:\s+(?:нас|проєкт|редакцію))?\W*$|^(?:помочь|поддержать)(?:\s+(?:нам|нас|проект\w*))?\W*$",
    r"(?:نحتاج|بحاجة)\s+إلى\s+(?:دعمكم|دعمك|مساعدتكم)|(?:نعتمد|تعتمد)\s.{0,30}(?:قرائنا|القراء|تبرعات|مساهمات)|^(?:ساهم|ساهموا|ادعمنا|تبرع)(?:\s+\S+){0,2}$|\b(?:abbiamo|ho)\s+bisogno\s+(?:di\s+te|del\s+tuo\s+(?:aiuto|sostegno|supporto))\b|\bprecisamos\s+(?:de\s+você|do\s+seu\s+apoio|da\s+sua\s+ajuda)\b|\b(?:wir|uns)\b.{0,60}\b(?:brauchen|braucht)\s+(?:sie|ihre\s+(?:hilfe|unterstützung))\b",
    r"\b(?:recevez|recibe|ricevi|receba|erhalten\s+sie|присылаем|отправляем|надсилаємо)\b.{0,60}\b(?:actu\w*|essentiel|mail|important\w*|mañana|mattina|noticias|nachrichten|важн\w+|главн\w+|найважливіш\w+|новост\w+|тижн\w+)\b|^(?:newsletter|boletín|infolettre|rundbrief)\W*$|\bbleiben\s+sie\b.{0,40}\bauf\s+dem\s+laufenden\b|^(?:stay\s+(?:informed|up\s+to\s+date|in\s+the\s+loop)|nichts\s+(?:mehr\s+)?verpassen|don['’]t\s+miss\s+(?:a\s+thing|out))\b.{0,60}$|\babmeldung\s+(?:ist\s+)?jederzeit\b",
)  # fmt: skip
# These are news in the third person; an appeal begins a sentence with them.
_BEGINNING = {
    "sig": r"(?:^|[.!?:,–—]\s+|\bplease\s+|\b(?:you|or|and|to)\s+)sign\s+up\s+(?:\w+\s+){0,2}?(?:for|to)\s+(?:\S+\s+){0,5}?(?:newsletters?|alerts?|briefings?|emails?|e-mails?)\b",
    "sub": r"(?:^|[.!?:,–—]\s+|\bplease\s+|\byou\s+can\s+)subscribe\s+(?:to|for)\s+(?:the|this|full|unlimited|free|a|more)\b",
}  # fmt: skip
_CYRILLIC, _OTHER_SCRIPT = (
    re.compile("[а-яіїєґ]", re.IGNORECASE),
    re.compile("[\u0590-\u06ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"),
)
_WORD = re.compile(r"\w+")
_FIRST_WORDS = re.compile(r"\\b(?:\(\?:(?P<several>[^()]*)|(?P<one>[^\W\d_]+))")
# So many letters of a word lead to the patterns that begin with it.
_KEY = 3


def alternatives(pattern: str) -> list[str]:
    """The branches of a pattern, split at the bars that stand in no group and in no character class."""
    parts, depth, start, place, inside = [], 0, 0, 0, False
    while place < len(pattern):
        sign = pattern[place]
        if sign == "\\":
            place += 1
        elif inside:
            inside = sign != "]"
        elif sign == "[":
            inside = True
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and not depth:
            parts.append(pattern[start:place])
            start = place + 1
        place += 1
    return [*parts, pattern[start:]]


def _keys(branch: str) -> set[str]:
    found = _FIRST_WORDS.match(branch)
    assert found, f"a pattern of appeals has to begin with its word: {branch}"
    words = (found["several"] or found["one"]).split("|")
    return {re.match(r"[^\W\d_]+", word)[0][:_KEY].casefold() for word in words}  # type: ignore[index]


def _indexed(branches: list[str]) -> dict[str, re.Pattern[str]]:
    """Patterns by the first letters of the words they begin with: a line is searched only for what its words can begin."""
    groups: dict[str, list[str]] = {}
    for branch in branches:
        for name in _keys(branch):
            groups.setdefault(name, []).append(branch)
    for name, branch in _BEGINNING.items():
        groups.setdefault(name, []).append(branch)
    return {name: re.compile("|".join(some), re.IGNORECASE) for name, some in groups.items()}


_BRANCHES = [branch for pattern in _PATTERNS for branch in alternatives(pattern)]
_WHOLE = re.compile("|".join(branch for branch in _BRANCHES if branch.startswith("^")), re.IGNORECASE)
_LOOSE = [branch for branch in _BRANCHES if not branch.startswith("^")]
_SLAVIC = re.compile("|".join(branch for branch in _LOOSE if _CYRILLIC.search(branch)), re.IGNORECASE)
_FURTHER = re.compile("|".join(branch for branch in _LOOSE if _OTHER_SCRIPT.search(branch)))
_LATIN = _indexed([branch for branch in _LOOSE if not _CYRILLIC.search(branch) and not _OTHER_SCRIPT.search(branch)])


def _appeals(text: str) -> bool:
    if _WHOLE.match(text):
        return True
    if (_CYRILLIC.search(text) and _SLAVIC.search(text)) or (_OTHER_SCRIPT.search(text) and _FURTHER.search(text)):
        return True
    starts = {word[:_KEY] for word in _WORD.findall(text.casefold())}
    return any(_LATIN[start].search(text) for start in starts & _LATIN.keys())


# Buttons and banner titles: the imperative stands first and nearly alone.
_BUTTON = re.compile(
    r"(?:please\s+)?(?:donate|contribute|subscribe|sign\s+up|support\s+(?:us|our|the|independent|quality|\w+!?$)|become\s+a\s+(?:member|subscriber|patron|supporter)"
    r"|join\s+us|get\s+the\s+newsletter|newsletter\s+sign\s*-?up|remind\s+me\s+(?:later|next\s+month)|not\s+ready\s+to\s+support|spenden|jetzt\s+abonnieren|abonnieren"
    r"|поддержать|поддержите|подписаться|пожертвовать|підтримати|підписатися|s['’]abonner|je\s+m['’]abonne|faire\s+un\s+don|suscribirse|donar|abbonati|sostieni|assinar"
    r"|abonneren|doneren|wesprzyj|abone\s+ol|اشترك|تبرع|ادعم)\b",
    re.IGNORECASE,
)
_BUTTON_WORDS = 7
_LABEL_CHARS = 90
_SPEECH = re.compile(
    r"^[\"“«„‘‚]|\b(?:said|says|told|added|wrote|sagte|сказал\w*|заявил\w*|dijo|a\s+déclaré|ha\s+detto)\b", re.IGNORECASE
)
# Lines around an appeal speak in the first or second person, or of the plight of the press.
_ABOUT_US = re.compile(
    r"\b(?:we|our|us|you|your|wir|uns|unser\w*|ihre?n?|мы|нас|нам|наш(?:а|е|и|его|ей|их|им|ими|у|ем|ему)?|вас|вам|ваш(?:а|е|и|его|ей|их|им|у)?|ми|наш[аеі]|ваш[аеі]"
    r"|nous|notre|nos|vous|votre|vos|nuestr[oa]s?|tu|noi|nostr[oaie]|nosso|nossa)\b|(?:صحيفتنا|قراءنا|دعمكم|معنا)",
    re.IGNORECASE,
)
_PLIGHT = re.compile(
    r"\b(?:(?:independent|free|quality|local)\s+(?:media|press|news|report\w*|journalis\w+|outlets?|newsrooms?)|(?:media|press|journalism)\b.{0,30}\bunder\s+(?:attack|threat|pressure)|press\s+freedom"
    r"|foreign\s+agents?|unabhängig\w*\s+(?:medien|journalis\w+)|lokaljournalismus|pressefreiheit|независим\w+\s+(?:сми|медиа|журналист\w+|издани\w+)|иностранн\w+\s+агент\w*|незалежн\w+\s+(?:медіа|журналіст\w+|змі)"
    r"|presse\s+(?:libre|indépendante)|periodismo\s+independiente|giornalismo\s+indipendente)\b",
    re.IGNORECASE,
)

_LABELS = (
    (r"read\s+(?:more|also|next|on|the\s+full\s+(?:story|article)|full\s+(?:story|article))|also\s+(?:read|on\s+.{1,30}|in\s+.{1,20})|see\s+also|more\s+(?:on\s+this(?:\s+(?:story|topic|subject))?|like\s+this|about\s+this|to\s+(?:read|explore)|from\s+[^:|–]{1,30}|stories|news|coverage)"
    r"|related(?:\s+(?:articles?|stories|story|news|content|topics?|coverage|posts?|reading|links?))?|more\s+(?:about|from|in)\s+[^:|–]{1,30}|recommended\s+reading|the\s+latest|breaking\s+news|most\s+(?:read|popular|viewed|shared)|just\s+in|latest(?:\s+(?:news|stories|headlines))?"
    r"|recommended(?:\s+(?:for\s+you|stories|articles|reading))?|you\s+(?:may|might)\s+(?:also\s+)?(?:like|be\s+interested\s+in)(?:\s+.{1,20})?|don['’]?t\s+miss|trending(?:\s+now)?|editor['’]?s['’]?\s+picks?"
    r"|up\s+next|next\s+article|what\s+to\s+read\s+next|popular(?:\s+(?:now|stories|articles))?|advertisement|sponsored(?:\s+content)?|story\s+continues\s+below(?:\s+advertisement)?"
    r"|article\s+continues\s+(?:below|after).{0,30}|continue\s+reading|top\s+stories|keep\s+reading|watch\s+(?:more|also)|listen\s+to\s+(?:this\s+)?(?:article|story)|share\s+this(?:\s+(?:article|story))?"),
    r"lesen\s+sie\s+(?:auch|mehr|dazu|hier\s+mehr)|mehr\s+zum\s+thema|auch\s+interessant|das\s+könnte\s+(?:sie|dich|ihnen|dir)\s+(?:auch\s+)?(?:interessieren|gefallen)|passend\s+dazu|weitere\s+(?:artikel|themen|nachrichten|meldungen|beiträge)|(?:die\s+)?(?:neueste|aktuelle)n?\s+(?:nachrichten|meldungen|artikel|beiträge)|beliebt\w*(?:\s+.{1,30})?|empfehlungen(?:\s+.{1,30})?|nächster\s+artikel|top-?\s?themen|mehr\s+(?:lesen|aus|zu[rm]?|über)\b.{0,30}|ähnliche\s+(?:artikel|beiträge|themen)|meistgelesen|meistgelesene\s+artikel|weiterlesen|anzeige|zum\s+thema|mehr\s+dazu",
    r"читайте\s+(?:также|ещё|еще|далее|по\s+теме|на\s+эту\s+тему)|(?:ещё|еще|также|больше)\s+по\s+(?:этой\s+)?теме|по\s+теме|(?:вам\s+)?(?:может|могут)\s+быть\s+интересно|вас\s+(?:может|могут)\s+заинтересовать|(?:рекомендуем|советуем)(?:\s+(?:прочитать|почитать|вам))?|(?:выбор|рекомендации)\s+редакции|(?:последние|главные|свежие|другие)\s+(?:новости|материалы|публикации)|(?:самые\s+)?популярн\w+(?:\s+.{1,30})?|лента\s+новостей|следующ(?:ая|ий)\s+(?:статья|материал|новость)|ещё\s+новости|(?:матеріали|новини)\s+за\s+темою|за\s+темою|(?:останні|головні|інші)\s+новини|найпопулярніш\w+|вас\s+може\s+зацікавити|смотрите\s+также|похожие\s+(?:материалы|новости)|самое\s+(?:читаемое|популярное)|популярное|материалы\s+по\s+теме|реклама|читайте\s+(?:також|ще)|новости\s+по\s+теме",
    r"(?:à\s+)?lire\s+(?:aussi|également|la\s+suite)|sur\s+le\s+même\s+(?:sujet|thème)|les\s+(?:articles\s+)?(?:les\s+)?plus\s+(?:lus|populaires|partagés)|en\s+continu|à\s+la\s+une|nos\s+recommandations|vous\s+(?:aimerez|pourriez)\s+(?:aussi|aimer)(?:\s+aussi)?|article\s+suivant|articles?\s+(?:similaires|liés|connexes)|última\s+hora|te\s+recomendamos|(?:artículos|temas|noticias)\s+relacionad[oa]s|siguiente\s+(?:artículo|noticia)|publicité|voir\s+aussi|lee\s+(?:también|además|más)|(?:te\s+puede|puede)\s+interesar|más\s+(?:información|noticias|sobre\s+.{1,30})|lo\s+más\s+leído|noticias?\s+relacionadas?",
    r"leggi\s+anche|potrebbe\s+interessarti|i\s+più\s+letti|leia\s+(?:também|mais)|mais\s+lidas|veja\s+também|lees\s+(?:ook|meer|verder)|meest\s+gelezen|czytaj\s+(?:też|także|również|więcej)|zobacz\s+(?:też|także)|(?:çok\s+okunanlar|ilgili\s+haberler)",
    r"les\s+også|läs\s+(?:också|även|mer)|læs\s+også|baca\s+juga|simak\s+juga|xem\s+thêm|اقرأ\s+أيض[اً]*|إقرأ\s+أيض[اً]*|(?:مواضيع|أخبار|مقالات)\s+ذات\s+صلة|الأكثر\s+(?:قراءة|مشاهدة|شعبية)|آخر\s+الأخبار|قد\s+يهمك(?:\s+أيضا)?|المزيد\s+(?:من|حول)\s.{1,20}|קראו\s+(?:גם|עוד)|関連記事|あわせて読みたい|相关(?:阅读|新闻)|延伸閱讀|관련\s*기사",
)  # fmt: skip
_ANY_LABEL = rf"(?:[-–•>»▸➡\s]*)(?:{'|'.join(_LABELS)})"
_LABEL = re.compile(_ANY_LABEL, re.IGNORECASE)
_ONLY_LABEL = re.compile(_ANY_LABEL + r"\s*(?:about\b.{0,60}|[:：].{0,40}|[.…!>»→|]*)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_appeal(text: str) -> bool:
    """Does this block ask the reader to give, subscribe, sign up or follow? Quoted speech and long paragraphs never do."""
    if len(text) > MOST_CHARS or _SPEECH.search(text):
        return False
    words = len(text.split())
    if words <= _BUTTON_WORDS and _BUTTON.match(text):
        return True
    return words <= MOST_WORDS and _appeals(text)


def about_us(text: str, site_name: str = "") -> bool:
    """Does this block speak to the reader or of the outlet, as the lines around an appeal do?"""
    if _SPEECH.search(text):
        return False
    return bool(_ABOUT_US.search(text)) or bool(site_name and site_name.casefold() in text.casefold())


def about_the_press(text: str) -> bool:
    """Does this block tell how the press fares? Banners do, and so do articles about it."""
    return bool(_PLIGHT.search(text))


def is_label(text: str) -> bool:
    """Is this block only the title of a list of other articles, or of an advertisement?"""
    return len(text) <= _LABEL_CHARS and bool(_ONLY_LABEL.fullmatch(text))


def labelled_teaser(text: str) -> str:
    """The teased title in "Read more: Another article", "" when the block is something else."""
    found = _LABEL.match(text) if len(text) <= 220 else None
    rest = text[found.end() :].lstrip() if found else ""
    return rest[1:].strip() if rest[:1] in (":", "：", "|", "–", "—", "»", ">") else ""
