"""Starts one command, and when it has ended prints its seconds, CPU seconds, largest memory and exit status as a line.

A child's largest memory cannot read lower than that of the process that started it, because the system counts from
before the new program is loaded. So commands are started from here, where nothing but a bare interpreter is loaded.

Usage: python -I -S starter.py keep|drop COMMAND [ARGUMENT …]
"""

import os
import sys
import time

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes that one unit of `ru_maxrss` stands for."""


def main() -> None:
    """Standard output of the command is passed on (`keep`) or discarded (`drop`)."""
    sink, command = sys.argv[1], sys.argv[2:]
    discard = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)] if sink == "drop" else []
    started = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=discard)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    cpu = usage.ru_utime + usage.ru_stime
    print(seconds, cpu, usage.ru_maxrss * _PEAK_UNIT, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
