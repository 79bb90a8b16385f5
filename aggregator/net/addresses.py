"""Which addresses may be dialled: an own table, because
`ipaddress.is_global` passes multicast, NAT64 and 6to4 forms of loopback.

The check belongs at connect time, on the resolved address: names such as `127.1` or `2130706433` are not addresses to a URL
parser, but they are to the resolver.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA special-purpose registries (RFC 6890 and updates), multicast and reserved space included. 6to4, Teredo and the
# IPv4-compatible block stand here as a whole: no public feed needs them, and they only hide others. The well-known NAT64 prefix
# is unwrapped instead: on a network without IPv4 every old outlet resolves into it.
_FORBIDDEN_V4 = (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",  # private
    "100.64.0.0/10",  # carrier-grade NAT
    "127.0.0.0/8",  # loopback
    "169.254.0.0/16",  # link-local, cloud metadata
    "172.16.0.0/12",  # private
    "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a metadata service
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # 6to4 relay anycast
    "192.168.0.0/16",  # private
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/3",  # multicast, reserved, broadcast
)
_FORBIDDEN_V6 = (
    "::/96",  # unspecified, loopback, IPv4-compatible
    "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
    "64:ff9b:1::/48",  # local NAT64
    "100::/64",  # discard
    "2001::/23",  # protocol assignments with Teredo
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4
    "3fff::/20",  # documentation
    "5f00::/16",  # segment routing
    "fc00::/7",  # unique local
    "fe80::/10",  # link-local
    "fec0::/10",  # site-local
    "ff00::/8",  # multicast
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF
# Verdicts depend on nothing but the text, and each costs 25 microseconds.
_REMEMBERED = 5_000


class Guard:
    """Says of a resolved address whether it may be dialled.

    `allow_networks` (CIDR or single addresses) opens networks that are forbidden by default. An IPv4 address inside an IPv6 one
    (mapped, NAT64) is judged as the IPv4 address it reaches.
    """

    def __init__(self, allow_networks: tuple[str, ...] = ()) -> None:
        self._allowed = _networks(allow_networks)
        self._forbidden = _networks(_FORBIDDEN_V4 + _FORBIDDEN_V6)
        self._judged: dict[str, bool] = {}

    def allowed(self, address: str) -> bool:
        """True when `address`, an IP literal (a zone such as `%eth0` is ignored), may be dialled; anything else is False."""
        verdict = self._judged.get(address)
        if verdict is None:
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            verdict = self._judged[address] = self._judge(address)
        return verdict

    def _judge(self, address: str) -> bool:
        try:
            reached = _unwrap(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        return _inside(reached, self._allowed) or not _inside(reached, self._forbidden)


def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def _inside(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _unwrap(address: Address) -> Address:
    """The address that is really reached."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _LOW_32_BITS)
    return address
