"""Every fault at every step of every scene, and what the next run made of it."""

import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any, Final, Self

from audsync.contracts import Level
from audsync.errors import ExitCode
from faults.damage import Damage, Harm
from faults.kinds import KILLED, Fault, between_changes
from faults.portrait import sendings
from faults.power import cuts, read_record
from faults.repeats import pasts, sent_twice
from faults.runner import Done, Kind, Runner, Step
from faults.shops import RUN, SCENES, Scene

_KILLED_FOLDERS: Final = 12
_TRACES: Final = ("Traceback", "a bug in audsync")


@dataclass(slots=True)
class Tally:
    """What came of one fault in one scene; `kept` counts the tries that kept every promise."""

    scene: str
    fault: str
    points: int
    tries: int = 0
    kept: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, code: int, wrong: Sequence[str]) -> None:
        """Count a try, by its exit code and what was not as promised."""
        self.tries += 1
        self.kept += not wrong
        self.codes[code] += 1
        self.wrong += wrong


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene made ready: its shop before the command, its steps, how it ends undisturbed."""

    scene: Scene
    base: Path
    steps: Sequence[Step]
    calm: dict[str, Any]


class Matrix:
    """Tries faults on as many processes as the machine has cores; a context manager."""

    def __init__(self, scratch: Path, *, servers: int = 2) -> None:
        self._scratch = scratch
        self._open = ExitStack()
        self._servers: Queue[Runner] = Queue()
        self._count = servers
        self._stages: dict[str, Stage] = {}
        for _ in range(servers):
            runner = self._open.enter_context(Runner(scratch / "server"))
            self._servers.put(runner)
        self._warm_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def stage(self, scene: Scene) -> Stage:
        """Make a scene ready, and see how it ends without any fault."""
        if scene.name not in self._stages:
            with self.borrowed() as runner:
                self._stages[scene.name] = self._staged(scene, runner)
        return self._stages[scene.name]

    @contextmanager
    def borrowed(self) -> Iterator[Runner]:
        """A server that nobody else uses meanwhile."""
        runner = self._servers.get()
        try:
            yield runner
        finally:
            self._servers.put(runner)

    def tally(self, stage: Stage, fault: Fault, *, every: int = 1) -> Tally:
        """Try a fault at every so many of its points, and at two of them at least."""
        points = fault.points(stage.steps)
        result = Tally(stage.scene.name, fault.name, len(points))
        with ThreadPoolExecutor(self._count) as pool:
            chosen = points[:: min(every, max(1, len(points) // 2))]
            for code, wrong in pool.map(lambda step: self._tried(stage, fault, step), chosen):
                result.add(code, wrong)
        return result

    def cuts(self, stage: Stage, *, every: int = 1) -> Tally:
        """Let the power go before every so many of the syncs."""
        shop, record = self._scratch / "recorded", self._scratch / "record"
        with self.borrowed() as runner:
            shutil.copytree(stage.base, shop)
            done = runner.command(shop, stage.scene.arguments, record=record)
            assert done.code == 0, done.stderr
        deeds = read_record(record, shop)
        result = Tally(stage.scene.name, "power cut before a sync", 0)
        for number, disk in cuts(stage.base, deeds):
            result.points += 1
            if result.points % every:
                continue
            folder = self._scratch / f"cut {number}"
            disk.leave(folder)
            with self.borrowed() as runner:
                wrong = list(_recovered(stage, folder, runner))
            shutil.rmtree(folder)
            place = f"{stage.scene.name}, power cut at {number}, {deeds[number].path}"
            result.add(KILLED, [f"{place}: {said}" for said in wrong])
        for left in (shop, record):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        return result

    def damages(self, stage: Stage, damage: Damage) -> Tally:
        """Do each harm of a kind, to the shop before the run or to what killed runs left."""
        bases = self._killed(stage) if damage.is_after_kill else [stage.base]
        tries = [(base, harm) for base in bases for harm in damage.harms(base)]
        result = Tally(stage.scene.name, damage.name, len(tries))
        with ThreadPoolExecutor(self._count) as pool:
            numbered = list(enumerate(tries))
            for code, wrong in pool.map(
                lambda one: self._harmed(stage, damage, *one), numbered
            ):
                result.add(code, wrong)
        return result

    def _killed(self, stage: Stage) -> list[Path]:
        """Copies of a shop after runs that were killed at a dozen steps."""
        folders = []
        steps = between_changes(stage.steps)
        for step in steps[:: len(steps) // _KILLED_FOLDERS]:
            folder = self._scratch / stage.scene.name / f"left {step.number}"
            if not folder.exists():
                shutil.copytree(stage.base, folder)
                with self.borrowed() as runner:
                    runner.command(
                        folder, stage.scene.arguments, kind=Kind.KILL, number=step.number
                    )
            folders.append(folder)
        return folders

    def _harmed(
        self, stage: Stage, damage: Damage, number: int, one: tuple[Path, Harm]
    ) -> tuple[int, list[str]]:
        base, harm = one
        name = f"{damage.name} {number}"
        with self.borrowed() as runner, self._copy(base, stage.scene.name, name) as folder:
            harm(folder)
            done = runner.command(folder, RUN)
            wrong = list(_misbehaved(done, damage.ends))
            if done.code == ExitCode.STATE:
                # The run may refuse early; the proof says the same and where.
                proof = runner.command(folder, ("state", "verify"))
                wrong += [] if proof.code == ExitCode.STATE else ["verify finds nothing"]
            if done.code and damage.remedy is not None:
                damage.remedy(folder)
            if not done.code or damage.remedy is not None:
                wrong += _recovered(stage, folder, runner, empties=damage.empties)
        place = f"{stage.scene.name}, {damage.name}, {base.name}, harm {number}"
        return done.code, [f"{place}: {said}" for said in wrong]

    @contextmanager
    def _copy(self, base: Path, scene: str, name: str) -> Iterator[Path]:
        folder = self._scratch / scene / name
        shutil.copytree(base, folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def _warm_up(self) -> None:
        for number in range(self._count):
            folder = self._scratch / f"warm {number}"
            SCENES[0].make(folder)
            with self.borrowed() as runner:
                done = runner.command(folder, RUN, learn=True)
            assert done.code == 0, done.stderr

    def _staged(self, scene: Scene, runner: Runner) -> Stage:
        base, calm = self._scratch / scene.name / "base", self._scratch / scene.name / "calm"
        scene.prepare(base, runner)
        shutil.copytree(base, calm)
        first = runner.command(calm, scene.arguments, before=scene.before)
        scene.then(calm)
        after = runner.command(calm, RUN, before=scene.before)
        assert (first.code, after.code) == (0, 0), first.stderr + after.stderr
        found = runner.call(calm, "faults.portrait:portrait", before=scene.before)
        assert Level.ERROR not in {level for level, _ in found["findings"]}, found["findings"]
        return Stage(scene, base, first.steps, found)

    def _tried(self, stage: Stage, fault: Fault, step: Step) -> tuple[int, list[str]]:
        name = f"{fault.kind.name} {step.number}"
        with (
            self.borrowed() as runner,
            self._copy(stage.base, stage.scene.name, name) as folder,
        ):
            first = runner.command(
                folder,
                stage.scene.arguments,
                before=stage.scene.before,
                kind=fault.kind,
                number=step.number,
            )
            wrong = [*_misbehaved(first, fault.ends), *_recovered(stage, folder, runner)]
        place = (
            f"{stage.scene.name}, {fault.name}, step {step.number}: {step.call} {step.place}"
        )
        return first.code, [f"{place}: {one}" for one in wrong]


def _misbehaved(done: Done, ends: Collection[int]) -> Iterator[str]:
    if done.code not in ends:
        yield f"ended with {done.code}: {done.stderr[-600:]}"
    if any(trace in done.stderr for trace in _TRACES):
        yield f"the message is none for a user: {done.stderr[-600:]}"
    if done.code > 0 and "error: " not in done.stderr:
        yield f"ended with {done.code} and no message"


def _recovered(
    stage: Stage, folder: Path, runner: Runner, *, empties: bool = False
) -> Iterator[str]:
    """What is not as after an undisturbed run, once the next run has ended."""
    before, past = stage.scene.before, pasts(folder)
    stage.scene.then(folder)
    after = runner.command(folder, RUN, before=before)
    if after.code:
        yield f"the next run ended with {after.code}: {after.stderr[-600:]}"
        return
    sent = sendings(folder)
    quiet = runner.command(folder, RUN, before=before)
    if quiet.code or sendings(folder) != sent:
        yield f"the third run was not quiet (exit {quiet.code})"
    if again := sent_twice(folder, past):
        yield f"{again} confirmed rows were sent twice"
    found = runner.call(folder, "faults.portrait:portrait", before=before)
    calm = stage.calm
    if empties:
        calm, found = ({**one, "history": _at_last(one["history"])} for one in (calm, found))
    for part, expected in calm.items():
        is_compared = not stage.scene.compares or part in stage.scene.compares
        if is_compared and found[part] != expected:
            yield f"{part} differs: {_difference(expected, found[part])}"


def _at_last(history: Mapping[str, Sequence[bool]]) -> dict[str, bool]:
    """Whether each client of each audience is a member in the end."""
    return {member: moves[-1] for member, moves in history.items()}


def _difference(expected: Any, found: Any) -> str:
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
        return ", ".join(f"{key}: {expected.get(key)} / {found.get(key)}" for key in keys)
    if isinstance(expected, list):
        lost = [one for one in expected if one not in found]
        new = [one for one in found if one not in expected]
        return f"without {lost}, with {new}"
    return f"{expected} / {found}"
