#!/usr/bin/env python3
"""Prints crates/template/tests/golden.jsonl: templates, values and CPython 3.11's verdict on them.

Run with CPython 3.11 from the root of the repository:
    python3 scripts/template-oracle/golden.py > crates/template/tests/golden.jsonl

The first line has the values that every case starts from; a case names only those that differ.
"""

import json
import random
import sys
import unicodedata

from oracle import render

BUILT_INS = {
    "work_title": "銀河鉄道の夜",
    "work_author": "宮沢賢治",
    "source_language": "Japanese",
    "target_language": "English",
    "chapter_title": "一　午後の授業",
    "chapter_number": 7,
    "segment_number": 12,
    "segment_count": 1234567,
    "source_text": "He said {hello} to {0} and {{left}}.",
    "preceding": "",
    "instruction": "it's \"fine\"",
}
OWN = {"a": "x", "w": "5", "tone": "plain", "fill": "*>9", "empty": "", " a ": "spaced", "日本語": "nihongo",
       "-1": "minus", "a-b": "hyphen", "\"k\"": "quoted", "a]": "bracket", "brace": "{a}", "open": "{", "p": ".2"}

SYNTAX = """
plain text|{a}|{a}{a}|{{|}}|{{}}|{{a}}|{{{a}}}|{{{{a}}}}|{|}|{a|a}|{a}}|{{a}|}{|{}|{0}|{01}|{-1}|{1a}|{.x}|{[0]}
{:>5}|{!r}|{a.b}|{a[0]}|{a[b]}|{a[}|{a[}]}|{a[:]}|{a[!]}|{a[{]}|{a]}|{a].b}|{a.}|{a..b}|{a[]}|{a[0]x}|{0.x}|{0[x]}
{ a }|{a }|{ a}|{ }|{日本語}|{a-b}|{nope}|{A}|{"k"}|{"k": 1}|{'k': 1}|{"k": {"j": 2}}|{"k": [1, 2]}|{a b}|{\t}
{１}|{٣}|{²}|{1２}|{９９}|{9223372036854775807}|{9223372036854775808}|{99999999999999999999a}|{9223372036854775807a}
{a!r}|{a!s}|{a!a}|{a!}|{a!}}|{a!x}|{a!rr}|{a!r }|{a! r}|{a!R}|{a!r:}|{a!r:>6}|{a!:}|{a!:>5}|{a!{|{a!{}}|{a!夜}|{a!é}
{a!r|{a!|{a:|{a:>|{a:{|{a:}|{a:}}|{a:{}}|{a:{{}}}|{a:{{}|{a:{{<5}}|{a:}}<5}|{a:{{x}}}|{{a:}}|{a:!r}|{a::}|{a::>5}
{a:{w}}|{a:{w!s}}|{a:{w!r}}|{a:>{w}}|{a:{fill}}|{a:{empty}}|{a:{w:>2}}|{a:{w:{w}}}|{a:{w:{{}}}}|{a:{nope}}|{a:{0}}
{a:{}}|{a:{w.x}}|{a:{w[0]}}|{a:{w}{w}}|{a:{empty}{w}}|{a:{open}>{w}}|{a:{open}{empty}^{w}}|{a:{brace}}|{a:{source_text}}
{a:{instruction}}|{a:{chapter_number}}|{a:>{segment_number}}|{a:{chapter_number}{w}}|{a:{chapter_number:03}}
{a:{chapter_number:x}}|{a:{chapter_number!r}}|{a:{preceding}}|{a:{preceding!s}}|{a:{a}}|{a:{w|{a:{w}|{a:{w}}}|{a:{w}}}}
{a:{b[}]}}|{a:{b[}|{a:}{a:}|{source_text}|{brace}|{open}|{a{a}}|{ {a} }|{a}{|{a}}{a}|{a!{w}}|{a:{w!x}}|{a:{w!}}|{a:{ w }}
{a:{w}s}|{a:{w}d}|{chapter_number:{w}d}|{chapter_number:0{w}}|{chapter_number:{fill}}|{source_text:{p}}|{source_text:.{w}}
{a:10000}|{a:10001}|{a:.10000}|{a:.10001}|{a:99999999999999999999}|{a:.99999999999999999999}|{a:００１０}|{a:10００1}
{chapter_number:10001}|{chapter_number:.10001f}|{chapter_number:.10001d}|{a:10001d}|{a:{w}0000}|{a:{w}00000}|{a:{w:20000}}
""".strip().replace("\n", "|").split("|")

TEXT_SPECS = """
s 5 05 005 0 <5 >5 ^5 ^6 =5 x=5 *<5 *>5 *^6 夜^7 {{^7}} .2 .0 5.2 >5.2 05.1 . .x 5. +5 -5 #5 z5 , _ ,s _s d c b o x X
n e f g % r q S ss 5s s5 5x <<5 >>5 ^^5 == =>5 \0<3 0<5 0>5 00<5 !>5 :>5 1_0 1,0 ٣ .٣ 5.٣s +s #s zs .2.2 ,_ _, \U0001f600^4
""".split()

INTEGER_SPECS = """
d 5 05 005 0 <5 >5 ^5 ^6 =5 x=5 *<9 夜^7 + - z # , _ ,d _d ,_ _, __ ,, 5, 05, 06, 07, 08, 09, 012, 013_ 0=9, 0>9, 0<9, 0^9,
x=9, +d -d +5 +05 =+5 +, +08, b o x X #b #o #x #X 010b #010b #010x +#010x _b _x #_x 012_b #014_x #019_X ,b ,x ,o ,c ,n _n n 05n
+n c 5c 05c <5c ^5c +c #c .2c =5c s r q E F G e f g % .0e .1e .3e .17e .0f .2f .20f .0g .1g .3g .10g .17g .25g .0% .2% #e #.0e
#.0f #g #.3g #.0g #.12g #% #.0% +e +g +.2% ,e ,f ,g ,% ,.2f _.2f _.0f 020,.2f 020_g +020,.1f #020,.0f 015,e 015,g 015,% zf z.2f
ze zd zx z, .2 .2d .d . 5. ^20.3e *^20,.2f *=20,.2f =20% <20g .30f .25e #.25g 1000000 ٣ 0٣ .٣f ss dd 5d5 d5
""".split()

INTEGERS = [0, 1, -1, 7, 25, -95, 999, 1000, -1234, 65535, 1234567, 9999995, 12345678901234, 2**53 + 1, 2**63 - 1, -2**63]

STRINGS = ["", "'", '"', "'\"", "\\", "\t\n\r", "\0\x1f\x7f", "\x80\xa0\xad\xff", "夜", "é", "e\u0301", "\u200b\u2028",
           "\u3000", "\ue000", "\ufffd\uffff", "😀", "\U0001fa74", "\U000e0001", "\U0010ffff", "\u0378", "\u061c", "{a}"]


def random_strings(source, count):
    """Strings of code points from everywhere, as `repr` tells printable ones from others."""
    for _ in range(count):
        points = [source.choice([source.randrange(0x110000), source.randrange(0x3000), source.randrange(0x250)])
                  for _ in range(12)]
        yield "".join(chr(p) for p in points if not 0xD800 <= p < 0xE000)


def cases():
    source = random.Random(311)
    for template in SYNTAX:
        yield template.replace("\\t", "\t"), {}, {}
    for spec in TEXT_SPECS:
        spec = spec.encode("ascii", "backslashreplace").decode("unicode_escape")
        yield f"[{{tone:{spec}}}|{{empty:{spec}}}]", {}, {}
        yield f"[{{segment_number!s:{spec}}}]", {}, {}
    yield "[{tone: >6}|{tone: <6}|{tone: ^7}]", {}, {}
    for spec in INTEGER_SPECS:
        for number in source.sample(INTEGERS, 5):
            yield f"[{{chapter_number:{spec}}}]", {"chapter_number": number}, {}
    for spec in [" d", " 05", " ,", " .1e", " <5", "  >5", " x", "d "]:
        yield f"[{{chapter_number:{spec}}}|{{segment_count:{spec}}}]", {}, {}
    for number in [0, 65, 0x591C, 0xD800, 0xDFFF, 0xE000, 0x10FFFF, 0x110000, -1, 2**63 - 1]:
        yield "[{chapter_number:c}|{chapter_number:5c}|{chapter_number:*^5c}]", {"chapter_number": number}, {}
    for text in [*STRINGS, *random_strings(source, 60)]:
        yield "{a!r} {a!a} {a!s} {a!r:>9} {a!a:.5}", {}, {"a": text}


def main():
    if sys.version_info[:2] != (3, 11) or unicodedata.unidata_version != "14.0.0":
        sys.exit("golden.py: run me with CPython 3.11, whose Unicode data is 14.0.0")
    print(json.dumps({"built_ins": BUILT_INS, "own": OWN}, ensure_ascii=False))
    for template, built_ins, own in cases():
        case = {"template": template}
        if built_ins:
            case["built_ins"] = built_ins
        if own:
            case["own"] = own
        print(json.dumps(case | render(template, BUILT_INS | built_ins, OWN | own)))


if __name__ == "__main__":
    main()
