"""The search for the least number, held to looking at all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity_sim.planning.least import least


@given(st.integers(1, 300), st.integers(-5, 400), st.integers(1, 200))
def test_it_finds_what_looking_at_all_finds(threshold: int, guess: int, most: int) -> None:
    found = least(lambda number: number >= threshold, guess, most)
    assert found == next((number for number in range(1, most + 1) if number >= threshold), None)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 60))
def test_what_it_finds_does_and_the_one_below_does_not(answers: list[bool], guess: int) -> None:
    def does(number: int) -> bool:
        return answers[number - 1]

    found = least(does, guess, len(answers))
    if found is not None:
        assert does(found)
        assert found == 1 or not does(found - 1)
    else:
        assert not does(len(answers))


@pytest.mark.parametrize("distance", [0, 1, 2, 10])
def test_next_to_the_answer_few_are_asked_for(distance: int) -> None:
    asked: list[int] = []

    def does(number: int) -> bool:
        asked.append(number)
        return number >= 1_000

    assert least(does, 1_000 + distance, 100_000) == 1_000
    assert len(asked) == len(set(asked)) <= 2 + 2 * distance.bit_length()
