"""Config files become declared values, and with what the database holds a plan. Reads files; no network, no database, no clock."""

from aggregator.declare.plan import describe, plan, refusal, summarise
from aggregator.declare.read import read_declared, slug_of
from aggregator.declare.values import (
    FROM_FILE,
    Changes,
    Declared,
    DeclaredList,
    DeclaredOutlet,
    DeclaredRecipient,
    DeclaredTopic,
    Known,
    KnownRow,
    Plan,
)

__all__ = [
    "FROM_FILE",
    "Changes",
    "Declared",
    "DeclaredList",
    "DeclaredOutlet",
    "DeclaredRecipient",
    "DeclaredTopic",
    "Known",
    "KnownRow",
    "Plan",
    "describe",
    "plan",
    "read_declared",
    "refusal",
    "slug_of",
    "summarise",
]
