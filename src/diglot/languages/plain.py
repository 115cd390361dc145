"""Files of code that no definition cuts: they are searched in windows of lines."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath

_KINDS: dict[str, str] = {
    "abap": ".abap",
    "actionscript": ".as",
    "ada": ".adb .ads .ada",
    "agda": ".agda .lagda",
    "apex": ".apex .trigger",
    "asm": ".asm .s .nasm .masm",
    "autohotkey": ".ahk",
    "awk": ".awk .gawk !awk !gawk !mawk",
    "ballerina": ".bal",
    "basic": ".bas .vb .vbs .vba",
    "batch": ".bat .cmd",
    "bazel": ".bzl .star BUILD BUILD.bazel WORKSPACE WORKSPACE.bazel Tiltfile",
    "bicep": ".bicep",
    "clojure": ".clj .cljs .cljc .cljr .bb !bb",
    "cmake": ".cmake CMakeLists.txt",
    "cobol": ".cob .cbl .cpy",
    "coffeescript": ".coffee .litcoffee .iced !coffee",
    "coldfusion": ".cfm .cfc",
    "crystal": ".cr !crystal",
    "cuda": ".cu .cuh",
    "cue": ".cue",
    "cython": ".pyx .pxd .pxi",
    "d": ".d .di",
    "dart": ".dart !dart",
    "dhall": ".dhall",
    "dockerfile": ".dockerfile Dockerfile Containerfile",
    "elm": ".elm",
    "erlang": ".erl .hrl .escript !escript",
    "factor": ".factor",
    "fennel": ".fnl",
    "fish": ".fish !fish",
    "forth": ".fth .4th .forth",
    "fortran": ".f .for .f77 .f90 .f95 .f03 .f08",
    "fsharp": ".fs .fsi .fsx",
    "gdscript": ".gd",
    "gleam": ".gleam",
    "glsl": ".glsl .vert .frag .geom .comp .tesc .tese",
    "graphql": ".graphql .graphqls .gql",
    "groovy": ".groovy .gvy .gradle Jenkinsfile !groovy",
    "hack": ".hack .hh",
    "haxe": ".hx",
    "hcl": ".hcl .tf .nomad",
    "hlsl": ".hlsl .fx .fxh .cginc .shader .compute",
    "idl": ".idl .webidl",
    "idris": ".idr .lidr",
    "janet": ".janet !janet",
    "jq": ".jq !jq",
    "jsonnet": ".jsonnet .libsonnet",
    "julia": ".jl !julia",
    "just": ".just justfile Justfile",
    "lean": ".lean",
    "lisp": ".lisp .lsp .cl .el .asd !sbcl",
    "make": ".mk .mak Makefile makefile GNUmakefile Makefile.am Makefile.in !make",
    "meson": "meson.build meson_options.txt",
    "metal": ".metal",
    "mojo": ".mojo",
    "move": ".move",
    "nim": ".nim .nims .nimble !nim",
    "nix": ".nix",
    "nushell": ".nu !nu",
    "objective-c": ".m .mm",
    "ocaml": ".ml .mli .mll .mly !ocaml",
    "odin": ".odin",
    "opencl": ".ocl",
    "pascal": ".pas .pp .dpr .lpr",
    "perl": ".pl .pm .t !perl",
    "pony": ".pony",
    "powershell": ".ps1 .psm1 .psd1 !pwsh !powershell",
    "prisma": ".prisma",
    "prolog": ".pro .prolog .plt !swipl",
    "protobuf": ".proto",
    "puppet": ".epp",
    "purescript": ".purs",
    "q": ".q .k",
    "qml": ".qml",
    "r": ".r .rmd .rnw .qmd !Rscript",
    "racket": ".rkt .rktl !racket",
    "raku": ".raku .rakumod .p6 .pm6 !raku",
    "reason": ".re .rei",
    "rego": ".rego",
    "robot": ".robot",
    "sas": ".sas",
    "scheme": ".scm .ss .sld !guile",
    "smalltalk": ".st",
    "solidity": ".sol",
    "sql": ".sql .psql .plsql .pls .pks .pkb .ddl .hql",
    "stan": ".stan",
    "standard-ml": ".sml",
    "stata": ".do .ado",
    "systemverilog": ".sv .svh",
    "tcl": ".tcl !tclsh !wish !expect",
    "thrift": ".thrift",
    "typespec": ".tsp",
    "vala": ".vala .vapi",
    "verilog": ".v .vh",
    "vhdl": ".vhd .vhdl",
    "vim": ".vim vimrc .vimrc",
    "wasm": ".wat .wast",
    "wgsl": ".wgsl",
    "wolfram": ".wl .wls",
    "xslt": ".xsl .xslt .xquery .xq",
    "yacc": ".y .yy .l .ll .g4 .peg .pegjs .lalrpop",
}
"""Endings of names (with a dot), whole names, and programs of `#!` lines (with a `!`), by language.

Data formats and prose are not code: who looks for them knows a word of them. Nor are style sheets.
"""


def plain_language(name: str, first_line: str = "") -> str | None:
    """Find the language of a file that only windows can cut.

    Args:
        name: the file's name.
        first_line: its first line, read only where the name says nothing.

    Returns:
        The language's name, or None for what is no code that diglot knows of.
    """
    table = _table()
    suffix = PurePosixPath(name).suffix
    language = table.get(name) or (table.get(suffix.lower()) if suffix else None)
    if language or not first_line.startswith("#!"):
        return language
    words = (PurePosixPath(word).name for word in first_line[2:].split())
    program = next((word for word in words if word != "env" and word[:1] != "-"), "")
    return table.get("!" + program.rstrip("0123456789."))


def plain_languages() -> tuple[str, ...]:
    """Names of all languages that only windows cut, in order."""
    return tuple(_KINDS)


@cache
def _table() -> dict[str, str]:
    return {mark: language for language, marks in _KINDS.items() for mark in marks.split()}
