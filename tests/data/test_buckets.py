from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ftcli.data.buckets import LengthBuckets

lengths = st.lists(st.integers(1, 60), min_size=1, max_size=300).map(np.array)
few = settings(max_examples=50, deadline=None)


@few
@given(lengths, st.integers(1, 40), st.integers(0, 2**62), st.integers(0, 5), st.sampled_from([1, 8]))
def test_every_row_exactly_once_in_batches_that_hold_it(lengths, batch_size, seed, epoch, multiple):
    buckets = LengthBuckets(lengths, batch_size, seed, multiple)
    batches = list(buckets.epoch(epoch))
    rows = np.concatenate([batch.rows for batch in batches])
    assert sorted(rows.tolist()) == list(range(len(lengths)))
    assert len(batches) == buckets.batches
    assert sum(len(batch.rows) < batch_size for batch in batches) <= 1
    for batch in batches:
        assert lengths[batch.rows].max() <= batch.length
        assert batch.length % multiple == 0


@few
@given(lengths, st.integers(0, 2**62))
def test_nothing_is_padded_beyond_what_the_model_takes(lengths, seed):
    limit = int(lengths.max())
    free = [batch.length for batch in LengthBuckets(lengths, 8, seed, 8).epoch(0)]
    kept = [batch.length for batch in LengthBuckets(lengths, 8, seed, 8, limit).epoch(0)]
    assert kept == [min(length, limit) for length in free]


@few
@given(lengths, st.integers(1, 40), st.integers(0, 2**62), st.floats(0.1, 1))
def test_a_length_holds_the_wanted_share_of_the_tokens_and_a_shorter_one_less(lengths, batch_size, seed, share):
    buckets = LengthBuckets(lengths, batch_size, seed)
    batches = [(batch.length, len(batch.rows) * batch.length) for batch in buckets.epoch(3)]
    found, wanted = buckets.length_holding(share), share * sum(tokens for _, tokens in batches)
    assert sum(tokens for length, tokens in batches if length <= found) >= wanted
    assert sum(tokens for length, tokens in batches if length < found) < wanted


@few
@given(st.lists(st.integers(1, 60), min_size=300, max_size=600).map(np.array), st.integers(0, 5))
def test_fuller_buckets_make_fewer_shapes(lengths, epoch):
    narrow, wide = (LengthBuckets(lengths, 4, seed=1, enough=enough) for enough in (2, 8))
    assert len({batch.length for batch in wide.epoch(epoch)}) <= len({batch.length for batch in narrow.epoch(epoch)})
    assert len({batch.length for batch in wide.epoch(epoch)}) <= 1 + len(lengths) // (4 * 7)


def shapes(buckets, epoch):
    return [(len(batch.rows), batch.length) for batch in buckets.epoch(epoch)]


@few
@given(lengths, st.integers(1, 40), st.integers(0, 5))
def test_the_shapes_do_not_depend_on_the_seed(lengths, batch_size, epoch):
    one, other = (shapes(LengthBuckets(lengths, batch_size, seed), epoch) for seed in (1, 2))
    assert one == other


LENGTHS = np.arange(1, 501) % 40 + 3


def test_each_epoch_goes_through_the_same_shapes_in_an_order_of_its_own():
    epochs = [shapes(LengthBuckets(LENGTHS, 16, seed=1), epoch) for epoch in range(4)]
    assert len(set(map(tuple, epochs))) == 4
    assert len({tuple(sorted(each)) for each in epochs}) == 1


def order(seed, epoch):
    return np.concatenate([batch.rows for batch in LengthBuckets(LENGTHS, 16, seed).epoch(epoch)]).tolist()


def test_the_order_differs_from_epoch_to_epoch_and_from_seed_to_seed():
    orders = [order(seed, epoch) for seed in (1, 2) for epoch in (0, 1)]
    assert len({tuple(each) for each in orders}) == 4
    assert order(1, 0) == order(1, 0)


def test_little_is_padded():
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(2.3, 0.4, 8000).astype(int), 4, 47)
    buckets = LengthBuckets(lengths, 16, 0)
    padded = sum(len(batch.rows) * batch.length for batch in buckets.epoch(0))
    assert buckets.efficiency() == lengths.sum() / padded
    assert buckets.efficiency() > 0.95


def test_of_a_text_in_windows_each_epoch_draws_one():
    lengths = np.array([4, 9, 9, 9, 5, 9])
    windows = np.array([0, 1, 4, 5, 12, 13, 20])
    seen, of_epochs = set(), set()
    for seed in (0, 1):
        buckets = LengthBuckets(lengths, 4, seed, windows=windows)
        for epoch in range(20):
            batches = list(buckets.epoch(epoch))
            rows = np.sort(np.concatenate([batch.rows for batch in batches]))
            assert np.searchsorted(windows, rows, side="right").tolist() == [1, 2, 3, 4, 5, 6], "one row of each text"
            seen |= set(rows.tolist())
            of_epochs.add((epoch, tuple(shapes(buckets, epoch))))
            again = np.sort(np.concatenate([batch.rows for batch in buckets.epoch(epoch)]))
            assert again.tolist() == rows.tolist()
    assert seen == set(range(20))
    assert len(of_epochs) == 20, "the same for every seed"
