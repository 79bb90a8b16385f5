"""Names of messages: the keys that make a second copy impossible, and the Message-IDs derived from them."""

import hashlib
import hmac
from datetime import UTC, datetime

from aggregator.alerts.addresses import parse_address
from aggregator.alerts.values import AlertKind
from aggregator.ids import ArticleId, RecipientId, TopicId

# The column holds 255 characters; a longer domain loses labels from the left, which a Message-ID does not mind.
_DOMAIN_MAX = 200


def message_id(secret: bytes, dedup_key: str, domain: str) -> str:
    """The Message-ID of an outbox row, with angle brackets: the same for the same row for ever, not guessable without the secret."""
    digest = hmac.new(secret, dedup_key.encode(), hashlib.sha256).hexdigest()[:40]
    if len(domain) > _DOMAIN_MAX:
        domain = domain[-_DOMAIN_MAX:].partition(".")[2]
    return f"<{digest}@{domain}>"


def alert_key(topic_id: TopicId, recipient_id: RecipientId, article_id: ArticleId, kind: AlertKind, sequence: int) -> str:
    """Dedup key of an immediate message: one per topic, recipient, article, kind and sequence."""
    return f"alert:{topic_id}:{recipient_id}:{article_id}:{kind}:{sequence}"


def digest_key(recipient_id: RecipientId, plan_key: str, slot: datetime) -> str:
    """Dedup key of a digest: one per recipient, plan and slot."""
    return f"digest:{recipient_id}:{plan_key}:{slot.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def domain_of(sender: str) -> str:
    """The domain of a sender's address, ASCII and lower case; UsageError when it is no address."""
    return parse_address(sender, display_name=True).rstrip(">").rpartition("@")[2]
