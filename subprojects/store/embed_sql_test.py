#!/usr/bin/env python3
"""embed-sql: what is embedded is what was written, and nonsense is refused."""

import ast
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).with_name("embed-sql.py")
HARD = "-- \"quoted\" 100% \\d ??= ä € \u2028 \t'it''s'\nSELECT 1;\n\n"


class EmbedSql(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "migrations").mkdir()

    def write(self, name, text="SELECT 1;\n"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run_tool(self, *files, options=()):
        """Exit code and complaint; the C file and header are in self.source and self.header."""
        source, header = self.folder / "out.c", self.folder / "out.h"
        done = subprocess.run(
            [sys.executable, TOOL, "--source", source, "--header", header, *options, *files],
            capture_output=True, text=True, check=False)
        self.source = source.read_text() if source.exists() else ""
        self.header = header.read_text() if header.exists() else ""
        return done.returncode, done.stderr

    def text_after(self, start):
        """The string literals that follow `start` in the C file, put together and decoded."""
        rest = self.source.split(start, 1)[1]
        literals = re.match(r'(\s*"(?:[^"\\]|\\.)*")+', rest)[0]
        parts = [ast.literal_eval("b" + one.strip()) for one in literals.split("\n") if one.strip()]
        return b"".join(parts).decode("utf-8")

    def test_embeds_a_script_byte_for_byte(self):
        self.assertEqual(self.run_tool(self.write("order-api.sql", HARD)), (0, ""))
        self.assertEqual(self.text_after("const char sql_order_api[] ="), HARD)
        self.assertIn("extern const char sql_order_api[];", self.header)
        self.assertNotIn("??", self.source)
        self.assertNotIn("migrate.h", self.header)

    def test_migrations_are_sorted_by_name_and_ended(self):
        second = self.write("migrations/002-b.sql", "SELECT 2;\n")
        first = self.write("migrations/001-a.sql", "SELECT 1;\n")
        self.assertEqual(self.run_tool(second, first), (0, ""))
        self.assertLess(self.source.index("001-a.sql"), self.source.index("002-b.sql"))
        self.assertEqual(self.text_after('{"002-b.sql",'), "SELECT 2;\n")
        self.assertTrue(self.source.rstrip().endswith("{0},\n};"))
        self.assertIn("extern const struct migration migrations[];", self.header)

    def test_names_can_be_chosen(self):
        files = [self.write("x.sql"), self.write("migrations/001-a.sql")]
        options = ["--prefix", "order_sql_", "--migrations", "order_migrations"]
        self.assertEqual(self.run_tool(*files, options=options), (0, ""))
        self.assertIn("order_sql_x[]", self.header)
        self.assertIn("order_migrations[]", self.header)

    def refuse(self, words, *files):
        code, complaint = self.run_tool(*files)
        self.assertEqual(code, 1)
        self.assertIn(words, complaint)
        self.assertEqual(self.source, "")

    def test_refuses_what_only_psql_knows(self):
        self.refuse("x.sql:2: psql's own commands", self.write("x.sql", "SELECT 1;\n\\set a 1\n"))

    def test_refuses_two_migrations_of_one_number(self):
        self.refuse("one number", self.write("migrations/001-a.sql"),
                    self.write("migrations/001-b.sql"))

    def test_refuses_names_that_say_no_order(self):
        self.refuse("named as in 001", self.write("migrations/1-a.sql"))
        self.refuse("C name", self.write("2x.sql"))


unittest.main()
