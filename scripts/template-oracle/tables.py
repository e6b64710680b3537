#!/usr/bin/env python3
"""Prints crates/template/src/tables.rs: what CPython 3.11 (Unicode 14.0) calls printable and decimal.

Run with CPython 3.11 from the root of the repository:
    python3 scripts/template-oracle/tables.py > crates/template/src/tables.rs
"""

import sys
import unicodedata

LAST = 0x10FFFF


def printable_runs():
    """Lengths of the alternating runs of printable and unprintable code points, from U+0000
    (which opens a run of unprintable ones) on."""
    runs, state, start = [], chr(0).isprintable(), 0
    assert state is False
    for code_point in range(1, LAST + 2):
        now = None if code_point > LAST else chr(code_point).isprintable()
        if now != state:
            runs.append(code_point - start)
            state, start = now, code_point
    return runs


def varint(number):
    """Seven bits a byte, least significant first, the high bit set where more follow."""
    out = []
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return out + [number]


def decimal_zeros():
    """The code points that start a run of ten decimal digits 0 to 9; every decimal digit is in one."""
    zeros = [c for c in range(LAST + 1) if unicodedata.decimal(chr(c), None) == 0]
    digits = {c for c in range(LAST + 1) if unicodedata.decimal(chr(c), None) is not None}
    assert digits == {zero + n for zero in zeros for n in range(10)}
    assert all(unicodedata.decimal(chr(zero + n)) == n for zero in zeros for n in range(10))
    return zeros


def lines(items, render, width):
    row, rows = "", []
    for item in items:
        text = render(item) + ","
        if len(row) + len(text) + 1 > width:
            rows.append(row)
            row = ""
        row += (" " if row else "") + text
    rows.append(row)
    return "\n".join("    " + each for each in rows)


def main():
    if sys.version_info[:2] != (3, 11) or unicodedata.unidata_version != "14.0.0":
        sys.exit("tables.py: run me with CPython 3.11, whose Unicode data is 14.0.0")
    runs = [byte for run in printable_runs() for byte in varint(run)]
    zeros = decimal_zeros()
    print("//! Made by `scripts/template-oracle/tables.py` with CPython 3.11 (Unicode 14.0); do not edit.")
    print()
    print("/// Lengths of alternating runs of unprintable and printable code points, from U+0000 on: seven bits")
    print("/// a byte, least significant first, the high bit set where more follow.")
    print("#[rustfmt::skip]")
    print(f"pub(crate) static PRINTABLE_RUNS: [u8; {len(runs)}] = [")
    print(lines(runs, str, 104))
    print("];")
    print()
    print("/// The zeros of all runs of ten decimal digits, ascending.")
    print("#[rustfmt::skip]")
    print(f"pub(crate) static DECIMAL_ZEROS: [u32; {len(zeros)}] = [")
    print(lines(zeros, hex, 104))
    print("];")


if __name__ == "__main__":
    main()
