#!/usr/bin/env python3
"""Turns a service's SQL files into one C file and header.

A file under a folder named "migrations" becomes an entry of
`extern const struct migration NAME[];` (sorted by name, ended by NULL), any
other file x-y.sql becomes `extern const char PREFIXx_y[];`. The texts stay as
they are, but for psql's `\\ir FILE`, in whose place the file is put: what runs
in psql is what is embedded.
"""

import argparse
import pathlib
import re
import sys

INCLUDE = re.compile(r"^\\ir\s+(\S+)\s*$")
MIGRATION = re.compile(r"^\d{3}-[a-z0-9-]+\.sql$")
SCRIPT = re.compile(r"^[a-z][a-z0-9_-]*\.sql$")


def refuse(words):
    sys.exit(f"embed-sql: {words}")


def read_sql(path, read, including=()):
    """The lines of a file with those it includes. Appends every file to `read`."""
    if path in including:
        refuse(f"{path} includes itself")
    read.append(path)
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        include = INCLUDE.match(line)
        if include:
            inner = (path.parent / include[1]).resolve()
            if not inner.is_file():
                refuse(f"{path}:{number}: {inner} is not there")
            lines += read_sql(inner, read, (*including, path))
        elif line.startswith("\\"):
            refuse(f"{path}:{number}: of psql's commands only \\ir is understood")
        elif "\0" in line:
            refuse(f"{path}:{number}: holds a NUL")
        else:
            lines.append(line)
    return lines


def c_string(line):
    """One line of SQL as a C literal; every byte that C might misread as an octal escape."""
    encoded = (line + "\n").encode("utf-8")
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '\\"?' else f"\\{byte:03o}"
        for byte in encoded[:-1]
    )
    return f'"{plain}\\n"'


def c_text(lines):
    return "\n".join("\t" + c_string(line) for line in lines) or '\t""'


def script_name(prefix, path):
    return prefix + path.stem.replace("-", "_")


def source_text(header, prefix, migrations_name, scripts, migrations, read):
    parts = ["/* Made by embed-sql from the .sql files; do not edit. */", f'#include "{header}"', ""]
    for path in scripts:
        parts += [f"const char {script_name(prefix, path)}[] =", c_text(read_sql(path, read)) + ";", ""]
    if migrations:
        parts.append(f"const struct migration {migrations_name}[] = {{")
        for path in migrations:
            parts += [f'\t{{"{path.name}",', c_text(read_sql(path, read)) + "},"]
        parts += ["\t{0},", "};", ""]
    return "\n".join(parts)


def header_text(prefix, migrations_name, scripts, migrations):
    parts = ["/* Made by embed-sql from the .sql files; do not edit. */", "#pragma once", ""]
    if migrations:
        parts += ["#include <store/migrate.h>", ""]
    parts += [f"extern const char {script_name(prefix, path)}[];" for path in scripts]
    if migrations:
        parts.append(f"extern const struct migration {migrations_name}[];")
    return "\n".join(parts) + "\n"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--source", type=pathlib.Path, required=True, help="C file to write")
    parser.add_argument("--header", type=pathlib.Path, required=True, help="header to write")
    parser.add_argument("--depfile", type=pathlib.Path, help="what was read, for ninja")
    parser.add_argument("--prefix", default="sql_", help="of the scripts' names (default sql_)")
    parser.add_argument("--migrations", default="migrations", help="name of the migrations' array")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    files = [path.resolve() for path in options.files]
    migrations = sorted((p for p in files if p.parent.name == "migrations"), key=lambda p: p.name)
    scripts = [p for p in files if p.parent.name != "migrations"]
    for path in migrations:
        if not MIGRATION.match(path.name):
            refuse(f"{path.name}: a migration is named as in 001-orders.sql")
    numbers = [p.name[:3] for p in migrations]
    if len(numbers) != len(set(numbers)):
        refuse(f"two migrations have one number: {', '.join(p.name for p in migrations)}")
    for path in scripts:
        if not SCRIPT.match(path.name):
            refuse(f"{path.name}: a script's name becomes a C name")
    read = []
    options.source.write_text(
        source_text(options.header.name, options.prefix, options.migrations, scripts, migrations, read)
    )
    options.header.write_text(
        header_text(options.prefix, options.migrations, scripts, migrations))
    if options.depfile:
        sources = " ".join(str(p).replace(" ", "\\ ") for p in dict.fromkeys(read))
        options.depfile.write_text(f"{options.source}: {sources}\n")


main()
