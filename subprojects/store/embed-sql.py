#!/usr/bin/env python3
"""Turns a service's SQL files into one C file and header.

A file under a folder named "migrations" becomes an entry of
`extern const struct migration NAME[];` (sorted by name, ended by NULL), any
other file x-y.sql becomes `extern const char PREFIXx_y[];`. The texts stay as
they are: what runs in psql is what is embedded. Of psql's own commands (\\set,
\\i …) none is allowed, for the server does not know them.
"""

import argparse
import pathlib
import re
import sys

MIGRATION = re.compile(r"^\d{3}-[a-z0-9-]+\.sql$")
MADE = "/* Made by embed-sql from the .sql files; do not edit. */"
SCRIPT = re.compile(r"^[a-z][a-z0-9_-]*\.sql$")


def refuse(words):
    sys.exit(f"embed-sql: {words}")


def read_sql(path):
    # Not splitlines(): SQL knows no other end of a line.
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if line.startswith("\\"):
            refuse(f"{path}:{number}: psql's own commands cannot be embedded")
        if "\0" in line:
            refuse(f"{path}:{number}: holds a NUL")
    return lines


def c_string(line):
    """One line of SQL as a C literal; every byte that C might misread as an octal escape."""
    encoded = (line + "\n").encode("utf-8")
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '\\"?' else f"\\{byte:03o}"
        for byte in encoded[:-1]
    )
    return f'"{plain}\\n"'


def c_text(path):
    return "\n".join("\t" + c_string(line) for line in read_sql(path)) or '\t""'


def script_name(prefix, path):
    return prefix + path.stem.replace("-", "_")


def source_text(options, scripts, migrations):
    parts = [MADE, f'#include "{options.header.name}"', ""]
    for path in scripts:
        name = script_name(options.prefix, path)
        parts += [f"const char {name}[] =", c_text(path) + ";", ""]
    if migrations:
        parts.append(f"const struct migration {options.migrations}[] = {{")
        for path in migrations:
            parts += [f'\t{{"{path.name}",', c_text(path) + "},"]
        parts += ["\t{0},", "};", ""]
    return "\n".join(parts)


def header_text(options, scripts, migrations):
    parts = [MADE, "#pragma once", ""]
    if migrations:
        parts += ["#include <store/migrate.h>", ""]
    parts += [f"extern const char {script_name(options.prefix, path)}[];" for path in scripts]
    if migrations:
        parts.append(f"extern const struct migration {options.migrations}[];")
    return "\n".join(parts) + "\n"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--source", type=pathlib.Path, required=True, help="C file to write")
    parser.add_argument("--header", type=pathlib.Path, required=True, help="header to write")
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
    options.source.write_text(source_text(options, scripts, migrations))
    options.header.write_text(header_text(options, scripts, migrations))


main()
