"""The small shop, where a test asks for no other."""

from pathlib import Path

import pytest

from small_shop import make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")
