"""Options of the sink `meta` and the keys they ask for."""

import math

import pytest

from audsync.identity.digests import digest
from audsync.testing.meta import FakeMeta
from audsync_sink_meta import MetaOptions
from meta_shop import SECRETS, sink_of


def test_a_pseudonym_of_the_client_is_sent_only_where_it_is_asked_for() -> None:
    with FakeMeta() as fake:
        assert "EXTERN_ID" not in sink_of(fake).key_rules
        rule = sink_of(fake, keys=("EMAIL", "EXTERN_ID")).key_rules["EXTERN_ID"]
        other = sink_of(
            fake,
            keys=("EMAIL", "EXTERN_ID"),
            known={**SECRETS, "meta_extern_id_key": "another key"},
        ).key_rules["EXTERN_ID"]
    made = rule.apply(["17", None, "18"])
    assert made[1] is None
    assert len({made[0], made[2], other.apply(["17"])[0]}) == 3
    assert not rule.identifies


def test_a_gender_is_sent_as_stated_and_guessed_only_where_that_is_asked_for() -> None:
    with FakeMeta() as fake:
        plain = sink_of(fake, keys=("EMAIL", "GEN")).key_rules["GEN"]
        guessed = sink_of(fake, keys=("EMAIL", "GEN"), guess_gender=True).key_rules["GEN"]
    assert "GEN" not in MetaOptions(account="1").keys
    assert (plain.inputs, guessed.inputs) == (("stated_gender",), ("gender",))
    words = ["female", "male", None]
    assert plain.apply(words) == guessed.apply(words) == [digest("f"), digest("m"), None]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"account": "act_x"}, "`account`"),
        ({"keys": ("FN", "LN")}, "EMAIL or PHONE"),
        ({"keys": ("EMAIL", "EMAIL")}, "twice"),
        ({"guess_gender": True}, "where `keys` has GEN"),
        ({"retention_days": 181}, "`retention_days`"),
        ({"api_version": "26"}, "`api_version`"),
        ({"max_batch": 10_001}, "`max_batch`"),
        ({"read_seconds": 0.0}, "`read_seconds`"),
        ({"read_seconds": math.inf}, "at most 3600"),
        ({"url": "http://graph.example.com"}, "`url`"),
    ],
)
def test_options_that_no_call_could_be_made_with_are_refused(
    given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        MetaOptions(**{"account": "1", **given})  # type: ignore[arg-type]  # of any type
