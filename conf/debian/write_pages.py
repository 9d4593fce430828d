#!/usr/bin/env python3
"""Manual pages and shell completion, written of what the program and its reference say themselves.

    write_pages.py PVERELAY CONF DIRECTORY

The commands and options are those of `pverelay … --help`, the keys those of CONF/pverelay.toml; only
what neither knows stands here as text. Nothing of it depends on the machine or the hour.
"""

import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field

FILES = """\
.SH FILES
.TP
.I /etc/pverelay/pverelay.toml
The configuration,
.BR pverelay.toml (5).
Secrets stand in files beside it, which the group
.I pverelay
may read.
.TP
.I /var/lib/pverelay/journal
What is not delivered yet.
.TP
.I /usr/share/pverelay
Rules for Prometheus, dashboards for Grafana.
"""

EXIT_STATUS = """\
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Could not be done: a port that is taken, a store that refuses.
.TP
.B 64
The command line is wrong.
.TP
.B 78
The configuration is wrong.
"""

INTRODUCTION = """\
.SH DESCRIPTION
Proxmox VE and Proxmox Backup Server push metrics once, wait a second for the answer and never try
again.
.B pverelay
stands between them and the stores: it answers once the data is on disk, and delivers it to InfluxDB
and to Prometheus remote write through any outage of either.
.PP
As a service it is
.I pverelay.service
with its ports held by
.IR pverelay.socket ,
which listens where
.BR pverelay.toml (5)
says. After a change:
.B systemctl reload pverelay
; where a port has changed,
.B systemctl daemon-reload
and
.B systemctl restart pverelay.socket pverelay.service
.PP
The page
.I http://127.0.0.1:8187/status
says what arrives, what is on disk and how far each store is;
.I /metrics
says it to Prometheus.
.SH SIGNALS
.TP
.B SIGHUP
Read the configuration and all secrets again. A wrong one changes nothing, and the log says why.
.TP
.B SIGTERM
Answer who is connected, write what was taken to the journal, and end.
"""

JOURNAL = """\
.SH DESCRIPTION
The journal is the queue on disk between Proxmox and the stores. These commands read it beside a
running relay without disturbing it; what changes anything goes through the relay's control socket.
They must be run as root or as the relay's user.
.PP
.I TIME
is how long ago (2h, 1d12h),
.BR now ,
or 2025-08-21T14:21:10Z, and is about the points' own time.
.I LANE
is a cluster's lines of one bucket, and of one tenant where there are some.
"""


@dataclass
class Option:
    names: list
    value: str
    default: str
    about: str


@dataclass
class Command:
    words: list
    about: str = ""
    options: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    footer: str = ""

    def find(self, word):
        return next(one for one in self.commands if one.words[-1] == word)

    def all(self):
        yield self
        for one in self.commands:
            yield from one.all()


def entries(lines):
    """(head, about) of a part of CLI11's help: about begins in column 30, here or a line below."""
    heads = []
    for line in lines:
        if line[:30].strip():
            head, _, about = line.strip().partition("  ") if len(line) <= 30 or line[29] != " " \
                else (line[:30], "", line[30:])
            heads.append([head.strip(), about.strip()])
        elif heads:
            heads[-1][1] = (heads[-1][1] + " " + line.strip()).strip()
    return heads


def option_of(head, about):
    """`-o,--output FILE=x REQUIRED` as CLI11 2.1 and later write it."""
    names, _, rest = head.partition(" ")
    rest = rest.replace(" REQUIRED", "").strip()
    default = ""
    if bracket := re.fullmatch(r"(.*) \[(.*)\]", rest):
        if not re.search(r" - ", bracket[2]):  # a range belongs to the kind of value
            rest, default = bracket[1], bracket[2]
    if "=" in rest:
        rest, _, default = rest.partition("=")
    value = re.sub(r":.* in \[.*\]", "", rest).strip()
    value = {"UINT": "NUMBER", "INT": "NUMBER", "TEXT": "NAME"}.get(value, value)
    return Option(names.split(","), value, default, about)


def read_command(program, words):
    text = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True,
                          timeout=60).stdout
    about, *rest = text.split("\n")
    command = Command(words, about)
    # The parts have titles of their own; whatever else begins in the first column is the footer.
    part, parts, footer = None, {}, []
    for line in rest:
        if re.fullmatch(r"Options:|Subcommands:|\[Option Group: .*\]", line.strip()):
            part = parts.setdefault(line.strip(), [])
        elif line and not line.startswith((" ", "Usage:")):
            part = footer
            footer.append(line)
        elif part is not None:
            part.append(line)
    for title, lines in parts.items():
        if title == "Subcommands:":
            command.commands = [read_command(program, [*words, name])
                                for name, _ in entries(lines) if name != "help"]
        else:
            command.options += [option_of(*one) for one in entries(lines) if one[0].startswith("-")]
    command.footer = "\n".join(footer).strip("\n")
    return command


def roff(text):
    """As troff wants it: nothing at the start of a line is a request, a minus is one."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("–", "\\(en")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def header(name, section, about, version):
    dashed = name.upper().replace("-", "\\-")
    return (f'.TH {dashed} {section} "" "pverelay {version}" "pverelay"\n'
            f".SH NAME\n{roff(name)} \\- {roff(about)}\n")


def sentence(text):
    """An address keeps its spelling."""
    text = text[:1].upper() + text[1:] if re.match(r"[a-z]+[ ,;]|[a-z]+$", text) else text
    return text and text.rstrip(".") + "."


def option_text(option):
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in option.names)
    value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
    default = f"Default: {option.default}." if option.default else ""
    body = " ".join(filter(None, [sentence(option.about), default]))
    return f".TP\n{names}{value}\n{roff(body)}\n"


def command_text(command):
    text = f".SS pverelay {roff(' '.join(command.words))}\n{roff(sentence(command.about))}\n"
    text += "".join(option_text(one) for one in command.options if "--help" not in one.names)
    if command.footer:
        text += f".PP\n.nf\n{roff(command.footer)}\n.fi\n"
    return text


def main_page(program, version):
    text = header("pverelay", 1, "a durable metrics relay for Proxmox VE", version)
    text += ".SH SYNOPSIS\n.B pverelay\n.I COMMAND\n[\\fIOPTION\\fR ...]\n" + INTRODUCTION
    text += ".SH COMMANDS\n"
    for command in program.commands:
        if command.commands:
            text += (f".SS pverelay {' '.join(command.words)}\n{roff(command.about)}: see\n"
                     f".BR pverelay\\-{command.words[-1]} (1).\n")
        else:
            text += command_text(command)
    return text + FILES + EXIT_STATUS + \
        ".SH SEE ALSO\n.BR pverelay\\-journal (1),\n.BR pverelay.toml (5)\n"


def journal_page(journal, version):
    text = header("pverelay-journal", 1, "look into the queue of the metrics relay", version)
    text += ".SH SYNOPSIS\n"
    for command in journal.commands:
        text += f".B pverelay {' '.join(command.words)}\n[\\fIOPTION\\fR ...]\n.br\n"
    text += JOURNAL + ".SH COMMANDS\n" + "".join(map(command_text, journal.commands))
    return text + EXIT_STATUS + ".SH SEE ALSO\n.BR pverelay (1),\n.BR pverelay.toml (5)\n"


def configuration_page(reference, version):
    """The reference as it is, but for its rulers, which are headings here."""
    text = header("pverelay.toml", 5, "configuration of the metrics relay", version)
    text += (".SH DESCRIPTION\nWhat follows is every key, with its unit, its default and its "
             "reason.\nThe same text is\n.IR /usr/share/doc/pverelay/examples/pverelay.toml .\n"
             ".PP\n.nf\n")
    lines = reference.split("\n")
    for at, line in enumerate(lines):
        if ruler := re.fullmatch(r"# -{4} (.*?)\.? ?-+", line):
            text += f".fi\n.SH {roff(ruler[1].upper())}\n.nf\n"
        elif line or (at and lines[at - 1]):
            text += roff(line) + "\n"
    return text + ".fi\n.SH SEE ALSO\n.BR pverelay (1),\n.BR pverelay\\-journal (1)\n"


FILE_VALUES = {"FILE": "file", "DIR": "directory"}


def bash_completion(program):
    text = ["# bash completion of pverelay, written of its --help.", "_pverelay() {",
            "    local cur prev words cword", "    _init_completion -n = || return",
            "    case $prev in"]
    options = [one for command in program.all() for one in command.options]
    for value, action in (("FILE", "_filedir"), ("DIR", "_filedir -d")):
        names = sorted({name for one in options if one.value == value for name in one.names})
        text.append(f"        {'|'.join(names)}) {action}; return ;;")
    names = sorted({name for one in options if one.value and one.value not in FILE_VALUES
                    for name in one.names} - {name for one in options if not one.value or
                                              one.value in FILE_VALUES for name in one.names})
    text += [f"        {'|'.join(names)}) return ;;", "    esac",
             "    local word path=",
             '    for word in "${words[@]:1:cword-1}"; do',
             '        case "$path $word" in']
    paths = ["".join(f" {word}" for word in one.words) for one in program.all() if one.words]
    text += [f'            {"|".join(chr(34) + one + chr(34) for one in paths)}) path+=" $word" ;;',
             "        esac", "    done", "    local choices", "    case $path in"]
    for command in program.all():
        path = "".join(f" {word}" for word in command.words)
        choices = [one.words[-1] for one in command.commands]
        choices += [name for one in command.options for name in one.names]
        text.append(f'        "{path}") choices="{" ".join(choices)}" ;;')
    text += ["    esac", '    COMPREPLY=($(compgen -W "$choices" -- "$cur"))', "}",
             "complete -F _pverelay pverelay", ""]
    return "\n".join(text)


def zsh_option(option):
    about = re.sub(r"[\[\]':]", " ", option.about)
    action = {"FILE": ":file:_files", "DIR": ":directory:_files -/"}.get(
        option.value, f":{option.value.replace(':', ' ')}: " if option.value else "")
    return [f"'{name}[{about}]{action}'" for name in option.names]


def zsh_completion(program):
    text = ["#compdef pverelay", "# zsh completion of pverelay, written of its --help.", ""]
    for command in reversed(list(program.all())):
        name = "_".join(["_pverelay", *command.words]).replace("-", "_")
        arguments = [one for option in command.options for one in zsh_option(option)]
        text.append(f"{name}() {{")
        if command.commands:
            text.append("    local line state")
            arguments += ["'1: :->command'", "'*:: :->rest'"]
        text.append("    _arguments " + " \\\n        ".join(arguments))
        if command.commands:
            listed = " ".join("'{}:{}'".format(one.words[-1], one.about.replace("'", "").replace(":", " "))
                              for one in command.commands)
            text += ["    case $state in", f"        command) local -a known=({listed})",
                     "            _describe command known ;;",
                     f"        rest) local next={name}_${{line[1]//-/_}}",
                     "            (( $+functions[$next] )) && $next ;;", "    esac"]
        text += ["}", ""]
    return "\n".join([*text, '_pverelay "$@"', ""])


def main(program, conf, directory):
    commands = read_command(program, [])
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=True,
                             timeout=60).stdout.split()[1]
    reference = (pathlib.Path(conf) / "pverelay.toml").read_text()
    pages = {
        "pverelay.1": main_page(commands, version),
        "pverelay-journal.1": journal_page(commands.find("journal"), version),
        "pverelay.toml.5": configuration_page(reference, version),
        "completions/pverelay": bash_completion(commands),
        "completions/_pverelay": zsh_completion(commands),
    }
    for name, text in pages.items():
        path = pathlib.Path(directory) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
