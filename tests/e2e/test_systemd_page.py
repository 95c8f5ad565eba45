"""What the page on services says of a server with systemd, typed line by line."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from many_shops import make_shops

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-as-a-service.md"
# A secret that has to be pasted, and two keys that are made up, one of which every run needs.
MORE = '[privacy]\nidentities = "hashed"\n[notify]\nchannels = true\n'
SHIMS = {
    "sudo": 'exec "$@"',
    "python3": 'mkdir -p "$3/bin"; ln -s "$AUDSYNC" "$3/bin/audsync"; '
    'printf "#!/bin/sh\\n" > "$3/bin/pip"; chmod +x "$3/bin/pip"',
    "useradd": "exit 0",
    "systemctl": 'echo "$@" >> "$CALLS"',
    "journalctl": "exit 0",
}


class Server:
    """A machine whose folders all lie in one; systemd, users and Python are only played."""

    def __init__(self, root: Path) -> None:
        self.root, self.programs, self.calls = root, root / "shims", root / "calls"
        self.units, self.home = root / "etc/systemd/system", root / "srv/audsync"
        for folder in (self.programs, self.units, root / "usr/local/bin", root / "opt"):
            folder.mkdir(parents=True)
        self.home.parent.mkdir()
        for name, script in SHIMS.items():
            (self.programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (self.programs / name).chmod(0o755)

    def type(self, lines: str, *, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Lines of the page, or of what audsync told to type, until one fails."""
        text = re.sub(r"(?<![\w/])/(?=(opt|usr|srv|etc)/)", f"{self.root}/", lines)
        text = text.replace("install -d -o audsync", "install -d")
        path = [str(self.programs), str(self.root / "usr/local/bin"), "/usr/bin", "/bin"]
        return subprocess.run(
            ["/bin/sh", "-e", "-c", text],
            cwd=self.root,
            env={
                "PATH": os.pathsep.join(path),
                "HOME": str(self.root),
                "AUDSYNC": str(Path(sys.executable).with_name("audsync")),
                "AUDSYNC_LOG_FORMAT": "text",
                "CALLS": str(self.calls),
            },
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def begin(self, unit: str) -> subprocess.CompletedProcess[str]:
        """What systemd would do for a service: its secrets, its folder, its command."""
        text = (self.units / unit).read_text(encoding="utf-8")
        credentials = self.root / "run"
        credentials.mkdir(exist_ok=True)
        for name, value in re.findall(r"^SetCredential=(.+?):(.*)$", text, re.MULTILINE):
            file = credentials / name
            file.write_text(value.encode().decode("unicode_escape"), encoding="utf-8")
        for name, source in re.findall(r"^LoadCredential=(.+?):(.*)$", text, re.MULTILINE):
            if Path(source).exists():
                (credentials / name).write_bytes(Path(source).read_bytes())
        for folder in re.findall(r"^ReadWritePaths=(.*)$", text, re.MULTILINE):
            assert Path(folder).is_dir(), "systemd wants it to be there"
        ((command, place),) = re.findall(
            r"^ExecStart=(.*)\nUser=audsync\nWorkingDirectory=(.*)$", text, re.MULTILINE
        )
        return subprocess.run(
            shlex.split(command),
            cwd=place,
            env={"PATH": "/usr/bin:/bin", "CREDENTIALS_DIRECTORY": str(credentials)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def lacking(told: str) -> list[str]:
    """The commands that `schedule systemd` told to type."""
    assert "Before it can start:\nsudo " in told
    return [line for line in told.splitlines() if line.startswith("sudo ")]


@pytest.mark.slow
def test_a_server_works_when_the_page_is_typed_and_what_is_missing_is_told(
    tmp_path: Path,
) -> None:
    section = PAGE.read_text("utf-8").partition("## A server with systemd")[2]
    section = section.partition("### What the daemon does")[0]
    prepare, write, start = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    server = Server(tmp_path)
    done = server.type(prepare)
    assert done.returncode == 0, done.stderr
    server.home.rmdir()
    make_shops(server.home, "kolo", schedule="30 3 * * *", more=MORE)

    write = (
        f"{write.strip()} --credentials /etc/audsync/credentials"  # the default, of this root
    )
    for line in (write, write.replace(" --daemon --jobs 2", "")):
        written = server.type(line)
        assert written.returncode == 0, written.stderr
    secrets = server.root / "etc/audsync/credentials"
    asked = server.type(start.splitlines()[0])
    assert asked.returncode == 12, "no run is made without the key of identities"
    missing = f"sudo sh -c 'umask 077; openssl rand -hex 32 > {secrets}/kolo.identity_key'"
    assert f"= {missing}" in asked.stdout
    to_type = lacking(written.stderr)
    for line in [one for one in to_type if " install " in one]:
        assert server.type(line).returncode == 0
    refused = server.begin("audsync-kolo.service")
    assert refused.returncode == 5, refused.stderr
    assert "(the file is empty)" in refused.stderr

    for line in to_type:
        done = server.type(line, stdin="json://127.0.0.1/\n")
        assert done.returncode == 0, done.stderr
    assert {path.name: path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {
        f"kolo.{name}": 0o600 for name in ("identity_key", "notify_urls", "suppression_key")
    }
    (left,) = lacking(server.type(write).stderr)
    assert "useradd" in left
    done = server.type(start)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "secret identity_key is found: systemd credential kolo.identity_key" in done.stdout
    assert "enable --now audsync.service" in server.calls.read_text("utf-8")
    (secrets / "kolo.notify_urls").unlink()
    ran = server.begin("audsync-kolo.service")
    assert ran.returncode == 0, ran.stderr
    assert len((server.home / "out/kolo/buyers.csv").read_text("utf-8").splitlines()) == 10 + 1
