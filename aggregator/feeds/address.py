"""When two addresses are the same feed."""

from urllib.parse import urlsplit

from aggregator.feeds.urls import safe_url

_DEFAULT_PORTS = {"http": 80, "https": 443}


def feed_key(url: str) -> str:
    """The feed's address without its fragment, host in lower case, default port gone; "" when it is no web address.

    Narrower than `url_key`: a query parameter that tells nothing apart in an article's address may select another feed.
    """
    clean = safe_url(url).partition("#")[0]
    if not clean:
        return ""
    parts = urlsplit(clean)
    host = (parts.hostname or "").lower()
    bracketed = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{bracketed}{port}{parts.path or '/'}{query}"[:512]
