"""TaskRouter's expressions against a table of what they mean, and against Python's own and, or and comparisons."""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity_sim.errors import InputError
from activity_sim.model.expressions import parse

WORKER: dict[str, Any] = {
    "skills": ["support", "sales", 3],
    "level": 2,
    "rate": 1.5,
    "language": "de",
    "senior": True,
    "team": {"name": "north", "lead": {"level": 7}, "sites": ["Bonn"]},
    "in_training": False,
    "orders": 0,
    "half-day": 1,
    "Other": "x",
}

TRUE = [
    "1==1",
    "1 = 1",
    "level == 2",
    "level = 2",
    "level == 2.0",
    "level != 3",
    "level > 1",
    "level >= 2",
    "level < 3",
    "level <= 2",
    "level > -1",
    "2 == level",
    "rate == 1.5",
    "orders == 0",
    'language == "de"',
    "language == 'de'",
    '"de" == language',
    'language != "en"',
    'language > "a"',
    "senior == true",
    "senior == TRUE",
    "in_training == false",
    "half-day == 1",
    '"support" IN skills',
    "3 IN skills",
    '"support" in skills',
    'skills HAS "support"',
    "skills has 'sales'",
    "skills HAS 3",
    'language IN ["en", "de"]',
    "level IN [1, 2]",
    "level IN [2]",
    '["en", "de"] HAS language',
    'team.name == "north"',
    "team.lead.level >= 7",
    'team.sites HAS "Bonn"',
    "(level == 2)",
    "((level == 2))",
    "level == 2 AND rate > 1",
    "level == 3 OR rate > 1",
    "level == 2 and rate > 1 And senior == true",
    '(level == 3 OR rate > 1) AND "support" IN skills',
    "level==2 OR level==9 AND level==9",
    "  level  ==  2  ",
    "level == 2\n  AND rate > 1",
    "level == level",
]
FALSE = [
    "1==2",
    "level == 3",
    "level != 2",
    "level > 2",
    "level < 2",
    'level == "2"',
    'language == "DE"',
    "senior == 1",
    "senior == false",
    '"billing" IN skills',
    '"3" IN skills',
    'skills HAS "billing"',
    "level IN []",
    "(level==2 OR level==9) AND level==9",
    "language > 1",
]
MISSING = [
    "salary == 1",
    "salary != 1",
    "salary > 1",
    "salary < 1",
    'salary == ""',
    "1 != salary",
    "salary == salary",
    "salary == bonus",
    "salary != bonus",
    '"support" IN expertise',
    'expertise HAS "support"',
    "salary IN [1, 2]",
    "team.size == 1",
    "team.lead.name.first == 1",
    "level.deeper == 2",
    'skills.name == "x"',
    "other == 'x'",
]
NOT_A_LIST = [
    'language HAS "d"',
    'language HAS "de"',
    "level HAS 2",
    'team HAS "name"',
    "senior HAS true",
    '"d" IN language',
    '"name" IN team',
    "2 IN level",
]


@pytest.mark.parametrize("expression", TRUE)
def test_expression_holds(expression: str) -> None:
    assert parse(expression)(WORKER) is True


@pytest.mark.parametrize("expression", FALSE)
def test_expression_does_not_hold(expression: str) -> None:
    assert parse(expression)(WORKER) is False


@pytest.mark.parametrize("expression", MISSING)
def test_a_comparison_with_a_missing_attribute_is_false(expression: str) -> None:
    assert parse(expression)(WORKER) is False


@pytest.mark.parametrize("expression", NOT_A_LIST)
def test_nothing_is_in_what_is_not_a_list(expression: str) -> None:
    assert parse(expression)(WORKER) is False


def test_a_missing_attribute_does_not_spoil_the_rest() -> None:
    assert parse("salary > 1 OR level == 2")(WORKER) is True
    assert parse("salary > 1 AND level == 2")(WORKER) is False


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"say \"yes\""', 'say "yes"'),
        (r"'it\'s'", "it's"),
        (r'"back\\slash"', "back\\slash"),
        (r'"ends in \\"', "ends in \\"),
        ('"it\'s"', "it's"),
        ('" spaces  inside "', " spaces  inside "),
        ('"a AND b OR (c)"', "a AND b OR (c)"),
        ('"Grüße, 世界"', "Grüße, 世界"),
        ('""', ""),
    ],
)
def test_a_string_means_what_is_between_its_quotes(written: str, meant: str) -> None:
    assert parse(f"text == {written}")({"text": meant}) is True
    assert parse(f"text == {written}")({"text": meant + "!"}) is False


@pytest.mark.parametrize(
    ("expression", "column"),
    [
        ("skills HAZ 3", 8),
        ("level = = 2", 9),
        ("level == 2 level == 3", 12),
        ("level", None),
        ("(level == 2", None),
        ("level == 2)", 11),
        ("level == 2 AND", None),
        ("level == 2 AND AND rate == 1", 16),
        ("AND level == 2", 1),
        ("level ==", None),
        ("== 2", 1),
        ("level == 1 == 2", 12),
        ('language == "de', 13),
        ("level == 2;", 11),
        ("level IN [1, 2", None),
        ("skills HAS", None),
        ("level ! 2", 7),
        ("level == $x", 10),
        ("NOT level == 2", None),
    ],
)
def test_what_is_no_expression_is_refused_and_pointed_at(expression: str, column: int | None) -> None:
    with pytest.raises(InputError, match=r"is not an expression from column \d+ on") as caught:
        parse(expression)
    _rule, shown, pointer = str(caught.value).splitlines()
    assert shown.strip() == expression
    marked = pointer.index("^") - shown.index(expression) + 1
    assert f"column {marked} on" in str(caught.value)
    assert column is None or marked == column


# --- the same as Python says ---

comparisons = st.builds(
    "{} {} {}".format,
    st.sampled_from("abc"),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.integers(-1, 2),
)
lists = st.lists(st.integers(-1, 2), max_size=3).map(str)
memberships = st.builds("{} {} {}".format, st.sampled_from("abc"), st.just("IN"), lists)
atoms = comparisons | memberships
words = st.sampled_from(["AND", "OR", "and", "or", "And", "oR"])
formulas = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, words, inner),
        st.builds("({} {} {})".format, inner, words, inner),
        inner.map("({})".format),
    ),
    max_leaves=12,
)
workers = st.fixed_dictionaries({name: st.integers(-1, 2) for name in "abc"})


@given(formulas, workers)
def test_and_binds_tighter_than_or_as_in_python(formula: str, worker: dict[str, int]) -> None:
    python = eval(compile(formula.lower(), "<formula>", "eval"), {"__builtins__": {}}, worker)
    assert parse(formula)(worker) is python


@given(
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.one_of(
        st.tuples(*[st.integers(-5, 5) | st.floats(-5, 5, width=16)] * 2),
        st.tuples(*[st.text(max_size=3)] * 2),
        st.tuples(*[st.booleans()] * 2),
    ),
)
def test_values_of_one_kind_compare_as_in_python(sign: str, pair: tuple[Any, Any]) -> None:
    holds = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[sign]
    worker = dict(zip(("left", "right"), pair, strict=True))
    assert parse(f"left {sign} right")(worker) is getattr(operator, holds)(*pair)


@given(
    st.lists(st.integers(-2, 2) | st.sampled_from(["a", "b", "2"])), st.integers(-2, 2) | st.sampled_from(["a", "b"])
)
def test_in_and_has_are_membership(items: list[Any], item: Any) -> None:
    worker = {"items": items, "item": item}
    assert parse("item IN items")(worker) is parse("items HAS item")(worker) is (item in items)
