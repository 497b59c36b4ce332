"""What is needed to repeat a run."""

from brainaging.pipeline.report.chapters.run_record import provenance_content


def test_a_record_is_told_as_facts_versions_and_text():
    content = provenance_content(
        {
            "command": ["brainaging", "demo", "--out", "a folder"],
            "versions": {"torch": "2.13.0"},
            "split_seed": 0,
            "n4": False,
            "strip": None,
            "budget": {"epochs": 40},
            "note": "long " * 40,
        }
    )
    facts = dict(content.facts)
    assert facts == {
        "Command": "brainaging demo --out 'a folder'",
        "Split seed": "0",
        "N4": "no",
        "Strip": "not given",
    }
    assert content.tables[0].rows == [["torch", "2.13.0"]]
    assert [name for name, _ in content.extra["blocks"]] == ["Budget", "Note"]
