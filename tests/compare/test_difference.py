"""The verdict's test against its definition, against scipy, and on generated studies."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.levels import World, claims
from ftcli.compare.difference import Difference, Study, difference, holm, interval

SCORES = st.lists(st.integers(0, 1000).map(lambda n: n / 1000), min_size=5, max_size=12)


@given(SCORES, SCORES)
@settings(deadline=None)
def test_with_the_examples_given_it_is_welchs_test(ours, theirs):
    found = difference(Study(np.array(ours)), Study(np.array(theirs)))
    if np.ptp(ours) or np.ptp(theirs):
        expected = stats.ttest_ind(ours, theirs, equal_var=False)
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)
    else:
        assert found.p_value == float(ours[0] == theirs[0])


def test_the_examples_part_is_obuchowski_and_rocketts():
    generator = np.random.default_rng(0)
    common = generator.normal(size=(1, 200))
    ours = generator.normal(size=(5, 200)) + common + generator.normal(size=(1, 200))
    theirs = generator.normal(size=(6, 200)) + common

    def mean_covariance(pairs):
        return np.mean([np.cov(left, right)[0, 1] for left, right in pairs])

    expected = (
        mean_covariance(itertools.combinations(ours, 2))
        + mean_covariance(itertools.combinations(theirs, 2))
        - 2 * mean_covariance(itertools.product(ours, theirs))
    )
    found = difference(Study(ours.mean(1), ours), Study(theirs.mean(1), theirs))
    assert found.of_examples == pytest.approx(expected)


VAN_DYKE = [
    # mean, MS(R), Cov2; standard error, degrees of freedom
    (0.8970370, 0.003082629, 0.0004839618, 0.03317360, 12.74465),
    (0.9408374, 0.001304602, 0.0002041879, 0.02156637, 12.71019),
]
"""Van Dyke et al. 1993, five readers and 114 cases by each of two methods, as published with Hillis's MRMCaov."""


@pytest.mark.parametrize(("mean", "of_readers", "covariance", "error", "freedom"), VAN_DYKE)
def test_a_published_study_against_what_is_known(mean, of_readers, covariance, error, freedom):
    found = Difference(mean, (of_readers, 0.0), (5, 5), covariance)
    assert found.standard_error == pytest.approx(error, rel=1e-6)
    assert found.degrees_of_freedom == pytest.approx(freedom, rel=1e-5)


def test_a_published_difference():
    """Published for the same readers by both methods: other readers have twice the degrees of freedom, 2 (5 - 1)."""
    interaction, cov2, cov3 = 0.0005510306, 0.0003440748, 0.0002390284
    found = Difference(VAN_DYKE[0][0] - VAN_DYKE[1][0], (interaction, interaction), (5, 5), 2 * (cov2 - cov3))
    assert found.standard_error == pytest.approx(0.02074862, rel=1e-6)
    assert found.degrees_of_freedom == pytest.approx(2 * 15.25967, rel=1e-5)
    assert found.p_value == pytest.approx(2 * stats.t.sf(2.110999, 2 * 15.25967), rel=1e-5)


@pytest.mark.slow  # hundreds of studies
@pytest.mark.parametrize(
    "world",
    [World(), World(of_recipe=0.7), World(of_recipe=0.3, collapses=0.1)],
    ids=["seeds", "examples", "collapses"],
)
def test_it_holds_its_level_on_generated_studies(world):
    """Of 300 studies without a difference 5 % are 15; 28 or more come about once in a thousand times."""
    for seeds in (5, 10):
        found = claims(world, seeds, studies=300)
        assert found["Obuchowski-Rockette"] <= 27 / 300, seeds
        assert found["interval of compare"] <= 27 / 300, seeds


def test_a_test_over_the_seeds_alone_does_not_hold_it():
    found = claims(World(of_recipe=0.7), 10, studies=100)
    assert found["Welch"] > 0.15


def test_a_true_difference_is_found():
    assert claims(World(of_recipe=0.2), 8, studies=100, better=0.5)["Obuchowski-Rockette"] > 0.9


def test_the_smallest_provable_difference_is_found_four_times_in_five():
    generator = np.random.default_rng(1)
    known = difference(Study(generator.normal(size=8)), Study(generator.normal(size=8)))
    size = known.smallest_provable(0.05)
    # Simulated with the variances that it was worked out from.
    left, right = (np.sqrt(each) * generator.normal(size=(4000, 8)) for each in known.variances)
    p_values = stats.ttest_ind(left + size, right, axis=1, equal_var=False).pvalue
    assert (p_values <= 0.05).mean() == pytest.approx(0.8, abs=0.03)


def test_as_many_seeds_as_it_asks_for_prove_it():
    scores = np.linspace(0.3, 0.5, 6)
    found = difference(Study(scores + 0.05), Study(scores))
    enough = found.seeds_to_prove(0.05)
    assert enough is not None
    assert found.with_seeds(enough).smallest_provable(0.05) <= found.estimate
    assert found.with_seeds(enough - 1).smallest_provable(0.05) > found.estimate


def test_no_number_of_seeds_makes_up_for_too_few_examples():
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 0.2, size=(1, 500))
    ours = Study(np.linspace(0.50, 0.52, 6), np.linspace(0.50, 0.52, 6)[:, None] + noise)
    theirs = Study(np.linspace(0.49, 0.51, 6), np.linspace(0.49, 0.51, 6)[:, None] - noise)
    assert difference(ours, theirs).seeds_to_prove(0.05) is None


def test_equal_scores_prove_nothing_and_cost_no_division_by_zero():
    same = Study(np.full(5, 0.5))
    found = difference(same, same)
    assert (found.p_value, found.smallest_provable(0.05), interval(same, same)) == (1.0, None, (0.0, 0.0))
    assert found.seeds_to_prove(0.05) is None


def test_the_interval_is_about_the_estimate_and_the_same_each_time():
    generator = np.random.default_rng(0)
    ours, theirs = Study(generator.normal(1, 1, size=8)), Study(generator.normal(0, 1, size=8))
    low, high = interval(ours, theirs)
    assert low < difference(ours, theirs).estimate < high
    assert interval(ours, theirs) == (low, high)
    welch = stats.ttest_ind(ours.scores, theirs.scores, equal_var=False).confidence_interval()
    assert (low, high) == pytest.approx((welch.low, welch.high), abs=0.25)


def test_holm_is_as_worked_out_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_its_steps_reject(p_values):
    """The other formulation: in ascending order, the i-th is held against 0.05 / (m - i), until one fails."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    rejected = set()
    for place, index in enumerate(order):
        if p_values[index] * (len(p_values) - place) > 0.05:
            break
        rejected.add(index)
    assert {i for i, p in enumerate(holm(p_values)) if p <= 0.05} == rejected


def test_of_many_recipes_none_is_called_better_by_chance_too_often():
    """Five alike recipes and a baseline, 300 times: any false claim in 5 % is 15; 28 come about once in a thousand."""
    generator = np.random.default_rng(5)
    claimed = []
    for _ in range(300):
        baseline, *others = (Study(generator.normal(size=8)) for _ in range(6))
        claimed.append(min(holm([difference(each, baseline).p_value for each in others])) <= 0.05)
    assert sum(claimed) <= 27
