"""Mail addresses: the strict form that is accepted from configuration and written into headers."""

import re
from email.errors import MessageError
from email.headerregistry import Address

from aggregator.errors import UsageError
from aggregator.text import one_line

_WITH_NAME = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_HINT = 'write it as "desk@example.org"'
_SENDER_HINT = 'write it as "News alerts <alerts@example.org>"'


def parse_address(text: str, *, display_name: bool = False) -> str:
    """One mail address, checked: `local@domain`, the domain lower case and ASCII (IDNA).

    With `display_name` (senders) a name in front is allowed and kept: `Name <local@domain>`.
    UsageError otherwise. Quoted local parts, domain literals and non-ASCII local parts are refused: relays differ on them.
    Lengths are those of RFC 5321 (64 before the @, 254 in all).
    """
    address = split_address(text, display_name=display_name)
    return f"{address.display_name} <{address.addr_spec}>" if address.display_name else address.addr_spec


def split_address(text: str, *, display_name: bool = False) -> Address:
    """As `parse_address`, in parts; the display name is one clean line."""
    hint = _SENDER_HINT if display_name else _HINT
    name, bare = "", text.strip(" ")
    if found := _WITH_NAME.fullmatch(bare):
        if not display_name:
            raise UsageError(f'"{_shown(text)}" has a name in front of the address', hint=hint)
        name, bare = _name(found["name"], text), found["address"]
    try:
        return Address(name, addr_spec=_checked(bare))
    except (ValueError, MessageError, IndexError) as problem:
        raise UsageError(f'"{_shown(text)}" is no mail address: {problem}', hint=hint) from None


def _checked(bare: str) -> str:
    local, at, domain = bare.rpartition("@")
    if not at:
        raise ValueError("it has no @")
    if not local.isascii():
        raise ValueError("only ASCII letters can stand before the @")
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        raise ValueError("what stands before the @ is not usable")
    spec = f"{local}@{_ascii_domain(domain)}"
    if len(spec) > 254:
        raise ValueError("it is longer than 254 characters")
    return spec


def _ascii_domain(domain: str) -> str:
    try:
        host = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = ""
    if not _DOMAIN.fullmatch(host):
        raise ValueError("what stands after the @ is no domain")
    return host


def _name(raw: str, text: str) -> str:
    clean = one_line(raw)
    if clean != raw.strip():
        raise UsageError(f'"{_shown(text)}" has characters in the name that cannot be sent', hint=_SENDER_HINT)
    return clean.removeprefix('"').removesuffix('"').strip()


def _shown(text: str) -> str:
    return one_line(text, 80)
