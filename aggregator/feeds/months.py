"""Month names of news languages, and the offsets of zone abbreviations. Small and own: general libraries guess, and guess wrong."""

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

_OFFSETS: dict[int, str] = {
    0: "z ut utc gmt wet",
    60: "cet mez met west wat bst",
    120: "cest mesz mest eet cat sast",
    180: "msk мск eest trt eat",
    240: "msd samt gst azt",
    300: "yekt pkt uzt",
    330: "ist",
    345: "npt",
    360: "omst bdt",
    420: "krat novt ict wib",
    480: "irkt hkt sgt myt pht awst wita",
    540: "yakt jst kst wit",
    570: "acst",
    600: "vlat aest",
    630: "acdt",
    660: "magt aedt",
    720: "pett nzst",
    780: "nzdt",
    -150: "ndt",
    -180: "brt art adt",
    -210: "nst",
    -240: "edt ast clt vet",
    -300: "est cdt cot pet",
    -360: "cst mdt",
    -420: "mst pdt",
    -480: "pst akdt",
    -540: "akst",
    -600: "hst",
}
ZONES: dict[str, int] = {name: minutes for minutes, names in _OFFSETS.items() for name in names.split()}

# Abbreviations that mean something else at home: language -> abbreviation -> minutes east.
ZONES_BY_LANGUAGE: dict[str, dict[str, int]] = {
    "he": {"ist": 120},
    "iw": {"ist": 120},
    "ga": {"ist": 60},
    "en-ie": {"ist": 60},
    "zh": {"cst": 480},
    "bn": {"bst": 360},
    "ar": {"ast": 180},
}
