"""The guard in conftest.py: loopback is open, everything else is not."""

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_another_machine_is_refused(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family) as one,
        pytest.raises(ConnectionError, match="tests run without network"),
    ):
        one.connect((host, 80))


def test_this_machine_is_not():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as one,
    ):
        assert one.getpeername() == server.getsockname()
