import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.patterns import bounded_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*b",
        "(a{1,30}){1,30}b",
        "a{1,30}a{1,30}a{1,30}b",
        "(?:a?){25}a{25}",
        "(?:(?:){2000}){2000}",
        r"(a)\1",
        r"\w+",
        ".*",
        "x{3000}",
        "(?=(a+)+)b",
        "(?>(?:a|aa){1,30})b",
        "(a)?(?(1)(?:b|bb){1,30}|c)",
    ],
)
def test_patterns_that_some_text_makes_slow_are_refused_with_the_remedy(pattern):
    with pytest.raises(ValueError, match=re.escape("write {0,50} for * and {1,50}")):
        bounded_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(", "a{3,1}", "(?P<1>a)", "*"])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match="is not a regular expression"):
        bounded_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\d{1,9} U\.S\.C\. § \d{1,5}", "42 U.S.C. § 1983"),
        (r"[A-Z]\w{1,20} v\. [A-Z]\w{1,20}", "Smith v. Jones"),
        (r'"[^"\n]{0,500}"', '"as it is written"'),
        (r"(?i)section (?:one|two|three)", "Section two"),
        (r"(?<=No\. )\d{4}", "1234"),
    ],
)
def test_bounded_patterns_pass(pattern, text):
    found = bounded_pattern(pattern).search(f"No. {text}")
    assert found is not None
    assert found.group() == text


PARTS = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "."]),
    lambda inner: st.one_of(
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}){{0,2}}".format, inner),
    ),
    max_leaves=6,
)


@given(PARTS, st.text("ab", max_size=6))
def test_the_bound_counts_at_least_the_ways_that_there_are(pattern, text):
    from workbench.patterns import _parser, _sequence

    tree = _parser.parse(pattern)
    assert _sequence(tree).ways >= n_ways(tree, text, 0)


def n_ways(tree, text, place):
    """Count by enumeration in how many ways the pattern matches from a place."""
    return len(list(ends(list(tree), text, place)))


def ends(items, text, place):
    if not items:
        yield place
        return
    (operation, argument), *rest = items
    for end in item_ends(str(operation), argument, text, place):
        yield from ends(rest, text, end)


def item_ends(operation, argument, text, place):
    if operation == "MAX_REPEAT":
        fewest, most, inner = argument
        for count in range(fewest, most + 1):
            yield from ends(list(inner) * count, text, place)
    elif operation == "BRANCH":
        for branch in argument[1]:
            yield from ends(list(branch), text, place)
    elif operation == "SUBPATTERN":
        yield from ends(list(argument[-1]), text, place)
    elif place < len(text):
        letters = {"LITERAL": lambda: {chr(argument)}, "ANY": lambda: set("ab")}
        if text[place] in letters.get(operation, lambda: set("ab"))():
            yield place + 1
