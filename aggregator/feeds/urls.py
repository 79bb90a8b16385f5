"""Addresses: which may be used, which two are the same page, which host answers for them.

Identity works by deny-list: a query parameter stays unless it is known to be tracking. Dropping unknown parameters
merged 727 real articles into 15 (news.php?id=…), so an unknown parameter always stays.
"""

import ipaddress
import re
import unicodedata
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote_plus, urljoin, urlsplit

from publicsuffixlist import PublicSuffixList

from aggregator.feeds.tracking import is_tracking

MAX_URL = 4096
MAX_HOST = 255
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
_OTHER_SCHEME = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|(?:about|blob|cid|data|file|javascript|mailto|sms|tag|tel|urn):)", re.IGNORECASE
)
_HTTP = re.compile(r"https?://", re.IGNORECASE)
# An address that joining with another would leave as it is.
_PLAIN = re.compile(r"https?://[a-zA-Z0-9](?!.*(?:/\.|;|\?#|[?#]$))")
_AMPERSAND = re.compile(r"&(?:amp|#0*38|#x0*26);", re.IGNORECASE)
_BLANK = re.compile(r"\s")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_HOST_PREFIX = re.compile(r"^(?:www\d?|(?:m|mobile|amp|touch|wap)(?=\.[^.]+\.[^.]+))\.")
_HOST_MIDDLE = re.compile(r"^([a-z]{2})\.m\.(?=[^.]+\.)")
_INDEX = re.compile(r"(?:index|default)\.(?:html?|php|aspx?|jsp|shtml)", re.IGNORECASE)
_AMP_SUFFIX = re.compile(r"\.amp(?=\.html?$|$)", re.IGNORECASE)
_ARCHIVE = re.compile(r"/web/\d+(?:id_|im_)?/(https?:/{1,2}.+)", re.IGNORECASE)
_AMP_CACHES = (".cdn.ampproject.org", ".bing-amp.com")
_AMP_CACHE = re.compile(r"/(?:[a-z]/)?(?:s/)?([^/]+\..+)")
_GOOGLE = re.compile(r"(?:www\.)?google\.[a-z.]+")
_GOOGLE_AMP = re.compile(r"/amp/(?:s/)?([^/]+\..+)")
# Where an address takes another one in its query, and under which names.
_WRAPPERS = {"l.facebook.com": ("/l.php", ("u",)), "lm.facebook.com": ("/l.php", ("u",)), "facebook.com": ("/l.php", ("u",))}


def safe_url(url: str, base: str = "") -> str:
    """The absolute http(s) address that `url` names, resolved against `base`; "" when there is none that may be used.

    Refused: other schemes, user names and passwords, backslashes, control characters, empty hosts, impossible ports,
    more than 4,096 characters. Blanks inside (common in feeds) become %20. Never raises.
    """
    url = url.strip()
    if not url or len(url) > MAX_URL or _FORBIDDEN.search(url):
        return ""
    try:
        absolute = url if _PLAIN.match(url) else urljoin(base, url)
        parts = urlsplit(absolute)
        usable = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return ""
    if not usable or any(blank in parts.netloc for blank in " %") or len(absolute) > MAX_URL:
        return ""
    return _BLANK.sub("%20", parts.scheme + absolute[len(parts.scheme) :])


def forwarded_to(url: str) -> str:
    """Where a redirector's address (Google News, Facebook, an AMP cache) leads by its own words; other addresses as they are."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    inner = "" if host == "web.archive.org" else _unwrap(host, parts.path, parts.query)
    return (safe_url(inner) or url) if inner else url


@lru_cache(maxsize=1024)  # asked three times for every entry of a feed
def url_key(url: str) -> str:
    """What two addresses of one page have in common: host, path and telling parameters, without a scheme; never fetched.

    Idempotent, never raises; "" for everything that is no http(s) address.
    """
    key = _AMPERSAND.sub("&", url.strip())[:MAX_URL]
    for _ in range(20):
        again = _key_once(key)
        if again == key:
            break
        key = again
    return key


def host_key(url: str) -> str:
    """The unit of manners: the registrable domain, or `address:port` for literal addresses; "" when there is no host.

    At most 255 characters, as many as a host name can have and a column holds; longer ones are never found anyway.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    address, domain = _owner_of(host)
    return f"{address}:{port or (443 if parts.scheme == 'https' else 80)}" if address else domain


@lru_cache(maxsize=4096)  # the same hosts come again with every poll and every entry
def _owner_of(host: str) -> tuple[str, str]:
    """A literal address, or the registrable domain; the other is ""."""
    try:
        return str(ipaddress.ip_address(host)), ""
    except ValueError:
        host = _ascii_host(host)
        return "", (_suffixes().privatesuffix(host) or host)[:MAX_HOST]


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _key_once(url: str) -> str:
    url = _AMPERSAND.sub("&", url.strip()).replace("\\", "/")
    if not url:
        return ""
    if url.startswith("//"):
        url = "https:" + url
    elif not _HTTP.match(url):
        if _OTHER_SCHEME.match(url):
            return ""
        url = "https://" + url
    try:
        parts = urlsplit(url)
        host, port = _plain_host(_ascii_host((parts.hostname or "").rstrip("."))), parts.port
    except ValueError:
        return ""
    if not host or any(character.isspace() for character in host):
        return ""
    inner = _unwrap(host, parts.path, parts.query)
    if inner:
        return inner
    shown_host = f"[{host}]" if ":" in host else host
    return _join(shown_host, port, _path(parts.path, parts.query), _query(parts.query), _fragment(parts.fragment))


def _join(host: str, port: int | None, path: str, query: str, fragment: str) -> str:
    shown_port = f":{port}" if port not in {None, 80, 443} else ""
    return f"{host}{shown_port}{path}{'?' + query if query else ''}{'#' + fragment if fragment else ''}"


def _ascii_host(host: str) -> str:
    host = host.lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return quote(host, safe=".")


def _plain_host(host: str) -> str:
    """Without www., m., amp. and the like; every other subdomain is another site (alice.substack.com)."""
    return _HOST_MIDDLE.sub(r"\1.", _HOST_PREFIX.sub("", host)).rstrip(".")


def _unwrap(host: str, path: str, query: str) -> str:
    """The address inside an archive, AMP cache or redirector address; "" when this is none."""
    if host == "web.archive.org" and (match := _ARCHIVE.match(path)):
        return re.sub(r"^(https?:)/+", r"\1//", match[1]) + (f"?{query}" if query else "")
    if host.endswith(_AMP_CACHES) and (match := _AMP_CACHE.match(path)):
        return f"https://{match[1]}" + (f"?{query}" if query else "")
    if _GOOGLE.fullmatch(host):
        if match := _GOOGLE_AMP.match(path):
            return f"https://{match[1]}" + (f"?{query}" if query else "")
        return _inner_query(query, ("q", "url")) if path == "/url" else ""
    wanted = _WRAPPERS.get(host)
    return _inner_query(query, wanted[1]) if wanted and path == wanted[0] else ""


def _inner_query(query: str, names: tuple[str, ...]) -> str:
    try:
        values = dict(parse_qsl(query, max_num_fields=50))
    except ValueError:
        return ""
    return next((values[name] for name in names if _HTTP.match(values.get(name, ""))), "")


def _escape(text: str, safe: str) -> str:
    """Percent-escapes in one form: unreserved characters plain, the rest upper-case, UTF-8 composed; other bytes kept."""
    decoded = _ESCAPES.sub(lambda match: _decode(bytes.fromhex(match[0].replace("%", ""))), _STRAY_PERCENT.sub("%25", text))
    return quote(unicodedata.normalize("NFC", decoded), safe=safe + "%", errors="replace")


def _decode(escaped: bytes) -> str:
    """Bytes that are not UTF-8 (a windows-1251 query) keep their escapes, so that different words stay different."""
    try:
        text = escaped.decode()
    except UnicodeDecodeError:
        text = escaped.decode("latin-1")
        return "".join(c if ord(c) in _UNRESERVED else f"%{ord(c):02X}" for c in text)
    return "".join(c if not c.isascii() or ord(c) in _UNRESERVED else f"%{ord(c):02X}" for c in text)


def _path(path: str, query: str) -> str:
    path = _escape(_SESSION.sub("", path), "/:@!$&'()*+,;=~-._")
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            segments[-1:] = []
        elif segment not in {"", "."}:
            segments.append(segment)
    return "/" + "/".join(_without_views(segments, has_query=bool(query)))


def _without_views(segments: list[str], *, has_query: bool) -> list[str]:
    """Without the segments that choose a view of a page (amp, print, index) and not the page."""
    if len(segments) >= 2 and segments[-1].lower() in {"amp", "print", "amp.html"} and re.search(r"[\d-]", segments[-2]):
        segments = segments[:-1]
    elif len(segments) >= 3 and segments[0].lower() == "amp":
        segments = segments[1:]
    if segments:
        segments = [*segments[:-1], _AMP_SUFFIX.sub("", segments[-1])]
    if segments and not has_query and _INDEX.fullmatch(segments[-1]):
        segments = segments[:-1]
    return segments


def _query(query: str) -> str:
    kept: list[tuple[str, str, bool]] = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        plain = unquote_plus(name).lower()
        if part and not is_tracking(plain, unquote_plus(value)):
            kept.append((_escape(name.lower().replace("+", " "), ""), _escape(value.replace("+", " "), "/"), bool(equals)))
    return "&".join(f"{name}={value}" if equals else name for name, value, equals in sorted(kept))


def _fragment(fragment: str) -> str:
    """Only fragments that name a page inside a one-page application."""
    names_page = fragment.startswith("!") or (fragment.startswith("/") and len(fragment) > 3)
    return _escape(fragment, "/:@!$&'()*+,;=~-._?#") if names_page else ""
