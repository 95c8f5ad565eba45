"""`[engine]`: what the configuration takes, what is missing, and who is told what."""

import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from audsync.engine import EngineSettings, EngineType
from audsync.errors import ConfigError, ExitCode, TransientError
from audsync.run.compute import compute_engine, open_warehouse
from audsync.spark import spark_session
from fakes.config_files import INLINE, load, refusal

SPARK = '[engine]\ntype = "spark"\nmaster = "local[*]"\nlocation = "shared"\n'


def configured(engine: str) -> str:
    return INLINE.replace("version = 1\n", f"version = 1\n{engine}")


def test_without_a_word_the_embedded_engine_works(tmp_path: Path) -> None:
    assert load(tmp_path, configured("")).shops["kolo"].engine == EngineSettings()
    assert EngineSettings().type is EngineType.DUCKDB


def test_a_shop_has_its_own_engine_above_that_of_all(tmp_path: Path) -> None:
    own = '[shops.kolo.engine]\ntype = "duckdb"\nmemory_limit = "1GB"\n'
    engine = load(tmp_path, configured(SPARK + own)).shops["kolo"].engine
    assert (engine.type, engine.memory_limit) == (EngineType.DUCKDB, "1GB")
    options = '[engine.options]\n"spark.executor.memory" = "2g"\n'
    own = '[shops.kolo.engine]\ncatalog = "lake.ads"\noptions."spark.executor.cores" = "2"\n'
    engine = load(tmp_path, configured(SPARK + options + own)).shops["kolo"].engine
    assert (engine.master, engine.location, engine.catalog) == ("local[*]", None, "lake.ads")
    assert engine.options == {"spark.executor.memory": "2g", "spark.executor.cores": "2"}


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ('[engine]\ntype = "polars"\n', 'config.toml:3:8: error[C106]: "polars" is no value'),
        ('[engine]\ntype = "spark"\nlocation = "x"\n', 'error[C103]: missing key "master"'),
        (
            '[engine]\ntype = "spark"\nmaster = "local[2]"\n',
            'error[C103]: missing key "location"',
        ),
        (
            SPARK + 'catalog = "lake.ads"\n',
            "config.toml:6:1: error[C108]: location and catalog",
        ),
        ('[engine]\nmaster = "yarn"\n', "config.toml:3:10: error[C106]: master must be"),
        ('[engine]\nmaster = "spark://a b"\n', "error[C106]: master must be"),
        ('[engine]\nmaster = "sc://h:1/;token=abc"\n', "error[C210]: secrets do not belong"),
        ('[engine]\ncatalog = "lake.a-b"\n', "error[C106]: catalog must be names"),
        ('[engine]\nmemory_limit = "much"\n', "error[C107]: memory_limit must be a size"),
        ('[engine]\nmemory_limit = "90 MiB"\n', "error[C107]: memory_limit must be 100MB or"),
        ("[engine]\nthreads = 0\n", "config.toml:3:11: error[C107]: threads must be from 1 to"),
        ("[engine]\nthreads = 1025\n", "error[C107]: threads must be from 1 to 1024"),
        ('[engine]\noptions.cores = "2"\n', 'error[C104]: "cores" is no setting of Spark'),
        ('[engine]\nmastre = "local"\n', 'unknown key "mastre"'),
    ],
)
def test_each_mistake_is_told_at_its_place(tmp_path: Path, engine: str, said: str) -> None:
    assert said in refusal(tmp_path, configured(engine))


@pytest.mark.parametrize(
    "master",
    [
        *("local", "local[*]", "local[4]", "spark://master:7077", "spark://a:7077,b:7077"),
        *("sc://server", "sc://server:15002", "sc://server:443/;use_ssl=true"),
    ],
)
def test_every_address_of_spark_is_taken(tmp_path: Path, master: str) -> None:
    engine = SPARK.replace("local[*]", master)
    assert load(tmp_path, configured(engine)).shops["kolo"].engine.master == master


def test_the_token_of_an_address_is_not_shown(tmp_path: Path) -> None:
    text = refusal(tmp_path, configured('[engine]\nmaster = "sc://h:1/;token=abc"\n'))
    assert "SPARK_CONNECT_AUTHENTICATE_TOKEN" in text
    assert "token=abc" not in text


def test_limits_of_the_embedded_engine_reach_it(tmp_path: Path) -> None:
    config = load(tmp_path, configured('[engine]\nmemory_limit = "512MiB"\nthreads = 1\n'))
    shop = config.shops["kolo"]
    with (
        open_warehouse(config, shop) as warehouse,
        compute_engine(config, shop, warehouse) as engine,
    ):
        assert engine is warehouse.engine
        limits = engine.fetch(
            "SELECT current_setting('memory_limit') AS memory, current_setting('threads') AS t"
        )
    assert limits.to_pylist() == [{"memory": "512.0 MiB", "t": 1}]


def opened(master: str, folder: Path) -> None:
    settings = EngineSettings(type=EngineType.SPARK, master=master)
    with spark_session(settings, name="kolo", spill=folder / "spill"):
        raise AssertionError("there is no Spark")


def test_a_missing_pyspark_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(ConfigError, match=r"pip install 'audsync\[spark\]'"):
        opened("local", tmp_path)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if pyspark were there; nothing of it is used before the doors were tried."""
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))


@pytest.mark.usefixtures("installed")
def test_a_missing_java_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigError, match="apt-get install openjdk-17-jre-headless"):
        opened("local[2]", tmp_path)
    if (java := shutil.which("java", path="/usr/bin")) is not None:
        monkeypatch.setenv("JAVA_HOME", str(Path(java).parents[1] / "nowhere"))
        with pytest.raises(ConfigError, match="or set JAVA_HOME"):
            opened("local[2]", tmp_path)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("scheme", ["sc", "spark"])
def test_a_server_that_does_not_answer_is_for_later(tmp_path: Path, scheme: str) -> None:
    with pytest.raises(TransientError, match=r"does not answer at 127\.0\.0\.1:1: ") as caught:
        opened(f"{scheme}://127.0.0.1:1", tmp_path)
    assert caught.value.exit_code is ExitCode.TEMPORARY
