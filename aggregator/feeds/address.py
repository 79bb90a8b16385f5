"""When two addresses are the same feed."""

from aggregator.feeds.urls import safe_url


def feed_key(url: str) -> str:
    """The feed's address without its fragment, host in lower case, default port gone; "" when it is no web address.

    Narrower than `url_key`: a query parameter that tells nothing apart in an article's address may select another feed.
    """
    return safe_url(url).partition("#")[0][:512]
