"""TaskRouter's expressions against a table of what they mean, and against Python's own and, or and comparisons.

The whole language, as drawn trees, is in ``test_expression_trees.py``.
"""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity_sim.errors import InputError
from activity_sim.model.expressions import parse, parse_bare, parse_order, parse_skip_if, parse_target, why_not
from activity_sim.model.ordering import Ordering
from activity_sim.model.routing import TaskQueue

WORKER: dict[str, Any] = {
    "skills": ["support", "sales", 3],
    "level": 2,
    "rate": 1.5,
    "language": "de",
    "senior": True,
    "team": {"name": "north", "lead": {"level": 7}, "sites": ["Bonn"]},
    "in_training": False,
    "orders": 0,
    "Other": "x",
    "mobile": None,
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
    "team.sites[0] == 'Bonn'",
    "skills[2] == 3",
    '"billing" NOT IN skills',
    '"3" not in skills',
    "level NOT IN []",
    'language CONTAINS "d"',
    'language contains "de"',
    'language CONTAINS ""',
    "NOT level == 3",
    "not (level == 3 OR rate == 9)",
    "NOT NOT level == 2",
    "NOT level == 3 AND NOT rate == 9",
    "NOT level == 2 OR level == 2",
    "NOT salary == 1",
    "NOT salary != 1",
    "NOT (salary IN [1])",
    "salary == null",
    "salary = NULL",
    "null == salary",
    "mobile == null",
    "team.size == null",
    "skills[7] == null",
    "level[0] == null",
    "level != null",
    "skills != null",
    "team != null",
    "null != level",
    "orders != null AND in_training != null",
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
    '"support" NOT IN skills',
    'language CONTAINS "DE"',
    'language CONTAINS "den"',
    "NOT level == 2",
    "NOT (level == 2 OR level == 9)",
    "NOT level == 2 AND level == 9",
    "skills[0] == 'sales'",
    "level == null",
    "skills == null",
    "salary != null",
    "mobile != null",
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
    "salary NOT IN [1, 2]",
    "1 NOT IN bonus",
    "mobile == mobile",
    "mobile IN skills",
    'salary CONTAINS ""',
    '"salary" CONTAINS salary',
    "skills[7] == 1",
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
    '"x" NOT IN language',
    "2 NOT IN level",
    'skills CONTAINS "support"',
    "rate CONTAINS 1",
    "skills == skills",
    "skills != team",
    "team == team",
    "skills > 1",
    "skills IN [1]",
    "team NOT IN [1]",
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
def test_an_operator_with_a_kind_that_it_does_not_take_is_false(expression: str) -> None:
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
        ("NOT", None),
        ("level NOT 2", 11),
        ("level NOT == 2", 11),
        ("level IN NOT [2]", 10),
        ("skills NOT HAS 3", 12),
        ("half-day == 1", 5),
        ("level <> 2", 8),
        ("level > null", 9),
        ("null == null", 9),
        ("level IN [1, null]", 14),
        ("level == 1 + 1", 12),
        ("skills[x] == 1", 7),
        ("skills[-1] == 1", 7),
        ("null.x == 1", 5),
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


def test_of_several_lines_the_one_is_shown_that_has_the_place() -> None:
    with pytest.raises(InputError) as caught:
        parse("level == 2\n  AND rate IS 1")
    rule, shown, pointer = str(caught.value).splitlines()
    assert "from line 2, column 12 on" in rule
    assert (shown, pointer) == ("    AND rate IS 1", "             ^")


@pytest.mark.parametrize(
    ("opening", "closing"), [("NOT ", ""), ("(level == 2 AND ", ")"), ("NOT (", ")"), ("1 IN [1, 2] OR (", ")")]
)
def test_what_is_nested_too_deeply_is_refused(opening: str, closing: str) -> None:
    for depth in (100, 300, 3_000):
        with pytest.raises(InputError, match="is nested too deeply"):
            parse(opening * depth + "level == 2" + closing * depth)
    deep = parse(opening * 60 + "level == 2" + closing * 60)
    assert deep(WORKER) is not bool(deep.why_not(WORKER))
    assert parse(str(deep)) == deep


def test_parentheses_alone_nest_nothing() -> None:
    assert parse("(" * 3_000 + "level == 2" + ")" * 3_000) == parse("level == 2")


@pytest.mark.parametrize(
    ("of", "expression", "message"),
    [
        ("worker", "worker.level > 1", "must name attributes of the worker without a prefix, not worker.level"),
        ("worker", "level > 1 AND task.x == 1", "must name attributes of the worker without a prefix, not task.x"),
        ("task", "task.x == 1", "must name attributes of the task without a prefix, not task.x"),
    ],
)
def test_queues_and_filters_know_no_prefixes(of: str, expression: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_bare(expression, of=of)
    rule, shown, pointer = str(caught.value).splitlines()
    assert rule.startswith(message)
    assert shown[pointer.index("^") :].startswith(message.split()[-1])
    assert parse_bare("workers.x == 1", of=of)({"workers": {"x": 1}})


def test_a_task_queue_names_the_field() -> None:
    with pytest.raises(InputError, match=r"target_workers: must name attributes of the worker without a prefix"):
        TaskQueue("Support", target_workers="worker.level > 1")


@pytest.mark.parametrize(
    ("expression", "column"), [("level > 1", 1), ("worker.level > level", 16), ("worker == 1", 1), ("tasks.x == 1", 1)]
)
def test_targets_need_prefixes(expression: str, column: int) -> None:
    with pytest.raises(InputError, match=rf"must name attributes as worker\..* or task\..*, at column {column}:"):
        parse_target(expression)


@pytest.mark.parametrize("expression", ["workers.available == 0", "1 == 1", f"workers.WA{'0a' * 16} < 2"])
def test_skip_if_asks_for_numbers_of_workers(expression: str) -> None:
    workers = {"available": 0, "unavailable": 3, f"WA{'0a' * 16}": 1}
    assert parse_skip_if(expression)({"workers": workers})


@pytest.mark.parametrize("expression", ["workers.avail == 0", "available == 0", "workers.WA1 < 2", "task.x == 1"])
def test_skip_if_asks_for_nothing_else(expression: str) -> None:
    with pytest.raises(InputError, match=r"must name workers\.available, workers\.unavailable or workers"):
        parse_skip_if(expression)
    with pytest.raises(InputError, match=r"the nearest is 'workers\.available', at column 11:"):
        parse_skip_if("1 == 1 OR workers.avail == 0")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("level == 2", ""),
        ("level == 3", "level == 3 is false: level is 2"),
        ("level == 3 AND rate == 1.5", "level == 3 is false: level is 2"),
        ("level == 3 OR rate > 2", "level == 3 is false: level is 2; rate > 2 is false: rate is 1.5"),
        ("salary > team.size", "salary > team.size is false: salary is missing, team.size is missing"),
        ("language IN ['en']", 'language IN ["en"] is false: language is "de"'),
        (
            "NOT (level = 2 AND senior == true)",
            "NOT (level == 2 AND senior == true) is false: level is 2, senior is true",
        ),
        ("team.sites == null", 'team.sites == null is false: team.sites is ["Bonn"]'),
        ("1 == 2", "1 == 2 is false"),
        ("level == 2 AND (1 == 2 OR level > 2)", "1 == 2 is false; level > 2 is false: level is 2"),
    ],
)
def test_why_not_says_which_comparison_is_false_and_by_what(expression: str, reason: str) -> None:
    assert why_not(expression, WORKER) == reason


# --- the order of workers ---


def test_workers_are_ordered_by_one_clause_after_the_other() -> None:
    key = parse_order("worker.level DESC, worker.team.rank asc")
    workers = {
        "a": {"level": 1, "team": {"rank": 1}},
        "b": {"level": 2, "team": {"rank": 2}},
        "c": {"level": 2, "team": {"rank": 1}},
        "d": {"team": {"rank": 1}},
        "e": {"level": 2},
        "f": {},
    }
    assert sorted(workers, key=lambda name: key(workers[name])) == ["c", "b", "e", "a", "d", "f"]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_who_lacks_the_attribute_is_last_in_both_directions(direction: str) -> None:
    key = parse_order(f"worker.level {direction}")
    assert key({}) == key({"level": None}) > max(key({"level": n}) for n in (-9, 0, 9))


def test_an_attribute_that_is_no_whole_number_makes_the_order_void() -> None:
    order = parse_order("worker.level DESC, worker.rank ASC")
    assert order.among([{"level": 1}, {}, {"rank": 3, "level": None}]) == order
    for odd in ("high", 1.5, True, [1]):
        assert order.among([{"level": 1}, {"rank": odd}]) == Ordering()
        assert Ordering()({"rank": odd}) == ()


@pytest.mark.parametrize(
    ("order_by", "message"),
    [
        ("worker.level", "is not an order from column 13 on"),
        ("worker.level DOWN", "is not an order from column 14 on"),
        ("worker.level DESC worker.rank ASC", "is not an order from column 19 on"),
        ("worker.level DESC,", "is not an order from column 19 on"),
        ("", "is not an order from column 1 on"),
        ("level DESC", "must name attributes of workers as worker.level, not level, at column 1"),
        ("worker.x ASC, task.level DESC", "not task.level, at column 15"),
    ],
)
def test_what_is_no_order_is_refused_and_pointed_at(order_by: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_order(order_by)


@pytest.mark.parametrize("order_by", ["worker.level DESC", "worker.a.b[0] ASC, worker.asc DESC"])
def test_an_order_writes_itself(order_by: str) -> None:
    assert str(parse_order(order_by.lower())) == order_by
    assert parse_order(order_by) == parse_order(order_by.lower())


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
