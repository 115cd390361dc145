"""Run by Python as it starts: whoever reaches for the network or writes where it may not is caught.

`GUARD_LOG` names a file for what was caught, `GUARD_WRITABLE` the folders that may be written to.
Python tells of its own calls through audit events. Sockets that libraries make natively end the
process (SIGSYS), where the system is one whose calls are known here. Children inherit all of it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

_LOG = os.open(os.environ["GUARD_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_WRITABLE = tuple(
    os.path.realpath(folder) + os.sep for folder in os.environ["GUARD_WRITABLE"].split(os.pathsep)
)
_UNIX = 1
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NETWORK = (
    *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"),
)
_PATHS = {
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.utime": ((0, 3),),
    "sqlite3.connect": ((0, None),),
}
"""Events of changes: positions of a path and of the folder it is relative to."""


def _refuse(text: str) -> None:
    os.write(_LOG, f"{text}\n".encode("utf-8", "replace"))
    raise PermissionError(f"guard: {text}")


def _check_path(event: str, path: object, folder: object = -1) -> None:
    if isinstance(path, int) or path is None:
        return
    name = os.fsdecode(path)  # type: ignore[arg-type]
    if isinstance(folder, int) and folder >= 0:
        name = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)  # noqa: PTH115, PTH118
    full = os.path.join(os.path.realpath(os.path.dirname(name)), os.path.basename(name))  # noqa: PTH118, PTH119, PTH120
    if full != os.devnull and not f"{full}/".startswith((*_WRITABLE, "/dev/fd/", "/dev/shm/")):
        _refuse(f"{event} {full}")


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITES:
            _check_path(event, path)
    elif event in _PATHS:
        for path, folder in _PATHS[event]:
            _check_path(event, arguments[path], -1 if folder is None else arguments[folder])
    elif event in _NETWORK or (event == "socket.__new__" and arguments[1] != _UNIX):
        _refuse(f"{event} {arguments[1:]}")


def _forbid_native_sockets() -> None:
    """Have the kernel end a process that makes an internet socket (seccomp, no privilege)."""
    known = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
    if sys.platform != "linux" or platform.machine() not in known:
        return
    machine, socket_call = known[platform.machine()]
    load, equal, give = 0x20, 0x15, 0x06
    kill, allow = 0x80000000, 0x7FFF0000
    program = [
        *((load, 0, 0, 4), (equal, 0, 6, machine)),  # architecture
        *((load, 0, 0, 0), (equal, 0, 4, socket_call)),  # number of the call
        (load, 0, 0, 16),  # its first argument, the family: AF_INET, AF_INET6
        *((equal, 1, 0, 2), (equal, 0, 1, 10), (give, 0, 0, kill), (give, 0, 0, allow)),
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_ = struct.pack("HP", len(program), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, with_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(seccomp, with_filter, filter_, 0, 0):
        raise OSError(ctypes.get_errno(), "the guard cannot be set")


_forbid_native_sockets()
sys.addaudithook(_hook)
