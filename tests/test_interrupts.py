from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from ftcli import interrupts
from ftcli.errors import Stopped, Terminated, is_termination
from ftcli.interrupts import StopRequest, deferred, ended_on_request, hear_parent_alone, unheard_by_others


@pytest.fixture(autouse=True)
def handlers(monkeypatch):
    """What the next tests find, whatever these leave."""
    monkeypatch.setattr(interrupts, "_heard", [])
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_waits_until_it_is_asked_for(sign):
    before = signal.getsignal(sign)
    with deferred() as request:
        request.raise_if_made()
        os.kill(os.getpid(), sign)
        with pytest.raises(Stopped) as raised:
            request.raise_if_made()
    assert is_termination(raised.value) == (sign == signal.SIGTERM)
    assert signal.getsignal(sign) == before


@pytest.mark.parametrize(("sign", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_a_second_one_stops_at_once(sign, error):
    with deferred() as request:
        request.receive(signal.SIGINT)
        with pytest.raises(error):
            os.kill(os.getpid(), sign)


def test_a_terminal_that_goes_says_so_twice():
    signal.signal(signal.SIGHUP, lambda *_: pytest.fail("what is said about it is cut short"))
    with deferred() as request:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
        with pytest.raises(Stopped) as raised:
            request.raise_if_made()
    assert is_termination(raised.value)
    os.kill(os.getpid(), signal.SIGHUP)  # or a third time, while the user is told


def test_who_waits_for_others_is_stopped_at_once():
    with deferred() as request:
        with pytest.raises(Stopped), request.raised_at_once():
            os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Stopped), request.raised_at_once():
            pytest.fail("it waits though it has been stopped")


def test_what_is_asked_for_after_the_wait_is_noted_down():
    with deferred() as request:
        with request.raised_at_once():
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Stopped):
            request.raise_if_made()


def test_those_that_are_asked_twice_take_it_for_once(monkeypatch):
    monkeypatch.setattr(StopRequest, "asked_twice", True)
    with deferred() as request:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Stopped):
            request.raise_if_made()


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferred() as request:
            os.kill(os.getpid(), signal.SIGINT)
            request.raise_if_made()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("sign", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_what_was_swallowed_before_is_heard_of_now(sign, error):
    with ended_on_request():
        with pytest.raises(error):
            os.kill(os.getpid(), sign)
        with deferred() as request, pytest.raises(Stopped) as raised:
            request.raise_if_made()
        assert is_termination(raised.value) == (sign == signal.SIGTERM)
    with deferred() as request:  # in another command
        request.raise_if_made()


def test_who_goes_on_after_a_command_finds_what_there_was_before():
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with ended_on_request():
        assert signal.getsignal(signal.SIGTERM) != before[signal.SIGTERM]
    assert {sign: signal.getsignal(sign) for sign in before} == before


def test_a_process_of_a_study_hears_its_parent_whatever_it_has_inherited(monkeypatch):
    monkeypatch.setattr(StopRequest, "asked_twice", False)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hear_parent_alone()
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGHUP)
    with pytest.raises(Terminated):
        os.kill(os.getpid(), signal.SIGTERM)


def test_one_that_is_asked_again_and_again_is_not_disturbed_in_going(monkeypatch):
    monkeypatch.setattr(StopRequest, "asked_twice", True)
    with deferred():
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)


def test_other_threads_are_left_alone():
    found = []

    def work():
        with deferred() as request:
            request.raise_if_made()
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGINT)]


def test_what_is_started_meanwhile_hears_nothing():
    told = [sys.executable, "-c", "import os, signal; [os.kill(os.getpid(), each) for each in (1, 2, 15)]; print('on')"]
    with unheard_by_others():
        process = subprocess.Popen(told, stdout=subprocess.PIPE)
    out, _ = process.communicate(timeout=60)
    assert out == b"on\n"
