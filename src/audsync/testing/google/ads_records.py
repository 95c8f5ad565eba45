"""What GAQL can ask for, as records of dotted fields."""

from collections.abc import Iterator
from typing import Final

from audsync.testing.google.accounts import Account
from audsync.testing.google.ads_jobs import Job, Jobs
from audsync.testing.google.ads_lists import UPLOAD_KEY_TYPES, resource_name
from audsync.testing.google.ads_query import Record
from audsync.testing.google.lists import UserList
from audsync.testing.google.platform import Platform
from audsync.testing.google.sizes import LEAST_TO_SERVE, estimate, rate_range, size_range


def _list_record(platform: Platform, held: UserList) -> dict[str, object]:
    percent = platform.quirks.match_percent
    size = estimate(held, platform.clock.now, percent)
    is_crm = held.kind in UPLOAD_KEY_TYPES
    serves = size is not None and size >= LEAST_TO_SERVE
    key_type = UPLOAD_KEY_TYPES.get(held.kind)
    return {
        "user_list.resource_name": resource_name(held),
        "user_list.id": held.id,
        "user_list.name": held.name,
        "user_list.description": held.description,
        "user_list.type": "CRM_BASED" if is_crm else "RULE_BASED",
        "user_list.membership_status": "OPEN" if held.is_open else "CLOSED",
        "user_list.membership_life_span": held.days,
        "user_list.integration_code": held.integration_code,
        "user_list.size_for_display": size,
        "user_list.size_for_search": size,
        "user_list.size_range_for_display": None if size is None else size_range(size),
        "user_list.size_range_for_search": None if size is None else size_range(size),
        "user_list.match_rate_percentage": percent if held.has_been_computed else None,
        "user_list.eligible_for_search": serves,
        "user_list.eligible_for_display": serves,
        "user_list.access_reason": "OWNED" if held.is_owned else "SHARED",
        "user_list.account_user_list_status": "ENABLED",
        "user_list.closing_reason": None,
        "user_list.read_only": held.is_read_only,
        "user_list.crm_based_user_list.upload_key_type": key_type,
        "user_list.crm_based_user_list.data_source_type": "FIRST_PARTY" if is_crm else None,
        "user_list.crm_based_user_list.app_id": None,
    }


def _job_record(jobs: Jobs, job: Job) -> dict[str, object]:
    quirks = jobs.platform.quirks
    status = jobs.status(job)
    is_told = job.tells_rate and status != "PENDING"
    rate = f"MATCH_RANGE_{rate_range(quirks.match_percent)}" if is_told and job.adds else None
    metadata = "offline_user_data_job.customer_match_user_list_metadata"
    return {
        "offline_user_data_job.resource_name": job.resource_name,
        "offline_user_data_job.id": job.id,
        "offline_user_data_job.external_id": job.external_id,
        "offline_user_data_job.type": "CUSTOMER_MATCH_USER_LIST",
        "offline_user_data_job.status": status,
        "offline_user_data_job.failure_reason": None,
        "offline_user_data_job.operation_metadata.match_rate_range": rate,
        f"{metadata}.user_list": f"customers/{job.account}/userLists/{job.list_id}",
        f"{metadata}.consent.ad_user_data": job.consent[0],
        f"{metadata}.consent.ad_personalization": job.consent[1],
    }


def _account_record(account: Account) -> dict[str, object]:
    return {
        "customer.resource_name": f"customers/{account.id}",
        "customer.id": int(account.id),
        "customer.descriptive_name": f"Invented account {account.id}",
        "customer.currency_code": "PLN",
        "customer.time_zone": "Europe/Warsaw",
        "customer.manager": account.managers == frozenset() and not account.has_user,
        "customer.test_account": False,
        "customer.status": "ENABLED" if account.is_enabled else "CANCELED",
    }


_NOTHING: Final = UserList(0, "", "")
_NO_JOB: Final = Job(0, "", 0, None, 0, tells_rate=False, consent=("", ""))


def known_fields(jobs: Jobs, resource: str) -> frozenset[str] | None:
    """The fields of a resource; None for one that GAQL cannot ask for here."""
    match resource:
        case "user_list":
            return frozenset(_list_record(jobs.platform, _NOTHING))
        case "offline_user_data_job":
            return frozenset(_job_record(jobs, _NO_JOB))
        case "customer":
            return frozenset(_account_record(next(iter(jobs.platform.accounts.values()))))
        case _:
            return None


def records(jobs: Jobs, resource: str, account: Account) -> Iterator[Record]:
    """The records of a resource in an account; lists of its managers answer too."""
    platform = jobs.platform
    if resource == "user_list":
        for held in platform.lists_of(account.id):
            yield _list_record(platform, held)
        for manager in sorted(account.managers):
            for held in platform.lists_of(manager):
                yield {
                    **_list_record(platform, held),
                    "user_list.resource_name": f"customers/{account.id}/userLists/{held.id}",
                    "user_list.access_reason": "SHARED",
                }
    elif resource == "offline_user_data_job":
        for job in jobs.by_name.values():
            if job.account == account.id:
                yield _job_record(jobs, job)
    else:
        yield _account_record(account)
