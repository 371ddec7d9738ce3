"""The whole expression language as drawn trees, against an evaluator that reads the rules one by one.

A tree is a nested tuple. ``written`` makes an expression of it, with any case of the words and any quotes; ``meant``
says what it means, and shares no code with the package.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from activity_sim.model.conditions import Truth
from activity_sim.model.expressions import parse, parse_target

Tree = tuple[Any, ...]
SIGNS = ("==", "=", "!=", ">", ">=", "<", "<=", "CONTAINS")
LISTED = ("IN", "NOT IN", "HAS")

# --- what there is to draw: few values, so that many are equal ---

plain: list[Any] = [True, False, -1, 0, 1, 2, 0.5, 1.0, "", "a", "ab"]
contents: list[Any] = [
    *plain,
    None,
    [],
    [1, "a"],
    [True, 0, "ab"],
    [None, [1], {}],
    {"x": 1},
    {"y": ["a"], "x": {"y": 0}},
]
documents = st.dictionaries(st.sampled_from(["x", "y", "team"]), st.sampled_from(contents))
paths = [(first, *rest) for first in ("x", "y", "team") for rest in ((), ("x",), ("y",), (0,), (1,), ("x", "y"))]
constants = st.sampled_from([("constant", value) for value in [*plain, "it's", 'say "yes"', "back\\slash", '\\"']])


def values(*prefixes: tuple[str, ...]) -> st.SearchStrategy[Tree]:
    names = st.sampled_from([("name", (*prefix, *path)) for prefix in prefixes for path in paths])
    lists = st.tuples(st.just("list"), st.lists(constants | names, max_size=3).map(tuple))
    return constants | names | names | lists


def trees(*prefixes: tuple[str, ...]) -> st.SearchStrategy[Tree]:
    value = values(*prefixes or ((),))
    comparisons = st.tuples(st.sampled_from(SIGNS + LISTED), value, value)
    nulls = st.tuples(st.sampled_from(["is null", "is not null", "null is"]), value)
    return st.recursive(
        comparisons | comparisons | nulls,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.tuples(st.just("NOT"), inner),
        ),
        max_leaves=6,
    )


# --- how it is written ---


def written(tree: Tree, spelling: Any) -> str:
    """Write *tree*; *spelling* is a random.Random that chooses between equal ways."""
    match tree:
        case ("constant", bool() as truth):
            return spelling.choice([str(truth), str(truth).lower(), str(truth).upper()])
        case ("constant", str() as text):
            quote = spelling.choice("\"'")
            return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote
        case ("constant", number):
            return str(number)
        case ("name", path):
            return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]
        case ("list", items):
            return f"[{', '.join(written(item, spelling) for item in items)}]"
        case ("AND" | "OR" as word, parts):
            return f" {cased(word, spelling)} ".join(f"({written(part, spelling)})" for part in parts)
        case ("NOT", part):
            return f"{cased('NOT', spelling)} ({written(part, spelling)})"
        case ("null is", value):
            return f"{cased('null', spelling)} == {written(value, spelling)}"
        case ("is null" | "is not null" as word, value):
            sign = "!=" if "not" in word else spelling.choice(["=", "=="])
            return f"{written(value, spelling)} {sign} {cased('null', spelling)}"
        case (word, left, right):
            return f"{written(left, spelling)} {cased(word, spelling)} {written(right, spelling)}"
    raise AssertionError(tree)


def cased(word: str, spelling: Any) -> str:
    return spelling.choice([word.upper(), word.lower(), word.title()])  # type: ignore[no-any-return]


# --- what it means ---


def value_of(tree: Tree, document: Any) -> Any:
    kind, content = tree
    if kind == "constant":
        return content
    if kind == "list":
        return [value_of(item, document) for item in content]
    for step in content:
        try:
            document = document[step] if isinstance(document, (list, dict)) else None
        except (KeyError, IndexError, TypeError):
            return None
    return document


def is_scalar(value: Any) -> bool:
    return type(value) in (bool, int, float, str)


def are_equal(left: Any, right: Any) -> bool:
    """Texts, truth values and numbers are equal to their own kind only, as they are in JSON."""
    if not is_scalar(left) or not is_scalar(right):
        return False
    if isinstance(left, bool) or isinstance(right, bool) or isinstance(left, str) or isinstance(right, str):
        return json.dumps(left) == json.dumps(right)
    return bool(left == right)


def meant(tree: Tree, document: Any) -> bool:
    match tree:
        case ("AND", parts):
            return False not in [meant(part, document) for part in parts]
        case ("OR", parts):
            return True in [meant(part, document) for part in parts]
        case ("NOT", part):
            return meant(part, document) is False
        case ("is null" | "null is", value):
            return value_of(value, document) is None
        case ("is not null", value):
            return value_of(value, document) is not None
    word, left, right = tree[0], value_of(tree[1], document), value_of(tree[2], document)
    if word == "HAS":
        return isinstance(left, list) and is_scalar(right) and any(are_equal(item, right) for item in left)
    if word in LISTED:
        found = isinstance(right, list) and any(are_equal(left, item) for item in right)
        return isinstance(right, list) and is_scalar(left) and found == (word == "IN")
    return compared(word, left, right)


def compared(word: str, left: Any, right: Any) -> bool:
    numbers = type(left) in (int, float) and type(right) in (int, float)
    if not is_scalar(left) or not is_scalar(right) or not (numbers or type(left) is type(right)):
        return False
    if word == "CONTAINS":
        return isinstance(left, str) and left.find(right) >= 0
    below, above = bool(left < right), bool(right < left)
    same = not below and not above
    return {
        "==": same,
        "=": same,
        "!=": not same,
        ">": above,
        ">=": above or same,
        "<": below,
        "<=": below or same,
    }[word]


# --- the package says the same ---


@given(trees(), documents, st.randoms(use_true_random=False))
def test_an_expression_means_what_its_tree_does(tree: Tree, document: Any, spelling: Any) -> None:
    assert parse(written(tree, spelling))(document) is meant(tree, document)


@given(trees(), st.randoms(use_true_random=False))
def test_a_condition_writes_itself(tree: Tree, spelling: Any) -> None:
    condition = parse(written(tree, spelling))
    assert parse(str(condition)) == condition


@given(trees(), documents, st.randoms(use_true_random=False))
def test_there_is_a_reason_where_it_does_not_hold_and_only_there(tree: Tree, document: Any, spelling: Any) -> None:
    condition = parse(written(tree, spelling))
    assert bool(condition.why_not(document)) is not meant(tree, document)


targets = trees(("worker",), ("task",))


@given(targets, documents, documents, st.randoms(use_true_random=False))
def test_a_target_sees_the_worker_and_the_task(tree: Tree, worker: Any, task: Any, spelling: Any) -> None:
    condition = parse_target(written(tree, spelling))
    truth = meant(tree, {"worker": worker, "task": task})
    assert condition(worker, task) is truth
    assert condition.given(task)(worker) is truth


@given(targets, documents, st.randoms(use_true_random=False))
def test_what_is_left_for_a_worker_is_an_expression_without_prefixes(tree: Tree, task: Any, spelling: Any) -> None:
    left = parse_target(written(tree, spelling)).given(task)
    if isinstance(left, Truth):
        assert parse(str(left))({}) is left.value
    else:
        assert parse(str(left)) == left
        assert any(left.names())


@given(targets, documents, documents, st.randoms(use_true_random=False))
def test_equal_attributes_of_tasks_leave_equal_conditions(tree: Tree, task: Any, other: Any, spelling: Any) -> None:
    condition = parse_target(written(tree, spelling))
    assert condition.given(task) == condition.given(json.loads(json.dumps(task)))
    assert hash(condition.given(task)) == hash(condition.given({**task, "unseen": 1}))
    assert condition.given(task) == condition.given({**task, "unseen": other})


@given(targets, documents, documents, documents, st.randoms(use_true_random=False))
def test_equal_conditions_mean_the_same(tree: Tree, task: Any, other: Any, worker: Any, spelling: Any) -> None:
    condition = parse_target(written(tree, spelling))
    assume(condition.given(task) == condition.given(other))
    assert condition(worker, task) is condition(worker, other)


def test_true_and_one_are_told_apart() -> None:
    condition = parse_target("worker.x == task.x AND worker.y IN task.y")
    truth, one = condition.given({"x": True, "y": [True]}), condition.given({"x": 1, "y": [1]})
    assert truth != one
    assert one == condition.given({"x": 1.0, "y": [1.0, None, {}]})
