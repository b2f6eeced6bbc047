#!/usr/bin/env python3
"""Writes the manual page amalgam(1) from what the program says of its own commands.

    amalgam --experimental-dump-help | scripts/make-man.py VERSION > amalgam.1
"""
import json
import sys


def escaped(text: str) -> str:
    """Plain text as roff: no line begins a request, and a hyphen stays one that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in text)
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def flag(name: dict) -> str:
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def usage(argument: dict) -> str:
    """An argument as the synopsis and its own heading show it, without brackets."""
    value = f"<{argument['valueName']}>" if "valueName" in argument else ""
    if argument["kind"] == "positional":
        return value + ("…" if argument["isRepeating"] else "")
    names = sorted(argument["names"], key=lambda name: (name["kind"] == "long", name["name"]))
    return ", ".join(flag(name) for name in names) + (f" {value}" if argument["kind"] == "option" and value else "")


def shown(items: list) -> list:
    return [item for item in items if item.get("shouldDisplay", True)]


def describe(argument: dict) -> list[str]:
    text = " ".join(filter(None, [argument.get("abstract", ""), argument.get("discussion", "")]))
    lines = [".TP", f"\\fB{escaped(usage(argument))}\\fR", escaped(text) or "\\&"]
    if argument.get("defaultValue"):
        lines.append(escaped(f"Default: {argument['defaultValue']}."))
    return lines


def indented(text: str) -> list[str]:
    return [".PP", ".nf", escaped(text), ".fi"] if text else []


def commands(command: dict, path: str) -> list[str]:
    lines: list[str] = []
    for sub in shown(command.get("subcommands", [])):
        if sub["commandName"] == "help":
            continue
        name = f"{path} {sub['commandName']}"
        positional = [usage(a) for a in shown(sub.get("arguments", [])) if a["kind"] == "positional"]
        lines += [f'.SS "{escaped(" ".join([name, *positional]))}"', escaped(sub.get("abstract", ""))]
        lines += indented(sub.get("discussion", ""))
        for argument in shown(sub.get("arguments", [])):
            if not any(n["name"] in ("help", "version") for n in argument.get("names", [])):
                lines += describe(argument)
        lines += commands(sub, name)
    return lines


def main() -> None:
    root = json.load(sys.stdin)["command"]
    version = sys.argv[1]
    lines = [f'.TH AMALGAM 1 "" "Amalgam {escaped(version)}" "User Commands"', ".SH NAME",
             escaped(f"{root['commandName']} - {root['abstract'].rstrip('.')}"), ".SH SYNOPSIS",
             ".B amalgam", "[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]", ".SH DESCRIPTION", escaped(root.get("discussion", ""))]
    lines += [".SH COMMANDS", *commands(root, "amalgam")]
    lines += [".SH ENVIRONMENT"]
    for name, text in (("AMALGAM_RUNS", "The folder in which runs are recorded."),
                       ("AMALGAM_HOME", "The folder with sample-models and themes."),
                       ("AMALGAM_LIBTORCH, LIBTORCH", "An unpacked libtorch to use."),
                       ("OMP_NUM_THREADS", "Threads of each operation of libtorch.")):
        lines += [".TP", f".B {escaped(name)}", escaped(text)]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
