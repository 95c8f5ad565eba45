"""One way of filling five Customer Match lists of a fake Google, in a process of its own.

`python -m benchmarks.google_upload WAY API ENDPOINT LOGIN_URL PEOPLE FOLDER` prints JSON:
seconds of the whole and of building the messages, and the most memory held.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from audsync.testing.google import (
    CLIENT_ID,
    CLIENT_SECRET,
    CUSTOMER,
    REFRESH_TOKEN,
    TOKEN,
)
from benchmarks.child import peak_bytes
from benchmarks.meta_upload import _consented, _timed

LISTS: Final = 5
OF_EACH: Final = 2  # lists that a person is in
TODAY: Final = date(2026, 11, 23)
BATCH: Final = 10_000
# As Google advises for one request, of people with three identifiers.
OPERATIONS: Final = 3_333
Seconds = dict[str, float]


def lists(count: int) -> Iterator[tuple[str, list[int]]]:
    """The name of each list, and who is in it: each person in two of the five."""
    for number in range(LISTS):
        yield (
            f"List {number}",
            [one for one in range(count) if (one - number) % LISTS < OF_EACH],
        )


def audsync(
    api: str,
    endpoint: str,
    login_url: str,
    people: Path,
    folder: Path,
    *,
    lists_per_request: int = 10,
) -> Seconds:
    """Keys, plans, journal, batches, receipts and member lists; then a run without a change."""
    import pyarrow.parquet as pq

    from audsync.contracts import Context
    from audsync.match_keys import match_keys
    from audsync.state import State
    from audsync_sink_google import GoogleOptions, GoogleSink

    clients = _with_one_of_each(pq.read_table(people))
    known = {"google_refresh_token": REFRESH_TOKEN, "google_client_secret": CLIENT_SECRET}
    context = Context(
        *("shop", "Europe/Warsaw", "PL", "PLN"),
        folder,
        lambda text: folder / text,
        secret=lambda name: _known(name, known),
    )
    options = GoogleOptions(
        account=CUSTOMER,
        client_id=CLIENT_ID,
        api=api,  # type: ignore[arg-type]  # one of the two
        endpoint=endpoint,
        login_url=login_url,
        lists_per_request=lists_per_request,
    )
    sink = GoogleSink(options, context)
    consented = _consented(clients)
    rows = match_keys(sink.key_rules, clients).rows.drop_columns(["client_id"])
    _built(api, rows.slice(0, 1))  # whoever fills has loaded the clients before
    with State(folder / "shop") as state:
        return {
            "filled": _timed(lambda: _run(state, sink, clients, consented, "first"))["wall"],
            "unchanged": _timed(lambda: _run(state, sink, clients, consented, "second"))[
                "wall"
            ],
            "built": _timed(lambda: _built(api, rows))["wall"],
        }


def _with_one_of_each(clients: Any) -> Any:
    """The clients as a run of this sink fetches them: nobody has further contacts."""
    import pyarrow as pa

    from audsync.match_keys import FURTHER

    nothing = pa.nulls(clients.num_rows, pa.string())
    for name in FURTHER:
        clients = clients.append_column(name, nothing)
    return clients


def _known(name: str, known: dict[str, str]) -> Any:
    from audsync.errors import MissingSecretError
    from audsync.secrets import Secret

    if name not in known:
        raise MissingSecretError(name)
    return Secret(known[name])


def _built(api: str, rows: Any) -> None:
    """The requests of all clients once, as the sink builds them."""
    from audsync_sink_google import data_manager, google_ads
    from audsync_sink_google.members import encoded, fields_of

    size = BATCH if api == "data_manager" else OPERATIONS
    for start in range(0, rows.num_rows, size):
        request = _empty(api)
        path, leaves = (
            (data_manager.PATH, data_manager.LEAVES)
            if api == "data_manager"
            else (("operations", "create", "user_identifiers"), google_ads.LEAVES)
        )
        part = rows.slice(start, size)
        request.MergeFromString(encoded(part, fields_of(request, path, leaves)))


def _empty(api: str) -> Any:
    if api == "data_manager":
        from google.ads import datamanager_v1 as dm

        return dm.IngestAudienceMembersRequest.pb(dm.IngestAudienceMembersRequest())
    from google.ads.googleads.v26.services.types.offline_user_data_job_service import (
        AddOfflineUserDataJobOperationsRequest as Request,
    )

    return Request.pb(Request())


def _run(state: Any, sink: Any, clients: Any, gate: Any, name: str) -> None:
    """What a run does from the clients of five segments on."""
    from audsync.audience_keys import AudienceKey
    from audsync.contracts import AudienceSpec
    from audsync.deliver import deliver, resume
    from audsync.guard_settings import GuardSettings
    from audsync.match_keys import match_keys, rules_version
    from audsync.plan import Limits, Population, Target, desired, matching_of, plan_audience

    resume(state, {"google": sink}, run=name)
    keys = match_keys(sink.key_rules, clients)
    ids = clients.select(["client_id"])
    plans = [
        plan_audience(
            Target(
                AudienceKey("shop", f"s{number}", "google"),
                AudienceSpec(f"shop.s{number}", title),
                rules_version(sink.key_rules),
            ),
            desired=desired(gate.consented, ids.take(members), keys.rows, refused=gate.refused),
            delivered=state.delivered(f"shop.s{number}.google", TODAY),
            population=Population(gate.refused, ids),
            matching=matching_of(sink.capabilities.match, sink.key_rules),
            limits=Limits(GuardSettings(), consent_share=1.0),
        )
        for number, (title, members) in enumerate(lists(clients.num_rows))
    ]
    for result in deliver(plans, state, {"google": sink}, run=name, as_of=TODAY):
        if result.failure is not None or result.rejected:
            raise RuntimeError(f"{result.failure}, rejected {result.rejected}")


def sample(api: str, endpoint: str, login_url: str, people: Path, folder: Path) -> Seconds:
    """As Google's samples do it: a message of proto-plus for each member and identifier."""
    import pyarrow.parquet as pq

    del login_url, folder
    clients = pq.read_table(people).to_pylist()
    way: Any = _SampleDataManager if api == "data_manager" else _SampleGoogleAds
    made = way(endpoint)
    seconds = {"built": 0.0}

    def fill() -> None:
        for name, members in lists(len(clients)):
            made.begin(name)
            for start in range(0, len(members), made.size):
                some = [_digests(clients[one]) for one in members[start : start + made.size]]
                before = time.perf_counter()
                request = made.request([made.message(one) for one in some])
                seconds["built"] += time.perf_counter() - before
                made.send(request)
            made.end()

    return {"filled": _timed(fill)["wall"], **seconds}


def _digests(client: dict[str, str | None]) -> dict[str, str]:
    """Normal forms and digests, as simple as the samples make them."""
    kept = {name: value.strip().lower() for name, value in client.items() if value}
    hashed = ("email", "phone", "first_name", "last_name")
    return {
        name: sha256(value.encode()).hexdigest() if name in hashed else value.upper()
        for name, value in kept.items()
    }


class _SampleDataManager:
    size = BATCH

    def __init__(self, endpoint: str) -> None:
        from google.ads import datamanager_v1 as dm
        from google.api_core.client_options import ClientOptions
        from google.oauth2.credentials import Credentials

        self.dm = dm
        settings: dict[str, Any] = {
            "credentials": Credentials(TOKEN),
            "client_options": ClientOptions(api_endpoint=endpoint),
        }
        self.ingestion = dm.IngestionServiceClient(**settings)
        self.lists = dm.UserListServiceClient(**settings)

    def begin(self, name: str) -> None:
        dm = self.dm
        info = dm.IngestedUserListInfo(upload_key_types=["CONTACT_ID"])
        self.list = self.lists.create_user_list(
            parent=f"accountTypes/GOOGLE_ADS/accounts/{CUSTOMER}",
            user_list=dm.UserList(
                display_name=name, description=name, ingested_user_list_info=info
            ),
        ).id

    def message(self, one: dict[str, str]) -> Any:
        dm = self.dm
        identifiers = []
        if "email" in one:
            identifiers.append(dm.UserIdentifier(email_address=one["email"]))
        if "phone" in one:
            identifiers.append(dm.UserIdentifier(phone_number=one["phone"]))
        identifiers.append(
            dm.UserIdentifier(
                address=dm.AddressInfo(
                    given_name=one["first_name"],
                    family_name=one["last_name"],
                    region_code=one["country"],
                    postal_code=one["zip"],
                )
            )
        )
        return dm.AudienceMember(user_data=dm.UserData(user_identifiers=identifiers))

    def request(self, messages: list[Any]) -> Any:
        dm = self.dm
        account = dm.ProductAccount(account_type="GOOGLE_ADS", account_id=CUSTOMER)
        where = dm.Destination(operating_account=account, product_destination_id=str(self.list))
        return dm.IngestAudienceMembersRequest(
            destinations=[where],
            audience_members=messages,
            consent=dm.Consent(
                ad_user_data="CONSENT_GRANTED", ad_personalization="CONSENT_GRANTED"
            ),
            terms_of_service=dm.TermsOfService(
                customer_match_terms_of_service_status="ACCEPTED"
            ),
            encoding="HEX",
        )

    def send(self, request: Any) -> None:
        self.ingestion.ingest_audience_members(request=request)

    def end(self) -> None:
        """A request is done when it is sent."""


class _SampleGoogleAds:
    size = OPERATIONS

    def __init__(self, endpoint: str) -> None:
        from google.ads.googleads.client import GoogleAdsClient
        from google.oauth2.credentials import Credentials

        self.client = GoogleAdsClient(
            credentials=Credentials(TOKEN),
            endpoint=endpoint,
            version="v26",
            use_proto_plus=True,
        )
        self.lists = self.client.get_service("UserListService")
        self.jobs = self.client.get_service("OfflineUserDataJobService")

    def begin(self, name: str) -> None:
        operation = self.client.get_type("UserListOperation")
        operation.create.name = name
        operation.create.crm_based_user_list.upload_key_type = (
            self.client.enums.CustomerMatchUploadKeyTypeEnum.CONTACT_INFO
        )
        made = self.lists.mutate_user_lists(customer_id=CUSTOMER, operations=[operation])
        job = self.client.get_type("OfflineUserDataJob")
        job.type_ = self.client.enums.OfflineUserDataJobTypeEnum.CUSTOMER_MATCH_USER_LIST
        told = job.customer_match_user_list_metadata
        told.user_list = made.results[0].resource_name
        granted = self.client.enums.ConsentStatusEnum.GRANTED
        told.consent.ad_user_data = told.consent.ad_personalization = granted
        self.job = self.jobs.create_offline_user_data_job(
            customer_id=CUSTOMER, job=job
        ).resource_name

    def message(self, one: dict[str, str]) -> Any:
        operation = self.client.get_type("OfflineUserDataJobOperation")
        found = operation.create.user_identifiers
        for name in ("email", "phone"):
            if name in one:
                identifier = self.client.get_type("UserIdentifier")
                field = "hashed_email" if name == "email" else "hashed_phone_number"
                setattr(identifier, field, one[name])
                found.append(identifier)
        identifier = self.client.get_type("UserIdentifier")
        address = identifier.address_info
        address.hashed_first_name = one["first_name"]
        address.hashed_last_name = one["last_name"]
        address.country_code = one["country"]
        address.postal_code = one["zip"]
        found.append(identifier)
        return operation

    def request(self, messages: list[Any]) -> Any:
        request = self.client.get_type("AddOfflineUserDataJobOperationsRequest")
        request.resource_name = self.job
        request.operations = messages
        request.enable_partial_failure = True
        return request

    def send(self, request: Any) -> None:
        self.jobs.add_offline_user_data_job_operations(request=request)

    def end(self) -> None:
        self.jobs.run_offline_user_data_job(resource_name=self.job)


WAYS: Final[dict[str, Callable[..., Seconds]]] = {
    "audsync": audsync,
    "alone": partial(audsync, lists_per_request=1),
    "sample": sample,
}


def main(way: str, api: str, given: list[str]) -> None:
    """Fill the lists, and print what it took."""
    endpoint, login_url, people, folder = given
    Path(folder).mkdir(parents=True, exist_ok=True)
    seconds = WAYS[way](api, endpoint, login_url, Path(people), Path(folder))
    print(json.dumps({"seconds": seconds, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
