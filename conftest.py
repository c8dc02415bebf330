"""Tests and doctests stay on this machine: what would leave it is refused, whatever it is for."""

import ipaddress
import signal
import socket

import pytest


class NetworkRefusedError(ConnectionError):
    """A test wanted to speak to another machine."""


def _refuse_far(address):
    """Let loopback and sockets of files pass."""
    if not isinstance(address, tuple):
        return
    host = address[0]
    try:
        near = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        near = host in ("", "localhost")
    if not near:
        raise NetworkRefusedError(f"tests run without network; this one asked for {host!r}")


def _guarded(method):
    def guarded(self, address, *rest):
        _refuse_far(address)
        return method(self, address, *rest)

    return guarded


@pytest.fixture(scope="session", autouse=True)
def _no_network():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


@pytest.fixture(scope="session", autouse=True)
def _can_be_interrupted():
    """A shell's background job ignores Ctrl-C, and so would every process that a test starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
