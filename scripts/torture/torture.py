#!/usr/bin/env python3
"""Lets the program's writes fail, and looks at what is left.

torture.py [--program FILE] [--points N] [--seed N] [WORK…]

Each work (fuse, finetune, runs, samples, session) is done once in peace, which counts its calls that change files: writes, fsyncs, truncations and
renames below its folder. Then it is done again and again with one of those calls as the last (kill -9 before it or after it), with a stop in the middle
that lasts until the file has been looked at, or with calls that fail: no space (once, or from there on), an error of the disk, half of what was to be
written. After each the file at the output's place must be the old one or the new one, whole; the store must pass SQLite's check and be read by
`runs list`; a training must come to the same bits when it is taken up again; and a last run in peace must succeed.

--again N: only every N-th time the work is done again in peace, which takes most of the time; files and store are looked at each time.
--points: how many calls of each work are tried with each action (default 20), evenly spread with a random start; 0 is all of them.
Figures of past runs: docs/reliability.md.
"""
import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ACTIONS = ["kill", "killed", "stop", "enospc", "full", "eio", "short"]


class Lost(Exception):
    """Something that must not be lost was."""


def tensors(path):
    """The header's tensors and the bytes behind it; what is not whole is an error."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise Lost(f"{path} has {len(data)} bytes")
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]
    if max((entry["data_offsets"][1] for entry in header.values()), default=0) != len(body):
        raise Lost(f"{path} is not whole")
    return json.dumps(header, sort_keys=True).encode() + body


class Place:
    """A folder with what a work needs, and the environment of its processes."""

    def __init__(self, program, library):
        self.program, self.library = program, library
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="amalgam-torture-"))
        self.environment = dict(
            os.environ, OMP_NUM_THREADS="1", AMALGAM_RUNS=self.folder + "/runs", AMALGAM_HOME=self.folder + "/home",
            XDG_STATE_HOME=self.folder + "/state", XDG_CONFIG_HOME=self.folder + "/config")
        os.makedirs(self.folder + "/home")
        os.symlink(ROOT + "/themes", self.folder + "/home/themes")
        os.makedirs(self.folder + "/home/sample-models/small")

    def path(self, name):
        return f"{self.folder}/{name}"

    def start(self, arguments, fault=None):
        environment = dict(self.environment)
        if fault:
            action, number, count = fault
            environment.update(
                LD_PRELOAD=self.library, TORTURE_FOLDER=self.folder + "/", TORTURE_AT=str(number),
                TORTURE_DO={"full": "enospc"}.get(action, action), TORTURE_FOR="0" if action == "full" else "1",
                TORTURE_COUNT=count or "/dev/null")
        return subprocess.Popen(
            [self.program] + arguments, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace")

    def run(self, arguments, fault=None, patience=600):
        process = self.start(arguments, fault)
        try:
            output, errors = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Lost(f"{arguments[0]} did not end within {patience} s")
        return process.returncode, output, errors

    def peace(self, arguments):
        status, _, errors = self.run(arguments)
        if status != 0:
            raise Lost(f"in peace, amalgam {' '.join(arguments)} ended with {status}: {errors[-400:]}")

    def check_store(self):
        store = self.path("runs/runs.sqlite")
        if not os.path.exists(store):
            return
        with sqlite3.connect(store, timeout=10) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.close()
        if answer != "ok":
            raise Lost(f"the store: {answer}")

    def check_listing(self):
        status, output, errors = self.run(["runs", "list", "--json"])
        if status != 0:
            raise Lost(f"runs list ended with {status}: {errors[-400:]}")
        json.loads(output)

    def check_leftovers(self, where):
        """After a work in peace nothing half-written is left."""
        left = [name for name in os.listdir(where) if ".partial-" in name]
        if left:
            raise Lost(f"left behind: {left}")

    def reset(self, names):
        for name in names:
            path = self.path(name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)
        for name in os.listdir(self.folder):
            if ".partial-" in name:
                os.remove(self.path(name))


class Work:
    """One command under torture: `prepare` makes the state before, `command` is it, `check` looks at what is left (or, `meanwhile`, at what another
    process sees), `again` does it in peace."""

    def __init__(self, place):
        self.place = place

    def old_or_new(self, name, old, new):
        path = self.place.path(name)
        if not os.path.exists(path):
            if old is not None:
                raise Lost(f"{name} is gone")
            return
        found = tensors(path)
        if found not in (old, new):
            raise Lost(f"{name} is neither the old nor the new one")


class Fuse(Work):
    name = "fuse"

    def __init__(self, place):
        super().__init__(place)
        for letter, seed in (("a", 1), ("b", 2)):
            place.peace(["train", "mlp:64-12-10", "--data", "digits?samples=100", "--epochs", "1", "--seed", str(seed), "--no-record",
                         "--output", place.path(letter + ".safetensors")])
        self.inputs = [place.path("a.safetensors"), place.path("b.safetensors")]
        place.peace(["fuse", *self.inputs, "--method", "average", "--no-record", "--output", place.path("old.safetensors")])
        self.old = tensors(place.path("old.safetensors"))
        self.command = ["fuse", *self.inputs, "--method", "git-rebasin", "--seed", "3", "--output", place.path("out.safetensors")]
        self.prepare()
        place.peace(self.command)
        self.new = tensors(place.path("out.safetensors"))
        if self.old == self.new:
            raise Lost("the old and the new network are the same: nothing would be seen")

    def prepare(self):
        self.place.reset(["runs", "out.safetensors"])
        shutil.copy(self.place.path("old.safetensors"), self.place.path("out.safetensors"))

    def check(self, meanwhile=False):
        self.old_or_new("out.safetensors", self.old, self.new)

    def again(self):
        self.place.peace(self.command)
        if tensors(self.place.path("out.safetensors")) != self.new:
            raise Lost("done again in peace, the network has other bits")
        self.place.check_leftovers(self.place.folder)


class FineTune(Work):
    name = "finetune"

    def __init__(self, place):
        super().__init__(place)
        self.start = place.path("start.safetensors")
        place.peace(["train", "mlp:64-16-10", "--data", "digits?samples=100", "--epochs", "1", "--seed", "5", "--no-record", "--output",
                     self.start])
        self.command = ["finetune", self.start, "--data", "digits?samples=200", "--epochs", "3", "--checkpoint-every", "2", "--batch", "32",
                        "--optimizer", "adam", "--learning-rate", "0.001", "--seed", "11", "--output", place.path("tuned.safetensors")]
        self.prepare()
        place.peace(self.command)
        self.new = tensors(place.path("tuned.safetensors"))

    def prepare(self):
        self.place.reset(["runs", "tuned.safetensors", "tuned.safetensors.training"])

    def check(self, meanwhile=False):
        self.old_or_new("tuned.safetensors", None, self.new)

    def again(self):
        checkpoint = self.place.path("tuned.safetensors.training")
        if os.path.exists(checkpoint):
            self.place.peace(["finetune", "--resume", checkpoint])
        elif not os.path.exists(self.place.path("tuned.safetensors")):
            self.place.peace(self.command)
        if tensors(self.place.path("tuned.safetensors")) != self.new:
            raise Lost("taken up again, the training comes to other bits")
        self.place.check_leftovers(self.place.folder)


class Runs(Work):
    """A title and a deletion in a store that has three runs."""

    name = "runs"

    def __init__(self, place):
        super().__init__(place)
        place.reset(["runs"])
        for seed in ("1", "2", "3"):
            place.peace(["train", "mlp:64-4-10", "--data", "digits?samples=60", "--epochs", "1", "--seed", seed, "--output",
                         place.path("r.safetensors")] + (["--force"] if seed != "1" else []))
        shutil.copytree(place.path("runs"), place.path("runs.kept"))
        self.command = ["runs", "delete", "r2"]

    def prepare(self):
        self.place.reset(["runs"])
        shutil.copytree(self.place.path("runs.kept"), self.place.path("runs"))

    def check(self, meanwhile=False):
        status, output, errors = self.place.run(["runs", "list", "--json"])
        if status == 1 and meanwhile and "locked" in errors:
            # Whoever was stopped holds the store, and that is what is said.
            return
        if status != 0:
            raise Lost(f"runs list ended with {status}: {errors[-400:]}")
        found = {run["run"]["id"] if "id" in run["run"] else run["run"]["number"] for run in json.loads(output)["runs"]}
        if not ({1, 3} <= found or {"r1", "r3"} <= found):
            raise Lost(f"runs that nobody deleted are gone: left are {found}")

    def again(self):
        status, _, errors = self.place.run(self.command)
        if status != 0 and "r2" not in errors:
            raise Lost(f"runs delete ended with {status}: {errors[-400:]}")


class Samples(Work):
    name = "samples"

    SET = """order = 1
title = "Small"
story = "Two networks."
data = "digits"

[split]
kind = "dirichlet"
parts = 2
seed = 6

[[parents]]
file = "a.safetensors"
part = 1
seed = 11
network = { family = "mlp", widths = [64, 8, 10], bias = true }

[[parents]]
file = "b.safetensors"
part = 2
seed = 12
network = { family = "mlp", widths = [64, 8, 10], bias = true }

[training]
epochs = 1
batch = 128
learning-rate = 0.001

[recipe]
method = "average"
"""

    def __init__(self, place):
        super().__init__(place)
        self.folder = "home/sample-models/small"
        with open(place.path(self.folder + "/set.toml"), "w") as file:
            file.write(self.SET)
        self.command = ["samples", "build", "small", "--force"]
        place.peace(self.command)
        self.new = {name: tensors(place.path(f"{self.folder}/{name}.safetensors")) for name in "ab"}

    def prepare(self):
        pass

    def check(self, meanwhile=False):
        for name in "ab":
            self.old_or_new(f"{self.folder}/{name}.safetensors", self.new[name], self.new[name])
        path = self.place.path(self.folder + "/expected.json")
        if os.path.exists(path):
            with open(path) as file:
                try:
                    json.load(file)
                except ValueError as reason:
                    raise Lost(f"expected.json is damaged: {reason}") from None

    def again(self):
        self.place.peace(self.command)
        self.check()
        self.place.check_leftovers(self.place.path(self.folder))


WORKS = {work.name: work for work in (Fuse, FineTune, Runs, Samples)}


def torture(work, action, number, counts, again):
    place = work.place
    work.prepare()
    if action == "stop":
        process = place.start(work.command, (action, number, None))
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            pid, status = os.waitpid(process.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                # What another process sees meanwhile.
                try:
                    work.check(meanwhile=True)
                finally:
                    os.kill(process.pid, signal.SIGCONT)
            elif pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            time.sleep(0.005)
        process.stdout.close()
        process.stderr.close()
        status, errors = process.returncode, ""
    else:
        status, _, errors = place.run(work.command, (action, number, None))
    if action in ("kill", "killed"):
        if status == 0:
            counts["not reached"] += 1
        elif status != -signal.SIGKILL:
            raise Lost(f"killed, it ended with {status}: {errors[-400:]}")
    elif status not in (0, 1):
        raise Lost(f"it ended with {status}: {errors[-400:]}")
    elif status == 1 and action not in ("stop", "short") and not errors.strip():
        raise Lost("it failed without a word")
    elif action == "stop" and status != 0:
        raise Lost(f"stopped and continued, it ended with {status}")
    place.check_store()
    work.check()
    if again:
        place.check_listing()
        work.again()
        place.check_store()
    counts["said" if status == 1 else "went on" if status == 0 else "killed"] += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=ROOT + "/.build-release/release/amalgam")
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=int, default=1)
    parser.add_argument("--actions", default=",".join(ACTIONS))
    parser.add_argument("works", nargs="*")
    options = parser.parse_args()
    generator = random.Random(options.seed)
    library = os.path.join(tempfile.mkdtemp(prefix="amalgam-faults-"), "faults.so")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", HERE + "/faults.c", "-ldl", "-o", library], check=True)
    lost = kills = faults = 0
    print("| work | calls | action | tried | killed | said so, exit 1 | went on, exit 0 | lost |\n|---|---|---|---|---|---|---|---|")
    for name in options.works or WORKS:
        place = Place(os.path.abspath(options.program), library)
        try:
            work = WORKS[name](place)
            work.prepare()
            count = place.path("count")
            status, _, errors = place.run(work.command, ("count", 0, count))
            with open(count) as file:
                calls = int(file.read())
            os.remove(count)
            if status != 0 or calls == 0:
                raise Lost(f"the counted run ended with {status} and {calls} calls: {errors[-400:]}")
            work.again()
            for action in options.actions.split(","):
                points = range(1, calls + 1)
                if 0 < options.points < calls:
                    offset = generator.random()
                    points = sorted({int((place_ + offset) * calls / options.points) % calls + 1 for place_ in range(options.points)})
                counts = {"killed": 0, "said": 0, "went on": 0, "not reached": 0}
                bad = 0
                for turn, number in enumerate(points):
                    try:
                        torture(work, action, number, counts, (turn + 1) % options.again == 0)
                    except Lost as reason:
                        bad += 1
                        print(f"LOST {name} {action} at call {number}: {reason}", file=sys.stderr, flush=True)
                        place.reset(["runs"])
                        work.prepare()
                lost += bad
                if action in ("kill", "killed"):
                    kills += counts["killed"]
                else:
                    faults += len(points)
                print(f"| `{name}` | {calls} | {action} | {len(points)} | {counts['killed']} | {counts['said']} | {counts['went on']} | {bad} |",
                      flush=True)
        finally:
            shutil.rmtree(place.folder, ignore_errors=True)
    shutil.rmtree(os.path.dirname(library), ignore_errors=True)
    print(f"\n{kills} kills, {faults} stops and faults; {lost} lost")
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()
