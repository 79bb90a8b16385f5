"""What a page says in place of an article: consent, errors, locks, offers. By meaning, in some twenty languages.

A notice speaks to the reader about this page. News about cookies, error pages and paywalls use the same words, but in reported
or quoted speech: what stands in quotation marks and sentences in which somebody says something never count.
"""

import re

from aggregator.articles.boilerplate import key
from aggregator.articles.values import Status

MAINTENANCE = "maintenance"
LOGIN = "log-in"

# Of a block no more is looked at: a notice comes to the point.
_BLOCK_CHARS = 1_000

_QUOTED = re.compile(r"“[^“”]{0,300}”|«[^«»]{0,300}»|„[^„“”]{0,300}[“”]|\"[^\"]{0,300}\"|‘[^‘’]{0,300}’(?!\w)")
_REPORTED = re.compile(
    r"\b(?:said|says|told|added|announced|according\s+to|ruled|fined|decided|wrote|complained|sagt|sagte|erklärte|teilte|laut|zufolge|verbot\w*|verboten|сказал\w*|заявил\w*|сообщил\w*|рассказал\w*|оштраф\w+"
    r"|решил\w*|dijo|afirmó|anunció|según|a\s+déclaré|selon|a\s+annoncé|ha\s+detto|secondo|disse|afirmou|segundo|zei|volgens|powiedzia\w+|według|dedi|açıkladı|säger|sa\s|ifølge|enligt)\b",
    re.IGNORECASE,
)

_BLOCKED = (
    r"\b(?:verify|verifying|confirm|prove|make\s+sure|check|checking|ensure)\s+(?:that\s+|if\s+)?you(?:['’]re|\s+are)\s+(?:not\s+a\s+(?:ro)?bot|(?:a\s+)?(?:real\s+)?human)|\bare\s+you\s+(?:a\s+)?(?:human|robot)\b|\bi['’]?\s?a?m\s+not\s+a\s+robot\b",
    r"\bchecking\s+your\s+browser\b|\bsecurity\s+of\s+your\s+connection\b|\bunusual\s+(?:traffic|activity)\s+(?:from|on)\s+your\b|\byou\s+(?:might|may)\s+be\s+a\s+(?:ro)?bot\b|\b(?:complete|solve|enter|fill\s+in)\s+the\s+(?:captcha|challenge|puzzle)\b",
    r"\byou\s+(?:don['’]t|do\s+not)\s+have\s+(?:permission|access)\s+to\b|\byou\s+(?:have\s+been|are|were)\s+(?:blocked|unable\s+to\s+access)\b|\byour\s+(?:request|access|ip(?:\s+address)?|browser)\s+(?:has\s+been|was|is)\s+(?:blocked|denied|banned)\b",
    r"\brequest\s+(?:was\s+|has\s+been\s+)?(?:blocked|rejected|unsuccessful)\b|\bincident\s+id\b|\baccess\s+(?:to\s+this\s+\w+\s+)?(?:has\s+been|is|was)\s+(?:denied|blocked|restricted|forbidden)\b|\bnot\s+available\s+(?:in|from|to)\s+(?:your\s+(?:country|region|location)|users?\s+in)\b|\bautomated\s+(?:access|requests?|queries)\b|\bsecurity\s+(?:check|service)\s+to\s+protect\b",
    r"bestätigen\s+sie,?\s+dass\s+sie\s+(?:kein\s+roboter|ein\s+mensch)|sind\s+sie\s+ein\s+(?:mensch|roboter)|ungewöhnliche\w?\s+(?:datenverkehr|aktivität|zugriffe)|zugriff\s+(?:\S+\s+){0,3}(?:verweigert|gesperrt|blockiert)",
    r"что\s+вы\s+(?:не\s+робот|человек)|похожи\s+на\s+автоматические|доступ\s+(?:\S+\s+){0,3}(?:ограничен|запрещ[её]н|заблокирован|закрыт)|проверк\w\s+(?:вашего\s+)?браузера|символы\s+с\s+картинки|що\s+ви\s+(?:не\s+робот|людина)|доступ\s+(?:обмежено|заборонено)",
    r"que\s+vous\s+(?:n['’]êtes\s+pas\s+un\s+robot|êtes\s+(?:bien\s+)?(?:un\s+)?(?:être\s+)?humain)|accès\s+(?:\S+\s+){0,3}(?:refusé|bloqué|interdit)|que\s+(?:usted\s+)?(?:no\s+(?:eres|es)\s+un\s+robot|(?:eres|es)\s+(?:un\s+)?(?:ser\s+)?humano)|acceso\s+(?:\S+\s+){0,3}(?:denegado|bloqueado)",
    r"di\s+non\s+essere\s+un\s+robot|di\s+essere\s+umano|che\s+non\s+sei\s+un\s+robot|accesso\s+(?:\S+\s+){0,3}(?:negato|bloccato)|que\s+(?:você\s+)?(?:não\s+é\s+um\s+robô|é\s+humano)|acesso\s+(?:\S+\s+){0,3}(?:negado|bloqueado)|dat\s+(?:u|je)\s+geen\s+robot\s+bent|toegang\s+geweigerd",
    r"że\s+nie\s+jesteś\s+robotem|jesteś\s+człowiekiem|odmowa\s+dostępu|dostęp\s+(?:został\s+)?zablokowany|robot\s+olmadığınızı|erişim(?:iniz)?\s+engellen|att\s+du\s+inte\s+är\s+en\s+robot|at\s+du\s+ikke\s+er\s+en\s+robot|že\s+nejste\s+robot|nem\s+robot",
    r"人机验证|请(?:完成|进行)\S{0,4}验证|ロボットではな|로봇이\s*아닙니다|访问被拒绝|アクセスが拒否|أنك\s+(?:لست\s+روبوت|إنسان)|تم\s+رفض\s+الوصول",
)
_SCRIPTED = (
    r"\b(?:enable|activate|turn\s+on|allow|switch\s+on)\s+(?:\w+\s+){0,2}(?:java\s?script|js\b)|\brequires?\s+(?:java\s?script|js\b)|(?:java\s?script|js\b)\s+(?:is|ist|est|está|è|is\s+currently)\s+(?:\w+\s+)?(?:disabled|required|not\s+enabled|off|deaktiviert|erforderlich|désactivé|requis|desactivado|necesario|disattivato)",
    r"(?:aktivieren|schalten)\s+sie\s+(?:\w+\s+){0,3}(?:java\s?script|js\b)|(?:java\s?script|js\b)\s+(?:to\s+be\s+enabled|aktivieren|einschalten)|(?:включите|разрешите|увімкніть)\s+(?:\S+\s+){0,2}(?:java\s?script|js\b)|(?:java\s?script|js\b)\s+(?:отключ[её]н|выключен|вимкнено)",
    r"activ(?:ez|er)\s+(?:le\s+)?(?:java\s?script|js\b)|(?:active|activa|habilite|habilita|ative)\s+(?:el\s+|o\s+)?(?:java\s?script|js\b)|(?:attiva|abilita|attivare|abilitare)\s+(?:java\s?script|js\b)|włącz\w*\s+(?:obsługę\s+)?(?:java\s?script|js\b)|schakel\s+(?:java\s?script|js\b)|(?:java\s?script|js\b)['’]?i\s+(?:etkinleştir|aç)|aktiver\w*\s+(?:java\s?script|js\b)|slå\s+på\s+(?:java\s?script|js\b)|povolte\s+(?:java\s?script|js\b)",
    r"(?:java\s?script|js\b)\s*を有効|(?:启用|啟用|开启)\s*(?:java\s?script|js\b)|자바스크립트|تفعيل\s+(?:الـ\s*)?(?:java\s?script|js\b)",
)
_GONE = (
    r"\b(?:page|article|story|content|url|address|link|post|document)\b[^.!?]{0,20}\b(?:you|requested)\b[^.!?]{0,60}\b(?:found|longer|exists?|removed|deleted|moved|expired|available)\b",
    r"^(?:(?:sorry|oops|unfortunately)\b[^.!?]{0,20})?(?:this|the|that)\s+(?:\w+\s+){0,2}(?:page|article|story|content|link)\s+(?:you\s+requested\s+)?(?:(?:could|can)\s*(?:no|['’])?t?\s+(?:be\s+)?found|could\s+not\s+be\s+found|(?:is|was)\s+not\s+found|is\s+no\s+longer|(?:was|has\s+been|may\s+have\s+been)\s+(?:removed|deleted|moved|unpublished)|does\s*(?:n['’]t|\s+not)\s+exist|has\s+expired)",
    r"\bwe\s+(?:can['’]t|cannot|could\s*n['’]t|could\s+not|(?:are|were)\s+unable\s+to)\s+(?:seem\s+to\s+)?find\s+(?:the|that|this|what)\b|\bnothing\s+(?:was\s+|could\s+be\s+)?found\s+(?:at\s+this|here)|^(?:error\s*:?\s*)?404\b|\b(?:error|http|status)\s+404\b|\bmay\s+have\s+been\s+(?:removed|moved|deleted)\b",
    r"\b(?:seite|artikel|beitrag|inhalt|adresse)\b[^.!?]{0,60}\b(?:nicht\s+gefunden|nicht\s+(?:mehr\s+)?(?:existier|verfügbar|vorhanden|erreichbar|auffindbar)|existiert\s+(?:\w+\s+)?nicht|gelöscht|verschoben|umgezogen)",
    r"(?:страниц\w|материал|стать\w|публикаци\w|запис\w|адрес)[^.!?]{0,60}(?:не\s+найден\w?|не\s+существует|удал[её]н\w?|перемещ\w+|перенес\w+)|ничего\s+не\s+нашлось|сторінк\w[^.!?]{0,60}(?:не\s+знайдено|не\s+існує|видален\w+)",
    r"\b(?:page|article|contenu)\b[^.!?]{0,60}\b(?:introuvable|n['’](?:existe|est)\s+(?:pas|plus)|(?:a\s+été|être)\s+(?:déplacée?|supprimée?)|non\s+trouvée)|\b(?:página|artículo|contenido|noticia|artigo)\b[^.!?]{0,60}\b(?:no\s+(?:existe|encontrad\w|está\s+disponible|se\s+encuentra)|não\s+(?:existe|foi\s+encontrad\w|encontrad\w)|(?:ha\s+sido|foi)\s+(?:eliminad|movid|removid)\w)",
    r"\b(?:pagina|articolo|contenuto)\b[^.!?]{0,60}\b(?:non\s+(?:è\s+(?:stata\s+)?|stata\s+)?(?:trovat|disponibil|esist)\w*|è\s+stat[ao]\s+(?:spostat|rimoss|eliminat)\w|niet\s+(?:gevonden|(?:meer\s+)?bestaat|(?:meer\s+)?beschikbaar)|bestaat\s+niet|is\s+(?:verplaatst|verwijderd)|nu\s+(?:a\s+fost\s+găsit|există)\w*)",
    r"\b(?:stron[ayę]|artykuł)\b[^.!?]{0,60}\b(?:nie\s+(?:została\s+|istnieje|znaleziono)|usunięt\w|przeniesion\w)|\bsayfa\b[^.!?]{0,60}\b(?:bulunam|mevcut\s+değil|silinmiş|taşınmış|kaldırılmış)|\bsida\w*\b[^.!?]{0,60}\b(?:hittade\w*\s+(?:inte|ej)|hittas|finns\s+inte|flyttat\w*|tagits\s+bort)|\b(?:siden|artikkelen|artiklen)\b[^.!?]{0,60}\b(?:ikke\s+(?:funnet|fundet)|finnes\s+ikke|findes\s+ikke|flyttet|slettet)",
    r"\bsivua\s+ei\s+löyt|\bstránka\b[^.!?]{0,60}\b(?:nenalezena|neexistuje|nebyla\s+nalezena|nebola\s+nájdená|odstraněna|přesunuta|smazána)|\boldal\b[^.!?]{0,40}\bnem\s+található|halaman\s+(?:\S+\s+){0,4}tidak\s+(?:ditemukan|tersedia)|không\s+tìm\s+thấy\s+trang|trang\s+(?:\S+\s+){0,4}không\s+tồn\s+tại|η\s+σελίδα\s+[^.!?]{0,40}δεν\s+(?:βρέθηκε|υπάρχει)",
    r"(?:页面|頁面|网页)\S{0,10}(?:不存在|未找到|找不到)|(?:找不到|未找到)\S{0,8}(?:页面|頁面|网页)|ページ(?:が|は)?\S{0,12}(?:見つかりません|存在しません|削除|移動)|페이지를\s*찾을\s*수\s*없|الصفحة\s+(?:\S+\s+){0,4}(?:غير\s+موجودة|لم\s+يتم\s+العثور)|הדף\s+(?:\S+\s+){0,3}לא\s+נמצא",
)
_CONSENT = (
    r"\b(?:we|this\s+(?:web)?site|our\s+(?:web)?site)\b[^.!?]{0,60}\b(?:use|uses|using|store|stores|place|set|process|access)\b[^.!?]{0,80}\b(?:cookies|similar\s+technologies|information\s+on\s+(?:a|your)\s+device|device\s+identifiers)|\bour\s+(?:\d[\d,.]*\s+)?(?:\w+\s+)?(?:partners|vendors)\b",
    r"\b(?:your|withdraw)\b[^.!?]{0,30}\b(?:consent|privacy\s+(?:choices|settings|preferences))|\byou\s+(?:can|may)\b[^.!?]{0,40}\b(?:consent|accept\s+(?:all|or)|reject\s+(?:all|or)|change\s+your\s+(?:mind|choices?|preferences|settings))|\bby\s+(?:clicking|continuing|using|selecting)\b[^.!?]{0,80}\b(?:agree|accept|consent)",
    r"^(?:accept|reject|manage|allow)\s+(?:all\s+)?(?:cookies\b.{0,60}$|$)|\bbefore\s+you\s+continue\b|\bstore\s+and/or\s+access\s+information\b|\blegitimate\s+interests?\b[^.!?]{0,80}\b(?:vendor|object|partner)|\bpersonali[sz]ed\s+(?:ads|advertising)\s+and\s+content\b|\b(?:usual|without)\s+tracking\b|\bad-free\s+(?:offer|subscription|access)\b|\bchoose\s+to\s+(?:accept|reject)\b|\bwe\s+(?:value|respect|care\s+about)\s+your\s+privacy\b",
    r"\b(?:wir|unsere[nr]?)\b[^.!?]{0,120}\b(?:cookies|partner\w*|kennungen|endgerät\w*|ihrem\s+gerät|tracking)\b|\bihre\s+(?:einwilligung|zustimmung|auswahl|privatsphäre|daten)\b|\beinwilligung\b[^.!?]{0,60}\bwiderruf|\b(?:mit|ohne)\s+werbung\b[^.!?]{0,60}\b(?:tracking|cookies|nutzen|lesen)|\bcookies?\s+(?:akzeptieren|zustimmen|ablehnen)",
    r"\b(?:nous|nos)\b[^.!?]{0,120}\b(?:cookies|traceurs|partenaires|données\s+personnelles|partenaires)\b|\bnos\s+(?:\d+\s+)?partenaires\b|\bvotre\s+(?:consentement|vie\s+privée|choix)\b|\bsans\s+accepter\b|\b(?:nosotros|nuestros\s+(?:\d+\s+)?socios|utilizamos|usamos)\b[^.!?]{0,120}\b(?:cookies|dispositivo|datos)\b|\b(?:su|tu)\s+(?:consentimiento|privacidad)\b|\b(?:aceptar|acepta)\s+(?:o\s+rechazar|todas?)\b|\bpuedes?\s+(?:aceptar|rechazar|retirar|cambiar)\b",
    r"\b(?:noi|nostri\s+(?:\d+\s+)?partner|utilizziamo|usiamo|questo\s+sito)\b[^.!?]{0,120}\b(?:cookie|dispositivo|dati\s+personali)\b|\b(?:tuo|suo|il\s+vostro)\s+consenso\b|\btua\s+privacy\b|\b(?:nós|nossos\s+parceiros|utilizamos|usamos|este\s+site)\b[^.!?]{0,120}\b(?:cookies|dispositivo|dados)\b|\bseu\s+consentimento\b|\bsua\s+privacidade\b",
    r"\b(?:wij|we|onze)\b[^.!?]{0,120}\b(?:cookies|partners|persoonsgegevens)\b|\b(?:uw|je)\s+(?:toestemming|privacy)\b|\b(?:my|nasi|naszych|nasza|stosujemy|używamy|wykorzystujemy)\b[^.!?]{0,120}\b(?:cookies?|partner\w+|danych|dane)\b|\b(?:wycofać|wyrazić)\s+zgod|\btwoją\s+prywatność\b|\bvi\b[^.!?]{0,100}\b(?:cookies|informasjonskapsler|samarbeidspartner\w*|samarbetspartner\w*|partner(?:e|s|ere)?)\b|\bditt?\s+samt(?:ykke|ycke)\b",
    r"(?:сайт|мы|наши\s+партн[её]ры)(?!\w)[^.!?]{0,80}использу\w+[^.!?]{0,60}(?:cookies?|куки)|(?:оставаясь|продолжая)(?!\w)[^.!?]{0,80}соглаш\w+|обработк\w\s+(?:ваших\s+)?персональных\s+данных|(?:сайт|ми|наші\s+партнери)(?!\w)[^.!?]{0,80}використову\w+[^.!?]{0,60}(?:cookies?|кукі)|(?:biz|sitemiz\w*|ortaklarımız)\b[^.!?]{0,100}\b(?:çerez\w*|verileri\w*)|\bçerez(?:leri|ler)?\s+(?:kullan|kabul)|(?:používáme|naši\s+partneři|tento\s+web)\b[^.!?]{0,100}\bcookies?\b|váš\s+souhlas|käytämme\s+evästeitä|sütiket\s+használ",
    r"(?:当社|当サイト|本サイト|弊社)\S{0,40}(?:クッキー|cookie)|(?:我们|本网站|我們|本網站)\S{0,30}(?:cookie|使用)|쿠키를?\s*사용|ملفات\s+تعريف\s+الارتباط|(?:نستخدم|نحن\s+وشركاؤنا)|עוגיות|χρησιμοποιούμε\s+cookies|folosim\s+cookie",
)
_REPAIR = (
    r"\b(?:we['’]ll|we\s+will)\s+be\s+(?:right\s+)?back\s+(?:soon|online|shortly|later)|\b(?:site|website|page|server|service|we)\b[^.!?]{0,60}\b(?:under(?:going)?|performing|down\s+for|some|scheduled|routine)\s+(?:\w+\s+){0,2}maintenance\b|\btemporarily\s+(?:unavailable|unable|down|out\s+of\s+service)\b|\b(?:try|check)\s+(?:back\s+)?again\s+(?:later|in\s+a\s+few)\b",
    r"\bwartungsarbeiten\b[^.!?]{0,60}\b(?:nicht|vorübergehend|kurz)\b|\bvorübergehend\s+nicht\s+(?:erreichbar|verfügbar)|\bversuchen\s+sie\s+es\s+(?:\w+\s+){0,3}(?:später|noch\s*mal|erneut)|технически\w\s+работ|временно\s+недоступ|скоро\s+верн[её]мся|тимчасово\s+недоступ|технічні\s+роботи",
    r"\b(?:en|cours\s+de)\s+maintenance\b|\bmomentanément\s+(?:indisponible|inaccessible)|\brevenons?\s+(?:bientôt|très\s+vite)|\b(?:en|tareas\s+de|por)\s+mantenimiento\b|\btemporalmente\s+(?:no\s+disponible|fuera\s+de\s+servicio)|\bvolvemos\s+(?:pronto|enseguida)|\b(?:in|per)\s+manutenzione\b|\btemporaneamente\s+non\s+(?:disponibile|raggiungibile)|\bem\s+manutenção\b|\btemporariamente\s+(?:indisponível|fora)",
    r"\b(?:tijdelijk\s+(?:niet\s+bereikbaar|onbereikbaar)|onderhoud\s+aan\s+onze)|\bprzerw\w\s+techniczn\w|\btymczasowo\s+niedostępn|\bbakım\s+çalışması|\btillfälligt\s+(?:otillgänglig|nere)|\bmidlertidig\s+(?:utilgjengelig|ude\s+af\s+drift)|メンテナンス中|正在维护|점검\s*중|تحت\s+الصيانة",
)
_OFFER = (
    r"\b(?:subscribe|log\s*in|sign\s*in|register|sign\s*up|become\s+a\s+(?:subscriber|member))\b[^.!?]{0,60}\b(?:to\s+(?:\w+\s+)?(?:read|continue|keep\s+reading|unlock|access|view)|full\s+(?:access|article|story)|for\s+(?:full|unlimited)\s+access)",
    r"\bthis\s+(?:article|content|story|post)\s+is\s+(?:\w+\s+)?(?:for|only|reserved|exclusive\w*|available|locked)\b[^.!?]{0,40}\b(?:subscribers?|members?|readers)|\b(?:continue|keep)\s+reading\s+(?:with|by|this)\b|\balready\s+(?:a\s+(?:\w+\s+)?(?:subscriber|member)|have\s+an\s+account|subscribed)\b|\b(?:subscribers?|members?)[\s-]+only\b|\bunlock\s+this\s+(?:article|story)|\byou['’]ve\s+(?:reached|used)\s+[^.!?]{0,30}\b(?:limit|free\s+articles)|\bto\s+(?:continue|keep)\s+reading\b[^.!?]{0,40}\b(?:subscribe|log|sign|register)|\bremaining\s+[^.!?]{0,30}\b(?:subscribers|article)",
    r"\bweiterlesen\s+(?:mit|als|im)\b|\b(?:nur|exklusiv)\s+für\s+(?:\w+\s+)?(?:abonnent|mitglieder|plus)\w*|\bbereits\s+(?:abonnent|registriert|kunde|plus-)\w*|\b(?:jetzt|hier)\s+(?:\w+\s+)?(?:abonnieren|anmelden|freischalten|weiterlesen|testen)\b|\bdiesen\s+artikel\s+(?:jetzt\s+)?(?:weiterlesen|freischalten|lesen\s+sie\s+mit)|\bartikel\s+ist\s+(?:exklusiv|nur|kostenpflichtig)|\b(?:um|zum)\s+weiter(?:zu)?lesen\b",
    r"\bréservée?s?\s+(?:à|aux)\s+(?:nos\s+)?abonnés|\bil\s+(?:vous\s+)?reste\s+\d+\s*%|\babonnez-vous\s+pour\b|\bdéjà\s+abonnée?\b|\bpour\s+lire\s+la\s+suite\b|\b(?:solo|exclusiv\w|contenido)\s+(?:\w+\s+)?para\s+suscriptores|\bsuscríb\w+\s+(?:para|y)\b|\bya\s+eres\s+suscriptor|\b(?:para\s+)?segu(?:ir|e)\s+leyendo\b|\binicia\s+sesión\b",
    r"\b(?:riservat\w|solo)\s+(?:a(?:gli|i)|per\s+(?:gli|i))\s+(?:abbonati|utenti)|\babbonati\s+per\b|\bsei\s+già\s+abbonato|\bper\s+continuare\s+a\s+leggere|\b(?:exclusivo|conteúdo)\s+(?:\w+\s+)?para\s+assinantes|\bassine\s+para\b|\bjá\s+é\s+assinante|\bcontinuar\s+(?:lendo|a\s+ler)",
    r"(?:доступ\w*|только|полный\s+текст)\s+(?:\S+\s+){0,4}(?:по\s+подписк|подписчик)\w*|оформите\s+подписку|уже\s+есть\s+подписка|уже\s+подпис\w+\?|чтобы\s+(?:дочитать|читать\s+дальше|прочитать\s+полностью|продолжить\s+чтение)|только\s+для\s+(?:зарегистрированных|подписчик\w+)|(?:лише|тільки)\s+для\s+(?:передплатників|підписників)|щоб\s+(?:дочитати|читати\s+далі)",
    r"\b(?:alleen|exclusief)\s+voor\s+(?:abonnees|leden)|\bverder\s+lezen\b[^.!?]{0,20}\?|\bal\s+abonnee\b|\blees\s+(?:verder|het\s+hele\s+artikel)\s+(?:met|als|door)|\b(?:tylko|dostępn\w+)\s+(?:\w+\s+)?dla\s+(?:prenumerator|subskrybent)\w*|\baby\s+(?:czytać|przeczytać)\s+(?:dalej|cały)|\bmasz\s+już\s+(?:prenumeratę|subskrypcję)|\b(?:sadece|yalnızca)\s+aboneler|\bokumaya\s+devam\s+etmek\s+için|\bbli\s+prenumerant|\blås\s+upp\b|\bartikeln\s+är\s+låst|\bläs\s+vidare\s+(?:med|genom)|\b(?:for|kun\s+for)\s+abonn?enter|\bfor\s+å\s+lese\s+(?:videre|hele)|\blæs\s+videre\s+med|\bkun\s+for\s+abonnenter|\bvain\s+tilaajille|\bjen\s+pro\s+předplatitele",
    r"会員限定|有料会員|続きを読むには|この記事は有料|订阅后(?:阅读|继续)|会员专享|구독자\s*전용|유료\s*회원|للمشتركين\s+فقط|למנויים\s+בלבד",
)


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# In the order of asking: what refuses hides everything else, consent is asked for on every page.
_NOTICES = (
    (Status.BLOCKED, _any(_BLOCKED)), (MAINTENANCE, _any(_REPAIR)), (Status.JAVASCRIPT_ONLY, _any(_SCRIPTED)), (Status.SOFT_404, _any(_GONE)),
    (Status.CONSENT_WALL, _any(_CONSENT)),
)  # fmt: skip
_OFFERED = _any(_OFFER)
# One of these stands several times in every wall that is longer than a few lines.
_CONSENT_HINT = re.compile(
    r"cookie|consent|privacy|vendor|partner|personali|einwilligung|datenschutz|werbung|zustimm|confidentialité|consentement|privacidad|consentimiento|consenso|toestemming|zgod|согла|персональн|куки|çerez|souhlas|samt[yc]|evästei|クッキー|同意",
    re.IGNORECASE,
)
_HINTS = 4

# Titles in the form of `key`: words only, without case.
_TITLES = (
    (Status.SOFT_404,
     (r"(?:(?:oops|ops|ups|whoops|hoppla|sorry|error|fehler|erreur|errore|erro|ошибка|помилка|hata|błąd|fel|feil|fejl|http|status)\s)*(?:404(?:\s(?:error|fehler|erreur|ошибка))?\s?)?"
     r"(?:(?:(?:this|that|the|your)\s)?(?:page|article|story|content|url|post)\s(?:(?:you\s(?:requested|are\slooking\sfor)\s)?(?:not|can\s?t\sbe|cannot\sbe|could\s?n\st\sbe|could\snot\sbe|was\snot|isn\st|is\snot)\s(?:found|available|here)|(?:is\s)?(?:no\slonger|not)\savailable|(?:does\snot|doesn\st)\sexist|(?:has\sbeen\s)?removed|has\sexpired|missing)|not\sfound|nothing\s(?:was\s)?found"
     r"|(?:diese\s|die\s)?(?:seite|artikel|inhalt)\s(?:wurde\s|konnte\s)?(?:leider\s)?(?:nicht\s(?:gefunden(?:\swerden)?|vorhanden|verfügbar|auffindbar|erreichbar)|existiert\snicht(?:\smehr)?)|(?:страница|материал|статья|запись)\s(?:не\s(?:найдена?|существует)|удал[её]на?|недоступна)|ничего\sне\sнайдено|сторінку?\w?\sне\sзнайдено"
     r"|page\s(?:introuvable|non\strouvée)|(?:cette\s|la\s)?page\s(?:n\sexiste\s(?:pas|plus)|est\sintrouvable)|(?:esta\s|la\s|a\s)?página\s(?:no\s(?:encontrada|existe|disponible)|não\s(?:encontrada|existe|disponível|foi\sencontrada))|(?:deze\s|de\s|questa\s|la\s|această\s)?pagina\s(?:non\s(?:trovata|disponibile|esistente|esiste)|(?:is\s)?niet\s(?:gevonden|beschikbaar)|bestaat\sniet(?:\smeer)?|negăsită)|(?:strona|strony)\s(?:nie\s(?:istnieje|została\sznaleziona|znaleziono)|nieznaleziona)|nie\sznaleziono\s(?:strony)?|(?:aradığınız\s)?sayfa\sbulunamadı|sidan\s(?:hittades\sinte|finns\sinte|kunde\sinte\shittas)|siden\s(?:ikke\sfunnet|blev\sikke\sfundet|ble\sikke\sfunnet|finnes\sikke|findes\sikke)|sivua\sei\slöydy|stránka\s(?:nenalezena|neexistuje|nebyla\snalezena)|az?\soldal\snem\stalálható|halaman\stidak\sditemukan|không\stìm\sthấy\strang|页面不存在|找不到页面|頁面不存在|(?:お探しの|指定された)?ページ(?:が|は)(?:見つかりません|存在しません)(?:でした)?|페이지를\s찾을\s수\s없습니다|الصفحة\sغير\sموجودة)?"
     r"(?:\s(?:404|error|fehler|ошибка))*")),
    (Status.BLOCKED,
     (r"just\sa\smoment|attention\srequired(?:\scloudflare)?|access\s(?:to\sthis\s(?:page|site)\s(?:has\sbeen|is)\s)?(?:denied|restricted|blocked)|(?:error\s)?403(?:\sforbidden)?|forbidden|(?:401\s)?unauthorized|(?:429\s)?too\smany\srequests|robot\scheck|bot\s(?:check|verification|detection)|are\syou\s(?:a\s)?(?:human|robot)|(?:human|security|browser)\s(?:verification|check)|pardon\sour\sinterruption|(?:verify|verifying|checking)\s(?:that\s)?(?:you\sare|your)\s(?:human|a\shuman|browser|connection)|one\smore\sstep|captcha|please\swait|ddos\sguard|email\sprotection(?:\scloudflare)?|unavailable\s(?:for|due\sto)\slegal\sreasons|451(?:\sunavailable.{0,30})?"
     r"|sicherheits(?:überprüfung|abfrage|check)|zugriff\sverweigert|доступ\s(?:ограничен|запрещ[её]н|заблокирован)|подтвердите\sчто\sвы\sне\sробот|вы\sне\sробот|проверка(?:\s(?:браузера|безопасности))?|accès\s(?:refusé|bloqué)|vérification\sde\ssécurité|acceso\sdenegado|accesso\snegato|acesso\snegado|odmowa\sdostępu|erişim\sengellendi|toegang\sgeweigerd")),
    (MAINTENANCE,
     r"(?:we\s(?:ll|will)\sbe\s(?:right\s)?back(?:\ssoon|\sshortly)?|be\sright\sback|(?:site|website)?\s?(?:is\s)?(?:under|down\sfor|in)?\s?maintenance(?:\smode)?|scheduled\smaintenance|(?:error\s)?50[0234](?:\s.{0,40})?|service\s(?:temporarily\s)?unavailable|bad\sgateway|gateway\stime\s?out|internal\sserver\serror|temporarily\sunavailable|wartung(?:sarbeiten|smodus)?|технические\sработы|сайт\sвременно\sнедоступен|en\smaintenance|site\sen\smaintenance|en\smantenimiento|sitio\sen\smantenimiento|sito\sin\smanutenzione|in\smanutenzione|em\smanutenção|onderhoud|przerwa\stechniczna|bakım\sçalışması)"),
    (LOGIN,
     r"(?:please\s)?(?:log\s?in|sign\s?in|login|signin)(?:\s(?:to|or|and|with)\s.{0,40})?|register|create\s(?:an\s|your\s)?account|anmelden|anmeldung|einloggen|login\serforderlich|вход(?:\s(?:на\sсайт|в\s.{0,30}))?|войти|войдите|авторизация|регистрация|вхід|увійти|connexion|se\sconnecter|identifiez\svous|iniciar\ssesión|inicia\ssesión|acceder|accedi|accesso|entrar|inloggen|zaloguj(?:\ssię)?|logowanie|giriş(?:\syap)?|logga\sin|logg\sinn|log\sind|kirjaudu|přihlášení|ログイン|登录|로그인|تسجيل\sالدخول"),
    (Status.JAVASCRIPT_ONLY, r"(?:please\s)?(?:enable\sjavascript|javascript\s(?:is\s)?(?:required|disabled)|loading|lädt|загрузка|chargement|cargando|caricamento)"),
)  # fmt: skip
_TITLE_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _TITLES)


def titled(title: str) -> str:
    """The notice that this title as a whole is, "" for any other title: a `Status`, MAINTENANCE or LOGIN."""
    words = key(title[:300])
    if not words or len(words) > 90:
        return ""
    return next((str(kind) for kind, pattern in _TITLE_PATTERNS if pattern.fullmatch(words)), "")


def spoken(text: str) -> str:
    """`text` without quotations, "" when it is a sentence in which somebody reports: what is left may be said to the reader."""
    text = _QUOTED.sub(" ", text[:_BLOCK_CHARS])
    return "" if _REPORTED.search(text) else text


def noticed(text: str) -> str:
    """The notice in this text: a `Status`, MAINTENANCE or ""."""
    plain = spoken(text)
    return next((str(kind) for kind, pattern in _NOTICES if pattern.search(plain)), "") if plain else ""


def speaks_of_consent(text: str) -> bool:
    """Does a text say the words of consent often enough that it may be a wall? Cheap; says yes too often."""
    return len(_CONSENT_HINT.findall(text)) >= _HINTS


def is_offer(text: str) -> bool:
    """Does this text offer the rest of the article to subscribers?"""
    plain = spoken(text)
    return bool(plain) and bool(_OFFERED.search(plain))
