from workbench.workflows.evidence import Fact, Part, in_words


def test_rows_that_the_evidence_names_can_be_linked():
    keeper = "0b22ab223a299186"
    assert in_words({"keeper": keeper}) == [Fact("keeper", (Part(keeper, keeper),))]


def test_numbers_flags_and_nested_counts_are_words():
    facts = in_words({"copy_ratio": 0.51234, "is_open": True, "per_field": {"the_input": 2}})
    assert facts == [
        Fact("copy ratio", (Part("0.5123"),)),
        Fact("is open", (Part("yes"),)),
        Fact("per field", (Part("the input 2"),)),
    ]


def test_a_long_list_is_cut_and_says_so():
    (fact,) = in_words({"others": list(range(20))})
    assert fact.parts[-1] == Part("and 8 more")
    assert len(fact.parts) == 13


def test_what_holds_nothing_is_left_out():
    assert in_words({"problems": {}, "rows": []}) == []
