"""Letters come out right from bytes in every charset that outlets print, whatever header and meta say about it."""

import pytest

from aggregator.articles.page import decode
from tests.articles.support import URL, read

RU = (
    "Новый мост через реку открыли в среду утром, на два года позже срока.",
    "По нему до полудня проехало около четырёх тысяч машин, сообщили в мэрии.",
    "Строители объясняют задержку мягким грунтом под западной опорой.",
    "Старый паром сделает последний рейс в воскресенье вечером.",
)
DE = (
    "Die neue Brücke über den Fluss wurde am Mittwoch für den Verkehr geöffnet.",
    "Größere Schäden gab es nach Angaben der Behörde keine, doch müssen Lärmschützer noch prüfen.",
)
JA = (
    "新しい橋が水曜日の朝に開通した。",
    "市によると、正午までに約四千台の車が渡った。",
    "古い渡し船は日曜日の夜に最後の運航を終える。",
)
ZH = ("新桥于周三上午通车，比原计划晚了两年。", "据市政府称，中午前已有约四千辆车通过。", "旧渡船将在周日晚上最后一次航行。")
TW = ("新橋於週三上午通車，比原計畫晚了兩年。", "市府表示，中午前已有約四千輛車通過。", "舊渡船將在週日晚上最後一次航行。")
KO = (
    "새 다리가 수요일 오전에 개통되었다고 시가 밝혔다.",
    "정오까지 약 사천 대의 차량이 건넜다.",
    "낡은 나룻배는 일요일 저녁에 마지막으로 운항한다.",
)
QUOTES = ("“Every pile had to be driven twice,” the engineer’s report said – at a cost of 84 million €…",)
TITLES = {
    RU: "Мост открыт",
    DE: "Brücke geöffnet",
    JA: "新しい橋が開通",
    ZH: "新桥通车",
    TW: "新橋通車",
    KO: "새 다리 개통",
    QUOTES: "Bridge Opens",
}


def html(texts, declared="", *, equiv=False, before=""):
    meta = ""
    if declared:
        meta = (
            f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">'
            if equiv
            else f'<meta charset="{declared}">'
        )
    title = TITLES.get(texts, TITLES[RU])
    body = "".join(f"<p>{text}</p>" for text in texts)
    return f"<!DOCTYPE html><html><head>{before}{meta}<title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


SCRIPT = "<script>" + "var a = 'plain letters only'; " * 7_000 + "</script>"
# name: (text, codec, page, header)
CASES = {
    f"{codec} {how}": (RU, codec, html(RU, {"right meta": codec, "http-equiv": codec, "wrong meta": "utf-8"}.get(how, ""), equiv=how == "http-equiv"), "text/html")
    for codec in ("utf-8", "cp1251", "koi8-r", "iso8859-5", "utf-16")
    for how in ("right meta", "http-equiv", "no meta", "wrong meta")
} | {
    "one paragraph cp1251": (RU[:1], "cp1251", html(RU[:1]), "text/html"),
    "one paragraph koi8-r": (RU[1:2], "koi8-r", html(RU[1:2]), "text/html"),
    "cp1251 behind a long script": (RU, "cp1251", html(RU, before=SCRIPT), "text/html"),
    "cp1251 with its meta behind a long script": (RU, "cp1251", html(RU, "windows-1251", before=SCRIPT), "text/html"),
    "cp1252 declared as latin-1": (QUOTES, "cp1252", html(QUOTES, "iso-8859-1"), "text/html"),
    "cp1252 declared as latin-1 in the header": (QUOTES, "cp1252", html(QUOTES), "text/html; charset=ISO-8859-1"),
    "cp1252 declared as ascii": (QUOTES, "cp1252", html(QUOTES, "us-ascii"), "text/html"),
    "cp1252 without a word": (DE, "cp1252", html(DE), "text/html"),
    "shift_jis": (JA, "shift_jis", html(JA, "shift_jis"), "text/html"),
    "shift_jis as x-sjis": (JA, "shift_jis", html(JA, "x-sjis"), "text/html"),
    "shift_jis without a word": (JA, "shift_jis", html(JA), "text/html"),
    "euc-jp": (JA, "euc-jp", html(JA, "euc-jp"), "text/html"),
    "iso-2022-jp": (JA, "iso2022_jp", html(JA, "iso-2022-jp"), "text/html"),
    "gbk declared as gb2312": (ZH, "gbk", html(ZH, "gb2312"), "text/html"),
    "gbk declared in the header": (ZH, "gbk", html(ZH), "text/html; charset=GBK"),
    "gb18030": (ZH, "gb18030", html(ZH, "gb18030"), "text/html"),
    "big5": (TW, "big5", html(TW, "big5"), "text/html"),
    "euc-kr": (KO, "euc-kr", html(KO, "euc-kr"), "text/html"),
    "euc-kr declared as ks_c_5601": (KO, "cp949", html(KO, "ks_c_5601-1987"), "text/html"),
    "mac-cyrillic": (RU, "mac-cyrillic", html(RU, "x-mac-cyrillic"), "text/html"),
    "header right, meta wrong": (RU, "cp1251", html(RU, "koi8-r"), "text/html; charset=windows-1251"),
    "header says utf-8, meta is right": (RU, "cp1251", html(RU, "windows-1251"), "text/html; charset=utf-8"),
    "header says latin-1, meta is right": (RU, "koi8-r", html(RU, "koi8-r"), "text/html; charset=iso-8859-1"),
    "utf-8 under a foreign meta": (RU, "utf-8", html(RU, "windows-1251"), "text/html; charset=windows-1251"),
    "utf-8 with a mark": (RU, "utf-8-sig", html(RU, "iso-8859-1"), "text/html; charset=iso-8859-1"),
    "utf-16 little without a mark": (RU, "utf-16-le", html(RU, "utf-16"), "text/html; charset=utf-16le"),
    "utf-16 big without a mark": (RU, "utf-16-be", html(RU), "text/html; charset=utf-16be"),
    "no such charset": (RU, "utf-8", html(RU, "nonsense"), "text/html; charset=none"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_no_letter_is_lost(name):
    texts, codec, page, header = CASES[name]
    data = page.encode(codec)
    assert decode(data, header).lstrip("\ufeff") == page
    found = read(data, content_type=header, url=URL)
    assert found.body.split("\n") == list(texts)
    assert found.headline == TITLES.get(texts, TITLES[RU])


@pytest.mark.parametrize(
    ("codec", "declared", "header"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", "", "text/html; charset=utf-8"),
        ("utf-8", "", "text/html"),
        ("cp1251", "windows-1251", ""),
    ],
)
def test_stray_bytes_cost_only_themselves(codec, declared, header):
    """Cut or foreign bytes stand in many pages; the letters around them stay, and no more signs of damage appear than bytes."""
    stray = b"\xff\xfe" if codec == "utf-8" else b"\x98"
    data = (
        html(RU, declared)
        .encode(codec)
        .replace("две".encode(codec), "две".encode(codec))
        .replace("на два".encode(codec), stray + "на два".encode(codec))
    )
    text = decode(data, header)
    assert text.count("\ufffd") <= len(stray)
    assert all(line in text for line in RU[1:])
