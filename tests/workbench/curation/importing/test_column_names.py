import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.importing.column_names import (
    joined_names,
    quoted,
    split_names,
    unquoted_name,
)
from workbench.curation.importing.columns import find_columns, parse_mapping
from workbench.errors import ImportFileError

NAMES = st.text(st.sampled_from('ab ,=+"\u00e4\n'), min_size=1, max_size=8)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_names_that_are_joined_come_back_whatever_stands_in_them(names):
    assert split_names(joined_names(names)) == tuple(names)
    assert [unquoted_name(quoted(name)) for name in names] == names


@given(st.lists(NAMES, min_size=3, max_size=3, unique=True))
def test_a_mapping_finds_columns_whatever_stands_in_their_names(names):
    first, second, third = names
    text = f"input={joined_names([first, second])},output={quoted(third)}"
    found = find_columns([*names, "other"], parse_mapping(text), "notes.csv")
    assert (found.input, found.output) == ((first, second), (third,))
    assert parse_mapping(",".join(f"{r}={c}" for r, c in found.described().items())) == (
        parse_mapping(text)
    )


def test_usual_names_stand_without_quotation_marks():
    assert joined_names(["note", "section text"]) == "note+section text"
    assert quoted('5" pipe') == '"5"" pipe"'


def test_a_name_that_holds_marks_needs_them_only_where_it_would_be_split():
    columns = ["a+b", "c=d", "e,f"]
    found = find_columns(columns, parse_mapping('input=a+b,output=c=d,group="e,f"'), "notes.csv")
    assert (found.input, found.output, found.group) == (("a+b",), ("c=d",), "e,f")


@pytest.mark.parametrize("text", ['input="a,output=b', 'input=5" pipe,output=b'])
def test_a_quotation_mark_without_its_partner_is_said_with_an_example(text):
    with pytest.raises(ImportFileError, match="quotation mark without its partner") as caught:
        parse_mapping(text)
    assert '"5"" pipe"' in caught.value.hint
