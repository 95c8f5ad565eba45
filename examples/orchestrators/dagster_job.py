"""Dagster: a step for each shop of a configuration, every night.

Whatever runs the steps has `audsync` on its PATH, and in its environment AUDSYNC_CONFIG, which
names config.toml, and the secrets of the shops.
"""

import json
import os
import subprocess
from collections.abc import Iterator

from dagster import (
    Definitions,
    DynamicOut,
    DynamicOutput,
    Failure,
    OpExecutionContext,
    RetryRequested,
    ScheduleDefinition,
    job,
    op,
)

# These pass by themselves: not reached or asked too often, and another run is at work.
LATER = {6, 11}
HELD = 7
RETRY_SECONDS = int(os.environ.get("RETRY_SECONDS", "600"))


@op(out=DynamicOut(str))
def shops() -> Iterator[DynamicOutput[str]]:
    """The ids of all shops."""
    listed = subprocess.run(
        ["audsync", "shops", "list", "--json"], stdout=subprocess.PIPE, check=True
    )
    for shop in json.loads(listed.stdout)["shops"]:
        name = shop["shop"]
        yield DynamicOutput(name, mapping_key=name.replace("-", "_"))


@op
def run_shop(context: OpExecutionContext, shop: str) -> None:
    """One run of one shop."""
    # Each attempt has the same id, so that a retry goes on with the run.
    done = subprocess.run(
        ["audsync", "run", "--shop", shop, "--run-id", context.run_id], check=False
    )
    code = done.returncode
    if code in LATER:
        raise RetryRequested(max_retries=6, seconds_to_wait=RETRY_SECONDS)
    if code == HELD:
        raise Failure(
            f"{shop} is held by a guard: look at `audsync plan --shop {shop}`, and confirm",
            metadata={"exit_code": code},
            allow_retries=False,
        )
    if code:
        raise Failure(
            f"{shop} ended with {code}: the log above says why",
            metadata={"exit_code": code},
            allow_retries=False,
        )


@job(config={"execution": {"config": {"multiprocess": {"max_concurrent": 4}}}})
def audsync() -> None:
    """Each shop of the configuration, a run; no more at once than the ad account can bear."""
    shops().map(run_shop)


defs = Definitions(
    jobs=[audsync],
    schedules=[ScheduleDefinition(job=audsync, cron_schedule="30 3 * * *")],
)
