"""The Data Manager API: lists, requests with members, and what became of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from google.ads import datamanager_v1 as api
from google.api_core.client_options import ClientOptions
from google.protobuf.timestamp_pb2 import Timestamp

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Context,
    Operation,
    Outcome,
    Part,
)
from audsync.errors import CredentialError
from audsync_sink_google.access import Access, hush
from audsync_sink_google.dm_lists import Lists
from audsync_sink_google.dm_status import lost_members, match_rates
from audsync_sink_google.error_table import Kind
from audsync_sink_google.errors import NAME, GoogleRefusedError, explained
from audsync_sink_google.members import encoded, fields_of, invented, nameless
from audsync_sink_google.options import GoogleOptions
from audsync_sink_google.pace import Pace
from audsync_sink_google.receipts import Clearing, Given

if TYPE_CHECKING:
    import pyarrow as pa

Answered = TypeVar("Answered")

FIRST_LOOK_SECONDS: Final = 1800.0  # Google's advice for the first question after a request
PATH: Final = ("audience_members", "user_data", "user_identifiers")
LEAVES: Final = (
    *("email_address", "phone_number", "address"),
    *("given_name", "family_name", "region_code", "postal_code"),
)
# What the clocks here and at Google may differ by. Nobody was added so shortly before: a plan
# waits until Google is done with the one before.
_SKEW_SECONDS: Final = 900.0
_MOST_REFUSALS: Final = 50  # of one batch, which a request of 10,000 halved has at most
_ACCOUNT_TYPES: Final = {
    ("google_ads", "advertiser"): "GOOGLE_ADS",
    ("display_video", "advertiser"): "DISPLAY_VIDEO_ADVERTISER",
    ("display_video", "partner"): "DISPLAY_VIDEO_PARTNER",
}


class DataManager:
    """Lists of one account of Google Ads, or of Display & Video 360."""

    def __init__(
        self,
        options: GoogleOptions,
        context: Context,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._options = options
        self._clock = clock
        hush()
        self._access = Access(options, context)
        self._pace = self._paced("changes", context, sleep)
        self._questions = self._paced("questions", context, sleep)  # counted apart
        self._replacements: dict[int, _Replacement] = {}
        self._account = _ACCOUNT_TYPES[options.product, options.owner]
        self._login = _login_type(options)
        settings = ClientOptions(api_endpoint=options.endpoint) if options.endpoint else None
        made: dict[str, Any] = {
            "credentials": self._access.credentials,
            "transport": options.transport,
            "client_options": settings,
        }
        self._ingestion = api.IngestionServiceClient(**made)
        self._lists = Lists(
            api.UserListServiceClient(**made), options, self._call, self._account, self._login
        )

    def _paced(self, kind: str, context: Context, sleep: Callable[[float], None]) -> Pace:
        """The quota is the Cloud project's, so that all shops of the config share one pace."""
        shared = context.shared
        file = None if shared is None else shared / f"google.{kind}.pace"
        return Pace(self._options.requests_per_minute, self._clock, sleep, file=file)

    def lists(self) -> int:
        """How many lists the account has, which asks for the login and the access to it."""
        return len(self._lists.all())

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The list of that id, else of that name, else a new one."""
        return self._lists.open(spec, remote_id)

    def send(self, batch: Batch) -> Given:
        """Hand members over, in as many requests as it takes until none is refused.

        One bad member makes Google refuse all of a request: those that it names are left out,
        and where it names none the request is halved. A replacement adds its members, and
        leaves those who were there before for `step`.
        """
        (audience,) = batch.audiences
        rows, began = batch.rows, self._clock()
        upload = _Upload(lambda part: self._give(batch.operation, audience, part))
        refused = dict.fromkeys(nameless(rows), "missing_identifier")
        upload.refused.update(refused)
        upload.give(rows, [row for row in range(rows.num_rows) if row not in refused])
        clearing = None
        if batch.operation is Operation.REPLACE:
            part = batch.part or Part(0)
            replacement = self._replacements.setdefault(part.session, _Replacement(began))
            replacement.requests += upload.parts
            if part.number == part.of:
                del self._replacements[part.session]
                before = int(replacement.began - _SKEW_SECONDS)
                requests = tuple(replacement.requests)
                clearing = Clearing(audience.remote_id, before, requests)
        return Given(rows.num_rows, self._clock(), upload.parts, upload.refused, clearing)

    def settle(self, given: Given) -> Outcome | None:
        """The outcome when Google has worked in all requests; None before."""
        if given.clearing is not None:
            last = given.clearing.request
            if last is None or not self._is_done(last, 0, given.at):
                return None
        lost: Counter[str] = Counter()
        rates: list[str] = []
        for request, size in given.parts.items():
            status = self._status(request, given.at)
            found = None if status is None else lost_members(status, size)
            if found is None:
                return None
            lost += found
            rates += match_rates(status)
        return given.outcome(lost, rates)

    def step(self, given: Given) -> Given | None:
        """Take out whoever was in a replaced list before, once all others have arrived.

        A list is never cleared where nobody arrived.
        """
        clearing = given.clearing
        if clearing is None or clearing.request is not None:
            return None
        if not clearing.requests:
            raise GoogleRefusedError(
                f"{NAME}: Google took nobody of a replacement, so nobody is removed either",
                remedy="look at the members that were refused",
                kind=Kind.FATAL,
            )
        if not all(self._is_done(one, 0, given.at) for one in clearing.requests):
            return None
        request = api.RemoveAllAudienceMembersRequest(
            destinations=[self._destination(clearing.audience)],
            remove_as_of_time=Timestamp(seconds=clearing.before),
        )
        self._pace.wait()
        answer = self._call(
            lambda **kw: self._ingestion.remove_all_audience_members(request=request, **kw)
        )
        asked = replace(clearing, request=str(answer.request_id))
        return replace(given, at=self._clock(), clearing=asked)

    def _is_done(self, request: str, size: int, at: float) -> bool:
        status = self._status(request, at)
        return status is not None and lost_members(status, size) is not None

    def _status(self, request: str, at: float) -> Any:
        """What Google says of a request; None where it is too early to ask."""
        if self._clock() - at < FIRST_LOOK_SECONDS:
            return None
        asked = api.RetrieveRequestStatusRequest(request_id=request)
        self._questions.wait()
        return self._call(
            lambda **kw: self._ingestion.retrieve_request_status(request=asked, **kw)
        )

    def close(self) -> None:
        """Let go of the channels."""
        self._ingestion.transport.close()
        self._lists.close()
        self._access.close()

    def rehearse(self, audience: AudienceInfo) -> None:
        """Let Google check an addition and a removal of an invented person."""
        for operation in (Operation.ADD, Operation.REMOVE):
            request, send = self._request(operation, audience, invented())
            request.validate_only = True
            self._sent(request, send)

    def _give(self, operation: Operation, audience: AudienceInfo, rows: "pa.Table") -> str:
        """Members in one request; its id."""
        return str(self._sent(*self._request(operation, audience, rows)).request_id)

    def _sent(self, request: Any, send: Callable[..., Answered]) -> Answered:
        self._pace.wait()
        return self._call(lambda **kw: send(request=request, **kw))

    def _request(
        self, operation: Operation, audience: AudienceInfo, rows: "pa.Table"
    ) -> tuple[Any, Callable[..., Any]]:
        """A request with members, and the method that sends it."""
        request: Any
        if operation is Operation.REMOVE:
            request = api.RemoveAudienceMembersRequest()
            send: Callable[..., Any] = self._ingestion.remove_audience_members
        else:
            request = api.IngestAudienceMembersRequest(
                consent=api.Consent(
                    ad_user_data=api.ConsentStatus.CONSENT_GRANTED,
                    ad_personalization=api.ConsentStatus.CONSENT_GRANTED,
                ),
                terms_of_service=api.TermsOfService(
                    customer_match_terms_of_service_status=api.TermsOfServiceStatus.ACCEPTED
                ),
            )
            send = self._ingestion.ingest_audience_members
        request.destinations = [self._destination(audience.remote_id)]
        request.encoding = api.Encoding.HEX
        message = type(request).pb(request)
        message.MergeFromString(encoded(rows, fields_of(message, PATH, LEAVES)))
        return request, send

    def _destination(self, remote_id: str) -> "api.Destination":
        made = api.Destination(
            operating_account=_account(self._account, self._options.account_id),
            product_destination_id=remote_id,
        )
        if self._options.login_id is not None:
            made.login_account = _account(self._login, self._options.login_id)
        return made

    def _call(self, call: Callable[..., Answered]) -> Answered:
        """A call with a good token, a time limit and no retry but the core's."""
        self._access.ready()
        timeout = self._options.timeout_seconds
        return explained(lambda: call(timeout=timeout, retry=None))


@dataclass(slots=True)
class _Replacement:
    """A replacement on its way: when it began, and the requests of its parts so far."""

    began: float
    requests: list[str] = field(default_factory=list)


class _Upload:
    """Requests that together give all members of a batch but those that Google refuses."""

    def __init__(self, request: "Callable[[pa.Table], str]") -> None:
        self._request = request
        self._refusals = 0
        self.parts: dict[str, int] = {}
        self.refused: dict[int, str] = {}

    def give(self, rows: "pa.Table", places: Sequence[int]) -> None:
        """Send the rows at these places of a batch."""
        left = [list(places)] if places else []
        while left:
            some = left.pop()
            part = rows if len(some) == rows.num_rows else rows.take(some)
            try:
                request = self._request(part)
            except GoogleRefusedError as error:
                left += reversed(self._smaller(error, some))
            except CredentialError:
                if not self.parts:
                    raise
                self._give_up(some, "login_refused")
            else:
                self.parts[request] = self.parts.get(request, 0) + len(some)

    def _smaller(self, error: GoogleRefusedError, places: list[int]) -> list[list[int]]:
        """What to send in place of a request that was refused."""
        self._refusals += 1
        is_hopeless = error.kind not in (Kind.ROW, Kind.SPLIT)
        if is_hopeless or self._refusals > _MOST_REFUSALS:
            # What was taken before stays taken, and has its receipt.
            if not self.parts and is_hopeless:
                raise error
            self._give_up(places, error.code)
            return []
        named = {places[row]: code for row, code in error.rows.items() if row < len(places)}
        if error.kind is Kind.ROW and (named or len(places) == 1):
            self.refused.update(named or {places[0]: error.code})
            rest = [place for place in places if place not in self.refused]
            return [rest] if rest else []
        if len(places) == 1:
            raise error
        middle = len(places) // 2
        return [places[:middle], places[middle:]]

    def _give_up(self, places: Sequence[int], code: str) -> None:
        self.refused.update(dict.fromkeys(places, code))


def _login_type(options: GoogleOptions) -> str:
    """The kind of the account that gives access: a manager, or a partner."""
    return "GOOGLE_ADS" if options.product == "google_ads" else "DISPLAY_VIDEO_PARTNER"


def _account(kind: str, number: str) -> "api.ProductAccount":
    return api.ProductAccount(
        account_type=getattr(api.ProductAccount.AccountType, kind), account_id=number
    )
