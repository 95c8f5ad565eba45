"""`audsync fake-server`: a platform in a process of its own, obeying line by line."""

import json
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from audsync.testing.idosell import KEY
from audsync.testing.meta import ACCOUNT, TOKEN
from command import audsync
from fakes.graph_caller import people, upload

Say = Callable[[str], dict[str, Any]]


@contextmanager
def serving(*arguments: str, cwd: Path) -> Iterator[tuple[dict[str, Any], Say]]:
    """What the server tells at first, and a way to give it orders; it ends with its input."""
    command = [str(Path(sys.executable).with_name("audsync")), "fake-server", *arguments]
    with subprocess.Popen(
        [*command, "--json"], cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        inlet, outlet = process.stdin, process.stdout
        assert inlet is not None
        assert outlet is not None

        def say(line: str) -> dict[str, Any]:
            print(line, file=inlet, flush=True)
            told: dict[str, Any] = json.loads(outlet.readline())
            return told

        yield json.loads(outlet.readline()), say
        inlet.close()
        assert process.wait(60) == 0


def test_a_panel_lives_as_it_is_told(tmp_path: Path) -> None:
    with serving("idosell", "--orders", "30", cwd=tmp_path) as (served, say):
        assert served["secrets"] == {"idosell_api_key": KEY}
        address = f"{served['url']}/api/admin/v8/system/serverTime"
        assert requests.get(address, headers={"X-API-KEY": KEY}, timeout=60).ok
        first = say("")
        assert first["calls"] == {"system/serverTime": 1}
        assert say("advance 3600")["now"][11:13] != first["now"][11:13]
        assert say("happen 5")["error"] is None
        for wrong in ("dance", "fail 200", "scopes moon", "timezone Mars/Olympus"):
            assert "happen COUNT" in say(wrong)["error"]


def test_a_panel_refuses_as_it_is_told(tmp_path: Path) -> None:
    with serving("idosell", "--orders", "5", cwd=tmp_path) as (served, say):

        def told() -> tuple[int, str]:
            address = f"{served['url']}/api/admin/v8/system/serverTime"
            answer = requests.get(address, headers={"X-API-KEY": KEY}, timeout=60)
            return answer.status_code, answer.text

        say("fail 503")
        assert [told()[0] for _ in range(2)] == [503, 200]
        say("pages 1")
        assert [told()[1][:6] == "<html>" for _ in range(2)] == [True, False]
        say("scopes oms crm")
        assert told()[0] == 403
        say("scopes system oms crm pim")
        say("block")
        assert "faultCode" in told()[1]
        say("unblock")
        assert told()[0] == 200
        assert say("timezone Asia/Tokyo")["error"] is None


def test_an_ad_account_fails_as_it_is_told(tmp_path: Path) -> None:
    with serving("meta", "--for-shop", "kolo", cwd=tmp_path) as (served, say):
        assert served["config"].startswith("[shops.kolo.sinks.meta]\n")
        base = f"{served['url']}/v26.0"

        def post(path: str, **params: Any) -> dict[str, Any]:
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            found: dict[str, Any] = requests.post(
                f"{base}/{path}", json=params, headers=bearer, timeout=60
            ).json()
            return found

        settings = {"name": "Buyers", "subtype": "CUSTOM"}
        source = {"customer_file_source": "USER_PROVIDED_ONLY"}
        made = post(f"act_{ACCOUNT}/customaudiences", **settings, **source)["id"]
        say("fail 503")
        assert post(f"{made}/users", **upload(people(3)))["error"]["code"] == 2
        assert post(f"{made}/users", **upload(people(3)))["num_received"] == 3
        told = say("throttle 2")
        assert told["audiences"] == {made: {"name": "Buyers", "members": 3, "status": 200}}
        assert told["calls"] == {"POST customaudiences": 1, "POST users": 2}
        assert post(f"{made}/users", **upload(people(3)))["error"]["code"] == 80003
        say("advance 120")
        assert say(f"flag {made}")["audiences"][made]["status"] == 471
        assert post(f"{made}/users", **upload(people(3)))["error"]["error_subcode"] == 1713230
        for wrong in ("flag 404", "refuse x", "refuse 100/", "refuse 100 POST", "add OTHER x"):
            assert say(wrong)["error"] is not None
        say("refuse 2650/1870144 POST usersreplace")
        refused = post(f"{made}/usersreplace", **upload(people(3)))["error"]
        assert (refused["code"], refused["error_subcode"]) == (2650, 1870144)
        for order, code, subcode in (
            ("without terms", 200, 1870034),
            ("without portfolio", 200, 1870050),
            ("without permission", 200, None),
            ("expire", 190, 463),
        ):
            say(order)
            found = post(f"act_{ACCOUNT}/customaudiences", **settings, **source)["error"]
            assert (found["code"], found.get("error_subcode")) == (code, subcode)
            say("recover")
        there = say("add WEBSITE Seen lately")["audiences"]
        (seen,) = there.keys() - {made}
        assert there[seen]["name"] == "Seen lately"
        say(f"lock {seen}")
        assert post(seen, name="Other")["error"]["code"] == 200
        assert say(f"delete {seen}")["audiences"].keys() == {made}


def test_accounts_at_google_settle_as_they_are_told(tmp_path: Path) -> None:
    with serving("google", "--for-shop", "kolo", cwd=tmp_path) as (served, say):
        config = tomllib.loads(served["config"])["shops"]["kolo"]["sinks"]["google"]
        assert (config["transport"], config["endpoint"]) == ("rest", served["url"])
        grant = {
            "grant_type": "refresh_token",
            "refresh_token": served["secrets"]["google_refresh_token"],
            "client_id": config["client_id"],
            "client_secret": served["secrets"]["google_client_secret"],
        }

        def token() -> requests.Response:
            return requests.post(config["login_url"], data=grant, timeout=60)

        bearer = {"Authorization": f"Bearer {token().json()['access_token']}"}

        def post(path: str, body: dict[str, Any]) -> requests.Response:
            address = f"{served['url']}/v1/{path}"
            return requests.post(address, json=body, headers=bearer, timeout=60)

        account = {"accountType": "GOOGLE_ADS", "accountId": config["account"]}
        lists = f"accountTypes/GOOGLE_ADS/accounts/{config['account']}/userLists"
        keys = {"uploadKeyTypes": ["CONTACT_ID"]}
        made = post(lists, {"displayName": "Buyers", "ingestedUserListInfo": keys}).json()["id"]
        identifier = {"emailAddress": "0" * 64}
        removal = {
            "destinations": [{"operatingAccount": account, "productDestinationId": made}],
            "audienceMembers": [{"userData": {"userIdentifiers": [identifier]}}],
            "encoding": "HEX",
        }
        granted = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
        terms = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
        ingestion = {**removal, "consent": granted, "termsOfService": terms}
        say("fail 429")
        ingest = "audienceMembers:ingest"
        assert [post(ingest, ingestion).status_code for _ in range(2)] == [429, 200]
        told = say("")
        assert (told["unsettled"], told["audiences"][made]["members"]) == (1, 0)
        told = say("advance 3600")
        assert (told["unsettled"], told["audiences"][made]["members"]) == (0, 1)
        assert told["mistakes"] == {}
        say("expire")
        assert post(ingest, ingestion).status_code == 401
        say("revoke")
        assert token().json()["error"] == "invalid_grant"
        assert say("fail 999")["error"] is not None


def test_google_tells_of_grpc_where_a_file_for_its_certificate_is_named(tmp_path: Path) -> None:
    with serving("google", "--authority", "ca.pem", cwd=tmp_path) as (served, _):
        assert (tmp_path / "ca.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
        variable = f"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH={tmp_path / 'ca.pem'}\n"
        assert variable in served["config"]
        port = served["config"].partition('endpoint = "localhost:')[2].partition('"')[0]
        done = audsync("fake-server", "google", "--grpc-port", port, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr.startswith(f"error: port {port} of 127.0.0.1 cannot be had")
    done = audsync("fake-server", "google", "--authority", "no/ca.pem", cwd=tmp_path)
    assert done.returncode == 4
    assert "no/ca.pem cannot be written" in done.stderr


def test_a_person_is_told_what_to_write_where(tmp_path: Path) -> None:
    done = audsync("fake-server", "meta", cwd=tmp_path, stdin="\ndance\n")
    assert done.returncode == 0
    assert '[shops.demo.sinks.meta]\ntype = "meta"\n' in done.stdout
    assert f"export AUDSYNC_SECRET__DEMO__META_TOKEN={TOKEN}\n" in done.stdout
    assert "\naudiences: {}\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("orders are advance SECONDS")


def test_it_ends_with_ctrl_c(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("audsync")), "fake-server", "meta"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with serving("meta", cwd=tmp_path) as (served, _):
        port = served["url"].rpartition(":")[2]
        done = audsync("fake-server", "meta", "--port", port, cwd=tmp_path)
        assert done.returncode == 4
        assert f"port {port} of 127.0.0.1 cannot be had" in done.stderr
    none = audsync("fake-server", "meta", "--port", "99999", cwd=tmp_path)
    assert (none.returncode, "--port" in none.stderr) == (2, True)
