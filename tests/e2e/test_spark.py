"""One text, two engines: Spark answers what the embedded engine does, wherever it runs."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from audsync.engine import EngineSettings, EngineType
from audsync.errors import ConfigError, TransientError
from audsync.spark import SparkEngine, spark_engine, spark_session
from audsync.spark.published import PUBLISHED
from audsync.warehouse import Warehouse
from fakes.spark_cluster import OPTIONS, SESSION, cluster, connect_server, kill_executors
from fakes.spark_shops import Answer, Question, answer, invented, online_retail
from retail_data import data_folder

pytestmark = pytest.mark.slow


@contextmanager
def question(asked: Question) -> Iterator[tuple[Question, Answer]]:
    """A shop, and what the embedded engine answers; the shop's files go afterwards."""
    with Warehouse(asked.file, timezone=asked.timezone) as warehouse:
        wanted = answer(warehouse.engine, asked)
    yield asked, wanted
    shutil.rmtree(asked.file.parent)


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Question, Answer]]:
    with question(online_retail(tmp_path_factory.mktemp("retail"), data_folder())) as both:
        yield both


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Question, Answer]]:
    with question(invented(tmp_path_factory.mktemp("million"), lines=1_000_000)) as both:
        yield both


def check(master: str, both: tuple[Question, Answer], folder: Path) -> None:
    """Nothing differs, and no file is left but the published tables."""
    asked, wanted = both
    assert wanted.membership.num_rows
    assert wanted.consented.num_rows
    location, spill = folder / "shared", folder / "spill"
    location.mkdir()
    settings = EngineSettings(
        type=EngineType.SPARK,
        master=master,
        location=str(location),
        options=SESSION if master.startswith("sc:") else OPTIONS,
    )
    with (
        Warehouse(asked.file, timezone=asked.timezone) as warehouse,
        spark_engine(
            settings,
            warehouse.engine,
            shop="kolo",
            timezone=asked.timezone,
            location=location,
            spill=spill,
        ) as engine,
    ):
        found = answer(engine, asked)
    assert found.differences(wanted) == []
    assert not spill.exists()
    assert len(list(location.glob("kolo/*.parquet"))) == len(PUBLISHED)


def test_spark_in_this_process_finds_the_clients_of_the_whole_online_retail_data(
    retail: tuple[Question, Answer], tmp_path: Path
) -> None:
    check("local[2]", retail, tmp_path)


def test_spark_in_this_process_finds_the_clients_of_a_million_lines(
    million: tuple[Question, Answer], tmp_path: Path
) -> None:
    check("local[2]", million, tmp_path)


@pytest.fixture(scope="module")
def cluster_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def master(cluster_folder: Path) -> Iterator[str]:
    with cluster(cluster_folder) as address:
        yield address


def test_a_cluster_of_two_workers_finds_them_too(
    master: str, retail: tuple[Question, Answer], tmp_path: Path
) -> None:
    check(master, retail, tmp_path)


def test_a_cluster_of_two_workers_finds_those_of_a_million_lines(
    master: str, million: tuple[Question, Answer], tmp_path: Path
) -> None:
    check(master, million, tmp_path)


def test_steps_that_are_lost_with_their_workers_are_a_reason_to_run_again(
    master: str, cluster_folder: Path, tmp_path: Path
) -> None:
    settings = EngineSettings(type=EngineType.SPARK, master=master, options=OPTIONS)
    with spark_session(settings, name="kolo", spill=tmp_path / "spill") as session:
        engine = SparkEngine(session, timezone="Europe/Prague")
        engine.store("numbers", "SELECT id, hash(id) AS x FROM range(1000)")
        assert kill_executors(cluster_folder)
        with pytest.raises(TransientError, match="Spark was lost on the way"):
            engine.store("counted", "SELECT count(DISTINCT x) AS n FROM numbers")


def test_a_cluster_without_workers_is_not_waited_for_all_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audsync.spark.session._WORKER_SECONDS", 2)
    with cluster(tmp_path, workers=0) as address:
        settings = EngineSettings(type=EngineType.SPARK, master=address, options=OPTIONS)
        with (
            pytest.raises(TransientError, match="no worker of the cluster took the work"),
            spark_session(settings, name="kolo", spill=tmp_path / "spill"),
        ):
            raise AssertionError("nobody works")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with connect_server(tmp_path_factory.mktemp("connect")) as address:
        yield address


def test_a_server_for_spark_connect_finds_them_too(
    server: str, retail: tuple[Question, Answer], tmp_path: Path
) -> None:
    check(server, retail, tmp_path)


def test_a_setting_that_the_server_refuses_is_told(server: str, tmp_path: Path) -> None:
    settings = EngineSettings(
        type=EngineType.SPARK, master=server, options={"spark.executor.memory": "1g"}
    )
    with (
        pytest.raises(ConfigError, match=r"engine\.options: Spark refuses one of them"),
        spark_session(settings, name="kolo", spill=tmp_path / "spill"),
    ):
        raise AssertionError("the server took it")
