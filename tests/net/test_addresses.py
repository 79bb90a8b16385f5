"""No address that reaches a private, special or disguised network may be dialled; ordinary public ones may."""

import pytest

from aggregator.net.addresses import Guard

BAD = [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "192.88.99.1",
    "203.0.113.1",
    "172.31.0.1",
    "192.168.1.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "fec0::1",
    "2001:db8::1",
    "100::1",
    "3fff::1",
    "5f00::1",
]
MORE_BAD = [
    "fe80::1%eth0",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "localhost",
    "::ffff:0:127.0.0.1",
    "198.51.100.7",
    "192.0.2.1",
    "1.2.3",
    "[::1]",
]
GOOD = [
    "8.8.8.8",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "93.184.216.34",
    "2a00:1450::1",
    "64:ff9b::808:808",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
]


def test_the_table_has_all_forms():
    assert len(BAD) == 34


@pytest.mark.parametrize("address", [*BAD, *MORE_BAD, "", "x" * 5000])
def test_refused(address):
    assert not Guard().allowed(address)


@pytest.mark.parametrize("address", GOOD)
def test_dialled(address):
    assert Guard().allowed(address)


@pytest.mark.parametrize(
    ("networks", "address", "expected"),
    [
        (("127.0.0.0/8",), "127.0.0.1", True),
        (("127.0.0.0/8",), "::ffff:127.0.0.1", True),
        (("127.0.0.0/8",), "::1", False),
        (("127.0.0.0/8",), "10.0.0.1", False),
        (("10.0.0.5",), "10.0.0.5", True),
        (("10.0.0.5",), "10.0.0.6", False),
        (("fd00::/8",), "fd00::7", True),
        (("fd00::/8",), "fe80::7", False),
        (("10.0.0.1/8",), "10.9.9.9", True),
    ],
)
def test_listed_networks_are_opened_and_no_others(networks, address, expected):
    assert Guard(networks).allowed(address) is expected
