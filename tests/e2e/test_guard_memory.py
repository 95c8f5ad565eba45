"""What a guard remembers from one run to the next: nothing, until a person has confirmed it."""

from pathlib import Path

from guarded_shop import GuardedShop
from small_shop import ids


def test_what_was_held_is_held_again_until_it_is_confirmed_and_is_sent_as_reviewed(
    tmp_path: Path,
) -> None:
    shop = GuardedShop(tmp_path / "shop", 20)
    shop.change(ids(20)[6:], ads="no")
    shop.done()
    shop.change(ids(8)[6:], ads="yes")
    shop.change(["c001"], ads="no")
    shop.change(["c009"], ads="yes")
    for _ in range(2):
        assert shop.run().returncode == 7
        assert shop.size == 5, "who withdrew has left, nobody has entered"
    confirmed = ("--max-consent-share", "40")
    assert shop.run(*confirmed, "--expect-plan", "0" * 64).returncode == 7
    assert shop.size == 5, "the plan is not the one that was reviewed"
    shop.done(*confirmed)
    assert shop.size == 8
