"""Invented articles for the pages of `renderings`: a headline and as many different paragraphs as asked for, in eight languages."""

# Language: headline, openings, continuations. A paragraph is an opening with or without a continuation.
TEXTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        "Harbour Ferry Returns After Four Winters on Land",
        (
            "The old ferry of Marlow Bay made its first crossing in four years on Tuesday, with 212 passengers and a brass band on deck.",
            "Engineers had replaced both shafts and most of the hull plates in a dry dock on the northern shore.",
            "“She is louder than before, but she is ours,” captain Edith Norling said after mooring.",
            "The council paid 3.1 million pounds for the repairs, about a third more than it had planned.",
            "A road bridge that was meant to take the ferry's place is still waiting for a permit from the coast authority.",
            "Fishermen in the western villages say the crossing saves them forty miles of driving each morning.",
            "The winter timetable has eight crossings a day, and two on Sundays.",
            "Opposition councillors asked why the work had taken so long and who had approved the second contract.",
            "Last year's storm tore away part of the pier, and divers found cracks in three of its pillars.",
            "Ticket prices stay the same until April, the operator said in a statement.",
        ),
        (
            "Several schools had given the children a free morning to watch.",
            "The figures were published by the harbour office on Monday evening.",
            "Nobody was hurt, although one van had to be pulled from the ramp.",
            "A decision is expected before the end of the quarter.",
            "Two years ago the same committee had voted against the plan.",
            "That is roughly what the island earns from tourism in a single week of July.",
            "Residents remain divided, according to a survey among 800 households.",
            "The shipyard declined to comment on the delay.",
            "Work on the pier is to start when the ice has gone.",
            "Insurance covers about half of the damage.",
        ),
    ),
    "ru": (
        "Речной трамвай вернулся в Заозёрск после четырёх лет простоя",
        (
            "Старый речной трамвай вышел в первый за четыре года рейс из Заозёрска во вторник утром, на борту было 212 пассажиров.",
            "Механики заменили оба вала и большую часть обшивки корпуса в сухом доке на северном берегу.",
            "«Он шумит сильнее прежнего, но он наш», — сказала капитан Мария Норина после швартовки.",
            "Городской совет заплатил за ремонт 310 миллионов рублей, примерно на треть больше, чем предполагалось.",
            "Автомобильный мост, который должен был заменить переправу, до сих пор ждёт разрешения ведомства.",
            "Рыбаки из западных деревень говорят, что переправа экономит им сорок километров дороги каждое утро.",
            "Зимнее расписание предусматривает восемь рейсов в день и два по воскресеньям.",
            "Депутаты спросили, почему работы длились так долго и кто утвердил второй контракт.",
            "Прошлогодний шторм разрушил часть причала, водолазы нашли трещины в трёх опорах.",
            "Цены на билеты до апреля не изменятся, говорится в сообщении перевозчика.",
        ),
        (
            "Несколько школ освободили детей от первого урока.",
            "Данные опубликовала администрация порта в понедельник вечером.",
            "Никто не пострадал, хотя один фургон пришлось вытаскивать с аппарели.",
            "Решение ожидается до конца квартала.",
            "Два года назад та же комиссия проголосовала против этого плана.",
            "Примерно столько остров зарабатывает на туристах за одну июльскую неделю.",
            "Мнения жителей разделились, показал опрос восьмисот семей.",
            "На верфи отказались комментировать задержку.",
            "Восстановление причала начнётся, когда сойдёт лёд.",
            "Страховка покрывает около половины ущерба.",
        ),
    ),
    "de": (
        "Hafenfähre kehrt nach vier Wintern an Land zurück",
        (
            "Die alte Fähre von Marlow ist am Dienstag zum ersten Mal seit vier Jahren übergesetzt, mit 212 Passagieren und einer Blaskapelle an Bord.",
            "Ingenieure hatten in einem Trockendock am Nordufer beide Wellen und die meisten Platten des Rumpfes ersetzt.",
            "„Sie ist lauter als früher, aber sie gehört uns“, sagte Kapitänin Edith Norling nach dem Anlegen.",
            "Die Gemeinde zahlte 3,1 Millionen Euro für die Reparatur, rund ein Drittel mehr als geplant.",
            "Eine Straßenbrücke, die die Fähre ersetzen sollte, wartet noch immer auf die Genehmigung der Küstenbehörde.",
            "Fischer in den westlichen Dörfern sparen nach eigenen Angaben jeden Morgen sechzig Kilometer Fahrt.",
            "Der Winterfahrplan sieht acht Überfahrten am Tag vor, sonntags zwei.",
            "Die Opposition fragte, warum die Arbeiten so lange dauerten und wer den zweiten Vertrag genehmigt habe.",
            "Der Sturm des vergangenen Jahres hatte einen Teil des Anlegers zerstört, Taucher fanden Risse in drei Pfeilern.",
            "Die Preise bleiben bis April gleich, teilte der Betreiber mit.",
        ),
        (
            "Mehrere Schulen hatten den Kindern den Vormittag freigegeben.",
            "Die Zahlen veröffentlichte das Hafenamt am Montagabend.",
            "Verletzt wurde niemand, ein Lieferwagen musste von der Rampe gezogen werden.",
            "Eine Entscheidung wird vor Ende des Quartals erwartet.",
            "Vor zwei Jahren hatte derselbe Ausschuss gegen den Plan gestimmt.",
            "So viel verdient die Insel in einer einzigen Juliwoche mit Touristen.",
            "Die Bewohner sind geteilter Meinung, wie eine Umfrage unter 800 Haushalten zeigt.",
            "Die Werft wollte sich zu der Verzögerung nicht äußern.",
            "Die Arbeiten am Anleger sollen beginnen, wenn das Eis verschwunden ist.",
            "Die Versicherung deckt etwa die Hälfte des Schadens.",
        ),
    ),
    "fr": (
        "Le bac du port reprend la mer après quatre hivers à terre",
        (
            "Le vieux bac de Marlow a effectué mardi sa première traversée depuis quatre ans, avec 212 passagers et une fanfare à bord.",
            "Les ingénieurs avaient remplacé les deux arbres et la plupart des tôles de la coque dans une cale sèche.",
            "« Il fait plus de bruit qu'avant, mais il est à nous », a déclaré la capitaine Édith Norling.",
            "La commune a payé 3,1 millions d'euros pour les réparations, un tiers de plus que prévu.",
            "Le pont routier qui devait remplacer le bac attend toujours l'autorisation des services du littoral.",
            "Les pêcheurs des villages de l'ouest disent gagner soixante kilomètres de route chaque matin.",
        ),
        (
            "Plusieurs écoles avaient donné congé aux enfants.",
            "Les chiffres ont été publiés lundi soir par la capitainerie.",
            "Personne n'a été blessé, mais une camionnette a dû être tirée de la rampe.",
            "Une décision est attendue avant la fin du trimestre.",
            "Le chantier naval n'a pas souhaité commenter ce retard.",
        ),
    ),
    "es": (
        "El transbordador del puerto vuelve tras cuatro inviernos en tierra",
        (
            "El viejo transbordador de Marlow hizo el martes su primera travesía en cuatro años, con 212 pasajeros y una banda a bordo.",
            "Los ingenieros habían sustituido los dos ejes y la mayor parte del casco en un dique seco de la orilla norte.",
            "«Hace más ruido que antes, pero es nuestro», dijo la capitana Edith Norling después de atracar.",
            "El ayuntamiento pagó 3,1 millones de euros por las reparaciones, un tercio más de lo previsto.",
            "El puente que debía sustituir al barco sigue a la espera de un permiso de la autoridad de costas.",
            "Los pescadores de los pueblos del oeste dicen que se ahorran sesenta kilómetros cada mañana.",
        ),
        (
            "Varias escuelas habían dado la mañana libre a los niños.",
            "Las cifras las publicó el lunes la oficina del puerto.",
            "No hubo heridos, aunque una furgoneta tuvo que ser remolcada.",
            "Se espera una decisión antes de que acabe el trimestre.",
            "El astillero no quiso comentar el retraso.",
        ),
    ),
    "uk": (
        "Річковий трамвай повернувся до Заозерська після чотирьох років простою",
        (
            "Старий річковий трамвай вийшов у перший за чотири роки рейс у вівторок уранці, на борту було 212 пасажирів.",
            "Механіки замінили обидва вали й більшу частину обшивки корпусу в сухому доці на північному березі.",
            "«Він гучніший, ніж раніше, але він наш», — сказала капітанка Марія Норіна після швартування.",
            "Міська рада заплатила за ремонт 110 мільйонів гривень, приблизно на третину більше, ніж планували.",
            "Автомобільний міст, який мав замінити переправу, досі чекає на дозвіл відомства.",
            "Рибалки із західних сіл кажуть, що переправа заощаджує їм сорок кілометрів дороги щоранку.",
        ),
        (
            "Кілька шкіл звільнили дітей від першого уроку.",
            "Дані оприлюднила адміністрація порту в понеділок увечері.",
            "Ніхто не постраждав, хоча один фургон довелося витягати з рампи.",
            "Рішення очікують до кінця кварталу.",
            "На верфі відмовилися коментувати затримку.",
        ),
    ),
    "ar": (
        "عبّارة الميناء تعود إلى البحر بعد أربعة أعوام",
        (
            "قامت العبّارة القديمة في خليج مرلو يوم الثلاثاء بأول رحلة لها منذ أربعة أعوام وعلى متنها مئتان واثنا عشر راكبا.",
            "واستبدل المهندسون معظم ألواح الهيكل في حوض جاف على الشاطئ الشمالي للخليج.",
            "وقالت القبطانة بعد الرسو إن السفينة صارت أعلى صوتا لكنها ملك لأهل المدينة.",
            "ودفع المجلس البلدي ثلاثة ملايين يورو لإصلاحها، أي أكثر بالثلث مما كان مقررا.",
            "ولا يزال الجسر الذي كان يفترض أن يحل محل العبّارة ينتظر ترخيصا من هيئة السواحل.",
            "ويقول الصيادون في القرى الغربية إن العبور يوفر عليهم ستين كيلومترا كل صباح.",
        ),
        (
            "ومنحت مدارس عدة تلاميذها إجازة لمشاهدة الرحلة.",
            "ونشرت إدارة الميناء هذه الأرقام مساء الاثنين.",
            "ولم يصب أحد بأذى في الحادث.",
            "ومن المتوقع صدور قرار قبل نهاية الفصل.",
            "ورفضت إدارة الحوض التعليق على التأخير.",
        ),
    ),
}  # fmt: skip
# A second article of every language: it is what stands in teasers and in the article that follows.
OTHERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        ("Tram Drivers Begin Two-Day Strike in Kelmouth", "Why the Lighthouse Keeper Will Not Leave", "Orchard Owners Count Losses After Late Frost", "Museum Finds Stolen Map in Its Own Cellar", "Council Delays Vote on Night Flights Again"),
        ("Trams in Kelmouth stood still on Wednesday as drivers began a strike over night shifts, and commuters waited for replacement buses in the rain.", "The union wants longer breaks and a second driver on the last line of the day, its chairman said."),
    ),
    "ru": (
        ("Водители трамваев начали двухдневную забастовку", "Почему смотритель маяка не хочет уезжать", "Садоводы подсчитывают убытки после поздних заморозков", "Музей нашёл украденную карту в собственном подвале", "Городской совет снова отложил голосование о ночных рейсах"),
        ("Трамваи в Кельмске не вышли на линии в среду: водители начали забастовку из-за ночных смен, пассажиры ждали автобусов под дождём.", "Профсоюз требует длинных перерывов и второго водителя на последнем рейсе, сообщил его председатель."),
    ),
    "de": (
        ("Straßenbahnfahrer treten in zweitägigen Streik", "Warum der Leuchtturmwärter nicht gehen will", "Obstbauern zählen Verluste nach spätem Frost", "Museum findet gestohlene Karte im eigenen Keller", "Rat vertagt Abstimmung über Nachtflüge erneut"),
        ("In Kelmünde standen die Straßenbahnen am Mittwoch still, weil die Fahrer wegen der Nachtschichten streiken; Pendler warteten im Regen auf Ersatzbusse.", "Die Gewerkschaft verlangt längere Pausen und einen zweiten Fahrer auf der letzten Linie, sagte ihr Vorsitzender."),
    ),
    "fr": (
        ("Les conducteurs de tramway en grève pour deux jours", "Pourquoi le gardien du phare ne partira pas", "Les arboriculteurs comptent leurs pertes après le gel", "Un musée retrouve une carte volée dans sa cave"),
        ("Les tramways de Kelmouth sont restés à l'arrêt mercredi, les conducteurs ayant entamé une grève contre les horaires de nuit.", "Le syndicat demande des pauses plus longues, a indiqué son président."),
    ),
    "es": (
        ("Los conductores de tranvía inician una huelga de dos días", "Por qué el farero no piensa marcharse", "Los fruticultores cuentan las pérdidas por la helada", "Un museo halla en su sótano un mapa robado"),
        ("Los tranvías de Kelmouth no circularon el miércoles porque los conductores iniciaron una huelga por los turnos de noche.", "El sindicato pide descansos más largos, según su presidente."),
    ),
    "uk": (
        ("Водії трамваїв розпочали дводенний страйк", "Чому доглядач маяка не хоче їхати", "Садівники рахують збитки після пізніх заморозків", "Музей знайшов викрадену мапу у власному підвалі"),
        ("Трамваї в Кельмську не вийшли на лінії в середу: водії розпочали страйк через нічні зміни, пасажири чекали автобусів під дощем.", "Профспілка вимагає довших перерв, повідомив її голова."),
    ),
    "ar": (
        ("سائقو الترام يبدؤون إضرابا ليومين", "لماذا لا يريد حارس المنارة أن يرحل", "مزارعو الفاكهة يحصون خسائرهم بعد الصقيع", "متحف يعثر على خريطة مسروقة في قبوه"),
        ("توقفت عربات الترام يوم الأربعاء بعدما بدأ السائقون إضرابا بسبب نوبات العمل الليلية وانتظر الركاب الحافلات تحت المطر.", "وتطالب النقابة بفترات راحة أطول بحسب رئيسها."),
    ),
}  # fmt: skip


def article(language: str, count: int, start: int = 0) -> tuple[str, tuple[str, ...]]:
    """Headline and `count` different paragraphs. `start` rotates them, so that not every short text begins alike."""
    headline, openings, more = TEXTS[language]
    first, second = len(openings), len(more)
    paragraphs = []
    for place in range(count):
        turn, step = divmod(place, first)
        opening = openings[(step + start) % first]
        paragraphs.append(opening if not turn and place % 3 == 1 else f"{opening} {more[(3 * step + turn) % second]}")
    return headline, tuple(paragraphs)
