"""One run of one shop, and the questions that need the same data without sending anything."""

from audsync.run.connector_facts import ConnectorFacts, connector_facts
from audsync.run.questions import check_shop, explain_segment, segment_clients
from audsync.run.request import Request, RunReport
from audsync.run.shell import execute

__all__ = [
    "ConnectorFacts",
    "Request",
    "RunReport",
    "check_shop",
    "connector_facts",
    "execute",
    "explain_segment",
    "segment_clients",
]
