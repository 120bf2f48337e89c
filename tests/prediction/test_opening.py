"""What is compressed is read as what it holds, from a pipe as well."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable

import pytest

from ftcli.prediction.opening import unpacking

TEXT = b"great phone\nawful phone\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_pipe_is_unpacked_where_it_is_packed(pack: Callable[[bytes], bytes]) -> None:
    reading, writing = os.pipe()
    os.write(writing, pack(TEXT))
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert unpacking(pipe).read() == TEXT


def test_what_can_not_look_ahead_is_left_alone() -> None:
    stream = io.BytesIO(gzip.compress(TEXT))
    assert unpacking(stream) is stream
