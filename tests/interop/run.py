#!/usr/bin/env python3
"""Compares the generated codecs with fastavro and Apache Avro, value for value.

usage: run.py --cache DIR --set SCHEMAS HELPER GOLDEN [--set …]

Prepares fastavro and Apache Avro in DIR once, at the versions that
requirements.txt and pom.xml pin. Exits with 0 only when every comparison held.
"""
import argparse
import datetime
import json
import pathlib
import random
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20260131
RANDOM_CASES = 40
AMOUNT_MAX = 10**18 - 1
EPOCH = datetime.datetime(1970, 1, 1)
INT, LONG = 2**31, 2**63
# Where an amount needs one byte more, with either sign.
AMOUNTS = [0, 1, -1, 1230, AMOUNT_MAX, -AMOUNT_MAX]
AMOUNTS += [sign * (2**bits + step) for bits in (7, 15, 31, 55) for sign in (1, -1) for step in (-1, 0, 1)]
TEXTS = ["", "a", "größer", "日本語", "🚀", "\"\\\n\t", "e\u0301"]


# ---- peers ----


class Peer:
    """One implementation, spoken to in lines."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def ask(self, command, schema_id, rest):
        self.process.stdin.write(f"{command} {schema_id} {rest}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended while asked: {command} {schema_id} {rest[:200]}")
        return line.rstrip("\n")

    def encode(self, schema_id, value, command="encode"):
        return self.ask(command, schema_id, json.dumps(value, ensure_ascii=False))

    def decode(self, schema_id, data):
        """The value, or None where it is refused."""
        line = self.ask("decode", schema_id, data)
        return None if line.startswith("error ") else json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def prepare_python(cache):
    folder = cache / "venv"
    requirements = (HERE / "requirements.txt").read_text()
    mark = folder / "installed.txt"
    python = folder / "bin" / "python"
    if not mark.exists() or mark.read_text() != requirements:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "-r", HERE / "requirements.txt"],
            check=True,
        )
        mark.write_text(requirements)
    return python


def prepare_java(cache):
    folder = cache / "java"
    pinned = (HERE / "pom.xml").read_text()
    mark = folder / "installed.txt"
    classpath = f"{folder}:{folder}/lib/*"
    if not mark.exists() or mark.read_text() != pinned:
        subprocess.run(
            ["mvn", "--quiet", "--batch-mode", "-Dstyle.color=never", "-f", HERE / "pom.xml",
             "dependency:copy-dependencies", f"-DoutputDirectory={folder}/lib"],
            check=True, stdout=sys.stderr,
        )
        mark.write_text(pinned)
    subprocess.run(["javac", "-d", folder, "-cp", classpath, HERE / "Peer.java"], check=True)
    return classpath


# ---- cases ----


def time_text(micros):
    at = EPOCH + datetime.timedelta(microseconds=micros)
    return f"{at.year:04d}-{at:%m-%dT%H:%M:%S}.{at.microsecond:06d}Z"


FIRST_US = (datetime.datetime.min - EPOCH) // datetime.timedelta(microseconds=1)
LAST_US = (datetime.datetime.max - EPOCH) // datetime.timedelta(microseconds=1)


def amount_text(cents):
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def fitting(text, size_max):
    """As many characters of a text as fit into so many bytes."""
    return text.encode()[:size_max].decode(errors="ignore")


class Values:
    """Values of a schema: mode low, high, empty or random."""

    def __init__(self, schema, mode, source):
        self.names, self.mode, self.source = {}, mode, source
        self.value = self.of(schema)

    def pick(self, low, high, others):
        if self.mode == "random":
            return self.source.choice([low, high, self.source.choice(others)])
        return {"low": low, "high": high, "empty": others[0]}[self.mode]

    def text(self, size_max):
        fill = fitting("x" * size_max, size_max)
        wide = fitting("é" * size_max, size_max)
        return self.pick("", self.source.choice([fill, wide]), [fitting(t, size_max) for t in TEXTS])

    def primitive(self, kind, schema):
        if kind == "uuid":
            # Not nil: where null is allowed, nil is how C says null.
            return self.pick(f"{1:032x}", "f" * 32, [f"{self.source.getrandbits(128) | 1:032x}"])
        if kind == "decimal":
            return amount_text(self.pick(-AMOUNT_MAX, AMOUNT_MAX, AMOUNTS))
        if kind == "timestamp-micros":
            return time_text(self.pick(FIRST_US, LAST_US, [0, -1, 1, 1769853600000001]))
        if kind == "int":
            return self.pick(-INT, INT - 1, [0, -1, 63, 64, -64, -65])
        if kind == "long":
            return self.pick(-LONG, LONG - 1, [0, -1, INT, -INT - 1, 2**53 + 1])
        if kind == "boolean":
            return self.pick(False, True, [False, True])
        if kind == "string":
            return self.text(schema["maxLength"])
        # Bytes that are UTF-8: what becomes of others when read as a string, each decides for
        # itself. The golden lines have others.
        return self.pick(b"", b"\x7f" * schema["maxLength"], [b"", b"\x01", b"\xc3\xa9"]).hex()

    def of(self, schema):
        if isinstance(schema, list):
            branch = next(branch for branch in schema if branch != "null")
            value = self.of(branch)
            return value if self.pick(False, True, [False, True]) else None
        if isinstance(schema, str):
            schema = self.names.get(schema, {"type": schema})
        kind = schema.get("logicalType", schema["type"])
        if kind in ("record", "enum"):
            self.names[schema["name"]] = schema
        if kind == "record":
            return {field["name"]: self.of(field["type"]) for field in schema["fields"]}
        if kind == "enum":
            return self.pick(schema["symbols"][0], schema["symbols"][-1], schema["symbols"])
        if kind == "array":
            count = self.pick(0, schema["maxItems"], [0, 1, 2])
            items = [self.of(schema["items"]) for _ in range(min(count, schema["maxItems"]))]
            # An empty list still has to make the names inside it known.
            if not items:
                self.of(schema["items"])
            return items
        value = self.primitive(kind, schema)
        if kind == "uuid":
            value = "-".join([value[:8], value[8:12], value[12:16], value[16:20], value[20:]])
        return value


class Set:
    """One folder of schemas and the program built from it."""

    def __init__(self, schemas, helper, golden):
        self.folder, self.helper = pathlib.Path(schemas), helper
        self.paths, self.schemas, self.cases = {}, {}, []
        for line in (self.folder / "ids.lock").read_text().splitlines():
            if not line.startswith("#"):
                schema_id, _, path = line.split()
                self.paths[int(schema_id)] = path
                text = (self.folder / f"{path}.avsc").read_text()
                self.schemas[int(schema_id)] = json.loads(text)
        self.golden = dict(self.golden_lines(golden))

    def golden_lines(self, golden):
        ids = {path: schema_id for schema_id, path in self.paths.items()}
        for line in pathlib.Path(golden).read_text().splitlines():
            if not line.startswith("#"):
                path, data, value = line.split(" ", 2)
                yield ids[path], (data, json.loads(value))

    def values(self, schema_id):
        source = random.Random(f"{SEED} {self.paths[schema_id]}")
        yield self.golden[schema_id][1]
        for mode in ["low", "high", "empty"] + ["random"] * RANDOM_CASES:
            yield Values(self.schemas[schema_id], mode, source).value

    def readers(self, schema_id):
        event = self.paths[schema_id].rsplit("/", 1)[0]
        return [other for other, path in self.paths.items() if path.rsplit("/", 1)[0] == event]


# ---- comparisons ----


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, holds, *shown):
        if holds:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL {what}")
        for line in shown:
            print(f"     {str(line)[:2000]}")


def compare_bytes(tally, what, c, data, value):
    """What another implementation wrote is read in C as the value it was made of."""
    got = None if data.startswith("error ") else c.decode(int(data[2:10], 16), data)
    tally.check(what, got == value, f"value {value}", f"bytes {data}", f"in C  {got}")


def compare_value(tally, where, schema_id, value, c, python, java):
    data = c.encode(schema_id, value)
    if data.startswith("error "):
        tally.check(f"{where}: encoded in C", False, value, data)
        return
    in_java = java.encode(schema_id, value)
    tally.check(f"{where}: the same bytes in C and Java", data == in_java, value, data, in_java)
    compare_bytes(tally, f"{where}: Python to C", c, python.encode(schema_id, value), value)
    blocks = java.encode(schema_id, value, "encode-blocks")
    compare_bytes(tally, f"{where}: Java in blocks to C", c, blocks, value)
    for peer in (python, java):
        got = peer.decode(schema_id, data)
        tally.check(f"{where}: C to {peer.name}", got == value, value, data, got)


def compare_resolution(tally, where, schemas, schema_id, value, c, python, java):
    data = c.encode(schema_id, value)
    for reader in schemas.readers(schema_id):
        if reader == schema_id:
            continue
        read = [peer.decode(reader, data) for peer in (c, python, java)]
        tally.check(f"{where} read as {schemas.paths[reader]}", read[0] == read[1] == read[2],
                    *(f"{peer.name}: {got}" for peer, got in zip((c, python, java), read)))


def compare_set(tally, schemas, python_command, classpath):
    c = Peer("C", [schemas.helper])
    python = Peer("Python", [python_command, HERE / "peer.py", schemas.folder])
    java = Peer("Java", ["java", "-XX:TieredStopAtLevel=1", "-cp", classpath, "Peer", schemas.folder])
    for schema_id, path in schemas.paths.items():
        data, value = schemas.golden[schema_id]
        tally.check(f"{path}: the golden bytes in C", c.encode(schema_id, value) == data, value, data)
        for number, value in enumerate(schemas.values(schema_id)):
            where = f"{path} value {number}"
            compare_value(tally, where, schema_id, value, c, python, java)
            compare_resolution(tally, where, schemas, schema_id, value, c, python, java)
    for peer in (c, python, java):
        peer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--set", nargs=3, action="append", required=True, dest="sets",
                        metavar=("SCHEMAS", "HELPER", "GOLDEN"))
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    python_command, classpath = prepare_python(options.cache), prepare_java(options.cache)
    tally = Tally()
    for paths in options.sets:
        compare_set(tally, Set(*paths), python_command, classpath)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 0 if tally.failed == 0 and tally.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
