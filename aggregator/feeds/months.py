"""Month names of news languages. Small and own: general libraries guess, and guess wrong."""

import unicodedata

_NAMES: dict[int, str] = {
    1: "january jan января январь янв січня січень січ januar jänner janvier janv gennaio gen enero ene janeiro stycznia "
    "styczeń sty ocak oca يناير جانفي januari",
    2: "february feb февраля февраль фев февр лютого лютий лют februar feber février fevrier févr fevr fév febbraio febrero "
    "fevereiro fev lutego luty lut şubat subat şub فبراير شباط فيفري februari",
    3: "march mar марта март мар березня березень бер märz maerz mär mrz mars marzo março marco marca marzec mart مارس آذار اذار maart",
    4: "april apr апреля апрель апр квітня квітень квіт кві avril avr aprile abril abr kwietnia kwiecień kwi nisan nis أبريل ابريل "
    "إبريل نيسان أفريل",
    5: "may мая май травня травень трав тра mai maggio mag mayo maio maja maj mayıs mayis مايو أيار ايار ماي mei",
    6: "june jun июня июнь июн червня червень черв чер juni juin giugno giu junio junho czerwca czerwiec cze haziran haz يونيو حزيران جوان",
    7: "july jul июля июль июл липня липень лип juli juillet juil luglio lug julio julho lipca lipiec lip temmuz tem يوليو تموز جويلية",
    8: "august aug августа август авг серпня серпень серп сер août aout agosto ago sierpnia sierpień sie ağustos agustos ağu "
    "أغسطس اغسطس آب اب أوت augustus",
    9: "september sep sept сентября сентябрь сен сент вересня вересень вер septembre settembre set septiembre setiembre setembro "
    "września wrzesień wrz eylül eylul eyl سبتمبر أيلول ايلول",
    10: "october oct октября октябрь окт жовтня жовтень жовт жов oktober okt octobre ottobre ott octubre outubro out października "
    "październik paź ekim eki أكتوبر اكتوبر",
    11: "november nov ноября ноябрь ноя нояб листопада листопад лист лис novembre noviembre novembro listopada listopad lis kasım "
    "kasim kas نوفمبر",
    12: "december dec декабря декабрь дек грудня грудень груд гру dezember dez décembre decembre déc dicembre dic diciembre "
    "dezembro grudnia grudzień gru aralık aralik ara ديسمبر",
}
# Greek, Czech, Slovak, Romanian, Bulgarian, Serbian, Croatian, Hungarian, Belarusian, Finnish, Nordic, Hebrew, Persian, Urdu, Hindi,
# Bengali, Thai, Catalan, Indonesian. A name that two languages give to different months (listopad) has the meaning above.
_MORE: dict[int, str] = {
    1: "ιανουαρίου ιανουάριος ιαν ledna leden ianuarie ian януари января siječnja јануар januara január januára "
    "jan студзеня tammikuuta ינואר בינואר ژانویه जनवरी জানুয়ারি جنوری มกราคม gener janvāris",
    2: "φεβρουαρίου φεβρουάριος φεβ února únor februarie февруари veljače фебруар februara február februára "
    "лютага helmikuuta פברואר בפברואר فوریه फरवरी फ़रवरी ফেব্রুয়ারি فروری กุมภาพันธ์ febrer",
    3: "μαρτίου μάρτιος μαρ března březen martie marts ožujka marca március сакавіка maaliskuuta mrt מרץ במרץ "
    "مارچ मार्च মার্চ มีนาคม març maret",
    4: "απριλίου απρίλιος απρ dubna duben aprilie април travnja апрыля красавіка április apríla huhtikuuta אפריל "
    "באפריל آوریل اپریل अप्रैल এপ্রিল เมษายน",
    5: "μαΐου μάιος μαϊ μάι května květen мај maj svibnja május mája toukokuuta מאי במאי مه مئی मई মে พฤษภาคม maig",
    6: "ιουνίου ιούνιος ιουν června červen iunie iun юни јун juna lipnja június júna чэрвеня kesäkuuta יוני ביוני "
    "ژوئن جون जून জুন มิถุนายน juny",
    7: "ιουλίου ιούλιος ιουλ července červenec iulie iul юли јул jula srpnja július júla ліпеня heinäkuuta יולי "
    "ביולי ژوئیه جولائی जुलाई জুলাই กรกฎาคม juliol",
    8: "αυγούστου αύγουστος αυγ srpna srpen augusti avgust avgusta kolovoza augusztus augusta жніўня elokuuta "
    "אוגוסט באוגוסט اوت اگست अगस्त আগস্ট สิงหาคม agost agustus",
    9: "σεπτεμβρίου σεπτέμβριος σεπ září septembrie септември септембар septembar septembra rujna szeptember "
    "верасня syyskuuta ספטמבר בספטמבר سپتامبر ستمبر सितंबर सितम्बर সেপ্টেম্বর กันยายน setembre",
    10: "οκτωβρίου οκτώβριος οκτ října říjen octombrie октомври октобар oktobar október októbra кастрычніка "
    "lokakuuta אוקטובר באוקטובר اکتبر اکتوبر अक्टूबर अक्तूबर অক্টোবর ตุลาคม",
    11: "νοεμβρίου νοέμβριος νοε listopadu noiembrie noi ноември новембар novembar studenoga studenog novembra "
    "лістапада marraskuuta נובמבר בנובמבר نوامبر نومبر नवंबर नवम्बर নভেম্বর พฤศจิกายน",
    12: "δεκεμβρίου δεκέμβριος δεκ prosince prosinec decembrie декември децембар decembar decembra снежня "
    "joulukuuta des דצמבר בדצמבר دسامبر دسمبر दिसंबर दिसम्बर ডিসেম্বর ธันวาคม desembre desember",
}
MONTHS: dict[str, int] = {
    unicodedata.normalize("NFC", name.casefold()): month
    for listed in (_MORE, _NAMES)
    for month, names in listed.items()
    for name in names.split()
}

# Two words in the calendar of the Levant.
ARABIC_PAIRS: tuple[tuple[str, str], ...] = (
    ("كانون الثاني", "january"),
    ("كانون الأول", "december"),
    ("كانون الاول", "december"),
    ("تشرين الثاني", "november"),
    ("تشرين الأول", "october"),
    ("تشرين الاول", "october"),
)
