"""Zones: what abbreviations mean and where, which one a country keeps, and which one a feed without zones must be printing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

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

# The same by the outlet's country, which is surer than its language.
_BY_COUNTRY: dict[str, dict[str, int]] = {
    "IL": {"ist": 120, "idt": 180},
    "IE": {"ist": 60},
    "IN": {"ist": 330},
    "CN": {"cst": 480},
    "TW": {"cst": 480},
    "HK": {"cst": 480},
    "MO": {"cst": 480},
    "CU": {"cst": -300, "cdt": -240},
    "BD": {"bst": 360},
    "SA": {"ast": 180},
    "IQ": {"ast": 180},
    "KW": {"ast": 180},
    "BH": {"ast": 180},
    "QA": {"ast": 180},
    "YE": {"ast": 180},
    "AU": {"est": 600, "edt": 660, "cst": 570, "cdt": 630, "wst": 480},
    "PH": {"pst": 480, "pht": 480},
    "PK": {"pst": 300},
    "AM": {"amt": 240},
    "GE": {"get": 240},
    "MM": {"mst": 390},
    "MY": {"mst": 480},
    "BR": {"bst": -180, "amt": -240},
    "SG": {"sst": 480},
    "MU": {"mut": 240},
}

# Countries with one clock. Of several zones the one is taken that national papers print (Spain's mainland, Moscow); the United States,
# Canada, Mexico, Brazil, Australia, Indonesia and Kazakhstan's past have no such one, or not for long enough.
_COUNTRY_ZONES: dict[str, str] = {
    "Africa": "AO Luanda BF Ouagadougou BI Bujumbura BJ Porto-Novo BW Gaborone CI Abidjan CM Douala DJ Djibouti DZ Algiers EG Cairo "
    "ER Asmara ET Addis_Ababa GA Libreville GH Accra GM Banjul GN Conakry KE Nairobi LR Monrovia LS Maseru LY Tripoli MA Casablanca "
    "ML Bamako MR Nouakchott MW Blantyre MZ Maputo NA Windhoek NE Niamey NG Lagos RW Kigali SD Khartoum SL Freetown SN Dakar "
    "SO Mogadishu SS Juba SZ Mbabane TD Ndjamena TG Lome TN Tunis TZ Dar_es_Salaam UG Kampala ZA Johannesburg ZM Lusaka ZW Harare",
    "America": "AR Argentina/Buenos_Aires BB Barbados BO La_Paz BS Nassau BZ Belize CL Santiago CO Bogota CR Costa_Rica CU Havana "
    "DO Santo_Domingo EC Guayaquil GT Guatemala GY Guyana HN Tegucigalpa HT Port-au-Prince JM Jamaica NI Managua PA Panama PE Lima "
    "PR Puerto_Rico PY Asuncion SR Paramaribo SV El_Salvador TT Port_of_Spain UY Montevideo VE Caracas",
    "Asia": "AE Dubai AF Kabul AM Yerevan AZ Baku BD Dhaka BH Bahrain BN Brunei BT Thimphu CN Shanghai CY Nicosia GE Tbilisi "
    "HK Hong_Kong IL Jerusalem IN Kolkata IQ Baghdad IR Tehran JO Amman JP Tokyo KG Bishkek KH Phnom_Penh KP Pyongyang KR Seoul "
    "KW Kuwait KZ Almaty LA Vientiane LB Beirut LK Colombo MM Yangon MO Macau MY Kuala_Lumpur NP Kathmandu OM Muscat PH Manila "
    "PK Karachi PS Gaza QA Qatar SA Riyadh SG Singapore SY Damascus TH Bangkok TJ Dushanbe TM Ashgabat TW Taipei UZ Tashkent "
    "VN Ho_Chi_Minh YE Aden",
    "Europe": "AD Andorra AL Tirane AT Vienna BA Sarajevo BE Brussels BG Sofia BY Minsk CH Zurich CZ Prague DE Berlin DK Copenhagen "
    "EE Tallinn ES Madrid FI Helsinki FR Paris GB London GI Gibraltar GR Athens HR Zagreb HU Budapest IE Dublin IT Rome "
    "LI Vaduz LT Vilnius LU Luxembourg LV Riga MC Monaco MD Chisinau ME Podgorica MK Skopje MT Malta NL Amsterdam NO Oslo PL Warsaw "
    "PT Lisbon RO Bucharest RS Belgrade RU Moscow SE Stockholm SI Ljubljana SK Bratislava SM San_Marino TR Istanbul UA Kyiv "
    "UK London VA Vatican XK Belgrade",
    "Atlantic": "IS Reykjavik",
    "Indian": "MG Antananarivo MU Mauritius MV Maldives",
    "Pacific": "FJ Fiji NZ Auckland",
}
COUNTRY_ZONES: dict[str, str] = {
    code: f"{region}/{city}"
    for region, listed in _COUNTRY_ZONES.items()
    for code, city in zip(listed.split()[::2], listed.split()[1::2], strict=True)
}

_FARTHEST: Final = timedelta(hours=14)
_AGREEMENT: Final = timedelta(minutes=45)
_SAMPLES: Final = 5
_STEP: Final = timedelta(minutes=30)
# What the youngest entries of a feed are old when they are first seen.
_DELAY: Final = timedelta(minutes=6)


def home_zones(language: str, country: str) -> Mapping[str, int]:
    """Abbreviations that mean something else there: to minutes east."""
    by_language = ZONES_BY_LANGUAGE.get(language) or ZONES_BY_LANGUAGE.get(language.partition("-")[0], {})
    return _BY_COUNTRY.get(country) or by_language


def country_offset(country: str, clock: datetime) -> timedelta | None:
    """How far east the clocks of a country stand when they show `clock` (zone ignored); None for countries with several zones."""
    name = COUNTRY_ZONES.get(country.upper())
    return region_offset(name, clock) if name else None


def region_offset(name: str, clock: datetime) -> timedelta | None:
    """The same for a region of the zone database (Europe/Moscow); None for no such region."""
    zone = _zone(name) if "/" in name else None
    return clock.replace(tzinfo=zone).utcoffset() if zone else None


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def learn_zone(samples: Sequence[tuple[datetime, datetime]]) -> int | None:
    """Minutes east that a feed without zones must be printing, or None when its entries do not tell.

    Each sample is what an entry printed (the clock as if it were UTC, see `dates.clock_without_zone`) and when it was first seen.
    An entry is seen some minutes after it was printed, so printed minus seen is the zone minus that delay: the differences of young
    entries crowd below the zone. Five must lie within 45 minutes of each other, and be most of those within 14 hours; what is older says nothing,
    and midnight is a date without a time.
    """
    gaps = sorted(
        gap
        for printed, seen in samples
        if abs(gap := printed - seen) <= _FARTHEST + _STEP and (printed.hour, printed.minute) != (0, 0)
    )
    crowd = max((_crowd(gaps, start) for start in range(len(gaps))), key=len, default=[])
    if len(crowd) < _SAMPLES or len(crowd) * 2 <= len(gaps):
        return None
    # The upper end: the least delay. One in ten may be dated ahead.
    youngest = crowd[-1 - len(crowd) // 10]
    steps = round((youngest + _DELAY) / _STEP)
    minutes = steps * int(_STEP.total_seconds() // 60)
    return minutes if abs(minutes) <= int(_FARTHEST.total_seconds() // 60) else None


def _crowd(gaps: list[timedelta], start: int) -> list[timedelta]:
    return [gap for gap in gaps[start:] if gap - gaps[start] <= _AGREEMENT]
