"""Month names of news languages. Small and own: general libraries guess, and guess wrong."""

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
MONTHS: dict[str, int] = {name: month for month, names in _NAMES.items() for name in names.split()}

# Two words in the calendar of the Levant.
ARABIC_PAIRS: tuple[tuple[str, str], ...] = (
    ("كانون الثاني", "january"),
    ("كانون الأول", "december"),
    ("كانون الاول", "december"),
    ("تشرين الثاني", "november"),
    ("تشرين الأول", "october"),
    ("تشرين الاول", "october"),
)
