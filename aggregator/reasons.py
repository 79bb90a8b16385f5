"""The closed list of reasons for everything that is not plain success.

One word each, the same in the database, the logs, the web page and the command line. `explain` has a sentence
for every member; a member without one fails a test.
"""

from enum import StrEnum


class Reason(StrEnum):
    # a poll that brought nothing new
    NOT_MODIFIED = "not_modified"
    UNCHANGED = "unchanged"
    # the network
    OFFLINE = "offline"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    BLOCKED_ADDRESS = "blocked_address"
    BAD_URL = "bad_url"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"
    TRUNCATED = "truncated"
    PROTOCOL = "protocol"
    # what the server said
    NOT_MODIFIED_UNASKED = "not_modified_unasked"
    HTTP_401 = "http_401"
    HTTP_403 = "http_403"
    HTTP_404 = "http_404"
    HTTP_410 = "http_410"
    SOFT_404 = "soft_404"
    HOME = "home"
    HTTP_429 = "http_429"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    HTTP_OTHER = "http_other"
    ROBOTS = "robots"
    COOKIES = "cookies"
    # what the bytes were
    EMPTY = "empty"
    NOT_A_FEED = "not_a_feed"
    HOSTILE = "hostile"
    WORKER_TIMEOUT = "worker_timeout"
    WORKER_KILLED = "worker_killed"
    WRONG_TYPE = "wrong_type"
    NO_TEXT = "no_text"
    NO_LINK = "no_link"
    # what became of an article or alert
    COPY = "copy"
    FOLDED = "folded"
    SILENT = "silent"
    MUTED = "muted"
    # delivery
    NO_MAIL_SERVER = "no_mail_server"
    SMTP_CONNECT = "smtp_connect"
    SMTP_TLS = "smtp_tls"
    SMTP_AUTH = "smtp_auth"
    SMTP_SENDER = "smtp_sender"
    SMTP_RECIPIENT = "smtp_recipient"
    SMTP_DATA = "smtp_data"
    SMTP_TIMEOUT = "smtp_timeout"
    RENDER_FAILED = "render_failed"
    SUPPRESSED = "suppressed"
    CATCH_UP = "catch_up"
    RESTORED = "restored"
    # ourselves
    LEASE_LOST = "lease_lost"
    INTERRUPTED = "interrupted"
    PAUSED = "paused"
    INTERNAL = "internal"


_SENTENCES: dict[Reason, str] = {
    Reason.NOT_MODIFIED: "nothing new since the last poll",
    Reason.UNCHANGED: "the same document as at the last poll",
    Reason.OFFLINE: "this machine reached no outlet at all; is its own network down?",
    Reason.DNS: "its name is not found; has the outlet moved?",
    Reason.CONNECT: "no connection to its server",
    Reason.TLS: "its certificate or encryption is not valid",
    Reason.TIMEOUT: "no complete answer within the time allowed",
    Reason.BLOCKED_ADDRESS: "its address is in a private network; list it in fetch.allow_networks if that is meant",
    Reason.BAD_URL: "the address cannot be used",
    Reason.TOO_MANY_REDIRECTS: "it forwards in a circle or too often",
    Reason.TOO_LARGE: "the answer is larger than the limit",
    Reason.BAD_ENCODING: "the answer's compression is broken or not supported",
    Reason.TRUNCATED: "the answer broke off in the middle",
    Reason.PROTOCOL: "the answer is not proper HTTP",
    Reason.NOT_MODIFIED_UNASKED: "it says 'not modified' although we hold nothing",
    Reason.HTTP_401: "it asks for a log-in",
    Reason.HTTP_403: "it refuses us",
    Reason.HTTP_404: "it is not there (404)",
    Reason.HTTP_410: "it is gone for good (410)",
    Reason.SOFT_404: "its page says that it is not there",
    Reason.HOME: "its address leads to the front page",
    Reason.HTTP_429: "it asks us to come less often",
    Reason.HTTP_4XX: "it refuses the request",
    Reason.HTTP_5XX: "its server has a fault",
    Reason.HTTP_OTHER: "it gives an answer that makes no sense here",
    Reason.ROBOTS: "its robots.txt forbids reading the page",
    Reason.COOKIES: "its cookie file (cookies_file) cannot be used",
    Reason.EMPTY: "the answer is empty",
    Reason.NOT_A_FEED: "it answers with something that is not a feed",
    Reason.HOSTILE: "the document is built to do harm and was refused",
    Reason.WORKER_TIMEOUT: "reading the document took longer than allowed",
    Reason.WORKER_KILLED: "reading the document needed more memory than allowed, or crashed",
    Reason.WRONG_TYPE: "the link leads to something that is not a web page",
    Reason.NO_TEXT: "no text was found on the page",
    Reason.NO_LINK: "the feed gives no link to a page",
    Reason.COPY: "the same text as an earlier article",
    Reason.FOLDED: "the same text was already told",
    Reason.SILENT: "stored without telling: it was already in the feed when the feed was added",
    Reason.MUTED: "muted or paused by a person",
    Reason.NO_MAIL_SERVER: "no mail server is configured (smtp.host)",
    Reason.SMTP_CONNECT: "no connection to the mail server",
    Reason.SMTP_TLS: "no encrypted connection to the mail server",
    Reason.SMTP_AUTH: "the mail server refuses the user name or password",
    Reason.SMTP_SENDER: "the mail server refuses the sender address",
    Reason.SMTP_RECIPIENT: "the mail server refuses the recipient",
    Reason.SMTP_DATA: "the mail server refuses the message",
    Reason.SMTP_TIMEOUT: "the mail server did not answer in time",
    Reason.RENDER_FAILED: "the message could not be written",
    Reason.SUPPRESSED: "the address bounced before and is not written to",
    Reason.CATCH_UP: "moved into one catch-up digest",
    Reason.RESTORED: "held after a restore until the operator releases it",
    Reason.LEASE_LOST: "another worker took it over",
    Reason.INTERRUPTED: "the service was stopped meanwhile",
    Reason.PAUSED: "paused",
    Reason.INTERNAL: "a fault in this program; the log has the details",
}


def explain(reason: Reason) -> str:
    """One sentence part for people, without a full stop."""
    return _SENTENCES[reason]


def how_it_went(word: str) -> str:
    """`explain` for a stored word; "" for none, and for one of a newer program."""
    return _SENTENCES[Reason(word)] if word in Reason.__members__.values() else ""
