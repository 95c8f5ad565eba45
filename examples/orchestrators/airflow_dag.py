"""Airflow: a task for each shop of a configuration, every night.

Workers have `audsync` on their PATH, and in their environment AUDSYNC_CONFIG, which names
config.toml, and the secrets of the shops.
"""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

# These pass by themselves: not reached or asked too often, and another run is at work.
LATER = {6, 11}
HELD = 7
RETRY_SECONDS = int(os.environ.get("RETRY_SECONDS", "600"))


@dag(
    schedule="30 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
)
def audsync() -> None:
    """Each shop of the configuration, a run."""

    @task
    def shops() -> list[str]:
        listed = subprocess.run(
            ["audsync", "shops", "list", "--json"],
            stdout=subprocess.PIPE,
            check=True,
        )
        return [shop["shop"] for shop in json.loads(listed.stdout)["shops"]]

    @task(
        retries=6,
        retry_delay=timedelta(seconds=RETRY_SECONDS),
        execution_timeout=timedelta(hours=12),
        max_active_tis_per_dag=4,  # no more shops at once than the ad account can bear
        map_index_template="{{ task.op_kwargs['shop'] }}",
    )
    def run(shop: str) -> None:
        # Each attempt has the same id, so that a retry goes on with the run.
        run_id = get_current_context()["run_id"]
        done = subprocess.run(
            ["audsync", "run", "--shop", shop, "--run-id", run_id], check=False
        )
        code = done.returncode
        if code in LATER:
            raise RuntimeError(f"{shop} ended with {code}: again in {RETRY_SECONDS} s")
        if code == HELD:
            raise AirflowFailException(
                f"{shop} is held by a guard: look at `audsync plan --shop {shop}`, and confirm"
            )
        if code:
            raise AirflowFailException(f"{shop} ended with {code}: the log above says why")

    run.expand(shop=shops())


audsync()
