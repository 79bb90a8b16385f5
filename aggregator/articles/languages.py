"""Which language a text is in: what the page declares, unless its own text says otherwise."""

import re

from resiliparse.parse.lang import detect_fast, supported_langs

_CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*", re.IGNORECASE)
_NAMES = {
    "english": "en", "russian": "ru", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "spanish": "es", "español": "es", "arabic": "ar",
    "ukrainian": "uk", "русский": "ru", "українська": "uk", "italian": "it", "italiano": "it", "portuguese": "pt", "português": "pt", "turkish": "tr", "türkçe": "tr",
    "polish": "pl", "polski": "pl", "dutch": "nl", "nederlands": "nl", "chinese": "zh", "japanese": "ja", "korean": "ko", "persian": "fa", "hebrew": "he",
}  # fmt: skip
# Three letters, names of countries and old codes that stand in pages where a language should.
_SAME = {
    "eng": "en", "rus": "ru", "ukr": "uk", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "ara": "ar", "zho": "zh",
    "chi": "zh", "jpn": "ja", "kor": "ko", "tur": "tr", "pol": "pl", "nld": "nl", "dut": "nl", "iw": "he", "in": "id", "ji": "yi", "ua": "uk", "jp": "ja",
    "cz": "cs", "gr": "el", "dk": "da", "cn": "zh",
}  # fmt: skip

# Read from headline and text together; more costs time and tells nothing new.
_READ = 2_000
# By length in characters: the worst rank of a right answer on 117 shared pages, rounded up. A Zulu text, a language without a
# profile, ranks 460 at 1,000 characters against at most 393 of a right answer.
_LIMITS = ((1_900, 360), (1_000, 420), (600, 455), (400, 510), (200, 640), (100, 760))
# A declared language of the same script is overruled only on this much text, by a rank this much better than the declared one's
# and this much below the limit: right for Swahili and German pages that say "en", silent on Zulu and Xhosa ones.
_SURE_CHARS, _SURE_MARGIN, _SURE_RANK = 600, 50, 40
# Profiles of languages in which no news are printed, and which lie between those in which they are.
_LANGUAGES = frozenset(supported_langs()) - {"la", "eo", "io", "vo", "sa", "sc", "rm", "br", "jv", "fo", "bo", "cv", "ba", "ce"}
# Written forms of one language under several codes: none of them corrects another.
_KIN = (
    frozenset({"no", "nb", "nn", "da"}), frozenset({"hr", "sr", "bs", "sh", "me", "cnr"}), frozenset({"id", "ms", "jv", "su"}), frozenset({"fa", "prs", "tg", "ps"}),
    frozenset({"ca", "va", "oc"}), frozenset({"pt", "gl"}), frozenset({"de", "gsw", "lb", "nds"}), frozenset({"tl", "fil"}), frozenset({"zh", "yue", "nan"}),
    frozenset({"cs", "sk"}), frozenset({"nl", "af", "vls"}), frozenset({"hi", "mr", "ne"}), frozenset({"tr", "az"}),
)  # fmt: skip

_SCRIPTS = {
    "latin": r"A-Za-z\u00c0-\u024f\u1e00-\u1eff", "cyrillic": r"\u0400-\u052f", "greek": r"\u0370-\u03ff", "arabic": r"\u0600-\u06ff\u0750-\u077f",
    "hebrew": r"\u0590-\u05ff", "kana": r"\u3040-\u30ff", "han": r"\u3400-\u9fff", "hangul": r"\uac00-\ud7af\u1100-\u11ff", "thai": r"\u0e00-\u0e7f",
    "devanagari": r"\u0900-\u097f", "bengali": r"\u0980-\u09ff", "georgian": r"\u10a0-\u10ff", "armenian": r"\u0530-\u058f", "tamil": r"\u0b80-\u0bff",
}  # fmt: skip
_LETTERS = {script: re.compile(f"[{ranges}]") for script, ranges in _SCRIPTS.items()}
_SCRIPT_OF = {
    "ru": ("cyrillic",), "uk": ("cyrillic",), "be": ("cyrillic",), "bg": ("cyrillic",), "mk": ("cyrillic",), "el": ("greek",), "ar": ("arabic",), "fa": ("arabic",),
    "ur": ("arabic",), "he": ("hebrew",), "ja": ("kana", "han"), "zh": ("han",), "ko": ("hangul", "han"), "th": ("thai",), "hi": ("devanagari",), "bn": ("bengali",),
    "ka": ("georgian",), "hy": ("armenian",), "ta": ("tamil",),
} | dict.fromkeys(
    ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "sv", "da", "no", "nb", "nn", "fi", "et", "lv", "lt", "hu", "ro", "tr", "id", "ms", "vi", "ca",
     "hr", "sl", "sq", "sw", "zu", "xh", "af", "is", "ga", "cy", "eu", "gl", "tl"), ("latin",)
)  # fmt: skip
_OF_ONE_SCRIPT = {
    "greek": "el",
    "hebrew": "he",
    "hangul": "ko",
    "kana": "ja",
    "thai": "th",
    "georgian": "ka",
    "armenian": "hy",
    "tamil": "ta",
}
# Letters of which the script is told, and characters that are looked at.
_FEW_LETTERS, _SAMPLE = 20, 500


def language_code(text: str) -> str:
    """Two or three lower-case letters from "en-GB", "en_US" or "English"; "" for anything else."""
    text = text.strip().lower()
    if text in _NAMES:
        return _NAMES[text]
    found = _CODE.fullmatch(text) if len(text) <= 35 else None
    return _SAME.get(found[1], found[1]) if found else ""


def settled(declared: str, text: str) -> tuple[str, bool]:
    """The language of `text`, and whether that was read from it and not from `declared` ("" when the page declares none).

    A declared language stands unless the text is in another script, or long and plainly in another language: templates
    print lang="en" over Swahili and German news.
    """
    text = text[:_READ]
    found = detected(text)
    if not declared or not found:
        return (found, True) if found else (declared, False)
    if found == declared or any(found in kin and declared in kin for kin in _KIN):
        return declared, False
    script, expected = _script(text), _SCRIPT_OF.get(declared)
    if expected and script and script not in expected:
        return found, True
    return (found, True) if _plainly(found, declared, text) else (declared, False)


def detected(text: str) -> str:
    """The language of a text of at least 100 characters, "" when it is shorter or none fits. Scripts of one language need 20."""
    text = text[:_READ]
    if only := _OF_ONE_SCRIPT.get(_script(text)):
        return only
    limit = _limit(text)
    return _ranked(text, _LANGUAGES, limit)[0] if limit else ""


def _limit(text: str) -> int:
    return next((limit for length, limit in _LIMITS if len(text) >= length), 0)


def _plainly(found: str, declared: str, text: str) -> bool:
    if len(text) < _SURE_CHARS or declared not in _LANGUAGES:
        return False
    rank = _ranked(text, {found}, 5_000)[1]
    return rank <= _limit(text) - _SURE_RANK and _ranked(text, {declared}, 5_000)[1] - rank >= _SURE_MARGIN


def _ranked(text: str, languages: frozenset[str] | set[str], limit: int) -> tuple[str, int]:
    """The best of the languages with its rank (lower is better), ("", limit) when none is under the limit."""
    code, rank = detect_fast(text, cutoff=limit, langs=languages)
    return (code, rank) if code in languages else ("", limit)


def _script(text: str) -> str:
    """The script of most letters, "" when there are few. Kana wins over the Chinese characters it stands among."""
    text = text[:_SAMPLE]
    counts = {script: len(letters.findall(text)) for script, letters in _LETTERS.items()}
    if counts["kana"] * 5 > counts["han"] and counts["kana"] >= _FEW_LETTERS // 2:
        counts["kana"] += counts["han"]
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] >= _FEW_LETTERS else ""
