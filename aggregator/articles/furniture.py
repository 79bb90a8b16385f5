"""What a page prints beside its article and no journalist wrote: copyright, comment counts, share bars, players, consent, dates.

By meaning in many languages; whole lines only, and short ones: a sentence that merely mentions a cookie or a channel stays.
`is_furniture` holds wherever the line stands; `is_edge` (a byline, a date, the name of a network) only before the first and
after the last sentence of an article, where it cannot be a subhead.
"""

import re
from functools import lru_cache

_MOST_CHARS = 260
_EDGE_CHARS, _NAME_CHARS = 120, 40
_MINUTES = r"\d{1,3}\s*-?\s*(?:min(?:ute|uto|uut)?[sni]?\b\.?|minuten\b|минут\w*|мин\b\.?|хв\b\.?|хвилин\w*|دقائق|دقيقة|分)"
_AGO = r"(?:(?:\d+|an?|one|few)\s+(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?|h|минут\w*|час\w*|дн\w*|день|годин\w*|хвилин\w*)\s+(?:ago|назад|тому)|vor\s+\w+\s+(?:minuten?|stunden?|tag\w*)|il\s+y\s+a\s+\d+\s+(?:min\w*|heures?|jours?|h)|hace\s+\d+\s+(?:min\w*|horas?|días?)|(?:منذ|قبل)\s+\S+(?:\s+\S+)?)"  # fmt: skip
_UPDATED = r"(?:(?:last\s+|first\s+)?(?:updated|modified|published|posted)|aktualisiert|veröffentlicht|stand|обновлен[оа]?|опубликован[оа]?|оновлено|опубліковано|publié|mis\s+à\s+jour|actualizado|publicado|aggiornato|pubblicato|atualizado|bijgewerkt|oppdatert|publisert|opublikowano|aktualizacja)"  # fmt: skip
_AGREE = r"(?:you|sie|du|вы|ви|vous|usted|lei|você)\s+(?:\w+\s+){0,3}?(?:agree|accept|consent|acknowledge|confirm|согла\w+|принима\w+|да[её]те|подтвержда\w+|погодж\w+|прийма\w+|accept\w+|consent\w+|reconnaiss\w+)|(?:stimm\w+|akzeptier\w+|erklär\w+)\s+(?:sie|du)\b|aceptas?\b|accetti\b|aceita\b|aceptas|نوافق|توافق"  # fmt: skip
_SEARCHING = (".{", "(?:.{")
_ANYWHERE = (
    # copyright and conditions of use
    r"©.{0,200}|(?:\(c\)|copyright\b).{0,40}(?:19|20)\d\d.{0,160}",
    r".{0,120}(?:\ball\s+rights\s+reserved|\balle\s+rechte\s+vorbehalten|\bвсе\s+права\s+защищены|\bусі\s+права\s+захищен\w+|\btous\s+droits\s+réservés|\btodos\s+los\s+derechos\s+reservados|\btutti\s+i\s+diritti\s+riservati|\btodos\s+os\s+direitos\s+reservados|\balle\s+rechten\s+voorbehouden|\bwszelkie\s+prawa\s+zastrzeżone|جميع\s+الحقوق\s+محفوظة|riproduzione\s+riservata).{0,120}",
    r"(?:this\s+)?(?:material|content|article|report)\s+(?:may|must)\s+not\s+be\s+(?:published|reproduced|broadcast|copied|republished).{0,120}|(?:reproduction|republication|(?:any\s+)?use\s+of\s+(?:\w+\s+){0,3}?(?:materials?|content|article|site)).{0,80}(?:prohibited|permission|forbidden).{0,80}|(?:при\s+(?:использовании|перепечатке|цитировании|копировании|полном\s+или\s+частичном)|перепечатка|при\s+(?:використанні|передруку)).{0,100}(?:обязательна|обязательно|запрещ\w+|разреш\w+|допускается|обов.язков\w+|дозвол\w+).{0,80}|(?:любое\s+)?использование\s+материалов\s+(?:сайта|без|допускается|возможно|разреш\w+)\b.{0,160}|nachdruck\b.{0,60}(?:verboten|genehmigung|gestattet).{0,40}|reproduction\b.{0,40}interdite.{0,60}|prohibida\s+(?:la|su)\s+reproducción.{0,80}",
    # corrections, opinions about the page
    r"(?:have\s+you\s+|did\s+you\s+|if\s+you\s+)?(?:found|find|spot(?:ted)?|noticed?|seen|see)\s+(?:an?|any)\s+(?:\w+\s+)?(?:typos?|mistakes?|errors?|bugs?)\b(?:[^.!?]{0,60}\?.{0,120}|.{0,40}\b(?:let\s+us|tell\s+us|report|select|highlight|e-?mail|contact|write\s+to)\b.{0,100})",
    r".{0,140}\b(?:ctrl|strg|control)\s*\+\s*enter\b.{0,60}",
    r"(?:если\s+(?:вы\s+)?)?(?:наш\w*|замет\w+|обнаруж\w+|увид\w+)\s+(?:\w+\s+)?(?:ошибку|опечатку|неточность)\b(?:[^.!?]{0,60}\?.{0,120}|.{0,40}(?:выделите|сообщите|напишите).{0,100})|(?:якщо\s+(?:ви\s+)?)?(?:знайшл\w+|помітил\w+)\s+помилку\b(?:[^.!?]{0,60}\?.{0,120}|.{0,40}(?:виділіть|повідомте).{0,100})",
    r"(?:haben\s+sie\s+)?(?:einen?\s+)?(?:tipp)?fehler\s+(?:gefunden|entdeckt)\b[^.!?]{0,60}\?.{0,120}|fehler\s+melden|(?:vous\s+avez\s+)?(?:trouvé|repéré|remarqué)\s+une\s+(?:erreur|coquille|faute)\b.{0,120}|signaler\s+une\s+(?:erreur|faute)|¿?(?:has|ha)\s+(?:encontrado|visto|detectado)\s+(?:un\s+error|una\s+errata).{0,100}|(?:hai\s+)?trovato\s+un\s+errore\?.{0,80}|encontrou\s+(?:um\s+|algum\s+)?erro\?.{0,80}",
    r"is\s+(?:there\s+)?(?:something|anything)\s+wrong\s+with\s+this\b.{0,60}|(?:do\s+you\s+have|got)\s+(?:a|any)\s+(?:story|tip|news|information)\b.{0,30}\?.{0,100}|(?:was|is|did\s+you\s+find)\s+this\s+(?:article|page|story|content|post|information)?\s*(?:helpful|useful|interesting)\b.{0,40}|(?:war|ist)\s+(?:dieser|der|das)\s+(?:\w+\s+)?hilfreich\b.{0,40}|был[аи]?\s+ли\s+(?:\w+\s+){0,3}?полезн\w+.{0,20}|cet\s+article\s+vous\s+a-t-il.{0,60}|¿te\s+ha\s+(?:sido\s+útil|gustado|resultado).{0,60}|(?:report|suggest)\s+an?\s+(?:typo|error|correction|mistake)\b.{0,60}|send\s+(?:us\s+)?(?:your\s+)?(?:feedback|corrections?)\b.{0,60}|сообщ\w+\s+(?:нам\s+)?об\s+(?:ошибке|опечатке).{0,60}",
    # comments
    r"(?:view|show|read|see|load|hide)?\s*(?:\d[\d.,]*|all|the|no)?\s*comments?\s*(?:\(?\d*\)?|off|yet|closed|are\s+(?:closed|off|disabled)|on\s+this\s+(?:article|story|post))\.?|(?:leave|post|add|write)\s+(?:a|your)\s+(?:comment|reply)\b.{0,40}|join\s+the\s+(?:conversation|discussion|debate)\b.{0,60}|(?:log|sign)\s+in\s+to\s+(?:comment|join|post|reply)\b.{0,60}|(?:you\s+must\s+be\s+)?logged\s+in\s+to\s+(?:post|comment).{0,40}|be\s+the\s+first\s+to\s+comment.{0,30}|rate\s+this\s+(?:article|story|page).{0,20}|start\s+the\s+conversation.{0,20}|have\s+your\s+say.{0,40}",
    r"\d*\s*kommentare?\s*(?:\(\d+\)|anzeigen|lesen|schreiben|verfassen|einblenden)?|(?:einen\s+|neuen\s+)?kommentar\s+(?:schreiben|verfassen|hinterlassen|abgeben)|(?:diskutieren|kommentieren|reden)\s+sie\s+mit.{0,40}|ihre\s+meinung(?:\s+ist\s+gefragt)?\W*|wie\s+(?:fanden|gefällt)\s+(?:sie|ihnen|dir)\s+.{1,20}\?|jetzt\s+(?:mitdiskutieren|kommentieren)|(?:zum\s+)?kommentieren\s+(?:bitte\s+)?anmelden.{0,30}|melden\s+sie\s+sich\s+an,?\s+um.{0,60}",
    r"\d*\s*комментари\w+\s*(?:\(?\d*\)?)|(?:остав\w+|добав\w+|напи\w+|показать|читать)\s+(?:все\s+|первый\s+|свой\s+)?комментари\w+.{0,20}|(?:войдите|авторизуйтесь|зарегистрируйтесь).{0,25},?\s+чтобы.{0,60}|обсудить|обсуждение(?:\s*\(\d+\))?|комментировать|прокомментировать|оцените\s+(?:материал|статью|новость|публикацию).{0,20}|\d*\s*коментар\w*\s*(?:\(?\d*\)?)|(?:залиш\w+|дода\w+|напи\w+)\s+коментар\w*|увійд\w+.{0,15},?\s+щоб.{0,40}",
    r"\d*\s*commentaires?\s*(?:\(\d+\))?|(?:laisser|laissez|ajouter|écrire|poster)\s+un\s+commentaire|(?:voir|lire)\s+les\s+commentaires|réag(?:ir|issez)(?:\s+à\s+cet\s+article)?|commenter(?:\s+cet\s+article)?|ver\s+(?:\w+\s+)?comentarios|comenta(?:r)?(?:\s+(?:esta\s+noticia|este\s+artículo))?|connectez-vous\s+pour.{0,60}|\d*\s*comentarios?\s*(?:\(\d+\))?|(?:deja|dejar|escribe|añade|añadir|publica|publicar)\s+(?:un|tu)\s+comentario|inicia\s+sesión\s+para.{0,40}|\d+\s*commenti|lascia\s+un\s+commento|\d*\s*comentários?|deixe\s+(?:um|o\s+seu)\s+comentário|\d+\s*reacties?|\d+\s*komentarz\w*|(?:dodaj|napisz)\s+komentarz|yorum\s+yap|(?:\d*|[٠-٩]*)\s*(?:تعليقات|تعليق|تعليقا)|(?:أضف|اترك|اكتب)\s+تعليق\w*|\d+\s*条?(?:评论|留言)|コメント(?:\s*\d+)?件?",
    # players and galleries
    rf"(?:[▶►🔊🎧]\s*)?(?:listen\s+to\s+(?:this|the)\s+(?:article|story|audio|report)|audio(?:\s+version)?|аудиоверсия(?:\s+\w+)?|(?:воспроизвести|смотреть)\s+видео|(?:video|audio)\s+(?:abspielen|ansehen|anhören)|(?:lire|voir|regarder)\s+la\s+vidéo|ver\s+(?:el\s+)?vídeo|play\s+(?:audio|video)|watch\s+(?:the\s+)?video|слушать\s+(?:статью|новость|материал|текст)|прослушать\s+(?:статью|новость|материал|текст)|слухати\s+(?:статтю|новину)|(?:den\s+|diesen\s+)?(?:artikel|beitrag|text)\s+(?:an)?hören|(?:artikel|beitrag)\s+vorlesen(?:\s+lassen)?|écouter\s+(?:l['’]|cet\s+)(?:article|audio)|écoutez\s+(?:l['’]|cet\s+)article|escuch[ae]r?\s+(?:el\s+|este\s+|esta\s+|la\s+)?(?:artículo|noticia|audio)|ascolta\s+(?:l['’])?articolo|ouvir\s+(?:a\s+|o\s+)?(?:notícia|artigo)|استمع\s+(?:إلى|الى)?\s*\S*)[\s:·•|,(–-]*(?:{_MINUTES}|\d{{1,2}}:\d\d)?\)?\.?",
    r".{0,60}(?:your\s+browser\s+(?:does\s+not|doesn['’]t)\s+support|(?:ihr|dein)\s+browser\s+(?:unterstützt|kann)|браузер\s+не\s+поддерживает|браузер\s+не\s+підтримує|votre\s+navigateur\s+ne\s+(?:supporte|prend|permet)|(?:tu|su)\s+navegador\s+no\s+(?:soporta|admite|es\s+compatible)|il\s+tuo\s+browser\s+non\s+supporta|seu\s+navegador\s+não\s+(?:suporta|é)|متصفحك\s+لا\s+يدعم|المتصفح\s+لا\s+يدعم|uw\s+browser\s+ondersteunt|przeglądarka\s+nie\s+obsługuje).{0,120}",
    r"(?:video\s+|audio\s+|player\s+)?(?:player\s+)?(?:is\s+)?loading\W*|(?:this\s+)?(?:video|content|audio)\s+(?:(?:can\s?not|could\s+not)\s+be\s+(?:played|loaded)|is\s+(?:not|no\s+longer|un)\s?available).{0,40}|(?:play|pause|mute|unmute|fullscreen)\W*|\d{1,2}:\d\d\s*/\s*\d{1,2}:\d\d|toggle\s+caption|hide\s+caption",
    r"(?:(?:image|photo|picture|slide|bild|foto|фото|снимок|imagen|immagine|imagem|صورة)\s*)?\d{1,3}\s*(?:/|of|von|из|з|sur|de|di|van|من)\s*\d{1,3}|(?:view|open|see)\s+(?:the\s+)?(?:full\s+|photo\s+)?(?:gallery|slideshow|all\s+(?:\d+\s+)?photos|full\s?screen|image)|(?:zur\s+)?bilder(?:galerie|strecke)(?:\s+(?:ansehen|öffnen|anzeigen))?|bild\s+vergrößern|(?:смотреть\s+)?(?:все\s+)?фотогалере\w+|(?:следующ|предыдущ)\w+\s+(?:фото|снимок|слайд)|(?:next|previous)\s+(?:photo|image|slide|picture)|(?:voir\s+)?(?:le\s+)?diaporama|ver\s+(?:la\s+)?galería|(?:tap|click)\s+to\s+(?:expand|enlarge|zoom).{0,30}|(?:enlarge|expand)\s+(?:this\s+)?image.{0,30}",
    # advertisements
    r"\W*(?:ads?|adverts?|advertisements?|advertising|sponsored|sponsored\s+(?:content|post)|paid\s+(?:content|post|promotion)|partner\s+content|promoted|werbung|anzeigen?|реклама|на\s+правах\s+рекламы|партн[её]рск\w+\s+(?:материал|проект)|publicité|annonces?|publicidad|anuncio|pubblicità|publicidade|advertentie|reklam[ay]?|إعلان|إعلانات|广告|広告|광고)(?:\W{1,5}(?:scroll|continue|story|article|beitrag|продолжение|la\s+suite|tap|loading|close|lesen|hier|remove).{0,50})?\W*|(?:story|article)\s+continues\s+(?:below|after).{0,30}|scroll\s+(?:down\s+)?to\s+continue.{0,30}|(?:weiterlesen\s+)?(?:nach\s+der|продолжение\s+после|продолжение\s+ниже)\s+(?:anzeige|werbung|рекламы)\s*(?:weiterlesen.{0,20})?|la\s+suite\s+après\s+(?:la\s+|cette\s+)?publicité|sigue\s+después\s+de\s+la\s+publicidad|continua\s+após\s+a\s+publicidade|(?:report|remove)\s+(?:this\s+)?ads?|after\s+(?:the\s+)?(?:advert|promotion|newsletter\s+promotion)|skip\s+(?:past\s+)?(?:newsletter\s+promotion|ad(?:vertisement)?)",
    # reading time, age of the page
    rf"(?:(?:estimated\s+)?reading\s+time|lesezeit|lesedauer|время\s+(?:чтения|на\s+чтение)|час\s+читання|temps\s+de\s+lecture|tiempo\s+de\s+lectura|tempo\s+di\s+lettura|tempo\s+de\s+leitura|leestijd|czas\s+czytania|مدة\s+القراءة)\s*[:：~≈–-]?\s*(?:ca\.?\s*)?(?:{_MINUTES}|\d+)?|lecture\s+{_MINUTES}|(?:ca\.?\s*)?{_MINUTES}\s*[-–]?\s*(?:read(?:ing)?(?:\s+time)?|lesezeit|lesedauer|чтения|на\s+чтение|читання|de\s+lecture|de\s+lectura|di\s+lettura|de\s+leitura|للقراءة|lezen|czytania)",
    rf"{_UPDATED}\W*\s*{_AGO}\.?",
    # sharing and the page's own buttons
    r"(?:share\s+(?:this|via|with)\b.{0,40}|(?:artikel|beitrag|seite)\s+(?:teilen|drucken|merken|versenden)|(?:поделиться|поделитесь)(?:\s+(?:новостью|статьёй|статьей|материалом|в\s+соцсетях|ссылкой|с\s+друзьями|этой\s+\w+))?|поділит(?:ися|ись)(?:\s+\w+)?|partagez?r?\s+(?:l['’]article|cet\s+article|sur\b.{0,20})|compart(?:ir|e)\s+(?:en|noticia|este|esta|el|la)\b.{0,20}|condividi\s+.{0,20}|compartilh\w+\s+.{0,20}|شارك\s+(?:المقال|الخبر|على)\S*(?:\s+\S+)?)\W*",
    r"(?:copy|copied)\s+(?:the\s+|this\s+)?(?:link|url|to\s+clipboard)\W*|link\s+(?:copied|kopieren|kopiert)\W*.{0,20}|(?:скопировать|копировать)\s+ссылку|ссылка\s+скопирована|скопіювати\s+посилання|copier\s+(?:le\s+)?lien|copiar\s+(?:el\s+)?(?:enlace|link)|copia\s+(?:il\s+)?link|(?:نسخ|انسخ)\s+الرابط|print\s+this(?:\s+(?:article|page|story))?|save\s+(?:this\s+(?:article|story)|for\s+later)|bookmark\s+this.{0,20}|add\s+to\s+(?:favou?rites|reading\s+list|bookmarks)|(?:добавить\s+)?в\s+(?:избранное|закладки)|back\s+to\s+(?:top|home(?:page)?|the\s+top)|zum\s+seitenanfang|(?:load|show|view)\s+more|mehr\s+(?:laden|anzeigen)|показать\s+(?:ещё|еще|больше)",
    # tags
    r"(?:tags?|keywords|filed\s+under|tagged(?:\s+(?:with|as|in))?|schlagw[öo]rter|schlagworte|stichwörter|теги|метки|тэги|ключевые\s+слова|мітки|mots[- ]clés|étiquettes|etiquetas|tagi|وسوم|الوسوم|(?:ال)?كلمات\s+(?:ال)?مفتاحية|标签)\s*(?:[:：].{0,160})?|(?:topics?|themen|темы|теми|temas|argomenti|onderwerpen|in\s+this\s+story|more\s+on)\s*[:：]?",
)  # fmt: skip
# These have sentences of their own around them: what an author writes about, what a program offers, what consent is for.
_INVITING = (
    # about the author of the text
    r"(?:written|reported|words)\s+by(?:\s+.{1,40})?|(?:zum|zur)\s+autor(?:in)?(?:\s+.{1,40})?|about\s+the\s+(?:author|writer|journalist|reporter)s?\W*|über\s+(?:den|die)\s+(?:autor\w*|verfasser\w*)|zur\s+person|об\s+авторах?|про\s+автора|à\s+propos\s+de\s+l['’]aut(?:eur|rice)e?|sobre\s+(?:el\s+autor|la\s+autora|o\s+autor|a\s+autora)|sull['’]autore|over\s+de\s+auteur|o\s+autorze|عن\s+(?:الكاتب|المؤلف)|(?:view|see|read|show)\s+(?:all|more)\s+(?:posts|articles|stories|by|from)\b.{1,60}|(?:all|more)\s+(?:posts|articles|stories)\s+by\b.{1,60}|alle\s+(?:artikel|beiträge|texte)\s+(?:von|des|der)\b.{0,50}|(?:все|другие)\s+(?:материалы|статьи|публикации|тексты)\s+(?:этого\s+)?автора.{0,40}|(?:усі|всі)\s+(?:матеріали|статті)\s+автора.{0,40}|tous\s+(?:les|ses)\s+articles\s+de\b.{0,40}|(?:ver\s+)?(?:todos|más)\s+(?:los\s+)?artículos\s+de\b.{0,40}|tutti\s+gli\s+articoli\s+di.{0,40}",
    # following on other channels
    r"follow\s+(?:us|me|along|the\s+.{1,40}|[\w.&'’-]+(?:\s+[\w.&'’-]+){0,2})\s+on\s+(?:google|telegram|facebook|twitter|x|instagram|whatsapp|youtube|tiktok|linkedin|bluesky|threads|social)\b.{0,100}|follow\s+us\W*|(?:add|make|set)\s+.{1,40}\s+(?:as\s+)?(?:a\s+|your\s+)?preferred\s+source.{0,30}|(?:find|join)\s+us\s+on\s+.{1,60}|stay\s+connected.{0,30}|(?:join|see)\s+(?:our|the\s+.{1,30})\s+(?:telegram|whatsapp)\s+(?:channel|group).{0,80}|stay\s+connected.{0,30}|(?:únete|suscríbete)\s+a\s+(?:nuestro|nuestra)\s+.{1,60}|(?:rejoignez|abonnez-vous\s+à)\s+(?:notre|nos)\s+.{1,60}|(?:jetzt\s+)?(?:de[mr]|unserem)\s+\S{0,20}-?(?:kanal|channel)\s+(?:folgen|beitreten|abonnieren).{0,30}|больше\s+(?:новостей|материалов|интересного)\s+.{0,20}(?:канале|telegram|телеграм\S*|дзене).{0,40}|folgen\s+sie\s+(?:uns|de[mr]\s+.{1,40}|[\w.&-]+(?:\s+[\w.&-]+){0,2})\s+(?:auf|bei|in)\s+.{1,80}|(?:читайте|смотрите|слушайте|следите|ищите)\s+(?:за\s+)?(?:нас|нами|наши\s+новости|.{1,30})\s+(?:в|на)\s+(?:[«\"]?(?:дзен|яндекс|google|telegram|телеграм|вконтакте|соцсет|max|viber|youtube|одноклассник|facebook|rutube|whatsapp)).{0,80}|мы\s+(?:в|на)\s+(?:соцсетях|telegram|телеграм\w*|вконтакте|дзене).{0,60}|(?:присоединяйтесь|присоединиться|подпис\w+)\s+(?:к|на)\s+(?:наш\w*|нам|нас|.{1,20}канал\w*)\b.{0,100}|(?:стежте|читайте|слідкуйте)\s+(?:за\s+)?(?:нами|нас)\b.{0,80}|ми\s+(?:в|у)\s+(?:соцмережах|telegram|телеграм\w*).{0,40}|suivez[ -](?:nous|l['’]actualité|.{1,30}\ssur)\b.{0,80}|s[íi]gue(?:nos|\s+.{1,30}\sen)\b.{0,80}|seguici\b.{0,60}|siga(?:-nos|\s+(?:o|a)\s.{1,30}\sno)\b.{0,60}|volg\s+ons\b.{0,60}|(?:obserwuj|śledź)\s+nas\b.{0,60}|(?:تابعونا|تابعنا|تابعوا)\b.{0,80}|följ\s+oss\b.{0,60}|følg\s+oss\b.{0,60}|bizi\s+takip\s+ed\w+.{0,60}",
    # consent
    r".{0,80}(?<!\w)(?:we|this\s+(?:web)?site|our\s+(?:web)?site|our\s+partners)\s+(?:and\s+(?:our|its)\s+(?:\d+\s+)?(?:\w+\s+)?partners\s+)?(?:may\s+)?(?:also\s+)?(?:use|uses|store|process)\s+(?:\S+\s+){0,6}?cookies?\b.{0,200}",
    rf"(?:by|if\s+you|durch|mit|продолжая|оставаясь|используя|нажимая|продовжуючи|натискаючи|en|al|continuando|ao|بمتابعة)\s.{{0,120}}(?:{_AGREE}).{{0,160}}|we\s+(?:value|respect|care\s+about)\s+your\s+(?:privacy|data)\W*|(?:accept|reject|allow|decline|manage)\s+(?:all|cookies?|options|settings|preferences)(?:\s+(?:cookies?|settings|preferences))?|cookie\s+(?:settings|preferences|policy|notice)|(?:manage\s+)?your\s+(?:privacy|cookie)\s+(?:choices|settings)",
    r"(?:wir|diese\s+(?:web)?seite|unsere\s+(?:web)?seite)\s+(?:und\s+unsere\s+(?:\d+\s+)?partner\s+)?(?:verwende\w*|nutz\w*|setz\w*|speicher\w*).{0,100}cookies?\b.{0,160}|wir\s+(?:schätzen|respektieren)\s+ihre\s+privatsphäre\W*|(?:alles?\s+)(?:cookies\s+)?(?:akzeptieren|ablehnen)|akzeptieren|ablehnen|cookie-?\s?einstellungen|(?:мы|сайт|этот\s+сайт|наш\s+сайт|на\s+сайте)\s+использу\w+\s+.{0,40}(?:cookies?|куки)\b.{0,200}|ми\s+використову\w+\s+.{0,40}(?:cookies?|куки)\b.{0,160}|принять(?:\s+все)?(?:\s+cookies?)?|прийняти(?:\s+(?:все|усі))?|(?:nous|ce\s+site)\s+(?:et\s+nos\s+(?:\d+\s+)?partenaires\s+)?(?:utilis\w+|stock\w+|dépos\w+).{0,60}cookies?\b.{0,200}|nous\s+respectons\s+votre\s+vie\s+privée\W*|tout\s+(?:accepter|refuser)|continuer\s+sans\s+accepter.{0,5}|(?:nosotros|este\s+sitio|esta\s+web|utilizamos|usamos)\s+.{0,80}cookies?\b.{0,200}|(?:tu|su)\s+privacidad\s+(?:nos\s+importa|es\s+importante).{0,20}|(?:aceptar|rechazar)(?:\s+(?:todo|todas|y\s+continuar|cookies))?|(?:questo\s+sito|utilizziamo).{0,80}\bcookie\b.{0,160}|نستخدم.{0,60}(?:ملفات\s+تعريف\s+الارتباط|الكوكيز).{0,120}|نحن\s+نحترم\s+خصوصيتك\W*|(?:قبول|رفض)\s+الكل",
    # programs for telephones
    r"(?:get|download|try|open|install|use|read\s+(?:\w+\s+){0,3}?in|continue\s+(?:reading\s+)?in)\s+(?:(?:the|our|it\s+in|in|free|new|official|mobile)\s+){0,3}(?:[\w.&'’-]+\s+){0,3}?apps?(?:\s+(?:now|today|for\s+.{0,40}|on\s+.{0,40}))?\W*|(?:download|get\s+it|available)\s+(?:on|from|in|at)\s+(?:the\s+)?(?:app\s+store|google\s+play|app\s?gallery|rustore).{0,20}|(?:the\s+)?(?:app\s+store|google\s+play)|scan\s+(?:the|this)\s+qr.{0,60}",
    r"(?:скача\w+|загруз\w+|установ\w+|откры\w+)\s+(?:\w+\s+){0,3}?приложени\w+.{0,40}|(?:доступно|загрузить|загрузите|скачать|скачайте)\s+(?:в|из|на)\s+(?:app\s+store|google\s+play|rustore|appgallery).{0,20}|завантаж\w+\s+(?:\w+\s+){0,3}?застосун\w+.{0,40}|(?:laden|lade|holen|öffnen|installieren|hol|nutzen)\s+(?:sie\s+)?(?:sich\s+|dir\s+)?(?:\w+\s+){0,3}?app(?:\s+(?:herunter|jetzt|kostenlos|laden))*\W*|(?:in\s+der\s+|zur\s+)?app\s+(?:öffnen|laden|herunterladen)|(?:die|unsere)\s+\S{1,20}[- ]?app|(?:jetzt|laden|verfügbar|erhältlich)\s+(?:bei|im|in)\s+(?:google\s+play|app\s+store).{0,20}|télécharge[rz]\s+(?:\w+\s+){0,3}?(?:dans\s+|sur\s+)?(?:l['’]|notre\s+)?(?:application|appli|app\s+store|app)\b.{0,30}|disponible\s+(?:sur|en)\s+(?:google\s+play|(?:l['’])?app\s+store)|nuestra\s+(?:app|aplicación)|(?:l['’]|notre\s+)appli(?:cation)?\b.{0,20}|(?:descarga|descargar|descárgate|descargue|instala)\s+(?:\w+\s+){0,2}?(?:aplicación|app)\b.{0,30}|consíguelo\s+en.{0,30}|scarica\s+(?:la\s+nostra\s+|l['’])?app\b.{0,30}|baixe\s+(?:o\s+)?(?:nosso\s+)?(?:app|aplicativo)\b.{0,30}|(?:حمل|حملوا|نزل)\s+(?:تطبيق\w*|التطبيق).{0,40}",
)  # fmt: skip
_NETWORKS = r"facebook|twitter|x|whats\s?app|telegram|viber|instagram|linked\s?in|e-?mail|mail|reddit|pinterest|threads|bluesky|messenger|flipboard|youtube|tiktok|вконтакте|vk|одноклассники|ok|телеграм|дзен|фейсбук|print|drucken|распечатать|imprimer|imprimir|друк|فيسبوك|تويتر|واتساب|تلغرام|طباعة|xing|rss|google\s+news"  # fmt: skip
_EDGES = (
    rf"(?:share|save|comments?|teilen|merken|поделиться|сохранить|поділитися|partager|compartir|condividi|compartilhar|udostępnij|delen|dela|paylaş|شارك|مشاركة|поділитись|redacción|redaktion|редакция|redaction|newsroom|listen|слушать|watch|next|previous|close|yes|no|ja|nein|да|нет|menu|search|{_NETWORKS})\W*",
    rf"(?:share|post|tweet|send|teilen|auf|per|по|в|поделиться|partager|compartir|enviar|condividi|envoyer)\s+(?:(?:this|it|on|to|via|by|in|в|на|sur|par|en|por|su|auf|with)\s+){{0,2}}(?:{_NETWORKS})(?:\s+(?:teilen|senden|versenden))?",
    rf"{_AGO}|{_MINUTES}",
)  # fmt: skip
_SPEECH = re.compile(r"[\"“«„‘‚]")
_ANY = re.compile("|".join(pattern for pattern in (*_ANYWHERE, *_INVITING) if not pattern.startswith(_SEARCHING)), re.IGNORECASE)
# Patterns that begin anywhere in the line are tried only where a word of theirs stands.
_INSIDE = re.compile("|".join(pattern for pattern in (*_ANYWHERE, *_INVITING) if pattern.startswith(_SEARCHING)), re.IGNORECASE)
_INVITES = re.compile("|".join(_INVITING), re.IGNORECASE)
_HINT = re.compile(
    "reserv|vorbehalten|защищен|захищен|réservés|riservat|voorbehouden|zastrze|محفوظة|enter|browser|браузер|navig|naveg|متصفح|przegl|cookie"
)
_EDGE = re.compile("|".join(_EDGES), re.IGNORECASE)
_BY = frozenset(
    [
        "by",
        "von",
        "par",
        "por",
        "текст",
        "автор",
        "авторы",
        "de",
        "di",
        "door",
        "av",
        "af",
        "autor",
        "text",
        "written",
        "reported",
        "words",
        "zum",
        "zur",
        "über",
    ]
)
_BETWEEN = frozenset(
    [
        "autor",
        "autorin",
        "article",
        "artikel",
        "by",
        "and",
        "und",
        "et",
        "y",
        "и",
        "та",
        "e",
        "en",
        "och",
        "og",
        "von",
        "de",
        "van",
        "für",
        "for",
        "in",
        "aus",
    ]
)
_BYLINE_WORDS = 9
_WORD = re.compile(r"[^\W\d_]+")
# Words a line of nothing but dates is made of: their first three letters.
_DATE_STEMS = frozenset(
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär", "mai", "okt", "dez", "янв", "фев", "мар", "апр", "мая", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек", "січ", "лют", "бер", "кві", "тра", "чер", "лип", "сер", "вер", "жов", "лис", "гру", "fév", "avr", "jui", "aoû", "déc", "ene", "abr", "ago", "dic", "gen", "mag", "giu", "lug", "set", "ott", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mit", "don", "fre", "sam", "son", "die", "пон", "вто", "сре", "чет", "пят", "суб", "вос", "лун", "mar", "mie", "jue", "vie", "sáb", "dom", "lun", "mer", "jeu", "ven", "dim", "upd", "pub", "pos", "mod", "las", "fir", "akt", "ver", "sta", "обн", "опу", "оно", "act", "agg", "bij", "opp", "uhr", "gmt", "utc", "msk", "мск", "cet", "cest", "est", "edt", "bst", "pst", "time", "год", "года", "г", "час", "am", "pm", "a", "p", "at", "um", "on", "le", "à", "la", "de", "el", "del", "los", "las", "the", "of", "den", "der", "am", "vom", "в", "от", "на", "о", "и", "et", "y", "und", "and", "il", "alle", "ore", "h", "hrs", "min", "read", "mins", "pm", "مارس", "يناير", "فبراير", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر", "yes", "tod", "вче", "сег", "сьо", "вчо", "ges", "heu", "hie", "hoy", "ayer", "auj", "sept", "الأ", "الا", "الإ", "السبت", "الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "مار", "ينا", "فبر", "أبر", "ماي", "يون", "يول", "أغس", "سبت", "أكت", "نوف", "ديس"]
)  # fmt: skip
_DATE_WORDS = 14


@lru_cache(maxsize=4096)
def is_furniture(text: str) -> bool:
    """Is this whole line the page's and not the article's, wherever it stands? Quoted speech never is."""
    return (
        0 < len(text) <= _MOST_CHARS
        and not _SPEECH.match(text)
        and (bool(_ANY.fullmatch(text)) or bool(_HINT.search(text.casefold()) and _INSIDE.fullmatch(text)))
    )


def is_inviting(text: str) -> bool:
    """Is this line of furniture one that sentences of its box belong to?"""
    return 0 < len(text) <= _MOST_CHARS and bool(_INVITES.fullmatch(text))


def is_edge(text: str) -> bool:
    """Is this line, before the first or after the last sentence of an article, its byline, date or a share bar's button?"""
    return 0 < len(text) <= _EDGE_CHARS and (bool(_EDGE.fullmatch(text)) or is_date(text) or is_byline(text))


def is_date(text: str) -> bool:
    """A line made of digits and the words of dates only, with two digits at least."""
    if len(text) > _EDGE_CHARS or sum(map(str.isdigit, text)) < 2:
        return False
    words = _WORD.findall(text.casefold())
    return len(words) <= _DATE_WORDS and all(word[:3] in _DATE_STEMS or word in _DATE_STEMS for word in words)


def is_byline(text: str) -> bool:
    """A word that says who, then names and what stands between names: By Anna Keller and Tom Hale."""
    words = text.split() if len(text) <= _EDGE_CHARS else []
    if not 2 <= len(words) <= _BYLINE_WORDS or words[0].casefold().rstrip(":") not in _BY:
        return False
    names = [word for word in words[1:] if word.casefold() not in _BETWEEN]
    return (
        bool(names) and not text.endswith((".", "!", "?", ":")) and all(word[0].isupper() or word in "&|,–-·•" for word in names)
    )


def is_name(text: str) -> bool:
    """Two to four words, each with a capital letter or in a script without them: what a name looks like, and many a subhead."""
    words = text.split() if len(text) <= _NAME_CHARS else []
    return 2 <= len(words) <= 4 and all(word[0].isalpha() and not word[0].islower() and word[-1].isalpha() for word in words)
